"""Registering through the page: every answer, every refusal, twice, and by two at once."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from config.servers.cache import REST
from customers.forms.capture import addressed
from customers.models import Answer, Ownership, Registration, Rule, Rulebook
from dealers.triggers import lifted
from tests.config.frozen_valkey import FrozenValkey
from tests.factories import customers as factories
from tests.factories.customers import RulebookFactory, card_of, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, shared

CAPTURE = "/capture/"
OUTSIDERS = ("rival", "region_manager", "hq")

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


def entered(**changes):
    """What a clerk fills in; None leaves a field out."""
    data = {
        "key": str(uuid.uuid4()),
        "country": "86",
        "phone": phone_number(),
        "name": "陈",
        "title": "ms",
        "consent": "on",
    } | changes
    return {name: value for name, value in data.items() if value is not None}


def send(client, **changes):
    return client.post(CAPTURE, entered(**changes), follow=True, headers={"accept-language": "en"})


def heading(response):
    return re.search(r"<h1[^>]*>(.*?)</h1>", response.text, re.DOTALL)[1].strip()


def test_an_unknown_number_is_yours_with_a_receipt_to_keep(client, clerk, login):
    number = phone_number()

    response = send(login(clerk), phone=number, offers="on")

    made = Registration.objects.get()
    assert response.redirect_chain == [(f"/capture/r/{made.receipt}/", 302)]
    assert heading(response) == "Registered. This customer is yours"
    assert f"陈女士 · {number[:3]}****{number[-4:]}" in response.text
    assert made.receipt in response.text
    assert "R7: unknown until now" in response.text
    assert number not in response.text
    assert (made.staff, made.store) == (clerk.user, clerk.store)
    assert (made.consent_marketing, made.channel) == (True, "capture")


def test_a_customer_is_registered_while_valkey_is_gone(clerk, login, settings, tmp_path):
    client = login(clerk)
    gone = {"LOCATION": f"unix://{tmp_path}/gone.sock?db=1"}
    settings.CACHES = {"default": settings.CACHES["default"] | gone}

    response = send(client)

    assert heading(response) == "Registered. This customer is yours"
    assert login(clerk).get("/customers/").status_code == 200


def test_a_frozen_valkey_is_waited_for_once_by_all_who_register(clerk, login, settings, tmp_path):
    client = login(clerk)
    with FrozenValkey(tmp_path) as frozen:
        theirs = {"LOCATION": frozen.address, "OPTIONS": {}}
        settings.CACHES = {"default": settings.CACHES["default"] | theirs}

        began = time.monotonic()
        for _each in range(3):
            assert heading(send(client)) == "Registered. This customer is yours"
            assert client.get("/customers/").status_code == 200

        assert frozen.asked() <= 1 + (time.monotonic() - began) // REST


def test_the_day_of_the_receipt_is_the_stores_own(login):
    store = StoreFactory(timezone="Asia/Urumqi")
    clerk = MembershipFactory(store=store)
    made = registered(store, staff=clerk.user)

    response = login(clerk).get(made.get_absolute_url(), headers={"accept-language": "en"})

    assert "5 Apr 2026" in response.text
    assert "5 Jan 2026, 08:00:00" in response.text


def test_the_receipt_tells_the_days_that_were_given_for_sharing(clerk, login):
    RulebookFactory(starts_on="2020-01-01", sharing_days=[0, 0, 15, 30])
    shared(clerk.dealer)

    page = send(login(clerk)).text

    assert "120 days. Store and online purchases" in page
    assert "The first protection runs 120 days" in page
    assert "90 days. Store" not in page


def test_the_own_customer_is_yours_already_and_the_visit_counts(clerk, login):
    first = registered(clerk.store, staff=clerk.user, at=timezone.now() - timedelta(days=3))
    number = number_of(first)

    response = send(login(clerk), phone=number)

    assert heading(response) == "Your store already has this customer"
    assert f"{clerk.user} follows up. This visit is recorded." in response.text
    assert "It prolonged the protection." in response.text


def number_of(registration):
    return factories.number_of(registration.customer)


def test_a_sister_stores_customer_is_yours_already_for_the_dealer(clerk, login):
    first = registered(StoreFactory(dealer=clerk.dealer), at=timezone.now())

    response = send(login(clerk), phone=number_of(first))

    assert heading(response) == "Another store of your dealer has this customer"


def test_protected_elsewhere_tells_neither_owner_nor_date(clerk, login):
    first = registered(StoreFactory(name="高桥店"), at=timezone.now())

    response = send(login(clerk), phone=number_of(first))

    made = Registration.objects.get(store=clerk.store)
    assert heading(response) == "This customer already has a store"
    assert made.answer == Answer.PROTECTED
    assert "高桥店" not in response.text
    assert "Protected until" not in response.text
    end = Ownership.objects.get().protected_until
    assert all(f"{end + timedelta(days=days):%-d %b %Y}" not in response.text for days in (-1, 0))


def test_over_the_cap_a_registration_waits(clerk, login):
    RulebookFactory(starts_on="2020-01-01", store_cap=1)
    registered(clerk.store, at=timezone.now() - timedelta(hours=1))

    response = send(login(clerk))

    assert heading(response) == "Recorded, and waiting"
    assert "per person, 1 per store" in response.text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("phone", "1380013800", "The mobile number is 1 digit short; it has 11."),
        ("phone", "", "Enter the mobile number."),
        ("phone", "陈女士", "A mobile number has only digits"),
        ("consent", None, "Tell the customer first, then tick the consent."),
        ("key", "no-key", "This form is incomplete."),
        ("country", "1", "Select a valid choice"),
    ],
)
def test_what_needs_correction_is_said_and_nothing_is_lost(clerk, login, field, value, message):
    data = entered(**{field: value})

    response = login(clerk).post(CAPTURE, data, headers={"accept-language": "en"})

    assert response.status_code == 422
    assert message in response.text
    assert 'class="errsum" role="alert" tabindex="-1"' in response.text
    assert re.search(r"<title>\s*Error: ", response.text)
    assert data["key"] in response.text
    assert 'value="陈"' in response.text
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    ("typed", "country", "last4"),
    [
        ("+86 138-0013-8000", "86", "8000"),
        ("008613800138000", "86", "8000"),
        ("１３８ ００１３ ８０００", "86", "8000"),
        ("5123 4567", "852", "4567"),
        ("+852 5123 4567", "86", "4567"),
        ("6612 3456", "853", "3456"),
        ("0912 345 678", "886", "5678"),
    ],
)
def test_numbers_are_taken_in_any_spelling(clerk, login, typed, country, last4):
    response = send(login(clerk), phone=typed, country=country)

    assert heading(response) == "Registered. This customer is yours"
    assert card_of(Registration.objects.get().customer).phone.endswith(last4)


def test_sent_twice_it_is_one_registration_and_the_same_answer(clerk, login):
    client, data = login(clerk), entered()

    first = client.post(CAPTURE, data)
    second = client.post(CAPTURE, data)

    assert first["Location"] == second["Location"]
    assert Registration.objects.count() == 1


def test_the_same_key_for_somebody_else_is_refused_with_a_way_on(clerk, login):
    client, data = login(clerk), entered()
    client.post(CAPTURE, data)

    response = client.post(
        CAPTURE, data | {"phone": phone_number()}, headers={"accept-language": "en"}
    )

    assert response.status_code == 422
    assert "was sent before with other content" in response.text
    assert "Start a new registration" in response.text
    assert Registration.objects.count() == 1


def test_a_limit_that_is_reached_is_told_on_the_form(clerk, login):
    RulebookFactory(starts_on="2020-01-01", person_minute_limit=1)
    client = login(clerk)
    send(client)

    response = send(client)

    assert response.status_code == 422
    assert "Wait a minute, then go on." in response.text
    assert Registration.objects.count() == 1


def test_without_a_rulebook_the_form_says_so(clerk, login):
    with lifted(Rulebook):
        Rulebook.objects.all().delete()

    assert "No rulebook is published yet." in send(login(clerk)).text


def test_an_owner_registers_for_a_store_of_their_own(owner, store, login):
    client, foreign = login(owner), StoreFactory()

    assert send(client, store=foreign.code).status_code == 422
    assert "Choose the store that registers." in send(client).text
    response = send(client, store=store.code)

    assert Registration.objects.get().store == store
    assert f'href="/capture/?store={store.code}"' in response.text
    form = client.get(f"/capture/?store={store.code}")
    assert f'<option value="{store.code}" selected>' in form.text


def test_a_store_post_cannot_register_for_another_store(clerk, login):
    send(login(clerk), store=StoreFactory(dealer=clerk.dealer).code)

    assert Registration.objects.get().store == clerk.store


def test_the_next_form_is_empty_but_for_the_country(clerk, login):
    client = login(clerk)
    response = send(client, phone="5123 4567", country="852")

    assert 'href="/capture/?country=852"' in response.text
    form = client.get("/capture/?country=852")
    assert '<option value="852" selected>' in form.text
    assert "5123" not in form.text


def test_each_form_has_a_key_of_its_own_and_nothing_ticked(clerk, login):
    client = login(clerk)
    forms = [client.get(CAPTURE).text for _ in range(2)]

    keys = {re.search(r'name="key" value="([^"]+)"', form)[1] for form in forms}
    assert len(keys) == 2
    assert "checked" not in forms[0]


def test_the_own_pace_counts_today_only(clerk, login):
    registered(clerk.store, staff=clerk.user, at=timezone.now() - timedelta(days=2))
    registered(clerk.store, staff=MembershipFactory(store=clerk.store).user, at=timezone.now())
    client = login(clerk)
    send(client)

    response = client.get(CAPTURE, headers={"accept-language": "en"})

    assert response.context["registered_today"] == 1


def test_the_phones_clock_is_kept_as_evidence(clerk, login):
    clock = (timezone.now() - timedelta(hours=40)).isoformat()

    send(login(clerk), phone_clock=clock)

    assert Registration.objects.get().phone_clock.isoformat() == clock


@pytest.mark.parametrize(
    "clock",
    [
        "yesterday", "2026-01-05T10:00:00", "2017-01-05T10:00:00Z",
        "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
    ],
)  # fmt: skip
def test_a_clock_that_is_none_is_dropped_and_every_page_opens(clock, clerk, owner, hq, login):
    send(login(clerk), phone_clock=clock)

    made = Registration.objects.get()
    assert made.phone_clock is None
    for who, page in (
        (clerk, made.get_absolute_url()),
        (clerk, made.customer.get_absolute_url()),
        (owner, f"/earnings/{made.received_on:%Y-%m}/"),
        (hq, "/admin/customers/registration/"),
    ):
        assert login(who).get(page).status_code == 200, page


def test_the_database_keeps_no_clock_of_another_day(clerk, login):
    send(login(clerk))

    with pytest.raises(IntegrityError, match="phone_clock"), lifted(Registration):
        Registration.objects.update(phone_clock=timezone.now() + timedelta(days=3))


@pytest.mark.parametrize("name", ["右\u202e左", "a\u2066b", "陈\x01"])
def test_a_name_with_what_is_not_seen_is_refused_with_a_sentence(name, clerk, login):
    answer = send(login(clerk), name=name)

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    ("name", "title", "language", "said"),
    [
        ("陈", "ms", "en", "陈女士"),
        ("陈女士", "ms", "zh-hans", "陈女士"),
        ("Chen", "mr", "zh-hans", "Mr Chen"),
        ("Mr Chen", "mr", "en", "Mr Chen"),
        ("", "ms", "zh-hans", "女士"),
        ("", "mr", "en", "Mr"),
        ("陈", "", "en", "陈"),
    ],
)
def test_the_form_of_address_becomes_part_of_the_name(name, title, language, said):
    with translation.override(language):
        assert addressed(name, title) == said


def test_a_receipt_is_seen_by_its_store_and_its_owner_only(request, clerk, login):
    made = registered(clerk.store, staff=clerk.user)
    sister = MembershipFactory(store=StoreFactory(dealer=clerk.dealer))
    inside = [clerk, *map(request.getfixturevalue, ("manager", "owner"))]
    outside = [sister, OwnerFactory(), *map(request.getfixturevalue, OUTSIDERS)]

    def status(who):
        return login(who).get(made.get_absolute_url()).status_code

    assert {status(who) for who in inside} == {200}
    assert {status(who) for who in outside} == {404}


def test_who_has_no_post_at_a_dealer_finds_no_form(region_manager, hq, login):
    for who in (region_manager, hq):
        assert login(who).get(CAPTURE).status_code == 404
        assert login(who).post(CAPTURE, entered()).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(CAPTURE).status_code == 302
    assert client.post(CAPTURE, entered()).status_code == 302
    assert not Registration.objects.exists()


def test_addresses_and_titles_never_hold_a_number(clerk, login):
    number = phone_number()

    response = send(login(clerk), phone=number)

    assert number not in response.request["PATH_INFO"] + response.request["QUERY_STRING"]
    assert number not in re.search(r"<title>(.*?)</title>", response.text, re.DOTALL)[1]


def statements(captured):
    """Without the savepoint that stands for the request's transaction in a test."""
    return [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]


@pytest.mark.parametrize("kind", ["new", "visit", "elsewhere"])
def test_a_registration_takes_seven_statements(clerk, login, kind, django_assert_max_num_queries):
    client = login(clerk)
    send(client)
    place = {"new": None, "visit": clerk.store, "elsewhere": StoreFactory()}[kind]
    number = number_of(registered(place, at=timezone.now())) if place else phone_number()

    with django_assert_max_num_queries(12) as captured:
        client.post(CAPTURE, entered(phone=number, name="王"))  # like nobody else here

    assert len(statements(captured.captured_queries)) == 7


def test_a_receipt_takes_few_statements(clerk, login):
    made = registered(clerk.store, staff=clerk.user)
    client = login(clerk)
    client.get(made.get_absolute_url())

    with CaptureQueriesContext(connection) as captured:
        client.get(made.get_absolute_url())

    # Two of them ask whether it stands in the dealer's chain, or waits for that.
    assert len(statements(captured.captured_queries)) == 9


@pytest.mark.django_db(transaction=True)
def test_two_browsers_with_one_key_at_once_get_one_receipt(clerk, login):
    data, start = entered(), Barrier(2)
    clients = [login(clerk), login(clerk)]

    def post(client):
        start.wait()
        try:
            return client.post(CAPTURE, data)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(post, clients))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Registration.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_key_for_two_numbers_at_once_is_told_to_one_of_them(clerk, login):
    key, start = str(uuid.uuid4()), Barrier(2)
    clients = [login(clerk), login(clerk)]

    def post(client):
        start.wait()
        try:
            return client.post(CAPTURE, entered(key=key))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(post, clients))

    assert sorted(answer.status_code for answer in answers) == [302, 422]
    assert Registration.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_stores_with_one_number_at_once_get_one_owner_and_two_truths(login):
    number, start = phone_number(), Barrier(2)
    clients = [login(MembershipFactory()), login(MembershipFactory())]

    def post(client):
        start.wait()
        try:
            return client.post(CAPTURE, entered(phone=number))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(post, clients))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert sorted(Registration.objects.values_list("rule", flat=True)) == [Rule.R3, Rule.R7]
    assert Ownership.objects.count() == 1


def test_the_address_of_the_form_is_short():
    assert reverse("customers:capture") == CAPTURE
