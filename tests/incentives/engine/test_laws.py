"""What holds for every plan and every file of events, tried on random ones."""

import os
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.incentives.engine.facts import CHINA, events_of
from tests.incentives.engine.random_plans import (
    Choice,
    files,
    moment,
    programs,
    sales,
    whole_return,
)
from tests.incentives.engine.reference import lines, totals

# `make laws` tries more of them.
MANY = settings(
    max_examples=int(os.environ.get("LAWS", "500")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def paid(program, rows):
    """What each beneficiary has in the end."""
    sums = defaultdict(Fraction)
    for line in lines(program, events_of(rows)):
        sums[line["beneficiary"]] += line["amount"]
    return {who: amount for who, amount in sums.items() if amount}


@MANY
@given(program=programs(Choice(withhold=True)), data=st.data())
def test_a_sale_and_all_of_it_back_leave_nothing(program, data):
    rows = []
    for number in range(1, data.draw(st.integers(1, 4)) + 1):
        sale = data.draw(sales(number))
        day = datetime.fromisoformat(sale[0]["at"]).date()
        back = moment(day + timedelta(days=data.draw(st.integers(0, 90))), 12)
        rows += sale + whole_return(sale, number, back)

    assert paid(program, rows) == {}


@MANY
@given(program=programs(Choice()), rows=files(), data=st.data())
def test_what_arrives_late_adds_up_to_the_same(program, rows, data):
    late = {}
    for row in rows:
        key = row["kind"], row["external_id"]
        if key not in late:
            day = datetime.fromisoformat(row["at"]).date()
            late[key] = moment(day + timedelta(days=data.draw(st.integers(0, 100))), 20)
    delayed = [row | {"recorded_at": late[row["kind"], row["external_id"]]} for row in rows]

    assert paid(program, delayed) == paid(program, rows)


@MANY
@given(program=programs(Choice()), rows=files(), data=st.data())
def test_the_order_of_the_file_says_nothing(program, rows, data):
    shuffled = data.draw(st.permutations(rows))

    assert totals(lines(program, events_of(shuffled))) == totals(lines(program, events_of(rows)))


@MANY
@given(program=programs(Choice(kinds=("percent", "flat"), shared_caps=False)), rows=files())
def test_the_parts_of_a_shared_sale_and_of_its_returns_are_the_whole(program, rows):
    component = program["plans"][0]["components"][0]
    for limit in ("order_cap", "minimum"):
        component.pop(limit, None)  # these hold for each part by itself
    of_both = [component | {"by_share": True, "to": to, "code": to} for to in ("owner", "seller")]
    whole = component | {"by_share": False, "to": "owner"}
    sold = [row for row in rows if row["kind"] == "sale" and row["sold_by"] == "other"]
    shared = {row["external_id"] for row in sold}
    back = [row for row in rows if row.get("returns") in shared]

    def amount(components):
        plan = program["plans"][0] | {"components": components}
        plan.pop("beneficiary_cap", None)
        by_month = defaultdict(Fraction)
        for line in lines({"plans": [plan]}, events_of(sold + back)):
            by_month[line["month"]] += line["amount"]
        return {month: amount for month, amount in by_month.items() if amount}

    assert amount(of_both) == amount([whole])


@MANY
@given(program=programs(Choice()), rows=files(), caps=st.lists(st.integers(500, 3000), min_size=2))
def test_a_cap_holds_over_all_versions_of_a_month(program, rows, caps):
    first = program["plans"][0]
    component = first["components"][0] | {"anchor": "payment"}
    starts = [date(2017, 1, 1) + timedelta(days=17 * n) for n in range(len(caps))]
    versions = [
        first
        | {"from": start.isoformat(), "direction": "brand_pays"}
        | {"components": [component | {"period_cap": str(Fraction(cap, 100).__float__())}]}
        for start, cap in zip(starts, caps, strict=True)
    ]
    if component["kind"] in ("tiers_marginal", "tiers_whole", "to_target", "threshold_bonus"):
        versions = versions[:1]  # a period has one version
    for_months = defaultdict(Fraction)
    sold_in = {row["external_id"]: row["at"][:7] for row in rows if row["kind"] != "return"}
    of = {row["external_id"]: row.get("returns") or row["external_id"] for row in rows}

    for line in lines({"plans": versions}, events_of(rows)):
        month = sold_in[of[line["external_id"]]] if line["external_id"] else line["for_month"]
        for_months[line["beneficiary"], month] += line["amount"]

    highest = Fraction(max(caps), 100)
    assert all(0 <= amount <= highest for amount in for_months.values())


@MANY
@given(program=programs(Choice(withhold=True)), rows=files())
def test_the_same_again_changes_nothing(program, rows):
    assert lines(program, events_of(rows)) == lines(program, events_of(rows))


def test_months_are_those_of_the_program():
    assert moment(date(2017, 3, 1)).endswith("+08:00")
    assert CHINA.utcoffset(None) == timedelta(hours=8)
