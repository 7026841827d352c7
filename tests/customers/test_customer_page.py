"""One customer's page: protection, follow-ups, the number, the card, and nobody else's."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import cards
from customers.models import Activity, ActivityKind, Ownership, SoldBy
from customers.portrait import Protection, Purchases
from dealers.models import AccessAction, AccessLog
from dealers.phones import grouped
from dealers.triggers import lifted
from incentives.models import Program
from tests.factories import customers as factories
from tests.factories.customers import RulebookFactory, card_of, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import give_back, sale

OUTSIDERS = ("rival", "region_manager", "hq")


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(person_minute_limit=None)


@pytest.fixture
def made(clerk):
    """A customer of the clerk's store, registered ten days ago."""
    at = timezone.now() - timedelta(days=10)
    return registered(clerk.store, staff=clerk.user, name="陈女士", at=at, consent_marketing=True)


def number_of(registration):
    return factories.number_of(registration.customer)


def page(client, registration, path="", data=None, **more):
    address = f"/customers/{registration.customer_id}/{path}"
    headers = {"accept-language": "en"}
    if data is None:
        return client.get(address, headers=headers, **more)
    return client.post(address, data, headers=headers, **more)


def test_the_page_says_whose_the_customer_is_and_until_when(clerk, made, login):
    response = page(login(clerk), made)

    owned = made.ownership
    assert "<h1>陈女士</h1>" in response.text
    assert "Owned by your store" in response.text
    assert "80 days left" in response.text
    assert "prolongs it to 90 days after it" in response.text
    assert "A sale in your stores or online prolongs it to 365 days" in response.text
    longest = owned.period.lower.astimezone(clerk.store.tz).date() + timedelta(days=365)
    assert f"{longest:%-d %b %Y}" in response.text
    assert made.receipt in response.text
    assert response.text.count("Agreed on") == 2
    assert number_of(made) not in response.text


def test_in_grace_it_says_until_when_it_can_be_saved(clerk, login):
    made = registered(clerk.store, at=timezone.now() - timedelta(days=92))

    response = page(login(clerk), made)

    assert "Grace until" in response.text
    assert "nobody else can register" in response.text


def test_after_the_end_it_says_only_that_it_ended(clerk, login):
    made = registered(clerk.store, at=timezone.now() - timedelta(days=120))
    registered(StoreFactory(name="高桥店"), phone=number_of(made), at=timezone.now())

    response = page(login(clerk), made)

    assert "Not in your protection" in response.text
    assert "Your protection ended on" in response.text
    assert "高桥店" not in response.text


def test_who_is_protected_elsewhere_has_a_page_without_owner_or_date(clerk, login):
    taken = registered(StoreFactory(name="高桥店"), at=timezone.now())
    made = registered(clerk.store, phone=number_of(taken), at=timezone.now())

    response = page(login(clerk), made)

    assert "Not in your protection" in response.text
    assert "高桥店" not in response.text
    assert "Your protection ended on" not in response.text


def test_the_late_first_contact_is_shown(clerk, made, login):
    assert "overdue" in page(login(clerk), made).text


def test_a_later_rulebook_makes_no_first_contact_late(clerk, login):
    """Forty-eight hours when they registered, twenty-four by now: thirty hours later is in time."""
    made = registered(clerk.store, at=timezone.now() - timedelta(hours=30))
    RulebookFactory(starts_on=timezone.localdate(), first_contact_hours=24)

    assert "overdue" not in page(login(clerk), made).text


def test_a_call_is_recorded_and_prolongs(clerk, made, login):
    data = {
        "kind": "call",
        "outcome": "reached",
        "note": "周末来看",
        "follow_up_on": (timezone.localdate() + timedelta(days=3)).isoformat(),
    }

    response = page(login(clerk), made, "follow-up/", data, follow=True)

    activity, owned = Activity.objects.get(), Ownership.objects.get()
    assert response.redirect_chain == [(f"/customers/{made.customer_id}/?recorded=call", 302)]
    assert "Recorded. The protection now runs until" in response.text
    assert (activity.staff, activity.kind, activity.outcome) == (clerk.user, "call", "reached")
    assert "周末来看" in response.text
    assert owned.protected_until == made.protected_until + timedelta(days=10)
    assert owned.follow_up_on == timezone.localdate() + timedelta(days=3)


def test_a_note_is_recorded_and_does_not_prolong(clerk, made, login):
    response = page(login(clerk), made, "follow-up/", {"kind": "note", "note": "x"}, follow=True)

    assert "The protection now runs" not in response.text
    assert Ownership.objects.get().protected_until == made.protected_until


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choose what you did."),
        ({"kind": "call"}, "Choose how the call went."),
        ({"kind": "note", "note": " "}, "an empty one is no follow-up"),
        ({"kind": "visit", "follow_up_on": "2020-01-01"}, "lies in the past"),
        ({"kind": "visit", "follow_up_on": "soon"}, "Enter the day like 2026-10-31."),
        ({"kind": "dance"}, "Select a valid choice"),
    ],
)
def test_a_refused_follow_up_stays_on_the_form(clerk, made, login, data, message):
    response = page(login(clerk), made, "follow-up/", {"note": "bleibt"} | data)

    assert response.status_code == 422
    assert message in response.text
    assert "bleibt" in response.text or "note" in data
    assert re.search(r"<title>\s*Error: ", response.text)
    assert not Activity.objects.exists()


def test_the_number_is_shown_for_a_purpose_that_is_logged(clerk, made, login, english):
    client, number = login(clerk), number_of(made)

    response = page(client, made, "number/", {"purpose": "delivery"})

    log = AccessLog.objects.get()
    assert (response.status_code, response["Location"]) == (
        302,
        f"/customers/{made.customer_id}/",
    )
    assert (log.user, log.action, log.customer) == (
        clerk.user,
        AccessAction.REVEAL,
        made.customer_id,
    )
    assert (log.purpose, log.why) == ("delivery", "Delivery or installation")
    shown = page(client, made)
    assert f'href="tel:{number}"' in shown.text
    assert grouped(number) in shown.text
    assert shown["Cache-Control"] == "no-store, private"
    assert "Delivery or installation" in shown.text


def test_coming_back_from_a_call_the_number_is_there_for_a_while(clerk, manager, made, login):
    client, number = login(clerk), number_of(made)
    page(client, made, "number/", {"purpose": "follow-up"})

    assert number in page(client, made).text
    assert number not in page(login(manager), made).text
    assert AccessLog.objects.count() == 1
    with lifted(AccessLog):
        AccessLog.objects.update(at=timezone.now() - cards.SHOWN_FOR)
    assert number not in page(client, made).text


def test_the_log_speaks_the_readers_language(made, clerk, owner, login):
    page(login(clerk), made, "number/", {"purpose": "service"})
    client = login(owner)

    for language, words in (("en", "After-sales service"), ("zh-hans", "售后服务")):
        address = f"/customers/{made.customer_id}/"
        assert words in client.get(address, headers={"accept-language": language}).text


@pytest.mark.parametrize("data", [{}, {"purpose": "curiosity"}])
def test_without_a_purpose_no_number(clerk, made, login, data):
    response = page(login(clerk), made, "number/", data)

    assert response.status_code == 422
    assert number_of(made) not in response.text
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("path", ["number/", "follow-up/"])
def test_an_address_of_a_form_leads_back_to_the_customer(clerk, made, login, path):
    response = page(login(clerk), made, path)

    assert (response.status_code, response["Location"]) == (302, f"/customers/{made.customer_id}/")


@pytest.mark.parametrize(
    ("outcome", "contacted"), [("reached", True), ("no_answer", False), ("wrong_number", False)]
)
def test_one_tap_says_how_a_call_went(clerk, made, login, outcome, contacted):
    client = login(clerk)
    page(client, made, "number/", {"purpose": "follow-up"})
    assert f'name="outcome" value="{outcome}"' in page(client, made).text

    page(client, made, "follow-up/", {"kind": "call", "outcome": outcome, "soon": "3"})

    owned = Ownership.objects.get()
    assert (owned.contacted_at is not None) == contacted
    assert owned.follow_up_on == timezone.localdate() + timedelta(days=3)


def test_a_call_that_was_recorded_is_not_asked_about_again(clerk, made, login):
    client = login(clerk)
    page(client, made, "number/", {"purpose": "follow-up"})
    asked = "How did the call go?"
    assert asked in page(client, made).text

    response = page(client, made, "follow-up/", {"kind": "call", "outcome": "reached"})

    after = client.get(response["Location"], headers={"accept-language": "en"}).text
    assert grouped(number_of(made)) in after
    assert asked not in after
    page(client, made, "number/", {"purpose": "follow-up"})
    assert asked in page(client, made).text


@pytest.mark.parametrize(("did", "chosen"), [("note", True), ("visit", True), ("nonsense", False)])
def test_who_comes_from_a_receipt_finds_chosen_what_they_came_for(clerk, made, login, did, chosen):
    text = page(login(clerk), made, f"?did={did}").text
    assert bool(re.search(rf'value="{did}"[^>]* checked', text)) is chosen


def test_a_refused_follow_up_marks_its_field_and_links_to_it(clerk, made, login):
    response = page(login(clerk), made, "follow-up/", {"kind": "call"})

    assert '<a href="#id_outcome_0">Choose how the call went.</a>' in response.text
    assert 'id="id_outcome_error"' in response.text


@pytest.fixture
def recorded(clerk, made, login):
    """A follow-up that the clerk has just recorded, and the clerk's browser."""
    client = login(clerk)
    data = {"kind": "call", "outcome": "no_answer", "note": "alt", "soon": "1"}
    page(client, made, "follow-up/", data)
    return client, Activity.objects.get()


def test_a_follow_up_is_corrected_and_both_versions_are_seen(recorded, made):
    client, first = recorded
    path = f"follow-up/{first.pk}/"
    assert f"/customers/{made.customer_id}/{path}" in page(client, made).text
    assert "alt" in page(client, made, path).text

    page(client, made, path, {"kind": "call", "outcome": "reached", "note": "neu", "soon": "7"})

    shown = page(client, made).text
    assert "Call · Reached" in shown
    assert "Corrected; before: Call · No answer · alt" in shown
    owned = Ownership.objects.get()
    assert (owned.contacted_at, owned.follow_up_on) == (
        first.at,
        timezone.localdate() + timedelta(days=7),
    )


def test_only_who_recorded_a_follow_up_corrects_it(recorded, made, manager, login):
    _client, first = recorded
    path = f"follow-up/{first.pk}/"

    response = page(login(manager), made, path, {"kind": "note", "note": "x"})

    assert (response.status_code, Activity.objects.count()) == (302, 1)
    assert path not in page(login(manager), made).text


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "²"])
def test_a_follow_up_that_is_none_cannot_be_corrected(recorded, made, number):
    assert page(recorded[0], made, f"follow-up/{number}/").status_code == 404


def test_the_way_back_leads_to_the_list_as_it_was(clerk, made, login):
    client = login(clerk)
    listed = client.get("/customers/?view=all&q=陈")
    row = re.search(r'scope="row">\s*<span>\s*<a href="([^"]*)"', listed.text)[1]

    shown = client.get(row)
    back = re.search(r'class="back" href="([^"]*)"', shown.text)[1].replace("&amp;", "&")
    called = re.search(r'<form method="post" action="([^"]*/number/[^"]*)"', shown.text)[1]
    answer = client.post(called.replace("&amp;", "&"), {"purpose": "follow-up"})

    assert back == "/customers/?view=all&q=%E9%99%88"
    assert answer["Location"] == row


def test_nothing_but_what_a_list_reads_is_handed_on(clerk, made, login):
    response = page(login(clerk), made, "?list=view%3Dall%26next%3D%2F%2Fevil%26q%3D%2500")

    assert 'class="back" href="/customers/?view=all"' in response.text


def test_a_call_is_one_tap_from_the_list(clerk, made, login):
    client = login(clerk)
    listed = client.get("/customers/?view=all").text
    form = re.search(r'action="(/customers/[^"]*/number/[^"]*)".*?</form>', listed, re.S)
    assert 'name="purpose" value="follow-up"' in form[0]

    shown = client.post(form[1].replace("&amp;", "&"), {"purpose": "follow-up"}, follow=True)

    assert f'href="tel:{number_of(made)}"' in shown.text


def test_the_card_is_edited_without_touching_the_protection(clerk, made, login):
    client = login(clerk)
    assert 'value="陈女士"' in page(client, made, "edit/").text
    data = {"name": "陈敏", "wechat": "chen", "email": "c@example.com", "notes": "净水"}

    response = page(client, made, "edit/", data, follow=True)

    made.customer.refresh_from_db()
    card = card_of(made.customer)
    assert (card.name, card.wechat, card.email, card.notes) == tuple(data.values())
    assert "净水" in response.text
    assert Ownership.objects.get().protected_until == made.protected_until


def test_a_wrong_address_on_the_card_is_refused(clerk, made, login):
    response = page(login(clerk), made, "edit/", {"name": "陈", "email": "no"})

    assert response.status_code == 422
    assert 'value="no"' in response.text


def test_names_and_notes_cannot_bring_markup_in(clerk, made, login):
    script = "<script>alert(1)</script>"
    client = login(clerk)
    page(client, made, "edit/", {"name": script, "notes": script})
    page(client, made, "follow-up/", {"kind": "note", "note": script})

    assert script not in page(client, made).text
    assert script not in page(client, made, "edit/").text
    assert script not in client.get("/customers/?view=all").text


def test_the_stranger_meets_404_wherever_they_turn(request, clerk, made, login):
    sister = MembershipFactory(store=StoreFactory(dealer=clerk.dealer))
    outside = [sister, OwnerFactory(), *map(request.getfixturevalue, OUTSIDERS)]
    missing = "00000000-0000-4000-8000-000000000000"
    for who in outside:
        client = login(who)
        for path in ("", "edit/"):
            assert page(client, made, path).status_code == 404
        for path, data in (
            ("follow-up/", {"kind": "visit"}),
            ("follow-up/1/", {"kind": "visit"}),
            ("number/", {"purpose": "service"}),
            ("edit/", {"name": "x"}),
        ):
            assert page(client, made, path, data).status_code == 404
        foreign = page(client, made).text.replace(str(made.customer_id), missing)
        assert (
            foreign == client.get(f"/customers/{missing}/", headers={"accept-language": "en"}).text
        )

    assert not Activity.objects.exists()
    assert not AccessLog.objects.exists()


def test_owner_and_manager_see_it_too(made, manager, owner, login):
    assert "Owned by your store" in page(login(manager), made).text
    assert f"Owned by {made.store}" in page(login(owner), made).text


def test_a_sister_store_that_had_the_visit_sees_whose_it_is_but_not_the_receipt(made, login):
    sister = MembershipFactory(store=StoreFactory(dealer=made.store.dealer))
    registered(sister.store, phone=number_of(made), at=timezone.now())

    response = page(login(sister), made)

    assert "Owned by another store of your dealer" in response.text
    assert f">{made.receipt}</a>" not in response.text


def test_purchases_take_returns_off_and_say_what_is_credited(made, owner):
    today = made.received_on
    bought = sale(made, "1000.00", today)
    give_back(bought, "200.00", today, hour=13)
    sale(made, "500.00", today, sold_by=SoldBy.OTHER, at=StoreFactory())

    seen = Purchases.of(made.customer, owner)

    assert (seen.count, seen.net, seen.credited) == (2, Decimal("1300.00"), Decimal("1300.00"))


def test_a_sale_after_the_protection_is_seen_at_the_own_store_only_and_not_credited(made, owner):
    before = made.received_at - timedelta(days=200)
    rival = registered(StoreFactory(), at=before)
    rival.identity_id = made.identity_id
    sale(rival, "300.00", made.received_on, sold_by=SoldBy.OTHER, at=made.store)
    sale(rival, "900.00", made.received_on, sold_by=SoldBy.OWN)

    seen = Purchases.of(made.customer, owner)

    assert (seen.count, seen.net, seen.credited) == (1, Decimal("300.00"), Decimal("0"))


def test_the_bar_empties_from_the_start_to_the_end(clerk, made):
    start, end = made.ownership.period.lower, made.ownership.protected_until
    shares = [
        Protection.of(made.customer, clerk, moment).percent
        for moment in (start, start + (end - start) / 2, end, end + timedelta(days=1))
    ]

    assert shares == [100, 50, 0, 0]


def test_amounts_are_in_the_programs_currency(clerk, made, login):
    Program.objects.create(currency="HKD")
    sale(made, "100.00", timezone.now().date())

    text = page(login(clerk), made).text

    assert text.count("HKD\u00a0100.00") == 3
    assert "CNY" not in text


def test_the_page_takes_as_many_statements_for_a_long_history(clerk, made, login):
    client = login(clerk)
    page(client, made)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            page(client, made)
        counts.append([q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]])
        for _ in range(5):
            page(client, made, "follow-up/", {"kind": ActivityKind.NOTE, "note": "x"})
            page(client, made, "number/", {"purpose": "service"})

    assert len(counts[0]) == len(counts[1]) == 26
