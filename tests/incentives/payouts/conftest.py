from datetime import UTC, date, datetime

import pytest

from dealers.actor import Actor
from incentives.models import Run
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)
from tests.factories.payouts import approved, give_account


@pytest.fixture
def customer(db):
    """Of a store whose dealer earns 3 % of what its own customers buy."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"], clawback_days=180))
    return owned_customer(StoreFactory())


@pytest.fixture
def owner(customer):
    return OwnerFactory(dealer=customer.dealer)


@pytest.fixture
def first(db):
    return Actor.hq(UserFactory(is_staff=True, name="李财务"))


@pytest.fixture
def second(db):
    return Actor.hq(UserFactory(is_staff=True, name="王复核"))


@pytest.fixture
def run(customer, owner) -> Run:
    """January, in which the dealer earned 30.00; its owner gave a bank account."""
    sale(customer, "1000.00", date(2026, 1, 10))
    give_account(owner)
    return close_period(JANUARY)


@pytest.fixture
def batch(run, first, second):
    """With January's statement: made by the first person, approved by the second."""
    return approved(run, first, second)
