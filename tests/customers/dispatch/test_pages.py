"""The inbox of leads, the queue of the region, and what headquarters enters."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.dispatch import choices, junk, offers
from customers.dispatch.candidates import distance_band
from customers.dispatch.terms import Terms
from customers.models import DispatchStore, JunkState, Lead, Offer, OfferAnswer
from dealers.actor import Actor
from dealers.triggers import lifted
from tests.customers.dispatch.brought import lead_of, other_store
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    MembershipFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

INBOX = reverse("customers:dispatch")
QUEUE = reverse("customers:lead-queue")


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def made(store):
    lead = lead_of(store.dealer.region, at=timezone.now())
    return offers.offer(lead.pk, timezone.now())


def test_a_lead_is_accepted_in_two_taps_and_then_shows_whom_to_call(login, clerk, made):
    client = login(clerk)
    page = client.get(INBOX)
    assert "吴**" in page.text
    assert "吴先生" not in page.text
    answer = client.post(reverse("customers:accept-offer", args=[made.pk]))
    card = Offer.objects.get(pk=made.pk).registration.customer
    assert answer.url == card.get_absolute_url()
    assert "吴先生" in client.get(answer.url).text
    doing = client.get(INBOX, {"state": "doing"})
    assert [each.offer for each in doing.context["cards"]] == [made]
    assert not client.get(INBOX).context["cards"]
    assert "Call until" in client.get(made.get_absolute_url()).text


def test_a_lead_is_declined_with_one_of_the_reasons(login, clerk, made):
    client = login(clerk)
    address = reverse("customers:decline-offer", args=[made.pk])
    assert client.post(address, {"reason": "rather not"}).url == made.get_absolute_url()
    assert client.post(address, {}).url == made.get_absolute_url()
    assert Offer.objects.get().answer == ""
    assert client.post(address, {"reason": "busy"}).url == INBOX
    assert Offer.objects.get().answer == OfferAnswer.DECLINED
    assert client.post(address, {"reason": "busy"}).url == INBOX
    assert "Nobody is free" in client.get(made.get_absolute_url()).text
    assert client.get(INBOX, {"state": "done"}).context["cards"]


@pytest.mark.parametrize(
    ("left", "tone", "word"),
    [(60, "ok", "On time"), (11, "warn", "Soon over"), (0, "bad", "Overdue")],
)
def test_an_offer_says_how_it_stands_with_the_time(login, clerk, made, left, tone, word):  # noqa: PLR0917
    now = timezone.now()
    with lifted(Offer):
        Offer.objects.update(
            offered_at=now - timedelta(minutes=60), due_at=now + timedelta(minutes=left)
        )
    page = login(clerk).get(made.get_absolute_url())
    assert f'class="sla {tone}"' in page.text
    assert word in page.text
    assert 'id="clock"' in page.text


def test_what_waits_for_nobody_is_neither_late_nor_in_time(login, clerk, made):
    client = login(clerk)
    offers.decline(made, "busy", by=_actor(clerk), at=timezone.now())
    done = client.get(INBOX, {"state": "done"})
    assert [card.tone for card in done.context["cards"]] == [""]
    assert "Overdue" not in client.get(made.get_absolute_url()).text


def test_an_accepted_lead_is_returned(login, clerk, made):
    client = login(clerk)
    client.post(reverse("customers:accept-offer", args=[made.pk]))
    address = reverse("customers:return-lead", args=[made.pk])
    client.post(address, {"junk": "no_intent"})
    page = client.get(made.get_absolute_url())
    assert "Headquarters looks at it" in page.text  # one of one is more than 15 %


def test_a_lead_that_stays_with_the_store_says_again_until_when_to_call(login, clerk, made):
    client, by = login(clerk), _actor(clerk)
    offers.accept(made, by=by, at=timezone.now())
    junk.give_back(made, "no_intent", by=by, at=timezone.now())
    doing = client.get(INBOX, {"state": "doing"})
    assert [card.waits for card in doing.context["cards"]] == [False]
    hq = Actor.hq(UserFactory(is_staff=True))
    junk.review(made, JunkState.REFUSED, because="wants", by=hq, at=timezone.now())
    doing = client.get(INBOX, {"state": "doing"})
    assert [card.waits for card in doing.context["cards"]] == [True]


@pytest.mark.parametrize("name", ["offer", "accept-offer", "decline-offer", "return-lead"])
def test_others_find_nothing(login, rival, hq, made, name):
    address = reverse(f"customers:{name}", args=[made.pk])
    for who in (rival, RegionalManagerFactory(region=made.lead.region), hq):
        client = login(who)
        sent = client.get(address) if name == "offer" else client.post(address)
        assert sent.status_code == 404
    assert Offer.objects.get().answer == ""


def test_why_a_store_was_asked_is_computed_anew_for_whoever_was_weighed(login, clerk, made):
    other = other_store(clerk.store.dealer.region)
    lead = lead_of(other.dealer.region, at=timezone.now())
    offers.offer(lead.pk, timezone.now())
    page = login(clerk).get(reverse("customers:choice", args=[lead.pk, 1]))
    assert "the same order" in page.text
    assert clerk.store.name in page.text
    assert other.name not in page.text
    beside = MembershipFactory(store=other)
    assert login(beside).get(reverse("customers:choice", args=[lead.pk, 1])).status_code == 200
    assert login(beside).get(reverse("customers:choice", args=[made.lead_id, 1])).status_code == 404
    listed = login(beside).get(reverse("customers:considered")).context["rows"]
    assert [row.lead_id for row in listed] == [lead.pk]


def test_the_file_of_a_choice_places_no_house(login, clerk, rival, made):
    address = reverse("customers:choice-data", args=[made.lead_id, 1])
    said = login(clerk).get(address).json()
    assert [(it["yours"], it["place"], it["metres"]) for it in said["stores"]] == [(True, 1, None)]
    assert login(rival).get(address).status_code == 404
    ends = Terms(bands=(3_050, 10_000))
    given = [0, 1, 3_000, 3_001, 3_050, 3_051, 10_001]
    told = [choices.about(metres, ends) for metres in given]
    assert told == [0, 100, 3_000, 3_050, 3_050, 3_100, 10_100]
    assert [distance_band(it, ends) for it in told] == [distance_band(it, ends) for it in given]


def test_the_manager_of_the_region_decides_what_nobody_took(login, region_manager, clerk, made):
    client = login(region_manager)
    offers.decline(made, "busy", by=_actor(clerk), at=timezone.now())
    assert offers.offer(made.lead_id, timezone.now()) is None
    assert client.get(QUEUE).context["leads"].get().pk == made.lead_id
    address = reverse("customers:choose-store", args=[made.lead_id])
    stranger = MembershipFactory().store
    client.post(address, {"store": stranger.pk})
    client.post(address, {"store": "٣"})
    assert Offer.objects.count() == 1
    client.post(address, {"store": clerk.store.pk})
    again = Offer.objects.get(by_hand=True)
    assert (again.store, again.hop) == (clerk.store, 2)
    assert not client.get(QUEUE).context["leads"]
    assert client.post(address, {"store": clerk.store.pk}).status_code == 404


def test_the_customers_store_is_offered_it_without_being_named(login, region_manager):
    elsewhere, number = StoreFactory(), phone_number()
    registered(elsewhere, phone=number, at=timezone.now() - timedelta(hours=1))
    lead = lead_of(region_manager.region, phone=number, at=timezone.now())
    Lead.objects.filter(pk=lead.pk).update(queued_at=timezone.now())
    address = reverse("customers:choose-store", args=[lead.pk])
    page = login(region_manager).post(address, {"theirs": "1", "store": ""}, follow=True)
    assert "Offered to the customer&#x27;s store." in page.text
    assert elsewhere.name not in page.text
    again = Offer.objects.get(lead=lead)
    assert (again.store, again.to_owner, again.by_hand) == (elsewhere, True, True)


def test_nobody_is_told_that_the_own_customer_goes_to_another_store(login, clerk, store):
    number = phone_number()
    registered(store, phone=number, at=timezone.now() - timedelta(hours=1))
    lead = lead_of(store.dealer.region, phone=number, at=timezone.now())
    mine = offers.offer(lead.pk, timezone.now())
    assert (mine.store, mine.to_owner) == (store, True)
    soon = timezone.now() + timedelta(minutes=1)
    with lifted(Offer):
        Offer.objects.filter(pk=mine.pk).update(due_at=soon, offered_at=soon - timedelta(hours=2))
    page = login(clerk).get(INBOX).text
    assert "No other store is asked while the customer is yours." in page
    assert "the next store is asked" not in page


def test_a_manager_who_comes_second_is_told_so(login, region_manager, clerk, made, monkeypatch):
    client = login(region_manager)
    offers.decline(made, "busy", by=_actor(clerk), at=timezone.now())
    offers.offer(made.lead_id, timezone.now())

    def gone(lead, *args, **kwargs):
        Lead.objects.queued().exclude(pk=lead.pk).get(pk=lead.pk)

    monkeypatch.setattr(offers, "choose", gone)
    address = reverse("customers:choose-store", args=[made.lead_id])
    page = client.post(address, {"store": clerk.store.pk}, follow=True)
    assert "Somebody was faster." in page.text


def _actor(member):
    return Actor.of(member)


def test_the_queue_is_the_regions_own(login, clerk, hq):
    assert login(clerk).get(QUEUE).status_code == 404
    assert login(hq).get(QUEUE).status_code == 404


def test_every_dealer_sees_the_shares_without_names_of_others(login, clerk, region_manager):
    others = [other_store(clerk.store.dealer.region) for _ in range(6)]
    DispatchStore.objects.create(store=others[0], of_brand=True)
    page = login(clerk).get(reverse("customers:fairness"))
    assert clerk.store.name in page.text
    assert others[0].name in page.text  # the brand's own is marked
    assert others[1].name not in page.text
    assert page.text.count("another store") == 5
    assert "Fair share" in page.text
    stores = login(clerk).get(reverse("customers:fairness-data")).json()["stores"]
    assert (len(stores), {"fair" in store for store in stores}) == (7, {True})
    assert others[1].name in login(region_manager).get(reverse("customers:fairness")).text


@pytest.mark.parametrize("brand", [0, 3])
def test_below_five_nameless_stores_of_others_the_own_figures_are_shown_and_tell_no_total(
    login, clerk, made, brand
):
    """Neither one's own stores nor the brand's, which have a name, are among whom one hides."""
    others = [other_store(clerk.store.dealer.region) for _ in range(4 + brand)]
    for other in others[4:]:
        DispatchStore.objects.create(store=other, of_brand=True)
    sister = StoreFactory(dealer=clerk.store.dealer)
    page = login(clerk).get(reverse("customers:fairness"))
    assert {row.store for row in page.context["rows"]} == {clerk.store.pk, sister.pk}
    assert {(row.fair, row.difference) for row in page.context["rows"]} == {(None, None)}
    assert "Fair share" not in page.text
    assert "Difference" not in page.text
    stores = login(clerk).get(reverse("customers:fairness-data")).json()["stores"]
    assert len(stores) == 2
    assert all("fair" not in store for store in stores)


def test_each_month_of_the_shares_can_be_read(login, clerk, made):
    client, address = login(clerk), reverse("customers:fairness")
    now = client.get(address)
    assert (now.context["after"], now.context["rows"][0].received) == (None, 1)
    earlier = client.get(address, {"month": f"{now.context['before']:%Y-%m}"})
    assert earlier.context["after"] == now.context["month"]
    assert [row.received for row in earlier.context["rows"]] in ([0], [])
    data = client.get(reverse("customers:fairness-data"), {"month": "2026-01"}).json()
    assert data["month"] == "2026-01"
    for wrong in ("9999-12", "2100-01", "x", "1900-01"):
        assert client.get(address, {"month": wrong}).context["month"] == now.context["month"]


def test_a_dealer_alone_in_its_region_sees_its_fair_share(login, clerk, made):
    page = login(clerk).get(reverse("customers:fairness"))
    assert [str(row.fair) for row in page.context["rows"]] == ["1.0"]


def test_headquarters_enters_a_lead_and_sees_what_becomes_of_it(login, hq, store):
    client = login(hq)
    said = {
        "phone": "138 0013 8000", "name": "吴先生", "consent": "on", "wish": "Water filter",
        "region": store.dealer.region.pk, "category": CategoryFactory().pk, "external_id": "L-1",
        "latitude": "30.1", "longitude": "120.2",
    }  # fmt: skip
    add = reverse("admin:customers_lead_add")
    assert "Ask the customer first" in client.post(add, said | {"consent": ""}).text
    assert "number" in client.post(add, said | {"phone": "12"}).text
    assert client.post(add, said | {"latitude": ""}).status_code == 200
    assert client.post(add, said).status_code == 302
    lead = Lead.objects.get()
    assert lead.latitude == Decimal("30.1")
    assert "on file already" in client.post(add, said).text
    page = client.get(reverse("admin:customers_lead_change", args=[lead.pk]))
    assert "138****8000" in page.text
    assert "13800138000" not in page.text
    offers.offer(lead.pk, timezone.now())
    assert f"offered to {store}" in client.get(reverse("admin:customers_lead_changelist")).text


def test_a_lead_that_is_sent_twice_is_one(login, hq, store):
    """Or two stores would call the customer; no number of another system tells them apart."""
    client, add = login(hq), reverse("admin:customers_lead_add")
    assert 'name="token"' in client.get(add).text
    said = {
        "phone": phone_number(), "consent": "on", "wish": "Water filter",
        "region": store.dealer.region.pk, "token": uuid4(),
    }  # fmt: skip
    assert client.post(add, said).status_code == 302
    assert "on file already" in client.post(add, said).text
    assert client.post(add, said | {"token": uuid4()}).status_code == 302
    assert Lead.objects.count() == 2


def test_headquarters_that_types_too_many_numbers_is_told_so_on_the_form(login, hq, store):
    client, add = login(hq), reverse("admin:customers_lead_add")
    said = {"consent": "on", "wish": "Water filter", "region": store.dealer.region.pk}
    for _ in range(10):
        assert client.post(add, said | {"phone": phone_number()}).status_code == 302
    more = client.post(add, said | {"phone": phone_number()})
    assert more.status_code == 200
    assert "in the last minute" in more.text
    assert Lead.objects.count() == 10


def test_headquarters_decides_about_returned_leads(login, hq, clerk, made):
    by = _actor(clerk)
    offers.accept(made, by=by, at=timezone.now())
    login(clerk).post(reverse("customers:return-lead", args=[made.pk]), {"junk": "no_intent"})
    chosen = {"action": "take_back", "_selected_action": [made.pk], "confirmed": "1", "found": ""}
    page = login(hq).post(reverse("admin:customers_offer_changelist"), chosen, follow=True)
    assert page.status_code == 200
    assert Offer.objects.get().junk_state == "taken"
    assert Lead.objects.get().closed_at is not None


def test_the_inbox_asks_the_database_as_often_for_one_as_for_many(
    login, clerk, made, django_assert_max_num_queries
):
    client = login(clerk)
    client.get(INBOX)
    for _ in range(5):
        lead = lead_of(clerk.store.dealer.region, at=timezone.now())
        offers.offer(lead.pk, timezone.now())
    with django_assert_max_num_queries(20) as asked:
        page = client.get(INBOX)
    assert len(page.context["cards"]) == 6
    assert len(asked) <= 20
    assert timedelta(0) < page.context["cards"][0].left
