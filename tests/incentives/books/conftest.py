"""A customer whose sales the tests of the books are about."""

from datetime import UTC, date, datetime

import pytest

from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import owned_customer


@pytest.fixture
def rulebook(db):
    return RulebookFactory(
        starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC)
    )


@pytest.fixture
def customer(rulebook):
    return owned_customer(StoreFactory())
