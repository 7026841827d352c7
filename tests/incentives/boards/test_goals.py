"""What the top quarter does differently, and the goals made of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Role
from dealers.months import add_months
from incentives.boards import goals
from incentives.boards.goals import GoalRefused
from incentives.models import Goal, Metric
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def month(today):
    return today.replace(day=1)


@pytest.fixture
def last(month):
    return add_months(month, -1)


@pytest.fixture
def stores(store, last):
    """Six stores with 1 to 6 registrations last month, the own one with two."""
    RulebookFactory(person_minute_limit=None)
    then = datetime(last.year, last.month, 10, 4, tzinfo=UTC)
    others = StoreFactory.create_batch(5)
    for count, each in zip((2, 1, 3, 4, 5, 6), (store, *others), strict=True):
        for _ in range(count):
            registered(each, at=then)
    return [store, *others]


def test_the_gap_is_to_where_the_top_quarter_begins(stores, last, today):
    (gap,) = goals.gaps(stores[0], last, today)

    # Between 4 and 5, rounded up, for there is no part of a registration.
    assert (gap.metric, gap.mine, gap.benchmark) == (Metric.REGISTRATIONS, 2, 5)
    assert goals.gaps(stores[5], last, today) == []


def test_fewer_than_five_are_not_compared(store, month, today):
    RulebookFactory(person_minute_limit=None)
    for each in (store, store, *StoreFactory.create_batch(3)):
        registered(each, at=timezone.now())

    assert goals.gaps(store, month, today) == []


def test_a_goal_is_set_once_and_tells_how_far_it_is(stores, last, month, today):
    manager = MembershipFactory(store=stores[0], role=Role.STORE_MANAGER)
    now = timezone.now()
    for _ in range(2):
        registered(stores[0], at=now)

    made = goals.set_goal(stores[0], Metric.REGISTRATIONS, last, by=Actor.of(manager), at=now)

    assert (made.start, made.target, made.month) == (2, 5, month)
    (seen,) = goals.goals_of(stores[0], today)
    assert (seen.now, seen.percent, seen.reached, seen.over) == (2, 40, False, False)
    with pytest.raises(GoalRefused, match=r"."):
        goals.set_goal(stores[0], Metric.REGISTRATIONS, last, by=Actor.of(manager), at=now)
    assert goals.goals_of(stores[1], today) == []


@pytest.mark.usefixtures("english")
def test_a_month_that_runs_is_no_measure_of_a_whole_one(stores, month, today):
    now = timezone.now()
    for count, each in enumerate(stores, 1):
        for _ in range(count):
            registered(each, at=now)
    manager = MembershipFactory(store=stores[0], role=Role.STORE_MANAGER)

    (gap,) = goals.gaps(stores[0], month, today)
    with pytest.raises(GoalRefused, match="This month still runs"):
        goals.set_goal(stores[0], gap.metric, month, by=Actor.of(manager), at=now)

    assert goals.measures(gap, add_months(month, -1), today)
    assert not goals.measures(gap, month, today)


def test_all_goals_of_a_month_are_told(store, month, today):
    owner = OwnerFactory(dealer=store.dealer)
    for metric in goals.BEHAVIOUR:
        Goal.objects.create(
            dealer=owner.dealer, store=store, metric=metric, month=month, start=0, target=1,
            at=timezone.now(), by=owner.user,
        )  # fmt: skip

    assert {each.goal.metric for each in goals.goals_of(store, today)} == set(goals.BEHAVIOUR)


def test_a_goal_that_was_reached_says_so(stores, month, today):
    owner = OwnerFactory(dealer=stores[0].dealer)
    Goal.objects.create(
        dealer=owner.dealer, store=stores[0], metric=Metric.REGISTRATIONS, month=month, start=1,
        target=2, at=timezone.now(), by=owner.user,
    )  # fmt: skip
    for _ in range(2):
        registered(stores[0], at=timezone.now())

    (seen,) = goals.goals_of(stores[0], today)
    assert (seen.reached, seen.percent) == (True, 100)


def test_only_who_answers_for_a_store_sets_its_goals(stores, last):
    store = stores[0]
    refused = [
        MembershipFactory(store=store),
        MembershipFactory(store=stores[1], role=Role.STORE_MANAGER),
        OwnerFactory(dealer=stores[1].dealer),
    ]
    for post in refused:
        with pytest.raises(GoalRefused, match=r"."):
            goals.set_goal(store, Metric.REGISTRATIONS, last, by=Actor.of(post), at=timezone.now())
    manager = MembershipFactory(store=store, role=Role.STORE_MANAGER)
    with pytest.raises(GoalRefused, match=r"."):
        goals.set_goal(
            store.dealer, Metric.REGISTRATIONS, last, by=Actor.of(manager), at=timezone.now()
        )
    with pytest.raises(GoalRefused, match=r"."):
        goals.set_goal(store, Metric.DISPATCH, last, by=Actor.of(manager), at=timezone.now())
    assert not Goal.objects.exists()


def test_the_database_keeps_a_goal_as_it_was_set(stores, month):
    owner = OwnerFactory(dealer=stores[0].dealer)
    kept = {
        "dealer": owner.dealer, "store": stores[0], "metric": Metric.CONTACT, "month": month,
        "start": 1, "target": 2, "at": timezone.now(), "by": owner.user,
    }  # fmt: skip
    for wrong in (
        {"target": 1},
        {"month": month + timedelta(days=1)},
        {"store": stores[1]},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            keep(**kept | wrong)
    Goal.objects.create(**kept)
    with pytest.raises(DatabaseError), transaction.atomic():
        Goal.objects.create(**kept)
    with pytest.raises(DatabaseError), transaction.atomic():
        Goal.objects.update(target=9)


def keep(**fields):
    Goal.objects.create(**fields)
    connection.check_constraints()
