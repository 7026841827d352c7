"""What is wrong with the rows of a file, kept on disk."""

from concurrent.futures import ThreadPoolExecutor

from dealers.imports.problems import Problem, Problems


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
