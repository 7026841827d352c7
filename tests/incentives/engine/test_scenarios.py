"""Scenarios of plans, worked out by hand: plan, events and the lines that have to come out.

Each says why. The values were found with paper and the written rules; the plain reference is
held against them.
"""

import csv
import json
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from incentives.engine import facts, run
from incentives.engine.program import parse
from incentives.plans import program_file
from tests.incentives.engine.reference import lines

SCENARIOS = {
    scenario["name"]: scenario
    for path in sorted(Path(__file__).with_name("scenarios").glob("*.json"))
    for scenario in json.loads(path.read_text())
}
COLUMNS = (
    "kind", "external_id", "at", "dealer", "store", "staff", "region", "level", "sold_by",
    "category", "quantity", "net", "margin", "owner_share", "owned_since", "returns",
    "recorded_at", "seller", "customer", "source", "agreement_signed", "data_complete",
)  # fmt: skip
KEY = ("month", "component", "beneficiary", "external_id")


def write(folder, scenario):
    """The two files of a scenario."""
    program, events = folder / "program.json", folder / "events.csv"
    program.write_text(json.dumps(scenario["program"]))
    with events.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(scenario["events"])
    return program, events


def summed(found):
    """Amounts by month, component, beneficiary and event; what is zero is left out."""
    sums = defaultdict(Decimal)
    for line in found:
        amount = line["amount"]
        if isinstance(amount, Fraction):
            amount = Decimal(amount.numerator) / Decimal(amount.denominator)
        sums[tuple(line.get(name, "") for name in KEY)] += Decimal(amount)
    return {key: amount for key, amount in sums.items() if amount}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_reference_agrees_with_the_hand(name, tmp_path):
    scenario = SCENARIOS[name]
    _program, events = write(tmp_path, scenario)

    assert summed(lines(scenario["program"], events)) == summed(scenario["lines"])


@pytest.mark.django_db
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_engine_agrees_with_the_hand(name, tmp_path):
    program, events = write(tmp_path, SCENARIOS[name])
    terms = parse(program_file.read(program))
    found, file = facts.read(events, terms.timezone)

    got = [
        {
            "month": f"{line.month:%Y-%m}", "component": line.component,
            "beneficiary": line.beneficiary, "external_id": line.external_id,
            "amount": line.amount,
        }
        for line in run.lines(terms, found)
    ]  # fmt: skip

    assert not list(file.problems)
    assert summed(got) == summed(SCENARIOS[name]["lines"])


def test_there_are_more_than_a_hundred():
    assert len(SCENARIOS) >= 100
    assert all(scenario["why"] for scenario in SCENARIOS.values())
