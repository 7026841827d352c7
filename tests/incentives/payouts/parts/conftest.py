from datetime import date

import pytest

from dealers.actor import Actor
from incentives.models import Line
from tests.factories.dealers import UserFactory
from tests.factories.incentives import JANUARY, close_period, sale
from tests.factories.parts import CLOSED, LARGE, SMALL
from tests.factories.payouts import give_account


@pytest.fixture
def run(customer, owner):
    """January with two lines of 6.00 and 30.00."""
    sale(customer, "200.00", date(2026, 1, 9))
    sale(customer, "1000.00", date(2026, 1, 10))
    give_account(owner)
    return close_period(JANUARY, CLOSED)


@pytest.fixture
def statement(run):
    return run.statements.get()


@pytest.fixture
def large(statement):
    return Line.objects.get(result__run=statement.run, amount=LARGE)


@pytest.fixture
def small(statement):
    return Line.objects.get(result__run=statement.run, amount=SMALL)


@pytest.fixture
def decides(db):
    return Actor.hq(UserFactory(is_staff=True, is_superuser=True))


@pytest.fixture
def other(db):
    return Actor.hq(UserFactory(is_staff=True, is_superuser=True))
