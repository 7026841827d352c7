"""Stores that files of a load name."""

import pytest

from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory


@pytest.fixture
def shops(db):
    RulebookFactory()
    first = StoreFactory(code="S1")
    return [first, StoreFactory(code="S2", dealer=first.dealer), StoreFactory(code="S3")]
