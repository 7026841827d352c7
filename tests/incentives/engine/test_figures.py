"""The figures of the rules, and the boundaries of every kind, cap and clawback."""

from decimal import Decimal

import pytest

from incentives.engine import fact_file, program, run
from tests.incentives.engine.events import back, plans, said, sale, total

pytestmark = pytest.mark.django_db

TIERS = [
    {"from": 0, "rate": "0.02"},
    {"from": 100_000, "rate": "0.03"},
    {"from": 300_000, "rate": "0.05"},
]
PERCENT = {"event": "paid_sale", "kind": "percent", "rows": [{"from": 0, "rate": "0.03"}]}
TENTH = {"event": "paid_sale", "kind": "percent", "rows": [{"from": 0, "rate": "0.1"}]}
FLAT = {"event": "paid_sale", "kind": "flat", "rows": [{"from": 0, "rate": "5"}]}


def tiers(kind, **values):
    return {"event": "paid_sale", "kind": kind, "rows": TIERS, **values}


@pytest.mark.parametrize(
    ("kind", "base", "amount"),
    [
        ("tiers_marginal", "350000.00", "10500.00"), ("tiers_whole", "350000.00", "17500.00"),
        ("tiers_marginal", "100000.00", "2000.00"), ("tiers_whole", "100000.00", "3000.00"),
        ("tiers_marginal", "99999.99", "2000.00"), ("tiers_whole", "99999.99", "2000.00"),
    ],
)  # fmt: skip
def test_tiers_are_half_open(give, kind, base, amount):
    assert said(give(tiers(kind), [sale("S", base)])) == [f"03 c0 {amount}"]


@pytest.mark.parametrize(
    ("kind", "clawback", "claw"),
    [
        ("tiers_marginal", "recompute", "-3400.00"), ("tiers_whole", "recompute", "-9400.00"),
        ("tiers_marginal", "original_rate", "-2400.00"),
        ("tiers_whole", "original_rate", "-4000.00"),
    ],
)  # fmt: skip
def test_a_later_return_is_booked_in_its_own_month(give, kind, clawback, claw):
    lines = give(
        tiers(kind, clawback=clawback),
        [sale("S", "350000.00"), back("R", "S", "80000.00", month="04")],
    )

    code = "c0-adjustment" if clawback == "recompute" else "c0"
    assert said(lines)[1:] == [f"04 {code} {claw}"]
    assert (lines[1].for_month.month, lines[1].base, lines[1].beneficiary) == (3, -80000, "D1")


def test_a_return_in_the_month_of_its_sale_lowers_its_base(give):
    lines = give(tiers("tiers_whole"), [sale("S", "350000.00"), back("R", "S", "80000.00")])

    assert said(lines) == ["03 c0 8100.00"]
    assert lines[0].base == 270_000


def test_what_is_recorded_late_falls_into_the_open_month(give):
    late = {"recorded_at": "2017-04-02T00:00:00+08:00"}
    lines = give(
        [tiers("tiers_marginal"), PERCENT],
        [sale("S1", "100000.00"), sale("S2", "1000.00", **late), back("R", "S1", "10.00", **late)],
    )

    assert said(lines) == [
        "03 c0 2000.00", "03 c1 S1 3000.00",
        "04 c0-adjustment 29.70", "04 c1 R -0.30", "04 c1 S2 30.00",
    ]  # fmt: skip


def test_months_are_those_of_the_time_zone(give):
    lines = give(PERCENT, [sale("S", "100.00") | {"at": "2017-03-31T16:00:00+00:00"}])

    assert lines[0].month.month == 4


def test_an_amount_is_rounded_once_an_order_half_up(give):
    lines = give(
        PERCENT,
        [sale("S1", "16.75"), sale("S1", "0.08", category="b"), sale("S2", "16.83"),
         sale("S3", "0.50")],
    )  # fmt: skip

    assert said(lines) == ["03 c0 S1 0.50", "03 c0 S2 0.50", "03 c0 S3 0.02"]


def test_returns_of_a_sale_are_rounded_together(give):
    sold = [sale("S", "1.00", quantity=3)]
    parts = [back(f"R{n}", "S", net, str(20 + n)) for n, net in enumerate(["0.33", "0.33", "0.34"])]
    lines = give(PERCENT, sold + parts)

    assert said(lines)[0] == "03 c0 R0 -0.01"
    assert total(lines) == 0


def test_the_original_rate_takes_back_the_returned_part(give):
    lines = give(FLAT, [sale("S", "100.00"), back("R", "S", "30.00", month="05")])

    assert said(lines) == ["03 c0 S 5.00", "05 c0 R -1.50"]


def test_a_return_of_money_alone_takes_nothing_from_what_is_paid_by_count(give):
    lines = give(
        FLAT,
        [sale("S", "100.00"), back("R1", "S", "30.00", quantity=0),
         back("R2", "S", "70.00", "21")],
    )  # fmt: skip

    assert said(lines) == ["03 c0 R2 -5.00", "03 c0 S 5.00"]


def test_a_return_names_the_category_that_it_takes_back(give):
    rows = [{"rate": "0.1", "category": "shoes"}, {"rate": "0.01"}]
    lines = give(
        {"event": "paid_sale", "kind": "matrix", "rows": rows},
        [sale("S", "100.00", category="shoes"), sale("S", "300.00", category="hats"),
         back("R", "S", "50.00", category="shoes")],
    )  # fmt: skip

    assert said(lines) == ["03 c0 R -5.00", "03 c0 S 13.00"]


def test_a_return_after_the_last_day_takes_nothing(give):
    terms = PERCENT | {"clawback_days": 10}
    events = [sale("S", "100.00", "05"), back("R1", "S", "50.00", "15")]

    assert said(give(terms, [*events, back("R2", "S", "50.00", "16")])) == [
        "03 c0 R1 -1.50", "03 c0 R2 0.00 clawback_over", "03 c0 S 3.00"
    ]  # fmt: skip


def test_a_cap_counts_sales_less_returns(give):
    terms = TENTH | {"place": "own", "period_cap": "50.00"}
    events = [sale("S1", "400.00", "01"), sale("S2", "300.00", "02")]

    assert said(give(terms, events)) == ["03 c0 S1 40.00", "03 c0 S2 10.00 period_cap"]
    assert total(give(terms, [*events, back("R", "S1", "400.00", month="04")])) == 30
    both = [back("R1", "S1", "400.00"), back("R2", "S2", "300.00", month="04")]
    assert total(give(terms, events + both)) == 0


def test_versions_that_share_a_month_share_its_cap(files):
    capped = TENTH | {"period_cap": "50.00"}
    later = plans(capped | {"period_cap": "60.00"}, **{"from": "2017-03-16"})
    _path, rows = files("", [sale("S1", "900.00", "05"), sale("S2", "900.00", "25")])
    terms = program.parse({"plans": plans(capped) + later})

    assert said(run.lines(terms, fact_file.read(rows, terms.timezone)[0])) == [
        "03 c0 S1 60.00 period_cap", "03 c0 S2 0.00 period_cap"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "amount", "sales"),
    [
        ({"line_cap": "7"}, "12.00 line_cap", ["100.00", "50.00"]),
        ({"line_floor": "7"}, "17.00 line_floor", ["100.00", "50.00"]),
        ({"order_cap": "12"}, "12.00 order_cap", ["100.00", "50.00"]),
        ({"order_floor": "20"}, "20.00 order_floor", ["100.00", "50.00"]),
        ({"minimum": "15.00"}, "15.00", ["100.00", "50.00"]),
    ],
)
def test_lines_and_orders_have_caps_and_floors(give, limit, amount, sales):
    events = [sale("S", net, category=str(n)) for n, net in enumerate(sales)]

    assert said(give(TENTH | limit, events)) == [f"03 c0 S {amount}"]


def test_what_a_minimum_paid_is_taken_back_as_paid(give):
    events = [sale("S", "100.00"), back("R", "S", "25.00", month="04")]

    assert said(give(TENTH | {"minimum": "40.00"}, events))[1] == "04 c0 R -10.00"
    lifted = tiers("tiers_marginal", minimum="40.00")
    assert said(give(lifted, events))[1] == "04 c0-adjustment -10.00 period_floor"
    assert total(give(lifted, [events[0], back("R", "S", "100.00", month="06")])) == 0


def test_a_plan_has_caps_of_a_beneficiary_and_of_its_budget(give):
    events = [sale("S1", "400.00", "01"), sale("S2", "300.00", "02", dealer="D9"),
              sale("S3", "300.00", "03")]  # fmt: skip

    assert said(give([TENTH], events, beneficiary_cap="50")) == [
        "03 c0 S1 40.00", "03 c0 S3 10.00 beneficiary_cap", "03 c0 S2 30.00"
    ]  # fmt: skip
    assert said(give([TENTH], events, budget_cap="50")) == [
        "03 c0 S1 40.00", "03 c0 S3 0.00 budget_cap", "03 c0 S2 10.00 budget_cap"
    ]  # fmt: skip


def test_shares_of_a_sale_total_its_amount(give):
    to_owner = TENTH | {"by_share": True, "place": "other"}
    event = sale("S", "1000.10", sold_by="other", owner_share="0.3", seller="D2")

    lines = give([to_owner, to_owner | {"to": "seller"}], [event])

    assert said(lines) == ["03 c0 S 30.00", "03 c1 S 70.01"]
    assert [line.beneficiary for line in lines] == ["D1", "D2"]


def test_what_the_dealer_pays_is_negative(give):
    fee = {"event": "dispatch", "kind": "flat", "rows": [{"rate": "80"}]}

    lines = give(fee, [sale("L", "", kind="dispatch")], direction="dealer_pays")

    assert said(lines) == ["03 c0 L -80.00"]


def test_people_and_regions_earn_under_their_own_code(give):
    events = [sale("S", "100.00"), sale("T", "100.00", staff="")]

    assert [line.beneficiary for line in give(PERCENT, events, audience="staff")] == ["P1"]
    regional = give(PERCENT, events, audience="regional_manager")
    assert [line.beneficiary for line in regional] == ["R1", "R1"]


@pytest.mark.parametrize(
    ("kind", "events", "amounts"),
    [
        ({"kind": "per_unit", "rows": [{"rate": "2"}]}, [sale("S", "9.00", quantity=3)], ["6.00"]),
        ({"kind": "percent", "base": "margin", "rows": [{"rate": "0.5"}]},
         [sale("S", "9.00", margin="3.00")], ["1.50"]),
        ({"kind": "decay", "rows": [{"from": 0, "rate": "0.1"}, {"from": 30, "rate": "0.05"}]},
         [sale("S1", "100.00", "30", owned_since="2017-03-01"),
          sale("S2", "100.00", "31", owned_since="2017-03-01")], ["10.00", "5.00"]),
        ({"kind": "first_n", "n": 2, "rows": [{"rate": "5"}]},
         [sale("S1", "1.00"), sale("S2", "1.00", "06"), sale("S3", "1.00", "07")],
         ["5.00", "5.00", "0.00"]),
        ({"kind": "to_target", "target": "1000",
          "rows": [{"rate": "0.01"}, {"from": "0.8", "rate": "0.02"}]},
         [sale("S", "800.00")], ["16.00"]),
        ({"kind": "to_target", "target": "1000", "targets": {"D1": "2000"},
          "rows": [{"rate": "0.01"}, {"from": "0.8", "rate": "0.02"}]},
         [sale("S", "800.00")], ["8.00"]),
        ({"kind": "threshold_bonus", "rows": [{"from": 500, "rate": "50"}]},
         [sale("S", "499.99")], []),
        ({"kind": "threshold_bonus", "rows": [{"from": 500, "rate": "50"}]},
         [sale("S", "500.00")], ["50.00"]),
        ({"kind": "flat", "rows": [{"rate": "5"}]}, [sale("S", "0.00")], ["0.00"]),
        ({"kind": "flat", "rows": [{"rate": "5"}], "pays_zero": True}, [sale("S", "0.00")],
         ["5.00"]),
        ({"kind": "percent", "rows": [{"rate": "0.1"}],
          "multipliers": [{"factor": "1.5", "level": "gold"}, {"factor": "2"}]},
         [sale("S1", "100.00", level="gold"), sale("S2", "100.00")], ["30.00", "20.00"]),
    ],
)  # fmt: skip
def test_each_kind_at_its_boundary(give, kind, events, amounts):
    found = [str(line.amount) for line in give({"event": "paid_sale", **kind}, events)]

    assert [amount for amount in found if amounts or amount != "0.00"] == amounts


def test_a_group_pays_an_event_once(give):
    special = TENTH | {"group": "g", "filter": {"category": ["shoes"]}, "order": 1}
    events = [sale("S1", "100.00", category="shoes"), sale("S2", "100.00", category="hats")]

    assert said(give([PERCENT | {"group": "g", "order": 2}, special], events)) == [
        "03 c0 S1 0.00 group", "03 c0 S2 3.00", "03 c1 S1 10.00"
    ]  # fmt: skip


def test_a_closed_gate_gives_nothing_and_takes_no_room(give):
    certificate = sale("C", "", "10", kind="certificate", staff="P1")
    events = [sale("S1", "500.00", "09"), sale("S2", "500.00", "11"), certificate]

    lines = give(TENTH | {"gate": ["certified"], "period_cap": "50"}, events, audience="staff")

    assert said(lines) == ["03 c0 S1 0.00 gate_certified", "03 c0 S2 50.00"]


def test_what_is_kept_back_comes_back_with_its_sale(give):
    sold = [sale("S", "0.50"), back("R1", "S", "0.20"), back("R2", "S", "0.30", "21")]

    lines = give(TENTH | {"withhold": "0.1"}, sold)

    assert said(lines)[-1] == "03 c0 S 0.04 withheld"
    assert total(lines) == 0


def test_the_registration_keeps_what_was_promised(files):
    first, then = TENTH | {"anchor": "registration"}, PERCENT | {"anchor": "registration"}
    events = [sale("S1", "100.00", owned_since="2017-01-05"),
              sale("S2", "100.00", owned_since="2017-02-05")]  # fmt: skip
    _path, rows = files("", events)
    terms = program.parse({"plans": plans(first) + plans(then, **{"from": "2017-02-01"})})

    lines = run.lines(terms, fact_file.read(rows, terms.timezone)[0])

    assert [line.amount for line in lines] == [Decimal("10.00"), Decimal("3.00")]


def test_a_repeat_sale_has_one_before(give):
    events = [sale("S1", "100.00", "07", customer="k"), sale("S2", "100.00", "06", customer="k")]

    assert said(give(PERCENT | {"event": "repeat_sale"}, events)) == ["03 c0 S1 3.00"]


def test_a_capped_period_is_recomputed_under_its_cap(give):
    terms = tiers("tiers_marginal", period_cap="50.00")
    events = [sale("S", "2000.00"), back("R1", "S", "1000.00"),
              back("R2", "S", "200.00", month="04")]  # fmt: skip

    assert said(give(terms, events)) == ["03 c0 20.00", "04 c0-adjustment -4.00"]
    assert said(give(terms, events[:1] + events[2:])) == [
        "03 c0 40.00", "04 c0-adjustment -4.00"
    ]  # fmt: skip
    assert said(give(terms, [sale("S", "9000.00"), back("R", "S", "7500.00", month="04")])) == [
        "03 c0 50.00 period_cap", "04 c0-adjustment -20.00 period_cap"
    ]  # fmt: skip


def test_a_return_takes_back_its_own_margin(give):
    terms = tiers("tiers_whole", base="margin")
    events = [sale("S", "300.00", margin="100.00"), back("R", "S", "150.00", margin="40.00")]

    assert said(give(terms, events)) == ["03 c0 1.20"]
    assert said(give(terms, [events[0], back("R", "S", "150.00")])) == ["03 c0 1.00"]


def test_nobody_owes_for_what_the_budget_gave_another(give):
    events = [sale("S1", "500.00", "01"), sale("S2", "500.00", "02", dealer="D9"),
              back("R1", "S1", "500.00"), sale("S3", "300.00", "25", dealer="D9"),
              back("R2", "S2", "500.00", "26")]  # fmt: skip

    lines = give([TENTH], events, budget_cap="50")

    assert {line.external_id: str(line.amount) for line in lines} == {
        "S1": "50.00", "S2": "0.00", "R1": "-50.00", "S3": "30.00", "R2": "0.00",
    }  # fmt: skip
