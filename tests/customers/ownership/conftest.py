"""The test bench, as tests ask it."""

import json

import pytest

from customers.ownership import bench_file
from tests.customers.ownership.stories import RULES, STORES


@pytest.fixture
def answers(tmp_path):
    """What the events of a story are answered, each in turn."""

    def tried(*events, rules=RULES, stores=STORES, **more):
        path = tmp_path / "cases.json"
        case = {"rulebook": rules, "stores": stores, "events": list(events), **more}
        path.write_text(json.dumps([case]))
        (case,) = bench_file.read(path)
        return bench_file.tried(case)

    return tried
