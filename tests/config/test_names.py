"""A name means one thing, in whichever part of the portal it is read."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "customers", "dealers", "incentives", "training")
# Words of the trade, each of which was the name of two or three things once.
ONE_THING = ("Answer", "Line", "Place", "Run", "Share", "Standing")


@pytest.fixture(scope="module")
def defined():
    """The modules that define a class, by its name."""
    found = defaultdict(list)
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                    if isinstance(node, ast.ClassDef):
                        found[node.name].append(str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize("name", ONE_THING)
def test_a_name_means_one_thing(defined, name):
    assert len(defined[name]) == 1
