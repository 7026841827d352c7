"""Everybody asks for everything, by every method: their own, the rival's, and what there is not."""

import os

import pytest

from tests.matrix.addresses import ROLES
from tests.matrix.cases import Matrix, by_problem

pytestmark = pytest.mark.django_db

# Whose answers are looked at, and with CRAWL=whole those of everybody of addresses.py.
WHOLE = os.environ.get("CRAWL") == "whole"
ASKED = ROLES if WHOLE else ("anonymous", "associate")


@pytest.fixture(scope="module")
def matrix(network):
    return Matrix(network)


def test_every_address_has_a_class(matrix):
    assert matrix.unclassified() == []


@pytest.mark.parametrize("role", ASKED)
def test_nobody_opens_or_reads_what_is_not_theirs(role, matrix, record_property):
    problems, count = [], 0
    for case in matrix.cases(role):
        count += 1
        if said := matrix.problem(case):
            problems.append(said)
    record_property(f"cases of asked as {role}", count)

    assert problems == [], by_problem(problems)
    assert count > 100
