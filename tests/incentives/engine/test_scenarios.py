"""Scenarios of plans, worked out by hand: plan, events and the lines that have to come out.

Each says why. The values were found with paper and the written rules; the plain reference and
``try_plan`` are both held against them.
"""

import csv
import json
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.core.management import call_command

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
    "agreement_from",
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


def not_given(scenario, found):
    """The reasons that a scenario names and the lines do not give."""
    reasons = defaultdict(set)
    for line in found:
        reasons[tuple(line.get(name, "") for name in KEY)].update(line["reason"].split("+"))
    for line in scenario["lines"]:
        key = tuple(line.get(name, "") for name in KEY)
        if "reason" in line and line["reason"] not in reasons[key]:
            yield key, line["reason"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_reference_agrees_with_the_hand(name, tmp_path):
    scenario = SCENARIOS[name]
    _program, events = write(tmp_path, scenario)

    assert summed(lines(scenario["program"], events)) == summed(scenario["lines"])


@pytest.mark.django_db
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_engine_agrees_with_the_hand(name, tmp_path):
    scenario = SCENARIOS[name]
    program, events = write(tmp_path, scenario)
    out = tmp_path / "lines.csv"

    call_command("try_plan", program, events, out=out, verbosity=0)

    with out.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert summed(found) == summed(scenario["lines"])
    assert list(not_given(scenario, found)) == []


def test_there_are_more_than_a_hundred():
    assert len(SCENARIOS) >= 100
    assert all(scenario["why"] for scenario in SCENARIOS.values())
