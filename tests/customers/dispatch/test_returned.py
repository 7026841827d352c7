"""Leads that stores return."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from customers.cases import deciding, opening
from customers.dispatch import junk, offers
from customers.dispatch.offers import DispatchRefused
from customers.models import Case, JunkState, Lead, Ownership, VoidReason
from dealers.actor import Actor
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, other_store
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


def test_returned_leads_are_taken_back_up_to_a_share(region, store, clerk):
    by, made = Actor.of(clerk), []
    hq = Actor.hq(UserFactory(is_staff=True))
    for _ in range(7):
        made.append(offers.offer(lead_of(region).pk, NOW))
        offers.accept(made[-1], by=by, at=NOW)
    assert junk.give_back(made[0], "wrong_number", by=by, at=NOW + HOUR) == JunkState.TAKEN
    assert Lead.objects.get(pk=made[0].lead_id).closed_at == NOW + HOUR
    assert junk.give_back(made[1], "outside", by=by, at=NOW + HOUR) == JunkState.ASKED  # 2 of 7
    junk.review(made[1], JunkState.REFUSED, because="inside", by=hq, at=NOW + HOUR)
    with pytest.raises(DispatchRefused, match="Nobody asks"):
        junk.review(made[1], JunkState.TAKEN, by=hq, at=NOW + HOUR)
    with pytest.raises(DispatchRefused, match="72 hours"):
        junk.give_back(made[2], "no_intent", by=by, at=NOW + timedelta(hours=72))


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_returned_at_once_the_share_covers_one(region, store, clerk, monkeypatch):
    monkeypatch.setattr("dealers.waiting.PATIENCE", 30)  # nobody is sent away on a busy machine
    by, made = Actor.of(clerk), []
    for _ in range(7):
        with transaction.atomic():  # the worker comes after the commit
            made.append(offers.offer(lead_of(region).pk, NOW))
            offers.accept(made[-1], by=by, at=NOW)

    def second():
        try:
            return junk.give_back(made[1], "no_intent", by=by, at=NOW + HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first = junk.give_back(made[0], "wrong_number", by=by, at=NOW + HOUR)
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert (first, waiting.result(timeout=5)) == (JunkState.TAKEN, JunkState.ASKED)


def test_a_lead_outside_the_area_goes_to_the_next_store(region, store, clerk):
    by = Actor.of(clerk)
    for _ in range(7):
        lead = lead_of(region)
        made = offers.offer(lead.pk, NOW)
        registration = offers.accept(made, by=by, at=NOW)
    other = other_store(region)
    assert junk.give_back(made, "outside", by=by, at=NOW + HOUR) == JunkState.TAKEN
    # What accepting won is as if never given, so that the customer is free for the next.
    assert registration.void.reason == VoidReason.RETURNED
    assert not Ownership.objects.given().filter(customer=registration.customer).exists()
    again = offers.offer(lead.pk, NOW + HOUR)
    assert (again.store, again.to_owner, again.hop) == (other, False, 2)


def test_returning_the_lead_of_an_own_customer_keeps_the_customer(region, store, clerk):
    by, number = Actor.of(clerk), phone_number()
    registered(store, phone=number, staff=clerk.user, at=NOW - timedelta(days=1))
    for _ in range(6):
        offers.accept(offers.offer(lead_of(region).pk, NOW), by=by, at=NOW)
    made = offers.offer(lead_of(region, phone=number).pk, NOW)
    offers.accept(made, by=by, at=NOW)
    assert junk.give_back(made, "no_intent", by=by, at=NOW + HOUR) == JunkState.TAKEN
    assert Ownership.objects.running(NOW + HOUR).filter(identity=made.lead.identity).exists()


def disputed(region, clerk):
    """A lead that the store accepted, of whom another dealer opens a case at once."""
    phone, rival = phone_number(), MembershipFactory()
    made = offers.offer(lead_of(region, phone=phone).pk, NOW)
    offers.accept(made, by=Actor.of(clerk), at=NOW)
    claim = registered(rival.store, phone=phone, staff=rival.user, at=NOW + HOUR)
    opening.claim(claim, story="She came to us first.", by=Actor.of(rival), at=NOW + HOUR)
    return made


def test_silence_takes_no_customer_away_whom_a_case_is_about(region, clerk):
    for _ in range(6):  # so that the share would cover it
        offers.accept(offers.offer(lead_of(region).pk, NOW), by=Actor.of(clerk), at=NOW)
    made = disputed(region, clerk)
    assert junk.give_back(made, "no_intent", by=Actor.of(clerk), at=NOW + 2 * HOUR) == "asked"
    made.refresh_from_db()
    hq = Actor.hq(UserFactory(is_staff=True))
    with pytest.raises(DispatchRefused, match="A case about this customer runs"):
        junk.review(made, JunkState.TAKEN, by=hq, at=NOW + 3 * HOUR)

    assert junk.let_silence_answer(made.return_due_at + HOUR) == 0
    assert Ownership.objects.given().filter(identity=made.lead.identity).exists()

    Case.objects.get()
    deciding.settle_all(NOW + timedelta(days=60))
    assert not Case.objects.running().exists()
    assert junk.let_silence_answer(NOW + timedelta(days=61)) == 1
    made.refresh_from_db()
    assert made.junk_state == JunkState.TAKEN
