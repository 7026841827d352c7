"""Who is named: the first three whose owner agreed, and what others read of a store."""

from dataclasses import astuple
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dealers.actor import Actor
from incentives.boards import freeze, naming, places, standing
from incentives.boards.naming import NamingRefused
from incentives.models import Board, Length, Metric, Naming, Unit
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import unattributed

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def stores():
    """Eight stores of dealers of their own: the first sold most."""
    found = StoreFactory.create_batch(8)
    for count, store in enumerate(found):
        unattributed(store, f"{80 - 10 * count}.00", date(2026, 1, 10))
    return found


def owner_of(store):
    return Actor.of(OwnerFactory(dealer=store.dealer))


def say(store, agreed=True, at=None, by=None):
    return naming.say(store, agreed, by=by or owner_of(store), at=at or timezone.now())


def board():
    return places.find(Metric.NET_SALES, Unit.STORE, JANUARY)


def named(member=None, stores=()):
    seen = standing.of(member or stores[-1], Metric.NET_SALES, JANUARY)
    return [row.name for row in rows(seen) if row.name]


def rows(seen):
    benchmarks = naming.names(seen.board, seen.top)
    return standing.rows(seen, standing.ranks(seen), {}, benchmarks)


def test_nobody_is_named_before_an_owner_agreed(stores):
    assert named(stores=stores) == []


def test_of_the_first_three_those_who_agreed_are_named_and_others_never(stores):
    say(stores[1])
    say(stores[4])  # not among the first

    assert named(stores=stores) == [stores[1].name]
    assert named(stores[5]) == [stores[1].name]


def test_consent_taken_back_holds_at_once(stores):
    say(stores[0])
    say(stores[0], agreed=False)

    assert named(stores=stores) == []


def frozen(at):
    found, _made = Board.objects.get_or_create(
        length=Length.MONTH, starts_on=JANUARY, metric=Metric.NET_SALES, unit=Unit.STORE
    )
    freeze.freeze(found, at, at)


def test_a_frozen_board_names_by_what_was_said_before_it_was_frozen(stores):
    now = timezone.now()
    say(stores[0], at=now - timedelta(days=2))
    frozen(now - timedelta(days=1))
    say(stores[1], at=now)

    assert named(stores=stores) == [stores[0].name]


def test_a_name_taken_back_is_gone_from_frozen_boards_for_good(stores):
    now = timezone.now()
    say(stores[0], at=now - timedelta(days=2))
    frozen(now - timedelta(days=1))
    say(stores[0], agreed=False, at=now)
    assert named(stores=stores) == []

    say(stores[0], at=now + timedelta(hours=1))
    assert named(stores=stores) == []


def lines(member):
    """The places of January and February that the lines of a page show, by unit."""
    seen = standing.of(member, Metric.NET_SALES, FEBRUARY)
    named = naming.names(seen.board, seen.top).keys() - {member.pk}
    found = standing.lines(seen, standing.ranks(seen), named)
    return {unit: places[-2:] for unit, places in found.items()}


def test_a_line_has_no_place_of_a_name_but_those_that_were_named(stores):
    """The fifth of January is the first of February; the second agreed once January was frozen."""
    for store, amount in zip(stores, (80, 70, 60, 50, 140, 30, 20, 10), strict=True):
        unattributed(store, f"{amount}.00", date(2026, 2, 10))
    now = timezone.now()
    say(stores[0], at=now - timedelta(days=2))
    say(stores[4], at=now - timedelta(days=2))
    frozen(now - timedelta(days=1))
    say(stores[1], at=now)

    assert lines(stores[7]) == {
        stores[4].pk: [None, 1],
        stores[0].pk: [1, 2],
        stores[1].pk: [None, 3],
        stores[7].pk: [8, 8],
    }
    assert lines(stores[4])[stores[4].pk] == [5, 1]


def test_only_the_owner_says_so_and_each_thing_once(stores):
    manager = Actor.of(MembershipFactory(store=stores[0], role="store_manager"))
    for by in (manager, owner_of(stores[1]), Actor.hq(manager.user)):
        with pytest.raises(NamingRefused):
            say(stores[0], by=by)
    with pytest.raises(NamingRefused):
        say(stores[0], agreed=False)
    say(stores[0])
    with pytest.raises(NamingRefused):
        say(stores[0])
    assert Naming.objects.count() == 1


def test_what_was_said_is_never_changed_or_dated_back(stores):
    made = say(stores[0])
    with pytest.raises(DatabaseError), transaction.atomic():
        Naming.objects.update(agreed=False)
    with pytest.raises(DatabaseError, match="after those"), transaction.atomic():
        Naming.objects.create(
            dealer=stores[0].dealer, store=stores[0], agreed=False, by=made.by,
            at=made.at - timedelta(days=1),
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        keep(dealer=stores[1].dealer, store=stores[0], agreed=True, by=made.by, at=made.at)


def keep(**fields):
    Naming.objects.create(**fields)
    connection.check_constraints()


def test_what_others_read_is_the_row_of_their_own_page(stores):
    """For each of the stores, and each other that looks: the row is there as told, or none is."""
    say(stores[1])
    for store in stores:
        told = standing.seen_by_others(store, Metric.NET_SALES, JANUARY, date(2026, 2, 1))
        readers = []
        for other in stores:
            seen = standing.of(other, Metric.NET_SALES, JANUARY)
            mine = [row for row in rows(seen) if row.unit == store.pk]
            if other != store and mine:
                readers.append(other)
                assert astuple(mine[0]) == astuple(told.row)
        assert len(readers) == (told.all or told.near)
    assert told.row.name == ""


def test_below_five_nobody_reads_anything():
    stores = StoreFactory.create_batch(4)
    for store in stores:
        unattributed(store, "10.00", date(2026, 1, 10))
        say(store)

    for store in stores:
        told = standing.seen_by_others(store, Metric.NET_SALES, JANUARY, date(2026, 2, 1))
        assert (told.row, told.near, told.all) == (None, 0, 0)
        assert named(store) == []


def test_what_is_earned_never_stands_beside_a_name(stores):
    for store in stores:
        say(store.dealer, by=owner_of(store))
    earned = places.find(Metric.EARNED, Unit.DEALER, JANUARY)
    sales = places.find(Metric.NET_SALES, Unit.DEALER, JANUARY)
    first = places.read(sales)[:3]

    assert len(naming.names(sales, first)) == 3
    assert naming.names(earned, first) == {}


def test_at_the_same_moment_the_later_word_counts(stores):
    at = datetime(2026, 1, 20, tzinfo=timezone.get_default_timezone())
    say(stores[0], at=at)
    say(stores[0], agreed=False, at=at)
    assert not naming.says(stores[0]).agreed
