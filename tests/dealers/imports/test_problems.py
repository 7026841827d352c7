"""What is wrong with the rows of a file, kept on disk."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dealers.imports.problems import UNSAID, Problem, Problems


def test_the_first_problem_of_a_line_counts_in_order_of_lines():
    problems = Problems()
    for line, remedy in ((7, "later"), (2, "first"), (2, "second")):
        problems.add(Problem(line, "phone", "1", remedy))

    assert len(problems) == 2
    assert [(each.line, each.remedy) for each in problems] == [(2, "first"), (7, "later")]


def test_what_one_thread_noted_another_may_clear_away():
    with ThreadPoolExecutor(1) as other:
        problems = other.submit(Problems).result()

    del problems  # a warning here fails the test


@pytest.mark.parametrize("column", ["phone", "name", "wish", "latitude", "longitude"])
def test_what_tells_who_a_customer_is_stays_off_the_record(column):
    said = Problem(2, column, "31.2304", "Write it otherwise.").on_record()

    assert "31.2304" not in said
    assert UNSAID in said


def test_what_tells_of_nobody_is_on_the_record():
    assert "R-EAST" in Problem(2, "region_code", "R-EAST", "Write a code on file.").on_record()
