"""A network of five dealers with a store each, whose January is traded and then closed."""

from datetime import UTC, date, datetime

import pytest

from incentives.rewards import settling
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    per_registration,
    published,
    unattributed,
)

# While February is open.
AT = datetime(2026, 2, 10, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None,
        store_cap=None,
        store_daily_limit=None,
    )


@pytest.fixture
def stores(db):
    """Five stores of five dealers with an owner each, in the order of their sales."""
    published(per_registration("1.00"))
    found = StoreFactory.create_batch(5)
    for store in found:
        OwnerFactory(dealer=store.dealer)
    return found


@pytest.fixture
def traded(stores):
    """They sold 50,000, 40,000, 30,000, 20,000 and 10,000 in January, to people unknown."""
    for n, store in enumerate(stores):
        unattributed(store, str(50_000 - 10_000 * n), date(2026, 1, 10))
    return stores


@pytest.fixture
def settle():
    """Close January, and settle what its boards allow."""

    def done():
        close_period(JANUARY)
        return settling.settle_due(AT)

    return done
