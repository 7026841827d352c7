"""What is done to a person's ownership that is neither registration, follow-up nor order."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from customers.models import Act, ActKind, EventKind, Ownership, OwnershipEvent
from customers.ownership import changes, duties, retrace
from customers.ownership.changes import Cause
from customers.ownership.rulebook import Claim
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from dealers.actor import Actor, acting
from dealers.database import next_ids, save_together
from tests.factories.customers import DAY_ONE, RulebookFactory, registered
from tests.factories.dealers import StoreFactory

LATER = DAY_ONE + timedelta(days=3)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def owned(store):
    return registered(store).ownership


def _track(owned):
    standings = changes.standings_of(owned.identity_id)
    ids = iter(next_ids(Ownership, 1))
    return Track(Rulebooks.on_file(), standings, ids)


def _act(owned, kind, **values):
    said = {
        "identity_id": owned.identity_id,
        "dealer_id": owned.dealer_id,
        "store_id": owned.store_id,
        "at": LATER,
        "recorded_at": LATER,
    }
    return Act.objects.create(kind=kind, ownership=owned, **said | values)


def _done(owned, kind, *done):
    act = _act(owned, kind)
    save_together(changes.rows(done, Cause(act=act), LATER, owned.customer))
    return act


def _refused(rule, **values):
    return pytest.raises(DatabaseError, match=rule)


def test_an_owner_lets_go_and_the_event_names_the_act(owned):
    act = _done(owned, ActKind.RELEASED, _track(owned).end(LATER))

    owned.refresh_from_db()
    assert owned.period.upper == owned.protected_until == LATER
    event = OwnershipEvent.objects.get(ownership=owned, kind=EventKind.ENDED)
    assert (event.act, event.ends_at, event.registration) == (act, LATER, None)
    assert list(retrace.broken()) == []


def test_a_pause_keeps_its_ends_and_going_on_takes_back_what_it_did_not_need(owned):
    until = owned.protected_until
    track = _track(owned)
    paused = duties.paused(track.running(LATER), LATER)
    _done(owned, ActKind.LEFT, track.change(EventKind.PAUSED, track.running(LATER), paused, LATER))

    owned.refresh_from_db()
    assert owned.protected_until == until + timedelta(days=7)
    assert changes.standing_of(owned).pause == paused.pause

    track = _track(owned)
    resumed = duties.resumed(track.running(LATER), None, LATER, track.rulebooks)
    change = track.change(EventKind.RESUMED, track.running(LATER), resumed, LATER)
    _done(owned, ActKind.ASSIGNED, change)

    owned.refresh_from_db()
    assert owned.protected_until == until
    assert changes.standing_of(owned).pause is None
    assert list(retrace.broken()) == []


def test_a_request_keeps_the_ownership_running_and_is_answered(owned):
    track = _track(owned)
    last = owned.protected_until - timedelta(hours=1)
    _done(owned, ActKind.ASKED, track.ask_to_extend(track.running(last), last))
    _done(owned, ActKind.EXTENDED, track.answer_request(last, granted=None))

    owned.refresh_from_db()
    assert owned.extensions == 1
    assert owned.silence_was_yes
    assert list(retrace.broken()) == []


def test_a_sister_store_goes_on_with_what_is_left(owned):
    sister = StoreFactory(dealer=owned.dealer)
    to = Claim(sister.dealer_id, sister.pk, sister.tz, "capture")
    track = _track(owned)
    _done(owned, ActKind.STORE_CLOSED, *track.move(track.running(LATER), to, LATER))

    moved = Ownership.objects.get(store=sister)
    assert moved.since == owned.period.lower
    assert moved.protected_until == owned.protected_until
    assert moved.events.get().kind == EventKind.MOVED
    assert list(retrace.broken()) == []


def test_a_frozen_ownership_ends_where_its_act_says(owned):
    track = _track(owned)
    frozen = duties.frozen(track.running(LATER), LATER)
    change = track.change(EventKind.FROZEN, track.running(LATER), frozen, LATER)
    _done(owned, ActKind.DEALER_CLOSED, change)

    owned.refresh_from_db()
    assert owned.frozen
    assert list(retrace.broken()) == []


def test_no_end_moves_without_an_event_that_says_so(owned):
    with _refused("ownership_ends_where_its_events_say"), transaction.atomic():
        end = owned.period.upper + timedelta(days=60)
        Ownership.objects.filter(pk=owned.pk).update(period=(owned.period.lower, end))


def test_an_act_never_changes_and_is_of_its_ownerships_dealer(owned, rival):
    act = _act(owned, ActKind.RELEASED)
    with _refused("act_only_added"), transaction.atomic():
        Act.objects.filter(pk=act.pk).update(kind=ActKind.RULED)
    with _refused("act_note_only_erased"), transaction.atomic():
        Act.objects.filter(pk=act.pk).update(note="better")
    with _refused("act_never_deleted"), transaction.atomic():
        act.delete()
    with _refused("act_is_of_its_ownership"), transaction.atomic():
        _act(owned, ActKind.RELEASED, dealer_id=rival.dealer_id, store_id=rival.store_id)
    with _refused("act_of_time_is_nobodys"), transaction.atomic():
        _act(owned, ActKind.LET_GO, by=rival.user)


def test_what_was_asked_is_answered_once(owned, store):
    asked = _act(owned, ActKind.ASKED, due_at=LATER + timedelta(days=2))
    other = registered(store).ownership

    assert list(Act.objects.open()) == [asked]
    with _refused("act_answers_one_of_its_person"), transaction.atomic():
        _act(other, ActKind.EXTENDED, answers=asked)
    _act(owned, ActKind.EXTENDED, answers=asked)
    assert list(Act.objects.open()) == []
    with _refused("answers_id"), transaction.atomic():
        _act(owned, ActKind.DECLINED, answers=asked)


def test_a_dealer_sees_the_acts_of_its_own_customers(owned, clerk, rival):
    _act(owned, ActKind.RELEASED)

    with acting(Actor.of(clerk)):
        assert Act.objects.count() == 1
    with acting(Actor.of(rival)):
        assert Act.objects.count() == 0


def test_an_event_of_an_act_says_where_it_ends(owned):
    act = _act(owned, ActKind.RELEASED)
    with _refused("ownership_event_of_an_act_says_the_end"), transaction.atomic():
        OwnershipEvent.objects.create(
            ownership=owned,
            kind=EventKind.ENDED,
            at=LATER,
            protected_until=LATER,
            rulebook_id=owned.events.get().rulebook_id,
            act=act,
        )
