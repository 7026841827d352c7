"""Campaigns whose leads the stores take themselves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from customers.dispatch import offers, pulled, together
from customers.dispatch.offers import DispatchRefused
from customers.models import Answer, Campaign, DispatchStore, Lead, Offer, OfferAnswer, Rulebook
from dealers.actor import Actor
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, other_store
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, RegionFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def rules(db):
    Campaign.objects.create(name="autumn", pulls=True)
    return RulebookFactory(pool_claims_per_day=2)


@pytest.fixture
def region(store, rules):
    return store.dealer.region


def opened(region, at=NOW, **said):
    lead = lead_of(region, campaign="autumn", at=at, **said)
    assert offers.offer(lead.pk, at) is None
    return lead


def test_a_lead_of_the_campaign_is_shown_masked_to_those_who_may_have_it(region, store, clerk):
    full, elsewhere = other_store(region), StoreFactory(dealer__region=RegionFactory())
    DispatchStore.objects.create(store=full, capacity=0)
    lead = opened(region)
    (seen,) = pulled.open_to([store], NOW + HOUR, 9)
    assert (seen.lead, seen.name, seen.until) == (lead.pk, "吴**", NOW + 2 * HOUR)
    for other in (full, elsewhere):
        assert pulled.open_to([other], NOW + HOUR, 9) == []
    assert pulled.open_to([store], NOW + 2 * HOUR, 9) == []
    assert not Offer.objects.exists()


def test_a_store_takes_what_it_sells(region, store, clerk):
    filters, beds = CategoryFactory(), CategoryFactory()
    DispatchStore.objects.create(store=store).lines.add(beds)
    sister = StoreFactory(dealer=store.dealer)
    DispatchStore.objects.create(store=sister).lines.add(filters)
    wanted = opened(region, category=filters)
    bed, any_of_them = opened(region, category=beds), opened(region)
    seen = {each.lead for each in pulled.open_to([store], NOW + HOUR, 9)}
    assert seen == {bed.pk, any_of_them.pk}
    both = pulled.open_to([store, sister], NOW + HOUR, 9)
    assert {each.lead: each.store for each in both if each.lead != any_of_them.pk} == {
        wanted.pk: sister, bed.pk: store,
    }  # fmt: skip
    with pytest.raises(DispatchRefused, match="does not sell"):
        pulled.take(wanted.pk, store, by=Actor.of(clerk), at=NOW + HOUR)


def test_the_first_to_take_it_has_it(region, store, clerk):
    rival = MembershipFactory(store=other_store(region))
    lead = opened(region)
    made = pulled.take(lead.pk, store, by=Actor.of(clerk), at=NOW + HOUR)
    assert (made.answer, made.offer.pulled) == (Answer.YOURS, True)
    assert made.offer.contact_due_at == NOW + 25 * HOUR
    with pytest.raises(DispatchRefused, match="faster"):
        pulled.take(lead.pk, rival.store, by=Actor.of(rival), at=NOW + HOUR)
    assert pulled.open_to([rival.store], NOW + HOUR, 9) == []


def test_many_stores_and_leads_ask_no_more_of_the_database(
    region, store, django_assert_max_num_queries
):
    near, far = Decimal(31), Decimal(32)
    DispatchStore.objects.create(store=store, latitude=far, longitude=121)
    beside = [StoreFactory(dealer=store.dealer) for _ in range(3)]
    DispatchStore.objects.create(store=beside[1], latitude=near, longitude=121)
    for _ in range(4):
        opened(region, latitude=near, longitude=Decimal(121))
    with django_assert_max_num_queries(12):
        found = pulled.open_to([store, *beside], NOW, 3)
    assert [(each.store, each.metres) for each in found] == [(beside[1], 0)] * 3


def test_what_the_rulebook_refuses_stays_open_to_others(store, clerk):
    Campaign.objects.create(name="autumn", pulls=True)
    RulebookFactory(person_cap=1)
    found = [opened(store.dealer.region) for _ in range(2)]
    pulled.take(found[0].pk, store, by=Actor.of(clerk), at=NOW)
    with pytest.raises(DispatchRefused, match="You have not accepted it"):
        pulled.take(found[1].pk, store, by=Actor.of(clerk), at=NOW)
    assert Offer.objects.count() == 1
    other = MembershipFactory(store=store)
    assert pulled.take(found[1].pk, store, by=Actor.of(other), at=NOW).answer == Answer.YOURS


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_at_once_the_second_is_told_so(region, store, clerk):
    rival = MembershipFactory(store=other_store(region))
    lead = opened(region)
    until = Lead.objects.get().open_until

    def second():
        try:
            pulled.take(lead.pk, rival.store, by=Actor.of(rival), at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            pulled.take(lead.pk, store, by=Actor.of(clerk), at=NOW)
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(DispatchRefused, match="faster"):
            waiting.result(timeout=5)
    assert Lead.objects.get().open_until == until


def test_a_day_has_so_many_for_one_person(region, store, clerk):
    found = [opened(region) for _ in range(3)]
    for lead in found[:2]:
        pulled.take(lead.pk, store, by=Actor.of(clerk), at=NOW)
    with pytest.raises(DispatchRefused, match="2 leads today"):
        pulled.take(found[2].pk, store, by=Actor.of(clerk), at=NOW)
    assert Rulebook.objects.get().pool_claims_per_day == 2
    other = MembershipFactory(store=store)
    assert pulled.take(found[2].pk, store, by=Actor.of(other), at=NOW).answer == Answer.YOURS


def test_what_nobody_takes_in_time_is_offered_in_turn(region, store, clerk):
    lead = opened(region)
    assert offers.offer(lead.pk, NOW + HOUR) is None
    late = NOW + 2 * HOUR
    with pytest.raises(DispatchRefused, match="faster"):
        pulled.take(lead.pk, store, by=Actor.of(clerk), at=late)
    offers.pass_on(late)
    made = offers.offer(lead.pk, late)
    assert (made.store, made.pulled) == (store, False)


def test_an_owner_comes_first_here_too(region, store, clerk):
    owner, number = other_store(region), phone_number()
    registered(owner, phone=number, at=NOW - HOUR)
    lead = lead_of(region, campaign="autumn", phone=number)
    assert offers.offer(lead.pk, NOW).store == owner
    later = phone_number()
    lead = opened(region, phone=later)
    registered(owner, phone=later, at=NOW)
    with pytest.raises(DispatchRefused, match="has a store already"):
        pulled.take(lead.pk, store, by=Actor.of(clerk), at=NOW + HOUR)
    assert offers.offer(lead.pk, NOW + HOUR).store == owner


def test_a_store_that_is_full_takes_none(region, store, clerk):
    DispatchStore.objects.create(store=store, capacity=0)
    with pytest.raises(DispatchRefused, match="as many leads in hand"):
        pulled.take(opened(region).pk, store, by=Actor.of(clerk), at=NOW)


def test_many_that_come_together_are_opened_too(region, store):
    lead = lead_of(region, campaign="autumn")
    together.offer_all([lead.pk], NOW)
    assert Lead.objects.get().open_until == NOW + 2 * HOUR
    assert not Offer.objects.exists()


def test_the_page_shows_and_takes(region, store, clerk, rival, login):
    lead = opened(region, at=timezone.now())
    Lead.objects.update(open_until=timezone.now() + timedelta(days=1))
    page = login(clerk).get(reverse("customers:to-take"))
    assert "吴**" in page.text
    address = reverse("customers:take-lead", args=[lead.pk, store.code])
    assert address in page.text
    assert login(rival).post(address).status_code == 404
    sent = login(clerk).post(address)
    made = Offer.objects.get()
    assert made.answer == OfferAnswer.ACCEPTED
    assert sent.url == made.registration.customer.get_absolute_url()
    again = login(clerk).post(address, follow=True)
    assert "Somebody was faster" in again.text
    assert "Nothing to take" in again.text
