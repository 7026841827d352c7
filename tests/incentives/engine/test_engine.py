"""The engine against the plain reference, on random programs and files of events."""

import csv
import json
import os
from datetime import datetime, timedelta
from fractions import Fraction
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incentives.engine import fact_file, run
from incentives.engine.program import parse
from incentives.plans import program_file
from tests.incentives.engine import reference
from tests.incentives.engine.facts import events_of
from tests.incentives.engine.random_plans import Choice, files, moment, programs
from tests.incentives.engine.test_laws import MANY
from tests.incentives.engine.test_scenarios import COLUMNS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("plans")


def computed(folder, program, rows):
    """The engine's amounts by month, component and beneficiary."""
    terms, events = folder / "program.json", folder / "events.csv"
    terms.write_text(json.dumps(program))
    text = StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    events.write_text(text.getvalue(), newline="")
    parsed = parse(program_file.read(terms))
    found, file = fact_file.read(events, parsed.timezone)
    assert list(file.problems) == []
    return reference.totals(
        {
            "month": f"{line.month:%Y-%m}",
            "component": line.component,
            "beneficiary": line.beneficiary,
            "amount": Fraction(line.amount),
        }
        for line in run.lines(parsed, found)
    )


def expected(program, rows):
    return reference.totals(reference.lines(program, events_of(rows)))


@st.composite
def late(draw, rows):
    """The same events, some of them recorded up to a hundred days late."""
    recorded = {}
    for row in rows:
        key = row["kind"], row["external_id"]
        if key not in recorded:
            days = draw(st.one_of(st.just(0), st.integers(0, 100)))
            day = datetime.fromisoformat(row["at"]).date() + timedelta(days=days)
            recorded[key] = moment(day, 20)
    return [row | {"recorded_at": recorded[row["kind"], row["external_id"]]} for row in rows]


# Each example makes the engine's tables, so that these are fewer than those of the laws.
@settings(MANY, max_examples=int(os.environ.get("LAWS", "60")))
@given(program=programs(Choice()), rows=files(), data=st.data())
def test_the_engine_computes_what_plain_python_does(folder, program, rows, data):
    kinds = {component["kind"] for component in program["plans"][0]["components"]}
    if "first_n" not in kinds:  # who is among the first is settled as they are booked
        rows = data.draw(late(rows))

    assert computed(folder, program, rows) == expected(program, rows)
