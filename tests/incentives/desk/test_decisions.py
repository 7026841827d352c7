"""The queue of a regional manager: every kind of decision, by its deadline, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from customers.cases import deciding
from customers.models import Lead
from customers.models.cases import CaseQuerySet
from customers.ownership import extensions
from dealers.actor import Actor
from incentives.desk import coaching, decisions
from incentives.desk.decisions import Kind
from incentives.models import Came
from tests.customers.cases.disputed import DAY, EVIDENCE_OVER, OPENED, Dispute, again
from tests.customers.dispatch.brought import lead_of
from tests.factories.coaching import coached
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, RegionalManagerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory()


@pytest.fixture
def dispute():
    return Dispute()


def kinds(post, at):
    return [each.kind for each in decisions.queue(post, at).decisions]


def test_all_kinds_come_by_their_deadline_and_what_has_none_at_last(dispute):
    at = EVIDENCE_OVER + DAY
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    reviewer = again(case).reviewer.memberships.get()
    store = StoreFactory(dealer__region=reviewer.region)
    won = registered(store, at=at - timedelta(days=5))
    coached(store, reviewer, at=at - DAY, days=3)
    extensions.ask(
        won.customer, "The quote waits.", by=Actor.of(OwnerFactory(dealer=store.dealer)), at=at
    )
    Lead.objects.filter(pk=lead_of(reviewer.region).pk).update(queued_at=at)

    found = decisions.queue(reviewer, at).decisions

    assert {each.kind for each in found} == set(Kind)
    moments = [each.due_at for each in found if each.due_at]
    assert moments == sorted(moments)
    assert (found[-1].kind, found[-1].due_at) == (Kind.LEAD, None)
    assert kinds(RegionalManagerFactory(), at) == []


def test_a_note_counts_from_a_week_before_its_day_until_somebody_looked(store, region_manager):
    at = EVIDENCE_OVER
    note = coached(store, region_manager, at=at, days=14)

    assert kinds(region_manager, at) == []
    (found,) = decisions.queue(region_manager, at + 8 * DAY).decisions
    assert not found.late(at + 8 * DAY)
    assert found.late(at + 16 * DAY)
    coaching.check(note, Came.DONE, "Better.", by=Actor.of(region_manager), at=at + 14 * DAY)
    assert kinds(region_manager, at + 14 * DAY) == []


def test_a_note_counts_by_the_day_of_its_store(store, region_manager):
    night = datetime(2026, 11, 22, 17, tzinfo=UTC)  # one o'clock of the 23rd in Shanghai
    coached(store, region_manager, at=night, days=7)

    assert kinds(region_manager, night - timedelta(hours=2)) == []
    assert kinds(region_manager, night) == [Kind.NOTE]


def test_of_too_many_cases_those_with_the_nearest_deadline_stay(dispute, monkeypatch):
    first = dispute.open()
    Dispute(nth="2").open(at=OPENED + DAY)
    monkeypatch.setattr(decisions, "MOST", 1)
    monkeypatch.setattr(CaseQuerySet, "to_review_by", lambda cases, _user: cases)

    found = decisions.queue(dispute.manager, OPENED + DAY)

    assert [each.title for each in found.decisions] == [f"Case {first.code}"]
    assert [(each.kind, each.count) for each in found.left_out] == [(Kind.CASE, 2)]


def test_where_not_all_have_room_the_queue_says_so(login, store, region_manager, monkeypatch):
    monkeypatch.setattr(decisions, "MOST", 2)
    coached(store, region_manager, at=timezone.now(), days=2)
    browser = login(region_manager)
    coached(store, region_manager, at=timezone.now(), days=2)
    assert "have room here" not in browser.get("/region/decisions/").text

    coached(store, region_manager, at=timezone.now(), days=2)

    queue = browser.get("/region/decisions/").text
    assert queue.count("What came of the note for") == 2
    assert "Coaching notes: the first 2 of 3 have room here." in queue
    assert '<a href="/region/coaching/">See all of them</a>' in queue
    assert "All 3 decisions" in browser.get("/region/").text


def test_the_desk_shows_the_first_three_and_the_queue_all(login, store, region_manager):
    for _ in range(4):
        coached(store, region_manager, at=timezone.now(), days=2)
    browser = login(region_manager)

    desk, queue = browser.get("/region/"), browser.get("/region/decisions/")

    assert desk.text.count("What came of the note for") == 3
    assert queue.text.count("What came of the note for") == 4
    assert "4 decisions" in desk.text


def test_an_empty_queue_says_so(login, region_manager, owner):
    assert "Nothing to decide" in login(region_manager).get("/region/decisions/").text
    assert login(owner).get("/region/decisions/").status_code == 404
