"""Whoever was not heard of for long is erased, each night as far as it gets."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.dispatch import offers
from customers.models import Customer, Erasure, PageEntry, PlantedNumber, Retention
from customers.ownership.activities import record_activity
from customers.rights import retention
from customers.rights.retention import delete_what_is_due
from dealers.actor import Actor
from tests.customers.dispatch.brought import lead_of
from tests.customers.test_fingerprints import ordered
from tests.factories.customers import DAY_ONE, RulebookFactory, phone_number, registered
from tests.factories.dealers import keys_are_committed

pytestmark = pytest.mark.django_db

LATER = DAY_ONE + timedelta(days=365 * 3)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()
    keys_are_committed()


def test_people_without_dealings_are_erased_and_the_log_says_how_many(store, caplog, monkeypatch):
    monkeypatch.setattr(retention, "PORTION", 2)
    for _ in range(5):
        registered(store)
    with caplog.at_level(logging.INFO, "customers.rights.retention"):
        assert delete_what_is_due(LATER) == 5
    assert "Erased 5 people without dealings since" in caplog.text
    assert set(Customer.objects.values_list("phone_sealed", flat=True)) == {b""}
    assert delete_what_is_due(LATER) == 0


@pytest.mark.parametrize("how", ["registration", "follow-up", "order", "protection"])
def test_whoever_was_dealt_with_lately_is_kept(how, store, clerk):
    number, lately = phone_number(), LATER - timedelta(days=30)
    made = registered(store, phone=number, staff=clerk.user)
    match how:
        case "registration":
            registered(store, phone=number, at=lately)
        case "follow-up":
            registered(store, phone=number, at=lately - timedelta(days=800))
            record_activity(
                made.customer, kind="note", note="x", at=lately, by=Actor.of(clerk)
            )  # fmt: skip
        case "order":
            ordered(number, store, "A1")
            assert delete_what_is_due(LATER - timedelta(days=365 * 2)) == 0
            return
        case "protection":
            assert delete_what_is_due(DAY_ONE + timedelta(days=60)) == 0
            return
    assert delete_what_is_due(LATER) == 0


def test_whoever_comes_back_while_others_are_erased_is_kept(store, monkeypatch):
    number, found = phone_number(), retention._portion
    registered(store)
    back = registered(store, phone=number).identity_id

    def and_then_they_come(since, after, *last):
        due = found(since, after, *last)
        if not last and back in due:
            registered(store, phone=number, at=LATER)
        return due

    monkeypatch.setattr(retention, "_portion", and_then_they_come)
    assert delete_what_is_due(LATER) == 1
    assert not Erasure.objects.filter(identity=back).exists()


def test_who_is_erased_at_night_is_held_as_who_answers_an_offer_holds_them(store):
    """The offers first, then the person: else one of the two would be refused."""
    lead = lead_of(store.dealer.region, at=DAY_ONE)
    offers.offer(lead.pk, DAY_ONE)
    with CaptureQueriesContext(connection) as asked:
        assert delete_what_is_due(LATER) == 1
    held = [
        number
        for number, each in enumerate(asked)
        if "FOR UPDATE" in each["sql"] or "pg_advisory_xact_lock(" in each["sql"]
    ]
    assert 'FROM "customers_offer"' in asked[held[0]]["sql"]


def test_a_number_that_is_planted_stays_so_until_it_ends(store, hq):
    made = registered(store)
    PlantedNumber.objects.create(identity=made.identity, planted_by=hq)
    assert delete_what_is_due(LATER) == 0
    PlantedNumber.objects.update(ended_at=LATER)
    assert delete_what_is_due(LATER) == 1


def test_the_setting_says_after_how_long_or_never(store):
    registered(store)
    at = DAY_ONE + timedelta(days=365)
    assert delete_what_is_due(at) == 0
    Retention.objects.update_or_create(pk=1, defaults={"idle_months": None})
    assert delete_what_is_due(LATER) == 0
    Retention.objects.update(idle_months=6)
    assert delete_what_is_due(at) == 1
    assert "6" in Erasure.objects.get().reason


def test_answered_entries_of_a_page_go_after_a_month(store):
    made = registered(store)
    entry = PageEntry.objects.create(
        store=store, contact=b"", evidence="x", received_at=DAY_ONE, answered_at=DAY_ONE,
        registration=made,
    )  # fmt: skip
    delete_what_is_due(DAY_ONE + timedelta(days=30))
    assert PageEntry.objects.filter(pk=entry.pk).exists()
    refused = PageEntry.objects.create(
        store=store, contact=b"sealed", evidence="x", received_at=DAY_ONE + timedelta(hours=36)
    )
    delete_what_is_due(DAY_ONE + timedelta(days=31))
    assert PageEntry.objects.get() == refused
    delete_what_is_due(DAY_ONE + timedelta(days=32))
    assert not PageEntry.objects.exists()
