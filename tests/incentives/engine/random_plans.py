"""Random programs and files of events, as small as shows a fault."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.incentives.engine.facts import CHINA

Row = dict[str, Any]
FIRST = date(2017, 1, 1)
RATES = st.sampled_from(["0.1", "0.333333", "0.07", "0.015"])
AMOUNTS = st.sampled_from(["3.33", "10", "0.05"])
CAPS = st.sampled_from(["7.77", "20.00", "100.00"])
TIERED = ["tiers_marginal", "tiers_whole", "to_target", "threshold_bonus"]
GATES = [["agreement_signed"], ["data_complete"], ["data_complete", "agreement_signed"]]
FIRST_VERSION, SECOND_VERSION = "2016-07-01", "2016-10-01"  # first days of the agreement's
BY_EVENT = ["flat", "percent", "per_unit", "first_n", "decay", "matrix", "by_place"]


@dataclass(frozen=True)
class Choice:
    """What a property wants to have in its plans."""

    kinds: tuple[str, ...] = (*BY_EVENT, *TIERED)
    shared_caps: bool = True
    withhold: bool = False


@st.composite
def components(draw: Any, code: str, choice: Choice) -> Row:
    kind = draw(st.sampled_from(choice.kinds))
    terms: Row = {"code": code, "kind": kind, "event": "rank"}
    if kind != "by_place":
        terms["event"] = "paid_sale"
        terms["place"] = draw(st.sampled_from(["any", "own", "own_or_sister"]))
    if kind in TIERED:
        terms |= draw(period_terms(kind))
    else:
        terms |= draw(event_terms(kind))
    if choice.shared_caps and draw(st.booleans()):
        terms["period_cap"] = draw(CAPS)
    if draw(st.integers(0, 3)) == 0:
        terms["gate"] = draw(st.sampled_from(GATES))
        if "agreement_signed" in terms["gate"] and draw(st.booleans()):
            terms["agreement_from"] = SECOND_VERSION
    if choice.withhold and draw(st.booleans()):
        terms["withhold"] = draw(st.sampled_from(["0.1", "0.333333"]))
    return terms


@st.composite
def event_terms(draw: Any, kind: str) -> Row:
    rate = AMOUNTS if kind in ("flat", "per_unit", "first_n", "by_place") else RATES
    terms: Row = {"rows": [{"rate": draw(rate)}]}
    if kind == "first_n":
        terms["n"] = draw(st.integers(1, 3))
    if kind == "decay":
        terms["rows"] = [{"from": start, "rate": draw(RATES)} for start in ("0", "30", "60")]
    if kind == "by_place":
        terms["rows"] = [{"from": start, "rate": draw(AMOUNTS)} for start in ("1", "2", "4")]
    if kind == "matrix":
        terms["rows"] += [{"level": "gold", "rate": draw(RATES)}]
        terms["rows"] += [{"category": "A", "rate": draw(RATES)}]
    for limit in ("line_cap", "line_floor", "order_cap", "minimum"):
        if draw(st.integers(0, 4)) == 0:
            terms[limit] = draw(st.sampled_from(["2.00", "5.55", "30.00"]))
    if draw(st.booleans()):
        # What counts an event has no category of its own, where it has lines of two.
        whole = kind in ("flat", "first_n", "by_place")
        by = {"level": "gold"} if whole else {"category": "A"}
        terms["multipliers"] = [{"factor": draw(st.sampled_from(["1.5", "0.5"])), **by}]
    if kind in ("flat", "percent") and draw(st.booleans()):
        terms["by_share"] = True
        terms["to"] = draw(st.sampled_from(["owner", "seller"]))
    return terms


@st.composite
def period_terms(draw: Any, kind: str) -> Row:
    starts = ("0", "0.5", "1") if kind == "to_target" else ("0", "100", "500")
    rates = AMOUNTS if kind == "threshold_bonus" else RATES
    terms: Row = {"rows": [{"from": start, "rate": draw(rates)} for start in starts]}
    if kind == "to_target":
        terms["target"] = draw(st.sampled_from(["100", "333.33"]))
    terms["clawback"] = draw(st.sampled_from(["recompute", "original_rate"]))
    return terms


@st.composite
def programs(draw: Any, choice: Choice) -> Row:
    plan: Row = {
        "code": "p",
        "name": "Plan",
        "from": "2017-01-01",
        "direction": draw(st.sampled_from(["brand_pays", "dealer_pays"])),
        "components": [draw(components(f"c{n}", choice)) for n in range(draw(st.integers(1, 3)))],
    }
    # Under one cap of all components, what each withholds by a share of its own cannot add up.
    if choice.shared_caps and not choice.withhold and draw(st.integers(0, 3)) == 0:
        plan["beneficiary_cap"] = draw(CAPS)
    return {"currency": "CNY", "plans": [plan]}


def moment(day: date, hour: int = 10) -> str:
    return datetime.combine(day, time(hour), CHINA).isoformat()


def cents(value: int) -> str:
    return str(Decimal(value).scaleb(-2))


@st.composite
def sales(draw: Any, number: int) -> list[Row]:
    """The rows of a sale: one or two categories."""
    day = FIRST + timedelta(days=draw(st.integers(0, 88)))
    sold_by = draw(st.sampled_from(["own", "sister", "online", "other"]))
    event: Row = {
        "kind": "sale",
        "external_id": f"o{number}",
        "at": moment(day, draw(st.integers(8, 11))),
        "dealer": draw(st.sampled_from("DE")),
        "seller": "B" if sold_by == "other" else "",
        "sold_by": sold_by,
        "owner_share": draw(st.sampled_from(["0.3", "0.333333", "0.5"]))
        if sold_by == "other"
        else "1",
        "level": draw(st.sampled_from(["gold", "silver"])),
        "agreement_signed": draw(st.sampled_from(["yes", "no"])),
        "agreement_from": draw(st.sampled_from(["", FIRST_VERSION, SECOND_VERSION])),
        "data_complete": draw(st.sampled_from(["yes", "no"])),
        "owned_since": moment(FIRST - timedelta(days=draw(st.integers(0, 60)))),
    }
    categories = draw(st.sampled_from(["A", "B", "AB"]))
    return [
        event
        | {
            "category": category,
            "quantity": draw(st.integers(1, 4)),
            "net": cents(draw(st.integers(1, 90_000))),
        }
        for category in categories
    ]


def whole_return(sale: list[Row], number: int, at: str) -> list[Row]:
    """All of a sale comes back at once."""
    kept = ("dealer", "seller", "sold_by", "level", "category", "quantity", "net")
    return [
        {name: row[name] for name in kept}
        | {"kind": "return", "external_id": f"b{number}", "at": at}
        | {"returns": row["external_id"]}
        for row in sale
    ]


@st.composite
def returns(draw: Any, sale: list[Row], number: int) -> list[Row]:
    """Some or all of a sale, once or twice, in its month or a later one."""
    day = datetime.fromisoformat(sale[0]["at"]).date()
    rows: list[Row] = []
    left = [dict(row) for row in sale]
    for n in range(draw(st.integers(0, 2))):
        day += timedelta(days=draw(st.integers(0, 40)))
        part = []
        for row in left:
            units = draw(st.integers(0, row["quantity"]))
            available = int(Decimal(row["net"]) * 100)
            net = draw(st.integers(0, available))
            part.append(row | {"quantity": units, "net": cents(net)})
            row["quantity"] -= units
            row["net"] = cents(available - net)
        rows += whole_return(part, 10 * number + n, moment(day, 12 + n))
    return rows


@st.composite
def places(draw: Any, number: int) -> Row:
    """A place on a ranking, which nothing takes back."""
    return {
        "kind": "rank",
        "external_id": f"k{number}",
        "at": moment(FIRST + timedelta(days=draw(st.integers(0, 88))), 9),
        "dealer": draw(st.sampled_from("DE")),
        "quantity": draw(st.integers(1, 5)),
        "level": draw(st.sampled_from(["gold", "silver"])),
        "agreement_signed": draw(st.sampled_from(["yes", "no"])),
        "agreement_from": draw(st.sampled_from(["", FIRST_VERSION, SECOND_VERSION])),
        "data_complete": draw(st.sampled_from(["yes", "no"])),
    }


@st.composite
def files(draw: Any) -> list[Row]:
    """Sales, what comes back of them, and places on rankings."""
    rows: list[Row] = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        sale = draw(sales(number))
        rows += sale + draw(returns(sale, number))
    return rows + [draw(places(number)) for number in range(draw(st.integers(0, 3)))]
