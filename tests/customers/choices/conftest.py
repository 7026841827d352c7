"""A customer of another dealer's, and the claim of our store."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.customers import RulebookFactory, number_of, registered

MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _rules(db, settings):
    settings.PORTAL_SMS = "dealers.sms.show_in_log"
    RulebookFactory()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def theirs(rival, now):
    """A customer of another dealer's, registered by who works there."""
    return registered(rival.store, staff=rival.user, at=now, name="陈女士").ownership


@pytest.fixture
def claimed(store, clerk, theirs, now):
    """The same person in our store: protected elsewhere."""
    number = number_of(theirs.customer)
    made = registered(store, phone=number, staff=clerk.user, at=now + MOMENT)
    assert made.answer == "protected"
    return made
