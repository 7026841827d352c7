from datetime import UTC, date, datetime, timedelta

import pytest

from dealers.actor import Actor
from incentives.models import Line, Statement
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)


@pytest.fixture
def statement(owner, store):
    """January's, of two lines: 10.00 and 600.00."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    customer = owned_customer(store)
    published(percent("0.10", places=["own"]), code="own")
    sale(customer, "100.00", date(2026, 1, 10))
    sale(customer, "6000.00", date(2026, 1, 11))
    run = close_period(JANUARY)
    return Statement.objects.get(run=run, dealer=owner.dealer)


@pytest.fixture
def now(statement):
    return statement.issued_at + timedelta(hours=1)


@pytest.fixture
def large(statement):
    return Line.objects.get(amount=600)


@pytest.fixture
def decides(db):
    return Actor.hq(UserFactory(is_staff=True, is_superuser=True))


@pytest.fixture
def other(db):
    return Actor.hq(UserFactory(is_staff=True, is_superuser=True))
