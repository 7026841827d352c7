"""Places: with one tap, in line, given up, passed on, and never one too many."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dealers import people
from dealers.actor import Actor, acting
from dealers.models import Notice, NoticeKind, Role
from tests.factories.dealers import MembershipFactory, UserFactory
from tests.factories.sessions import planned, seated
from training.models import Seat
from training.sessions import SessionRefused, attendance, planning, seats

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def now(**later):
    return timezone.now() + timedelta(**later)


def by_of(seat):
    return Actor.of(seat.user.memberships.get())


def told(user):
    return [each.title for each in Notice.objects.filter(user=user, kind=NoticeKind.SHARING)]


def test_the_first_have_places_and_the_others_wait_in_their_order():
    session = planned(capacity=2)
    first, second, third, fourth = (seated(session) for _person in range(4))

    assert first.placed_at
    assert second.placed_at
    assert (third.placed_at, fourth.placed_at) == (None, None)
    assert (seats.ahead(third), seats.ahead(fourth)) == (0, 1)
    assert seats.counts([session]) == {session.pk: (2, 2)}


def test_who_registers_twice_has_one_place(clerk):
    session, by = planned(), Actor.of(clerk)

    assert seats.register(session, by=by, at=now()) == seats.register(session, by=by, at=now())
    assert Seat.objects.count() == 1


def test_who_leaves_passes_the_place_on():
    session = planned(capacity=1)
    first, second, third = (seated(session) for _person in range(3))
    seats.leave(session, by=by_of(first), at=now())

    second.refresh_from_db()
    third.refresh_from_db()
    assert second.placed_at
    assert third.placed_at is None
    assert told(second.user) == ["You have a place now: Calling back"]
    again = seats.register(session, by=by_of(first), at=now())
    assert again.placed_at is None
    assert seats.ahead(again) == 1


def test_nobody_overtakes_who_waits():
    session = planned(capacity=1)
    seated(session)
    waiting = seated(session)
    planning.save(changed(session, capacity=2), by=hq(), at=now())
    waiting.refresh_from_db()
    assert waiting.placed_at

    assert seated(session).placed_at is None


def hq():
    return Actor.hq(UserFactory(is_staff=True))


def changed(session, **fields):
    session.refresh_from_db()
    for name, value in fields.items():
        setattr(session, name, value)
    return session


def test_who_leaves_the_network_loses_the_place(manager):
    session = planned(capacity=1)
    leaver = MembershipFactory(store=manager.store)
    seats.register(session, by=Actor.of(leaver), at=now())
    waiting = seated(session)
    people.end_membership(leaver, by=Actor.of(manager), at=now())

    assert seats.pass_on(now(minutes=1)) == 1
    waiting.refresh_from_db()
    assert waiting.placed_at


def test_places_are_given_until_it_begins_and_not_after(clerk):
    session, by = planned(), Actor.of(clerk)
    late = session.starts_at
    with pytest.raises(SessionRefused, match="has begun"):
        seats.register(session, by=by, at=late)
    seats.register(session, by=by, at=now())
    with pytest.raises(SessionRefused, match="has begun"):
        seats.leave(session, by=by, at=late)


def test_who_has_no_post_and_who_is_not_registered_is_told_so(clerk):
    session = planned()
    with pytest.raises(SessionRefused, match="no post"):
        seats.register(session, by=Actor.signed_in(UserFactory()), at=now())
    with pytest.raises(SessionRefused, match="not registered"):
        seats.leave(session, by=Actor.of(clerk), at=now())


def test_a_cancelled_session_takes_nobody(clerk):
    session = planned()
    planning.cancel(session, by=hq(), at=now())
    with pytest.raises(SessionRefused, match="cancelled"):
        seats.register(session, by=Actor.of(clerk), at=now())


def test_the_database_refuses_one_place_too_many():
    session = planned(capacity=1)
    seated(session)
    waiting = seated(session)
    with pytest.raises(DatabaseError, match="All places are taken"), transaction.atomic():
        Seat.objects.filter(pk=waiting.pk).update(placed_at=now())
    with pytest.raises(DatabaseError, match="All places are taken"), transaction.atomic():
        session.seats.create(user=UserFactory(), joined_at=now(), placed_at=now())


@pytest.mark.django_db(transaction=True)
def test_who_registers_at_the_same_moment_shares_no_place():
    session = planned(capacity=3)
    posts = MembershipFactory.create_batch(8)

    def register(post):
        try:
            return seats.register(session, by=Actor.of(post), at=now()).placed_at
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        placed = list(pool.map(register, posts))

    assert sum(each is not None for each in placed) == 3
    assert seats.counts([session]) == {session.pk: (3, 5)}


@pytest.mark.django_db(transaction=True)
def test_who_leaves_at_the_same_moment_passes_each_place_on_once():
    session = planned(capacity=3)
    first = [seated(session) for _person in range(3)]
    for _person in range(3):
        seated(session)
    leavers = [by_of(seat) for seat in first]

    def leave(by):
        try:
            seats.leave(session, by=by, at=now())
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(leave, leavers))

    assert seats.counts([session]) == {session.pk: (3, 0)}


def test_behind_the_walls_nobody_reads_who_else_has_a_place(clerk, rival, region_manager):
    session = planned(capacity=5)
    for post in (clerk, rival):
        seats.register(session, by=Actor.of(post), at=now())
    for by, seen in ((clerk, [clerk]), (region_manager, [clerk])):
        with acting(Actor.of(by)):
            assert [seat.user_id for seat in Seat.objects.all()] == [each.user_id for each in seen]


# Planning


def test_a_session_never_has_fewer_places_than_are_taken():
    session = planned(capacity=2)
    seated(session)
    seated(session)
    with pytest.raises(SessionRefused, match="taken already"):
        planning.save(changed(session, capacity=1), by=hq(), at=now())


def test_changes_are_counted_and_told_to_who_comes():
    session = planned()
    seat = seated(session)
    moved = changed(session, starts_at=now(days=3), ends_at=now(days=3, hours=1))
    planning.save(moved, by=hq(), at=now())
    planning.save(changed(session, place="总部 5 楼"), by=hq(), at=now())
    planning.save(changed(session, capacity=9), by=hq(), at=now())
    planning.cancel(session, by=hq(), at=now())

    session.refresh_from_db()
    assert session.sequence == 3
    assert [each.split(":")[0].split(",")[0] for each in told(seat.user)] == [
        "Cancelled", "Another place or link", "Another time",
    ]  # fmt: skip


def test_what_is_cancelled_stays_so():
    session = planned()
    planning.cancel(session, by=hq(), at=now())
    with pytest.raises(SessionRefused):
        planning.cancel(session, by=hq(), at=now())
    with pytest.raises(SessionRefused):
        planning.save(changed(session, starts_at=now(days=1)), by=hq(), at=now())
    with pytest.raises(DatabaseError), transaction.atomic():
        type(session).objects.filter(pk=session.pk).update(cancelled_at=None)


def test_a_change_brings_nothing_back_that_was_cancelled_meanwhile():
    session = planned()
    opened = type(session).objects.get(pk=session.pk)
    planning.cancel(session, by=hq(), at=now())
    opened.title = "别的"
    planning.save(opened, by=hq(), at=now())

    opened.refresh_from_db()
    assert (opened.title, opened.is_cancelled) == ("别的", True)


def test_a_session_at_which_people_were_is_not_moved():
    session = planned()
    seat, start = seated(session), session.starts_at
    code = attendance.show_code(session, by=Actor.signed_in(session.host), at=start).code
    attendance.attend(session, code, by=by_of(seat), at=start)
    later = start + timedelta(days=9)
    moved = changed(session, starts_at=later, ends_at=later + timedelta(hours=1))

    with pytest.raises(SessionRefused, match="counted as being there"):
        planning.save(moved, by=hq(), at=start + timedelta(minutes=5))


def test_only_headquarters_plans(owner):
    with pytest.raises(SessionRefused):
        planning.cancel(planned(), by=Actor.of(owner), at=now())


@pytest.mark.parametrize(
    "wrong",
    [
        {"link": "http://example.com/a"},
        {"link": "javascript:alert(1)"},
        {"link": "https://good.example@evil.example/"},
        {"recording_link": "ftp://example.com"},
        {"place": "", "link": ""},
        {"ends_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"capacity": 0},
    ],
)
def test_the_database_refuses_what_is_no_session(wrong):
    with pytest.raises(DatabaseError), transaction.atomic():
        planned(**wrong)


def test_who_tells_is_named_by_the_owner_alone(store, owner, manager, rival):
    session = planned(dealer=store.dealer, store=store)
    reader = Actor.of(rival)
    assert planning.name_of(session, reader) == "A benchmark store"
    for by in (manager, rival):
        with pytest.raises(SessionRefused):
            planning.name(session, True, by=Actor.of(by), at=now())

    named = planning.name(session, True, by=Actor.of(owner), at=now())
    assert planning.name_of(named, reader) == store.name
    taken_back = planning.name(session, False, by=Actor.of(owner), at=now())
    assert planning.name_of(taken_back, reader) == "A benchmark store"
    assert owner.role == Role.OWNER
