"""Every hole in the walls is noticed; without one there is nothing to notice."""

import os
import random

import pytest

from dealers.walls import check
from tests.matrix.mutants import mutants, tried

pytestmark = pytest.mark.django_db
SAMPLE = 10


def chosen():
    """A sample that is the same each time; all of them where MUTANTS=all."""
    found = list(mutants())
    if os.environ.get("MUTANTS") == "all":
        return found
    return random.Random(2026).sample(found, SAMPLE)


def test_there_are_enough_mutants_of_every_kind():
    names = [each.name for each in mutants()]
    assert len(names) == len(set(names)) >= 60
    kinds = {name.split()[0] for name in names}
    assert kinds == {"disable", "no", "widen", "let", "drop", "show", "open", "send"}


def test_where_nothing_is_broken_nothing_is_noticed(network):
    assert list(check.catalogue()) == []


def test_every_hole_is_noticed(network, record_property):
    found = [tried(each, network) for each in chosen()]
    missed = [each.mutant.name for each in found if not each.noticed]
    shown = [each for each in found if each.leaked]
    record_property("mutants tried", len(found))
    record_property("mutants noticed", len(found) - len(missed))
    record_property("mutants that would have leaked", len(shown))
    assert missed == []
