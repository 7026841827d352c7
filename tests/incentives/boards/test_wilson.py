"""The interval of a rate: against its equation, and the same in a statement."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incentives.boards.wilson import wilson_lower_bound, wilson_sql, wilson_upper_bound
from tests.incentives.boards import reference


@given(st.integers(0, 100_000), st.integers(0, 1_000_000))
@settings(deadline=None)
def test_both_bounds_are_the_roots_of_their_equation(whole, part):
    part %= whole + 1
    low, high = reference.bounds(part, whole)

    assert wilson_lower_bound(part, whole) == pytest.approx(float(low), abs=1e-10)
    assert wilson_upper_bound(part, whole) == pytest.approx(float(high), abs=1e-10)


@pytest.mark.django_db
@given(st.integers(1, 100_000), st.integers(0, 1_000_000))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_lower_bound_is_the_same_in_python_and_in_a_statement(sample, part):
    numerator = part % (sample + 1)
    bound = wilson_sql("n.part", "n.whole")

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {bound} FROM (VALUES (%s, %s)) n (part, whole)",
            [Decimal(numerator), Decimal(sample)],
        )
        (found,) = cursor.fetchone()

    assert float(found) == pytest.approx(wilson_lower_bound(numerator, sample), abs=1e-11)
