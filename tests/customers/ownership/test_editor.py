"""Publishing a rulebook: once, with all its steps, and never into the past."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from customers.models import Rulebook
from customers.ownership.editor import publish_rulebook
from dealers.actor import Actor
from dealers.publication import PublicationRefused
from tests.factories.customers import DAY_ONE, RulebookFactory, registered

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
MONDAY = date(2026, 1, 5)  # DAY_ONE at the store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def draft(starts_on=date(2027, 1, 1), **fields):
    return RulebookFactory(starts_on=starts_on, published_at=None, **fields)


def test_who_presses_takes_the_steps_that_nobody_took(hq):
    rulebook = publish_rulebook(draft(), by=Actor.hq(hq), at=NOW)
    assert {rulebook.tested_at, rulebook.approved_at, rulebook.published_at} == {NOW}
    assert {rulebook.tested_by, rulebook.approved_by, rulebook.published_by} == {hq}


def test_a_step_that_somebody_took_stays_theirs(hq, clerk):
    before = NOW - timedelta(days=1)
    tested = draft(tested_at=before, tested_by=clerk.user, approved_at=None)
    rulebook = publish_rulebook(tested, by=Actor.hq(hq), at=NOW)
    assert (rulebook.tested_by, rulebook.tested_at) == (clerk.user, before)
    assert rulebook.approved_by == hq


def test_it_is_published_once(hq):
    rulebook = publish_rulebook(draft(), by=Actor.hq(hq), at=NOW)
    with pytest.raises(PublicationRefused, match="published already"):
        publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW)


def test_the_first_rulebook_may_start_in_the_past(hq):
    assert publish_rulebook(draft(date(2017, 1, 1)), by=Actor.hq(hq), at=NOW).is_published


def test_a_day_that_was_decided_by_other_rules_keeps_them(hq, store):
    RulebookFactory()
    registered(store, at=DAY_ONE)
    with pytest.raises(PublicationRefused, match="until 2026-01-05"):
        publish_rulebook(draft(MONDAY), by=Actor.hq(hq), at=DAY_ONE)
    following = draft(MONDAY + timedelta(days=1))
    next_day = DAY_ONE + timedelta(days=1)
    assert publish_rulebook(following, by=Actor.hq(hq), at=next_day).is_published


def test_none_starts_in_the_past_once_there_were_decisions(hq, store):
    RulebookFactory()
    registered(store, at=DAY_ONE)
    with pytest.raises(PublicationRefused, match="2026-11-01 at the earliest"):
        publish_rulebook(draft(date(2026, 10, 31)), by=Actor.hq(hq), at=NOW)
    assert publish_rulebook(draft(date(2026, 11, 1)), by=Actor.hq(hq), at=NOW).is_published


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rows: rows.update(grace_days=9), id="changed"),
        pytest.param(lambda rows: rows.update(published_at=None), id="withdrawn"),
        pytest.param(lambda rows: rows.delete(), id="deleted"),
    ],
)
def test_the_database_keeps_what_is_published(change):
    RulebookFactory()
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        change(Rulebook.objects.all())


def test_nothing_is_published_without_its_steps():
    with pytest.raises(IntegrityError, match="rulebook_steps_in_order"), transaction.atomic():
        RulebookFactory(approved_at=None)
    with pytest.raises(IntegrityError, match="rulebook_steps_in_order"), transaction.atomic():
        RulebookFactory(tested_at=None)
