"""Whoever accepts a lead calls the customer in time, or loses both."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from customers.closings import going_on, plan
from customers.dispatch import calls, contacts, fairness, junk, offers
from customers.dispatch.market import Market
from customers.dispatch.offers import DispatchRefused
from customers.dispatch.terms import TERMS
from customers.erasure import erase_person
from customers.models import Answer, JunkState, Lead, Offer, OfferAnswer, Ownership
from customers.orders.recording import GivenLine, record_order
from customers.ownership import handover
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from dealers.models import Notice, NoticeKind
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, other_store
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import StoreFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


@pytest.fixture
def accepted(region, store, clerk):
    made = offers.offer(lead_of(region).pk, NOW)
    offers.accept(made, by=Actor.of(clerk), at=NOW)
    return Offer.objects.select_related("registration__customer").get(pk=made.pk)


def test_an_accepted_lead_that_nobody_calls_goes_to_the_next_store(region, store, clerk, accepted):
    other, due = other_store(region), NOW + 24 * HOUR
    assert offers.pass_on(due - timedelta(microseconds=1)) == 0
    assert offers.pass_on(due) == 1
    accepted.refresh_from_db()
    assert (accepted.answer, accepted.passed_on_at) == (OfferAnswer.ACCEPTED, due)
    owned = Ownership.objects.get()
    assert (owned.store, owned.period.upper) == (store, due)
    again = offers.offer(accepted.lead_id, due)
    assert (again.store, again.to_owner, again.hop) == (other, False, 2)
    told = Notice.objects.filter(kind=NoticeKind.DISPATCH, to=accepted.get_absolute_url())
    assert any("Nobody called" in notice.said for notice in told)


def test_done_late_or_twice_it_is_as_of_then(region, accepted):
    other_store(region)
    late = NOW + 99 * HOUR
    assert [offers.pass_on(late), offers.pass_on(late + HOUR)] == [1, 0]
    accepted.refresh_from_db()
    assert accepted.passed_on_at == NOW + 24 * HOUR == Ownership.objects.get().period.upper


def test_who_asks_before_the_job_finds_the_customer_free(region, accepted):
    rival = other_store(region)
    asked = registered(rival, phone=contacts.opened(accepted.lead)[0], at=NOW + 24 * HOUR)
    assert asked.answer == Answer.YOURS
    assert offers.pass_on(NOW + 30 * HOUR) == 1
    again = offers.offer(accepted.lead_id, NOW + 30 * HOUR)
    assert (again.store, again.to_owner) == (rival, True)


def test_a_call_in_time_keeps_the_lead_and_one_in_vain_does_not(region, clerk, accepted):
    card, by = accepted.registration.customer, Actor.of(clerk)
    record_activity(card, kind="call", outcome="no_answer", by=by, at=NOW + HOUR)
    assert calls.missed(Offer.objects.all(), NOW + 24 * HOUR).exists()
    record_activity(card, kind="call", outcome="reached", by=by, at=NOW + 23 * HOUR)
    assert offers.pass_on(NOW + 30 * HOUR) == 0
    assert Ownership.objects.running(NOW + 30 * HOUR).exists()


def test_who_accepted_it_may_leave_and_the_store_calls_all_the_same(manager, clerk, accepted):
    handover.leave(clerk, None, by=Actor.of(manager), at=NOW + HOUR)
    due = NOW + 24 * HOUR
    assert [offers.pass_on(due - timedelta(microseconds=1)), offers.pass_on(due)] == [0, 1]


def test_an_owner_who_does_not_call_keeps_the_customer_and_the_region_has_the_lead(
    region, store, clerk
):
    other_store(region)
    number = phone_number()
    registered(store, phone=number, staff=clerk.user, at=NOW - timedelta(days=1))
    lead = lead_of(region, phone=number)
    offers.accept(offers.offer(lead.pk, NOW), by=Actor.of(clerk), at=NOW)
    assert offers.pass_on(NOW + 24 * HOUR) == 1
    assert offers.offer(lead.pk, NOW + 24 * HOUR) is None
    assert Lead.objects.get(pk=lead.pk).queued_at == NOW + 24 * HOUR
    assert Ownership.objects.running(NOW + 24 * HOUR).get().store == store


def test_a_lead_passed_on_counts_as_received_and_as_missed_and_is_not_returned(
    region, store, clerk, accepted
):
    offers.pass_on(NOW + 24 * HOUR)
    accepted.refresh_from_db()
    assert Offer.objects.all().received().count() == 1
    month = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    (row,) = fairness.of_region(region.pk, *month)
    assert (row.received, row.missed) == (1, 1)
    assert Market(region.pk, NOW + 25 * HOUR, TERMS).sites[store.pk].in_hand == 0
    assert not junk.may_return(accepted, NOW + 25 * HOUR)


def test_what_headquarters_looks_at_waits_for_its_word(region, store, clerk, accepted):
    by, hq = Actor.of(clerk), Actor.hq(UserFactory(is_staff=True))
    assert junk.give_back(accepted, "wrong_number", by=by, at=NOW + HOUR) == JunkState.ASKED
    assert offers.pass_on(NOW + 24 * HOUR) == 0
    junk.review(accepted, JunkState.TAKEN, by=hq, at=NOW + 48 * HOUR)
    assert offers.pass_on(NOW + 49 * HOUR) == 0
    assert Lead.objects.get().closed_at == NOW + 48 * HOUR


def test_who_is_erased_is_no_lead_in_hand_and_waits_for_no_call(region, store, accepted):
    by = Actor.hq(UserFactory(is_staff=True))
    assert Market(region.pk, NOW + HOUR, TERMS).sites[store.pk].in_hand == 1
    erase_person(accepted.registration.identity, reason="asked for", by=by, at=NOW + HOUR)
    assert not calls.uncontacted(Offer.objects.all()).exists()
    assert Market(region.pk, NOW + HOUR, TERMS).sites[store.pk].in_hand == 0


def test_who_has_bought_is_no_lead_in_hand_and_waits_for_no_call(region, store, accepted):
    line = GivenLine(1, CategoryFactory(), 1, *map(Decimal, ("100.00", "0.00", "100.00")))
    mine, later = Offer.objects.all(), NOW + 2 * HOUR
    assert calls.to_call(mine).get() == accepted
    assert Market(region.pk, later, TERMS).sites[store.pk].in_hand == 1

    record_order(
        source="pos", external_id="1", ordered_at=NOW + HOUR, store=store, lines=[line],
        phone=contacts.opened(accepted.lead)[0],
    )  # fmt: skip

    assert not calls.uncontacted(mine).exists()
    assert Market(region.pk, later, TERMS).sites[store.pk].in_hand == 0


def test_who_bought_at_the_sister_store_that_goes_on_waits_for_no_call(
    region, store, owner, clerk, accepted
):
    """The protection went on there, and with it what served the customer."""
    sister, other = StoreFactory(dealer=store.dealer), other_store(region)
    closing = plan.close_store(
        store, to=sister, on=date(2026, 10, 24), reason="The lease ends", by=Actor.of(owner), at=NOW
    )
    for _portion in going_on.go_on(closing, closing.due_at):
        pass
    assert (Ownership.objects.running(closing.due_at).get().store, other) == (sister, other)
    assert calls.missed(Offer.objects.all(), NOW + 24 * HOUR).exists()

    line = GivenLine(1, CategoryFactory(), 1, *map(Decimal, ("100.00", "0.00", "100.00")))
    record_order(
        source="pos", external_id="1", ordered_at=closing.due_at + HOUR, store=sister,
        lines=[line], phone=contacts.opened(accepted.lead)[0],
    )  # fmt: skip

    assert not calls.missed(Offer.objects.all(), NOW + 24 * HOUR).exists()
    assert offers.pass_on(NOW + 24 * HOUR) == 0
    with pytest.raises(DispatchRefused, match="bought"):
        junk.give_back(accepted, "wrong_number", by=Actor.of(owner), at=NOW + 20 * HOUR)
