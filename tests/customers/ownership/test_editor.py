"""Publishing a rulebook: once, with all its steps, and never into the past."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from customers.models import Rulebook
from customers.ownership import trials
from customers.ownership.editor import approve_rulebook, publish_rulebook, try_out
from dealers.actor import Actor
from dealers.publication import PublicationRefused, forget_steps
from tests.factories.customers import DAY_ONE, RulebookFactory, registered
from tests.factories.dealers import UserFactory

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
MONDAY = date(2026, 1, 5)  # DAY_ONE at the store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def draft(starts_on=date(2027, 1, 1), **fields):
    return RulebookFactory(starts_on=starts_on, published_at=None, **fields)


def approved(rulebook, hq, at=NOW):
    """Tested by HQ, and approved by somebody else."""
    try_out(rulebook, by=Actor.hq(hq), at=at)
    trials.find(rulebook.trials.get().pk, at)
    return approve_rulebook(rulebook, by=Actor.hq(UserFactory(is_staff=True)), at=at)


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
    next_day = DAY_ONE + timedelta(days=1)
    following = approved(draft(MONDAY + timedelta(days=1)), hq, at=next_day)
    assert publish_rulebook(following, by=Actor.hq(hq), at=next_day).is_published


def test_none_starts_in_the_past_once_there_were_decisions(hq, store):
    RulebookFactory()
    registered(store, at=DAY_ONE)
    with pytest.raises(PublicationRefused, match="2026-11-01 at the earliest"):
        publish_rulebook(draft(date(2026, 10, 31)), by=Actor.hq(hq), at=NOW)
    today = approved(draft(date(2026, 11, 1)), hq)
    assert publish_rulebook(today, by=Actor.hq(hq), at=NOW).is_published


@pytest.fixture
def decided(store):
    """Somebody was answered by a rulebook that promises 14 days of notice."""
    RulebookFactory(notice_days=14)
    return registered(store, at=DAY_ONE)


def test_somebody_else_than_who_tested_it_approves_it(decided, hq):
    rulebook = draft()
    with pytest.raises(PublicationRefused, match=r"not tested yet\. Nobody has approved"):
        publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW)
    with pytest.raises(PublicationRefused, match="not tested yet"):
        approve_rulebook(rulebook, by=Actor.hq(hq), at=NOW)
    try_out(rulebook, by=Actor.hq(hq), at=NOW)
    other = UserFactory(is_staff=True)
    with pytest.raises(PublicationRefused, match="still being worked out"):
        approve_rulebook(rulebook, by=Actor.hq(other), at=NOW)
    trials.find(rulebook.trials.get().pk, NOW)
    with pytest.raises(PublicationRefused, match="You tested it yourself"):
        approve_rulebook(rulebook, by=Actor.hq(hq), at=NOW)
    with pytest.raises(PublicationRefused, match="Nobody has approved it yet"):
        publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW)
    approve_rulebook(rulebook, by=Actor.hq(other), at=NOW)
    made = publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW)
    assert (made.tested_by, made.approved_by, made.published_by) == (hq, other, hq)


def test_the_database_wants_a_second_person(decided, hq):
    rulebook = draft(tested_at=NOW, tested_by=hq, approved_at=NOW, approved_by=hq)
    with pytest.raises(DatabaseError, match="approved_by_somebody_else"), transaction.atomic():
        Rulebook.objects.filter(pk=rulebook.pk).update(published_at=NOW)
    rulebook = draft(tested_at=NOW, approved_at=NOW)
    with pytest.raises(DatabaseError, match="approved_by_somebody_else"), transaction.atomic():
        Rulebook.objects.filter(pk=rulebook.pk).update(published_at=NOW)


def test_dealers_have_the_days_that_the_rulebook_in_force_promises(decided, hq):
    soon = draft(date(2026, 11, 14))
    with pytest.raises(PublicationRefused, match=r"14 days of notice.*2026-11-15 at the earliest"):
        try_out(soon, by=Actor.hq(hq), at=NOW)
    rulebook = approved(draft(date(2026, 11, 15)), hq)
    assert publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW).is_published


def test_the_database_wants_the_notice(decided, hq):
    taken = {"tested_at": NOW, "tested_by": hq, "approved_at": NOW}
    rulebook = draft(date(2026, 11, 8), approved_by=UserFactory(), **taken)
    with pytest.raises(DatabaseError, match="published_ahead"), transaction.atomic():
        Rulebook.objects.filter(pk=rulebook.pk).update(published_at=NOW)


@pytest.mark.parametrize("takes_over", [date(2026, 11, 2), date(2026, 11, 3)])
def test_the_database_counts_the_days_of_headquarters(takes_over, decided):
    """In the small hours of its day, where UTC has the one before."""
    early = datetime(2026, 11, 1, 17, tzinfo=UTC)  # 1 o'clock on the second in Shanghai
    RulebookFactory(starts_on=takes_over, notice_days=0)
    rulebook = draft(date(2026, 11, 4), tested_at=early, tested_by=UserFactory(),
                     approved_at=early, approved_by=UserFactory())  # fmt: skip
    found = Rulebook.objects.filter(pk=rulebook.pk)
    if takes_over == date(2026, 11, 2):  # in force by now: nothing is promised any more
        assert found.update(published_at=early) == 1
        return
    with pytest.raises(DatabaseError, match="published_ahead"), transaction.atomic():
        found.update(published_at=early)


def test_what_was_tested_is_tested_anew_once_it_changes(decided, hq):
    rulebook = approved(draft(), hq)
    with pytest.raises(DatabaseError, match="tested_as_it_is"), transaction.atomic():
        Rulebook.objects.filter(pk=rulebook.pk).update(grace_days=9)
    rulebook.grace_days = 9
    forget_steps(rulebook)
    rulebook.save()
    with pytest.raises(PublicationRefused, match="not tested yet"):
        publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW)
    try_out(rulebook, by=Actor.hq(hq), at=NOW + timedelta(hours=1))
    with pytest.raises(PublicationRefused, match="Nobody has approved it yet"):
        publish_rulebook(rulebook, by=Actor.hq(hq), at=NOW + timedelta(hours=1))


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
