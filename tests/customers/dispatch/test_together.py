"""Many leads offered in one pass, as one after the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from django.db import connection, transaction

from customers.dispatch import leads, market, offers, together
from customers.models import Campaign, Candidate, DispatchStore, Lead, LeadSource, Offer
from dealers.actor import Actor
from dealers.models import Notice, OutboxTask
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, other_store
from tests.factories.cases import case_of
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, RegionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


def seen():
    """What became of all leads."""
    weighed = Candidate.objects.order_by("lead", "hop", "store")
    made = Offer.objects.order_by("lead", "hop")
    return (
        list(weighed.values_list("lead", "hop", "store", "place", "why_not", "received", "in_hand",
                                 "metres", "band")),
        list(made.values_list("lead", "hop", "store", "to_owner", "offered_at", "due_at")),
        list(Lead.objects.order_by("pk").values_list("pk", "queued_at")),
        sorted(Notice.objects.values_list("user", "kind", "said")),
    )  # fmt: skip


@pytest.mark.parametrize("whole", [0, 200])
def test_one_pass_is_as_one_after_the_other(whole, clerk, monkeypatch):
    monkeypatch.setattr(market, "WHOLE", whole)
    random = Random(7)
    regions = [clerk.store.dealer.region, RegionFactory()]
    stores = [clerk.store, *(other_store(regions[n % 2]) for n in range(12))]
    for store in stores:
        MembershipFactory(store=store)
        DispatchStore.objects.create(
            store=store, capacity=3, weight=random.randint(1, 3),
            takes_leads=random.random() < 0.9,
            latitude=Decimal(random.randint(3100, 3140)) / 100,
            longitude=Decimal(random.randint(12100, 12140)) / 100,
        )  # fmt: skip
    owned = phone_number()
    registered(random.choice(stores), phone=owned, at=NOW - HOUR)
    late = phone_number()  # whose protection and grace are over
    registered(stores[3], phone=late, at=NOW - timedelta(days=200))
    made = [
        lead_of(
            random.choice(regions), at=NOW - timedelta(minutes=60 - n),
            phone=[None, owned, late][n % 12 if n % 12 < 3 else 0],
            latitude=Decimal(random.randint(3100, 3140)) / 100 if n % 5 else None,
            longitude=Decimal(random.randint(12100, 12140)) / 100 if n % 5 else None,
        )
        for n in range(45)
    ]  # fmt: skip
    case = case_of(clerk, stores[2], NOW - HOUR)
    Lead.objects.bulk_create(
        [Lead(source=LeadSource.HQ, wish="x", region=regions[0], identity=case.identity,
              contact=made[0].contact, received_at=NOW)]
    )  # fmt: skip
    pks = [lead.pk for lead in Lead.objects.order_by("received_at", "pk")]
    with transaction.atomic():
        for pk in pks:
            offers.offer(pk, NOW)
        singly = seen()
        transaction.set_rollback(True)
    together.offer_all(pks, NOW)
    assert seen() == singly
    assert len(singly[1]) > 20
    assert any(queued for _pk, queued in singly[2])  # all were full, or the case held them
    together.offer_all(pks, NOW + HOUR)
    assert seen() == singly


def test_many_leads_cost_some_statements(clerk, django_assert_max_num_queries):
    DispatchStore.objects.create(store=clerk.store, capacity=99)
    for count in (2, 30):
        drafts = [
            leads.Received(
                Lead(source=LeadSource.FILE, external_id=f"{count}-{n}", wish="x",
                     region=clerk.store.dealer.region), f"+86138{count:03}{n:05}", ""
            )
            for n in range(count)
        ]  # fmt: skip
        leads.receive_all(drafts, by=Actor.worker("test"), at=NOW)
        task = OutboxTask.objects.latest("pk")
        assert task.task == "customers.tasks.offer_leads"
        with django_assert_max_num_queries(50):
            together.offer_all([UUID(pk) for pk in task.args[0]], NOW)


def test_leads_that_are_no_longer_to_be_offered_are_passed_over(clerk):
    lead = lead_of(clerk.store.dealer.region)
    Lead.objects.update(queued_at=NOW)
    together.offer_all([lead.pk], NOW)
    assert not Offer.objects.exists()


def elsewhere(work, *args):
    """Do something by a connection of its own."""
    try:
        return work(*args)
    finally:
        connection.close()


def unheard_of(region, **said):
    """A lead that no worker has been told of."""
    with transaction.atomic():
        lead = lead_of(region, **said)
        connection.run_on_commit.clear()
    return lead


def one_by_one(lead, at):
    return offers.offer(lead.pk, at)


def all_together(lead, at):
    return together.offer_all([lead.pk], at)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [one_by_one, all_together])
@pytest.mark.parametrize("second", [one_by_one, all_together])
def test_who_offers_in_a_region_counts_what_others_offer_there_meanwhile(clerk, first, second):
    region, other = clerk.store.dealer.region, RegionFactory()
    there = other_store(region)
    other_store(other)
    leads = [unheard_of(region), unheard_of(region)]
    beside = unheard_of(other)
    began = NOW - timedelta(seconds=1)  # the second had its moment first, and waited

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            first(leads[0], NOW)
            waiting = pool.submit(elsewhere, second, leads[1], began)
            pool.submit(elsewhere, second, beside, began).result(timeout=5)  # of another region
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        waiting.result(timeout=5)

    made = [lead.offers.get() for lead in leads]
    assert [each.store for each in made] == [clerk.store, there]
    assert [each.offered_at for each in made] == [NOW, NOW]
    counted = Candidate.objects.filter(lead=leads[1]).values_list("store", "received", "in_hand")
    assert set(counted) == {(clerk.store.pk, 1, 1), (there.pk, 0, 0)}
    assert Offer.objects.get(lead=beside).offered_at == began


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [one_by_one, all_together])
@pytest.mark.parametrize("second", [one_by_one, all_together])
def test_an_owner_of_another_region_is_offered_a_lead_when_nobody_counts_there(
    clerk, first, second
):
    region, phone = clerk.store.dealer.region, phone_number()
    there = other_store(region)
    registered(clerk.store, phone=phone, at=NOW - HOUR)
    with transaction.atomic():
        elsewhere_in = lead_of(RegionFactory(), phone=phone)
        connection.run_on_commit.clear()
    beside = unheard_of(region)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first(elsewhere_in, NOW)
            waiting = pool.submit(elsewhere, second, beside, NOW)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        waiting.result(timeout=5)

    assert elsewhere_in.offers.get().store == clerk.store
    counted = Candidate.objects.filter(lead=beside).values_list("store", "received", "place")
    assert set(counted) == {(clerk.store.pk, 1, 2), (there.pk, 0, 1)}


@pytest.mark.django_db(transaction=True)
def test_nobody_whom_many_leads_hold_is_waited_for_once_more(clerk):
    """Whoever has the person's turn waits for the row that is held: two would wait for ever."""
    Campaign.objects.create(name="autumn", pulls=True)
    lead = unheard_of(clerk.store.dealer.region, campaign="autumn")
    turn = int.from_bytes(bytes(lead.identity.fingerprint)[:8], signed=True)

    with ThreadPoolExecutor(1) as pool, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn])
        pool.submit(elsewhere, together.offer_all, [lead.pk], NOW).result(timeout=10)

    assert Lead.objects.get().open_until is not None
