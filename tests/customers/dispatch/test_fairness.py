"""What each store of a region received against its fair share."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from customers.dispatch import fairness, offers
from dealers.models import Store
from tests.customers.dispatch.brought import NOW, lead_of, near, other_store
from tests.factories.customers import RulebookFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


def test_the_fair_share_is_the_part_that_the_weights_give():
    rows = [
        {"store": n, "name": "", "dealer": n, "of_brand": False, "weight": weight,
         "received": received, "declined": 0, "missed": 0}
        for n, weight, received in ((1, 1, 1), (2, 1, 4), (3, 2, 3))
    ]  # fmt: skip
    assert [(row.store, row.fair, row.difference) for row in fairness.shares(rows)] == [
        (2, Decimal("2.0"), Decimal("2.0")),
        (1, Decimal("2.0"), Decimal("-1.0")),
        (3, Decimal("4.0"), Decimal("-1.0")),
    ]
    assert fairness.shares([]) == []


def test_the_table_counts_what_each_store_of_the_region_received(region, store, clerk):
    brand = other_store(region)
    near(brand, of_brand=True, weight=3)
    made = offers.offer(lead_of(region).pk, NOW)
    month = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    rows = {row.store: row for row in fairness.of_region(region.pk, *month)}
    assert rows[made.store_id].received == 1
    assert (rows[brand.pk].of_brand, rows[brand.pk].fair) == (True, Decimal("0.8"))
    assert rows[store.pk].fair == Decimal("0.2")


def test_a_store_that_closed_before_the_month_has_no_share(region, store, clerk):
    month = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    Store.objects.filter(pk=other_store(region).pk).update(closed_at=month[0])
    offers.offer(lead_of(region).pk, NOW)
    (row,) = fairness.of_region(region.pk, *month)
    assert (row.store, row.received, row.fair) == (store.pk, 1, Decimal("1.0"))
