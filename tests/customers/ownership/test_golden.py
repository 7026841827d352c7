"""The golden cases of the rulebook: each file of ``golden`` answered by ``try_rulebook``.

The expected values were worked out by hand from the written rules. A case's name says what it
shows; where the rules leave something open it says why it was decided so.
"""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers.models import Rule
from customers.ownership import rulebook_file

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.json"))
CASES = [case for path in GOLDEN for case in json.loads(path.read_text())]


def rulebooks_of(case):
    """One, or several of which each is in force from its own day."""
    return case["rulebook"] if isinstance(case["rulebook"], list) else [case["rulebook"]]


def settings_used():
    return {name for case in CASES for rulebook in rulebooks_of(case) for name in rulebook}


def rules_expected():
    events = [event for case in CASES for event in case["events"]]
    return {event["expect"]["rule"] for event in events if "rule" in event.get("expect", {})}


def as_number(value):
    try:
        return Decimal(str(value))
    except (InvalidOperation, TypeError, ValueError):
        return value


def agrees(expected, got):
    """Whether an answer has what is expected of it; shares are numbers, 0 may be left out."""
    if isinstance(expected, dict):
        got = got or {}
        keys = expected.keys() | got.keys()
        return all(as_number(expected.get(k, 0)) == as_number(got.get(k, 0)) for k in keys)
    return expected == got


def differences(case):
    for event in case["events"]:
        for key, expected in event.get("expect", {}).items():
            got = event.get("got", {}).get(key)
            if not agrees(expected, got):
                what = f"{event['at']} {event['do']}: {key}"
                yield f"{case['name']}: {what} {got!r}, not {expected!r}"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_each_case_is_answered_as_the_rules_say(path, tmp_path):
    answered = tmp_path / "answered.json"

    try:
        call_command("try_rulebook", path, out=answered, verbosity=0)
    except (CommandError, SystemExit) as problem:
        failed = str(problem)
    else:
        failed = ""

    wrong = [line for case in json.loads(answered.read_text()) for line in differences(case)]
    assert (wrong, failed) == ([], "")


def test_each_rule_has_a_case():
    assert rules_expected() >= set(Rule.values)


def test_each_setting_has_a_case():
    known = {
        *rulebook_file.NUMBERS,
        *rulebook_file.OTHER,
    } - {"name", "notice_days"}  # which say nothing about an answer

    assert settings_used() >= known


def test_each_case_has_a_name_of_its_own_and_goes_forward_in_time():
    assert len({case["name"] for case in CASES}) == len(CASES)
    for case in CASES:
        moments = [datetime.fromisoformat(event["at"]) for event in case["events"]]
        assert moments == sorted(moments), case["name"]
