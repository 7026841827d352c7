"""Whatever a superuser changes, one old receipt or one old root finds it."""

import pytest
from django.db import connection

from tests.faults.kept import kept_of
from tests.faults.tampering import WAYS
from tests.faults.tampers import tamper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def superuser():
    """The connection of the test, from when it is called on, of whom nothing holds back."""
    before = connection.settings_dict["USER"]

    def become():
        connection.close()
        connection.settings_dict["USER"] = "postgres"

    yield become
    connection.close()
    connection.settings_dict["USER"] = before


def test_each_way_of_tampering_is_found(superuser):
    kept, *_others = kept_of(2)
    superuser()

    outcomes, by, off = tamper(kept, 3 * len(WAYS), seed=7)

    assert not off, "\n".join(off)
    assert outcomes["found by one receipt"] > 20
    assert outcomes["found by one root"] > 20
    assert {"changed", "cut", "other terms", "another paper"} <= set(by)
    assert {"row changed", "row missing", "rows before"} <= set(by)
