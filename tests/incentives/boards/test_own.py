"""What people register and buy at their own dealer counts on no board."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from customers.identity import fingerprint
from customers.models import Identity
from dealers.models import Membership, Store
from dealers.triggers import lifted
from incentives.boards import freeze, own, places, standing
from incentives.models import Board, Length, Metric, Unit
from incentives.rewards import moments
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    per_registration,
    published,
    sale,
    unattributed,
)

pytestmark = pytest.mark.django_db
FIFTH = datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None, store_cap=None, store_daily_limit=None, person_minute_limit=None,
    )  # fmt: skip


def at_work(store: Store, **times) -> tuple[Membership, str]:
    """Somebody who works at a store since last year, and the number."""
    number = phone_number()
    starts = times.pop("starts_at", datetime(2025, 1, 1, tzinfo=UTC))
    user = UserFactory(phone=f"+86{number}")
    post = MembershipFactory(user=user, role="associate", store=store, starts_at=starts, **times)
    return post, number


def person(number: str) -> Identity:
    return Identity.objects.get_or_create(fingerprint=fingerprint(f"+86{number}"))[0]


def values(metric: str, unit: str = Unit.STORE, month: date = JANUARY) -> list[Decimal]:
    return [place.value for place in places.read(places.find(metric, unit, month))]


def test_a_colleague_who_is_registered_is_no_registration():
    store = StoreFactory()
    post, number = at_work(store)
    registered(store, phone=number, staff=post.user, at=FIFTH)
    registered(store, staff=post.user, at=FIFTH)

    for unit in (Unit.STORE, Unit.DEALER, Unit.STAFF, Unit.REGION):
        assert values(Metric.REGISTRATIONS, unit) == [1], unit


def test_at_a_sister_store_it_is_the_same_dealer_and_at_another_dealer_a_customer():
    store, rival = StoreFactory.create_batch(2)
    sister = StoreFactory(dealer=store.dealer)
    _post, number = at_work(store)
    registered(sister, phone=number, at=FIFTH)
    _post, other = at_work(store)
    registered(rival, phone=other, at=FIFTH)

    found = places.read(places.find(Metric.REGISTRATIONS, Unit.STORE, JANUARY))

    assert [(place.code, place.value) for place in found] == [(rival.code, 1)]


def test_who_began_later_or_had_left_was_a_customer():
    store = StoreFactory()
    _post, early = at_work(store, starts_at=FIFTH + timedelta(days=1))
    _post, late = at_work(store, ends_at=FIFTH - timedelta(days=1))
    for number in (early, late):
        registered(store, phone=number, at=FIFTH)

    assert values(Metric.REGISTRATIONS) == [2]


def test_what_they_buy_is_no_sale_and_what_they_return_none_either():
    store = StoreFactory()
    _post, number = at_work(store)
    customer = registered(store, phone=number, at=FIFTH)
    give_back(sale(customer, "100.00", date(2026, 1, 10)), "30.00", date(2026, 1, 12))
    unattributed(store, "7.00", date(2026, 1, 11))

    assert values(Metric.NET_SALES) == [7]
    assert values(Metric.OWNED_SALES) == []


@pytest.mark.parametrize("metric", [Metric.NET_SALES, Metric.OWNED_SALES])
def test_a_return_is_with_its_sale_whenever_it_comes(metric):
    store, middle = StoreFactory(), datetime(2026, 1, 15, tzinfo=UTC)
    _post, number = at_work(store, ends_at=middle)
    bought = sale(registered(store, phone=number, at=FIFTH), "100.00", date(2026, 1, 10))
    give_back(bought, "30.00", date(2026, 1, 20))
    give_back(bought, "10.00", date(2026, 6, 2))
    _post, number = at_work(store, starts_at=middle)
    sold = sale(registered(store, phone=number, at=FIFTH), "50.00", date(2026, 1, 10))
    give_back(sold, "20.00", date(2026, 1, 20))

    assert values(metric) == [30]
    assert values(metric, month=date(2026, 6, 1)) == []


def test_neither_conversion_nor_first_contacts_have_them():
    store = StoreFactory()
    _post, number = at_work(store)
    december = datetime(2025, 12, 2, 1, tzinfo=UTC)
    bought = registered(store, phone=number, at=december)
    sale(bought, "10.00", date(2026, 1, 5))
    registered(store, at=december)
    found = places.read(places.find(Metric.CONVERSION, Unit.STORE, JANUARY))
    assert [(place.numerator, place.denominator) for place in found] == [(0, 1)]

    registered(store, phone=phone_number(), at=FIFTH)
    [contact] = places.read(places.find(Metric.CONTACT, Unit.STORE, JANUARY))
    assert contact.denominator == 1


@pytest.mark.parametrize("metric", [Metric.REGISTRATIONS, Metric.NET_SALES, Metric.OWNED_SALES])
def test_a_frozen_board_has_what_it_had_while_it_ran(metric):
    """Also a quarter whose last month brought somebody new: each event is judged by its day."""
    published(per_registration())
    store = StoreFactory()
    _post, number = at_work(store, starts_at=datetime(2026, 3, 1, tzinfo=UTC))
    mine = registered(store, phone=number, at=FIFTH)
    sale(mine, "40.00", date(2026, 1, 20))
    sale(mine, "50.00", date(2026, 3, 20))
    boards = [(Length.MONTH, JANUARY), (Length.MONTH, date(2026, 3, 1)), (Length.QUARTER, JANUARY)]
    running = [places.read(places.find(metric, Unit.STORE, day, length)) for length, day in boards]

    for month in (JANUARY, FEBRUARY, date(2026, 3, 1)):
        close_period(month)

    found = [places.read(places.find(metric, Unit.STORE, day, length)) for length, day in boards]
    assert found == running
    assert Board.objects.frozen().filter(length=Length.QUARTER).exists()
    assert not Board.objects.frozen().filter(without_own=False).exists()
    sums = [sum(place.value for place in board) for board in found]
    assert sums == ([1, 0, 1] if metric == Metric.REGISTRATIONS else [40, 0, 40])


def test_a_board_frozen_before_goes_on_by_the_rule_that_made_it():
    """Else it would say of what own people did then that something has come late."""
    stores = StoreFactory.create_batch(5)
    for each in stores:
        registered(each, at=FIFTH)
    _post, number = at_work(stores[0])
    registered(stores[0], phone=number, at=FIFTH)
    board = Board.objects.create(
        length=Length.MONTH, metric=Metric.REGISTRATIONS, unit=Unit.STORE, starts_on=JANUARY
    )
    at = timezone.now()
    freeze.freeze(board, at, at, people=own.NOBODY)
    with lifted(Board):
        Board.objects.update(without_own=False)

    seen = standing.of(stores[0], Metric.REGISTRATIONS, JANUARY)

    assert seen.me.value == 2
    assert standing.late(seen, stores[0]) is None
    assert set(moments.reached(seen.board, Decimal(2))) == {stores[0].dealer_id}
    registered(stores[0], at=FIFTH)
    cache.clear()
    assert standing.late(seen, stores[0]).value == 3


def test_who_has_no_number_or_was_never_registered_is_nobodys_own():
    store = StoreFactory()
    at_work(store)
    MembershipFactory(store=store)
    registered(store, at=FIFTH)

    assert own.known(FEBRUARY) == own.NOBODY
    assert own.known(FEBRUARY, []) == own.NOBODY


def test_others_people_are_not_looked_up_for_a_cohort():
    store, other = StoreFactory.create_batch(2)
    for each in (store, other):
        _post, number = at_work(each)
        registered(each, phone=number, at=FIFTH)

    assert own.known(FEBRUARY, [store.pk])["own_dealers"] == [store.dealer_id]
    assert sorted(own.known(FEBRUARY)["own_dealers"]) == sorted([store.dealer_id, other.dealer_id])


def test_a_person_at_the_counter_sees_a_place_without_them():
    stores = StoreFactory.create_batch(5)
    for count, each in enumerate(stores, 1):
        for _ in range(count):
            registered(each, at=FIFTH)
    _post, number = at_work(stores[0])
    registered(stores[0], phone=number, at=FIFTH)

    seen = standing.of(stores[0], Metric.REGISTRATIONS, JANUARY)

    assert (seen.me.value, seen.me.rank) == (1, 5)
