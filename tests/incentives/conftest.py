"""What tests of incentives share."""

import pytest

from tests.factories.dealers import member_of


@pytest.fixture
def author(db):
    """A person of the incentives team."""
    return member_of("incentives")
