"""Dealers of a level beside each other: medians of five or more, and nothing of fewer."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from dealers.actor import Actor, acting
from dealers.models import Level
from incentives import tasks
from incentives.earnings.given import groups, money
from incentives.models import SharingGroup, Statement
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, UserFactory, shared
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    published,
)

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def network(db):
    """Five dealers at level 3 with one to five customers, four at level 0, nobody at level 2."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(per_registration("15.00"))
    stores = [StoreFactory() for _nth in range(9)]
    for nth, store in enumerate(stores):
        together = nth < 5
        shared(store.dealer, Level.TOGETHER if together else Level.FINGERPRINT, at=BEFORE)
        for _each in range(nth % 5 + 1):
            owned_customer(store)
    close_period(JANUARY)
    # What is chosen after the month does not count for it.
    shared(stores[0].dealer, Level.FINGERPRINT)
    return [store.dealer for store in stores]


def test_a_group_of_five_has_its_median_and_smaller_ones_nothing(network):
    tasks.compare_sharing()

    found = {group.level: group for group in SharingGroup.objects.all()}
    together = found[Level.TOGETHER]
    assert (together.dealers, together.received) == (5, Decimal(45))  # 15 for each of three
    assert together.per_hundred == Decimal(1500)
    for level in (Level.FINGERPRINT, Level.MASKED, Level.SERVICE):
        group = found[level]
        assert (group.dealers, group.received, group.per_hundred) == (None, None, None)


def test_it_is_worked_out_once(network):
    tasks.compare_sharing()
    before = list(SharingGroup.objects.values())
    tasks.compare_sharing()

    assert list(SharingGroup.objects.values()) == before
    assert len(before) == len(Level)


def test_ones_own_figures_are_those_of_the_statements(network):
    tasks.compare_sharing()
    mine = network[7]  # of the four that share nothing

    found = groups.compare(mine, money.read(mine).closed)

    assert found.received == Statement.objects.get(dealer=mine).total == Decimal(45)
    assert found.per_hundred == Decimal(1500)
    assert [(each.level, each.fewest, each.received) for each in found.levels if each.months] == [
        (Level.TOGETHER, 5, Decimal(45))
    ]


def test_without_a_closed_month_there_is_nothing_to_compare(store):
    assert groups.compare(store.dealer, []) is None


def test_the_database_keeps_no_group_of_four_and_takes_none_from_headquarters(network):
    run = Statement.objects.first().run
    with pytest.raises(DatabaseError), transaction.atomic():
        SharingGroup.objects.create(run=run, level=0, dealers=4, received=1, per_hundred=1)
    by = Actor.hq(UserFactory(is_staff=True, is_superuser=True))
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
        SharingGroup.objects.create(run=run, level=0)
