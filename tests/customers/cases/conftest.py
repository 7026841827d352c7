"""A dispute between two dealers, under the usual rulebook."""

import pytest

from tests.customers.cases.disputed import Dispute
from tests.factories.customers import RulebookFactory


@pytest.fixture
def dispute(db):
    RulebookFactory()
    return Dispute()
