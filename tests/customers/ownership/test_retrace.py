"""Retracing protections from their events."""

import pytest

from customers.ownership import retrace
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory


@pytest.mark.django_db(transaction=True)
def test_protections_are_retraced_outside_a_transaction_as_a_command_runs():
    RulebookFactory()
    registered(StoreFactory())

    assert list(retrace.broken()) == []
