"""Cases as a file: what is read, what is refused, and what the command says."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from customers.ownership import bench_file, expectations
from tests.customers.ownership.stories import (
    DAY,
    MICROSECOND,
    RULES,
    START,
    STORES,
    asked,
    event,
    registered,
)


def tried(path, case, **options):
    path.write_text(json.dumps(case))
    out = StringIO()
    call_command("try_rulebook", path, stdout=out, **options)
    return out.getvalue()


def test_the_command_gives_the_cases_back_with_what_each_event_got(tmp_path):
    case = {"rulebook": RULES, "stores": STORES, "more": 1, "events": [registered()]}
    tried(tmp_path / "cases.json", [case], out=tmp_path / "out.json")
    (back,) = json.loads((tmp_path / "out.json").read_text())
    assert back["more"] == 1
    assert back["events"][0].pop("got")["rule"] == "R7"
    assert back == case


@pytest.mark.usefixtures("english")
def test_an_expectation_that_is_not_met_is_named(tmp_path):
    events = [registered(expect={"rule": "R7", "answer": "protected elsewhere"})]
    case = {"name": "first", "rulebook": RULES, "stores": STORES, "events": events}
    with pytest.raises(CommandError, match="1 cases, 2 expectations, 1 not met") as raised:
        tried(tmp_path / "cases.json", [case])
    assert raised.value.returncode == 1


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("protected elsewhere", "protected", True),
        ("yours already", "yours_already", True),
        ({"DA": "0.30", "DB": "0.70"}, {"DA": 0.3, "DB": 0.7}, True),
        ({"DA": 30, "DB": 70}, {"DA": 0.3, "DB": 0.7}, True),
        ({"DB": 1}, {"DA": 0, "DB": 1}, True),
        ({"DB": 1}, {"DA": 0.3, "DB": 0.7}, False),
        (None, "A1", False),
        ("A1", None, False),
        (["B1"], ["B1", "C1"], False),
        (True, 1, False),
    ],
)
def test_answers_are_compared_by_what_they_say(expected, got, same):
    assert expectations.same(expected, got) is same


def broken(place, **fields):
    return [{"rulebook": RULES, "stores": STORES, "events": [registered() | fields]}], place


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("case", "place"),
    [
        ({}, "list of cases"),
        ([1], r"\[0\]"),
        ([{"rulebook": RULES, "stores": STORES}], r"\[0\].events"),
        ([{"rulebook": RULES, "stores": [], "events": []}], r"\[0\].stores"),
        ([{"rulebook": 3, "stores": {}, "events": []}], r"\[0\].rulebook"),
        ([{"rulebook": {"grase_days": 3}, "stores": {}, "events": []}], "rulebook.grase_days"),
        ([{"rulebook": {"protection_days": 0}, "stores": {}, "events": []}], "protection_days"),
        ([{"rulebook": {"from": "soon"}, "stores": {}, "events": []}], "rulebook.from"),
        ([{"stores": {"A": {"dealer": "D", "timezone": "Mars"}}, "events": []}], "A.timezone"),
        ([{"stores": {"A": {}}, "events": []}], "stores.A"),
        broken(r"events\[0\].at", at="2017-03-01T10:00:00"),
        broken(r"events\[0\].at", at="9999-12-31T23:59:59-14:00"),
        broken(r"events\[0\].at", at=None),
        broken(r"events\[0\].do", do="reg"),
        broken(r"events\[0\].store", store="Z9"),
        broken(r"events\[0\].person", person=7),
        broken(r"events\[0\].channel", channel="fax"),
        broken(r"events\[0\].wait", wait="no"),
        broken(r"events\[0\].kind", do="activity", kind="telepathy"),
        broken(r"events\[0\].place", do="sale", store=None),
        broken(r"events\[0\].outcome", do="rule", outcome="perhaps"),
        broken(r"events\[0\].to", do="rule", outcome="move", store=None),
        broken(r"events\[0\].shares", do="rule", outcome="split"),
        broken(r"events\[0\].shares", do="rule", outcome="split", shares={"DA": "0.6"}),
        broken(r"events\[0\].shares.DX", do="rule", outcome="split", shares={"DX": 1}),
        broken(r"events\[0\].deadline", do="offer", deadline="2017-03-01T02:00:00+00:00"),
        broken(r"events\[0\].dealer", do="close_dealer", store=None, dealer="DX"),
        broken(r"events\[0\].expect", expect=["R7"]),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(tmp_path, case, place):
    with pytest.raises(CommandError, match=place) as raised:
        tried(tmp_path / "cases.json", case)
    assert raised.value.returncode == 2


@pytest.mark.usefixtures("english")
def test_times_may_not_go_back_but_may_stand_still(tmp_path):
    case = {"rulebook": RULES, "stores": STORES, "events": [registered(), asked(START)]}
    tried(tmp_path / "cases.json", [case])
    case["events"].append(asked(START - MICROSECOND))
    with pytest.raises(CommandError, match=r"events\[2\].at: .* may not go back"):
        tried(tmp_path / "cases.json", [case])


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe[", b"[{", b"[" * 100_000, b"[" + b"1" * 5000 + b"]", b'["\\ud800"]'],
)
def test_what_is_no_json_is_refused(tmp_path, content):
    path = tmp_path / "cases.json"
    path.write_bytes(content)
    with pytest.raises(CommandError) as raised:
        call_command("try_rulebook", path)
    assert raised.value.returncode == 2


def test_a_file_that_is_not_there_is_wrong_use(tmp_path):
    with pytest.raises(CommandError) as raised:
        call_command("try_rulebook", tmp_path / "nothing.json")
    assert raised.value.returncode == 2


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"holidays": [f"{START + n * DAY:%Y-%m-%d}" for n in range(90)]}, "holidays"),
        ({"expect": 0}, "expect"),
        ({"shares": {"DA": "1e999999999", "DB": "1e999999999"}}, "shares"),
    ],
)
def test_what_no_calendar_or_sum_can_hold_is_refused(tmp_path, fields, place):
    story = registered() | {"do": "register"}
    if place != "holidays":
        story |= fields
    if place == "shares":
        story = event(START, "rule", outcome="split", **fields)
    case = {"rulebook": RULES, "stores": STORES, "events": [story]}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case | (fields if place == "holidays" else {})]))
    with pytest.raises(bench_file.CasesNotValid, match=place):
        bench_file.read(path)
