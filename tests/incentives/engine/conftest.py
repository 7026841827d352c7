"""A program and events as files, and what the engine gives for them; a customer on record."""

import csv
import json
from datetime import UTC, date, datetime

import pytest

from incentives.engine import fact_file, run
from incentives.engine.program import parse
from incentives.plans import program_file
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import owned_customer
from tests.incentives.engine.events import plans


@pytest.fixture
def files(tmp_path):
    """Write a program and events; the paths of both."""

    def write(program, events):
        path, rows = tmp_path / "program.json", tmp_path / "events.csv"
        path.write_text(program if isinstance(program, str) else json.dumps(program))
        with rows.open("w", newline="") as file:
            writer = csv.DictWriter(file, fact_file.KNOWN)
            writer.writeheader()
            writer.writerows(events)
        return path, rows

    return write


@pytest.fixture
def give(files):
    """What components give for events: amounts in words, one text a line."""

    def lines(components, events, **plan):
        path, rows = files({"plans": plans(components, **plan)}, events)
        program = parse(program_file.read(path))
        found, file = fact_file.read(rows, program.timezone)
        assert not list(map(str, file.problems))
        return run.lines(program, found)

    return lines


@pytest.fixture
def store(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return StoreFactory()


@pytest.fixture
def customer(store):
    return owned_customer(store)
