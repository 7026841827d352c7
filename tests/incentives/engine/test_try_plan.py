"""``try_plan``: files in, a file out, and what is wrong with them in words."""

import csv
import resource

import pytest
from django.core.management import CommandError, call_command

from incentives.engine import program
from incentives.engine.registry import REASONS
from incentives.models import Plan
from tests.incentives.engine.events import back, plans, sale

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

PERCENT = {"event": "paid_sale", "kind": "percent", "rows": [{"from": 0, "rate": "0.03"}]}


@pytest.fixture
def try_plan(files, tmp_path):
    def run(program, events):
        paths = files(program, events)
        try:
            call_command("try_plan", *map(str, paths), "--out", str(tmp_path / "lines.csv"))
        finally:
            found = tmp_path / "lines.csv"
            run.lines = None
            if found.exists():
                run.lines = list(csv.reader(found.read_text().splitlines()))
        return run.lines

    return run


def test_the_lines_are_a_file(try_plan):
    events = [sale("S", "1000.00"), back("R", "S", "100.00", month="04")]

    assert try_plan({"plans": plans(PERCENT)}, events) == [
        ["month", "component", "beneficiary", "for_month", "external_id", "base", "rate",
         "amount", "reason"],
        ["2017-03", "c0", "D1", "2017-03", "S", "1000.00", "0.03", "30.00", ""],
        ["2017-04", "c0", "D1", "2017-04", "R", "-100.00", "", "-3.00", ""],
    ]  # fmt: skip
    assert not Plan.objects.exists()


def test_good_rows_count_and_bad_ones_are_named(try_plan, capsys):
    events = [sale("S", "1,000"), sale("T", "1.00"), back("R", "X", "1.00"), sale("T", "1.00")]

    with pytest.raises(CommandError) as stopped:
        try_plan({"plans": plans(PERCENT)}, events)

    assert stopped.value.returncode == 1
    assert [line[4] for line in try_plan.lines[1:]] == ["T"]
    assert [line.strip() for line in capsys.readouterr().out.splitlines()[-3:-1]] == [
        "line 2, net “1,000”: Write a number such as 1234.50.",
        "line 4, returns “X”: No sale of the file has this external_id.",
    ]


def test_bad_rows_come_back_as_a_file(try_plan, tmp_path, capsys):
    with pytest.raises(CommandError):
        try_plan({"plans": plans(PERCENT)}, [sale("S", "1,000"), sale("T", "1.00")])

    (rejected,) = tmp_path.rglob("*.rejected.csv")
    head, row = csv.reader(rejected.read_text(encoding="utf-8-sig").splitlines())
    assert dict(zip(head, row, strict=True))["problem"]
    assert str(rejected) in capsys.readouterr().out


def test_rejected_rows_do_not_take_the_place_of_the_lines(files, tmp_path):
    paths = files({"plans": plans(PERCENT)}, [sale("S", "1,000"), sale("T", "1.00")])
    out = tmp_path / "events.rejected.csv"

    with pytest.raises(CommandError):
        call_command("try_plan", *map(str, paths), "--out", str(out))

    assert out.read_text().splitlines()[1].split(",")[4] == "T"
    assert "problem" in (tmp_path / "events.rejected.2.csv").read_text(encoding="utf-8-sig")


def test_a_file_that_cannot_be_finished_leaves_what_stood_there(files, tmp_path):
    paths = files({"plans": plans(PERCENT)}, [sale(f"S{n}", "1.00") for n in range(100)])
    out = tmp_path / "lines.csv"
    out.write_text("before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(CommandError) as stopped:
            call_command("try_plan", *map(str, paths), "--out", str(out))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (stopped.value.returncode, str(stopped.value)) == (2, f"{out}: File too large")
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "events.csv", "lines.csv", "program.json"
    ]  # fmt: skip


def test_a_header_without_a_column_names_as_unknown_what_is_not_known(files, tmp_path):
    program, events = files({"plans": plans(PERCENT)}, [])
    events.write_text("kind,external_id,dealer,colour\n")

    with pytest.raises(CommandError) as stopped:
        call_command("try_plan", program, events, "--out", str(tmp_path / "lines.csv"))

    assert "Missing columns: at. Unknown columns: colour." in str(stopped.value)


@pytest.mark.parametrize("share", ["-0.1", "0.3333333", "30%", "1.1"])
def test_a_share_is_from_0_to_1(try_plan, share, capsys):
    with pytest.raises(CommandError):
        try_plan({"plans": plans(PERCENT)}, [sale("S", "1.00", owner_share=share)])

    assert f"line 2, owner_share “{share}”: Write a share from 0 to 1." in capsys.readouterr().out


def test_a_month_that_sold_for_nothing_misses_no_row_of_its_table(try_plan):
    tiers = PERCENT | {"kind": "tiers_whole"}

    assert not try_plan({"plans": plans(tiers)}, [sale("S", "0.00"), back("R", "S", "0.00")])[1:]


def test_an_event_that_is_no_sale_says_the_same_in_every_row(try_plan, capsys):
    per_unit = {"event": "service", "kind": "per_unit", "base": "units",
                "rows": [{"from": 0, "rate": "1.00"}]}  # fmt: skip
    rows = [
        sale("V", "", kind="service", category=it, quantity=n) for it, n in (("a", 1), ("b", 2))
    ]

    with pytest.raises(CommandError):
        try_plan({"plans": plans(per_unit)}, rows)

    assert "the same event with other values" in capsys.readouterr().out


def test_nothing_comes_back_before_it_was_sold(try_plan, capsys):
    events = [sale("S", "1000.00", month="03"), back("R", "S", "100.00", month="02")]

    with pytest.raises(CommandError):
        try_plan({"plans": plans(PERCENT)}, events)

    assert [line[4] for line in try_plan.lines[1:]] == ["S"]
    assert "of a later moment" in capsys.readouterr().out


@pytest.mark.parametrize(
    "component",
    [
        {"filter": {"category": ["鞋（女）"]}},
        {"kind": "matrix", "rows": [{"category": "鞋（女）", "rate": "0.03"}]},
        {"rows": [{"from": 0, "rate": "0.01"}],
         "multipliers": [{"factor": 3, "category": "鞋（女）"}]},
    ],
)  # fmt: skip
def test_a_category_is_the_same_in_both_files_whatever_its_brackets(try_plan, component):
    events = [sale("S", "1000.00", category="鞋（女）")]

    assert try_plan({"plans": plans(PERCENT | component)}, events)[1][7] == "30.00"


def test_a_target_is_whose_it_is_whatever_the_width_of_its_code(try_plan):
    kind = {"event": "paid_sale", "kind": "to_target", "rows": [{"from": 0, "rate": "0.01"}]}
    events = [sale("S", "1000.00", dealer="Ｄ１")]

    lines = try_plan({"plans": plans(kind | {"targets": {"Ｄ１": "500"}})}, events)
    assert lines[1][7] == "10.00"
    with pytest.raises(CommandError, match="use each code once"):
        try_plan({"plans": plans(kind | {"targets": {"Ｄ１": "500", "D1": "900"}})}, events)


@pytest.mark.parametrize("name", ["events.csv", "program.json"])
def test_what_is_read_is_not_written_over(files, tmp_path, name):
    paths = files({"plans": plans(PERCENT)}, [sale("S", "1000.00")])
    before = (tmp_path / name).read_bytes()

    with pytest.raises(CommandError, match="name another file") as stopped:
        call_command("try_plan", *map(str, paths), "--out", str(tmp_path / name))

    assert stopped.value.returncode == 2
    assert (tmp_path / name).read_bytes() == before


def test_amounts_of_any_length_are_written_exactly(try_plan):
    factors = [{"factor": "99999999"}] * 3
    lines = try_plan(
        {"plans": plans(PERCENT | {"multipliers": factors})}, [sale("S", "999999999999999")]
    )
    assert lines[1][7] == "29999999099999979000000869999991000000.03"  # of 39 digits


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        ({"kind": "sliding"}, 'plans[0].components[0].kind = "sliding": write one of: flat'),
        ({"place": "moon"}, "plans[0].components[0].place"),
        ({"clawback": "recompute"}, "only what is paid by period is recomputed"),
        ({"rows": [{"from": 5, "rate": 1}]}, "this kind takes one row, from 0"),
        ({"rows": [{"rate": "3"}]}, "that is more than all of the base"),
        ({"rows": []}, "write at least one row"),
        ({"period_cap": "0"}, "a cap is more than zero"),
        ({"gate": ["rich"]}, "write one of: agreement_signed, certified, data_complete"),
        ({"agreement_from": "2026-01-01"}, "only what has the gate agreement_signed has it"),
        ({"gate": "agreement_signed", "agreement_from": "soon"}, "write a day such as"),
        ({"filter": {"colour": ["red"]}}, "colour is not known"),
        ({"fee": 1}, "fee is not known"),
        ({"kind": "tiers_whole", "line_cap": "5"}, "only what is paid per event has it"),
        ({"kind": "first_n", "n": 0}, "write how many are paid"),
        ({"kind": "to_target"}, "write an amount above 0"),
        ({"per": ["dealer"]}, 'per = ["dealer"]: write one of: dealer'),
        ({"event": "visit", "place": "own"}, "only sales have a place"),
        ({"n": 3}, "components[0].n = 3: only first_n has it"),
        ({"target": "100"}, "only to_target has it"),
        ({"targets": {"D1": "100"}}, "only to_target has it"),
        ({"order": 1}, "only what is in a group has it"),
        ({"pays_zero": True}, "only what is paid by count, units or margin of a sale has it"),
        ({"window": "quarter"}, "only tiers, targets, bonuses, first_n and a period_cap have it"),
        ({"event": "visit", "clawback_days": 30}, "only sales come back"),
        ({"event": "visit", "to": "seller"}, "only sales have a seller"),
        ({"minimum": "1", "order_floor": "2"}, "it is another word for the floor"),
        (
            {"multipliers": [{"factor": "2", "from": "2017-03-02", "until": "2017-03-02"}]},
            'multipliers[0].until = "2017-03-02": write a day after from',
        ),
    ],
)
def test_a_program_is_refused_with_the_place_of_each_problem(try_plan, component, problem):
    with pytest.raises(CommandError, match="plans") as stopped:
        try_plan({"plans": plans(PERCENT | component)}, [])

    assert stopped.value.returncode == 2
    assert problem in str(stopped.value)
    assert try_plan.lines is None


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        (
            {"period_cap": "5.001"},
            'period_cap = "5.001": write a number of zero or more with at most 2 decimals',
        ),
        ({"kind": "first_n", "n": "2"}, 'n = "2": write how many are paid, 1 or more'),
        (
            {"kind": "to_target", "target": "-1"},
            'target = "-1": write a number of zero or more with at most 2 decimals',
        ),
    ],
)
def test_a_problem_is_named_once(try_plan, component, problem):
    with pytest.raises(CommandError) as stopped:
        try_plan({"plans": plans(PERCENT | component)}, [])

    assert str(stopped.value) == f"plans[0].components[0].{problem}"


def test_what_holds_anyway_may_be_said(try_plan):
    usual = {"window": "month", "to": "owner", "clawback": "original_rate", "pays_zero": False}

    assert try_plan({"plans": plans(PERCENT | usual)}, [sale("S", "1000.00")])


def test_a_quarter_has_one_version(try_plan):
    tiers = {"event": "paid_sale", "kind": "tiers_whole", "window": "quarter",
             "rows": [{"rate": "0.01"}]}  # fmt: skip

    with pytest.raises(CommandError, match="a version starts with the quarter or year that c0"):
        try_plan({"plans": plans(tiers) + plans(tiers, **{"from": "2017-02-01"})}, [])
    assert try_plan(
        {"plans": plans(tiers) + plans(tiers, **{"from": "2017-04-01"})}, [sale("S", "1000.00")]
    )


def test_a_code_of_several_plans_is_told_apart(try_plan):
    both = plans(PERCENT) + plans(PERCENT, code="q")

    head, *lines = try_plan({"plans": both}, [sale("S", "1000.00")])

    assert head[-1] == "plan"
    assert [(line[1], line[-1]) for line in lines] == [("c0", "p"), ("c0", "q")]
    assert "plan" not in try_plan({"plans": plans(PERCENT)}, [sale("S", "1000.00")])[0]


def test_shares_and_multipliers_stand_at_the_end(try_plan):
    """So base x rate x multiplier x share is what stands there, before caps and rounding."""
    shared = PERCENT | {
        "by_share": True, "to": "seller",
        "multipliers": [{"factor": "2.50", "category": "A"}, {"factor": "2", "level": "gold"}],
    }  # fmt: skip
    of_both = {"sold_by": "other", "seller": "D2", "owner_share": "0.3"}
    events = [
        sale("S", "1000.00", level="gold", category="A", **of_both),
        sale("T", "100.00", category="B", **of_both),
        back("R", "S", "100.00", month="04"),
    ]

    head, *lines = try_plan({"plans": plans(shared)}, events)

    assert head[-3:] == ["reason", "share", "multiplier"]
    assert [line[4:8] + line[-2:] for line in lines] == [
        ["S", "1000.00", "0.03", "105.00", "0.7", "5"],
        ["T", "100.00", "0.03", "2.10", "0.7", "1"],
        ["R", "-100.00", "", "-10.50", "", ""],
    ]

    head, *lines = try_plan({"plans": plans(PERCENT) + plans(shared, code="q")}, events)

    assert head[-3:] == ["share", "multiplier", "plan"]
    assert ["", "", "p"] in [line[-3:] for line in lines]


def test_a_group_is_one_of_its_plan(try_plan):
    grouped = PERCENT | {"group": "g"}

    _head, *lines = try_plan(
        {"plans": plans(grouped) + plans(grouped, code="q")}, [sale("S", "1000.00")]
    )

    assert [line[-2:] for line in lines] == [["", "p"], ["", "q"]]


def test_a_seller_of_its_own_customer_is_paid_once(try_plan):
    """Shares of a sale total 100 %: the owner who sells has it all, as the owner."""
    whole = {"event": "paid_sale", "kind": "percent", "by_share": True,
             "rows": [{"rate": "0.10"}]}  # fmt: skip

    _head, *lines = try_plan(
        {"plans": plans([whole, whole | {"to": "seller"}])},
        [sale("S", "1000.00"), sale("T", "1000.00", sold_by="other", seller="D2",
                                    owner_share="0.3")],
    )  # fmt: skip

    assert [(line[2], line[4], line[7]) for line in lines] == [
        ("D1", "S", "100.00"), ("D1", "T", "30.00"), ("D2", "T", "70.00")
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Mars/Base", 5, None, "../x", ""])
def test_a_time_zone_is_one(try_plan, name):
    with pytest.raises(CommandError, match="write a time zone such as Asia/Shanghai"):
        try_plan({"timezone": name, "plans": plans(PERCENT)}, [])


def test_a_file_that_is_none_is_refused(try_plan, files, tmp_path):
    for text in ("{", "[]", '{"plans": 3}'):
        with pytest.raises(CommandError) as stopped:
            try_plan(text, [])
        assert stopped.value.returncode == 2
    with pytest.raises(CommandError, match="There is no file"):
        call_command("try_plan", str(files({"plans": plans(PERCENT)}, [])[0]),
                     str(tmp_path / "none.csv"), "--out", str(tmp_path / "o.csv"))  # fmt: skip


def test_reasons_are_said_in_words(try_plan, capsys):
    try_plan({"plans": plans(PERCENT | {"period_cap": "5"})}, [sale("S", "1000.00")])

    words = capsys.readouterr().out.splitlines()
    assert words[0] == "c0: a share of each event"
    assert words[1].startswith("period_cap: the cap of the period counts")


def test_every_reason_has_words():
    named = " ".join(program.__doc__.split("Reasons in LINES.csv")[1].split())

    assert all(f"``{code}``" in named for code in REASONS)
