"""Computes anew whose customer each order found, what each month paid, and the boards of sales.

    python tests/recompute_year.py FILES EXPORTS

Plain Python, and nothing of the portal's. FILES has what was imported into an empty portal:
program.json, network.csv, then registrations.csv and orders.csv by import_history. EXPORTS has
what the commands wrote once every month was closed, each file with its moment in its name:
ownership-2017-03-28T120000Z.csv, orders-2017-03.csv, statements-2017-03.csv and, of stores and of
dealers, board-net_sales-store-2017-03.csv. Prints rows, equal, different, and the first
differences of each kind; exit 1 if there is one.

It refuses a rulebook with duties, caps or visits that renew, and knows sales paid to the owner by
percent of an order or by marginal tiers of a month, and one cohort.
"""

import csv
import json
import math
import sys
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from pathlib import Path
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

ZERO, Z = Decimal(0), "%Y-%m-%dT%H:%M:%SZ"
# What a component's ``place`` covers, in the words of an order's case.
CASES = {"other": {"other"}, "own_or_sister": {"own", "sister"}}
OFF = ("visit_qualifies", "max_days_without_sale", "first_contact_hours", "caps")
CLAWBACKS = {"percent": "original_rate", "tiers_marginal": "recompute"}
moment = datetime.fromisoformat
type Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Store:
    code: str
    dealer: str
    zone: ZoneInfo

    def unit(self, unit: str) -> str:
        return self.code if unit == "store" else self.dealer

    def month(self, at: datetime) -> str:
        return f"{self.day(at):%Y-%m}"

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def end_of_day(self, at: datetime, days: int) -> datetime:
        """When the local day ends that is ``days`` after the day of ``at``."""
        after = self.day(at) + timedelta(days=days + 1)
        return datetime.combine(after, time(), self.zone).astimezone(UTC)


NOBODY = Store("", "", ZoneInfo("Asia/Shanghai"))


@dataclass(slots=True)
class Ownership:
    registration: str
    store: Store
    starts: datetime
    ends: datetime
    sales: "list[Order]" = field(default_factory=list)


@dataclass(slots=True)
class Order:
    source: str
    number: str
    kind: str
    at: datetime
    place: str
    phone: str
    net: Decimal = ZERO
    # For a return: what it takes back of each sale.
    parts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    owner: Store = NOBODY
    case: str = "none"

    def month(self) -> str:
        return self.owner.month(self.at)


@dataclass(slots=True)
class Sum:
    """A row of a statement."""

    lines: int = 0
    base: Decimal = ZERO
    amount: Decimal = ZERO

    def add(self, base: Decimal, amount: Decimal = ZERO, lines: int = 1) -> None:
        self.lines += lines
        self.base += base
        self.amount += amount


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def normal(phone: str) -> str:
    """The number's digits with the country; mobile numbers of the mainland may leave it out."""
    digits = "".join(it for it in unicodedata.normalize("NFKC", phone) if it.isdecimal())
    digits = digits.lstrip("0")
    return f"86{digits}" if len(digits) == 11 and digits.startswith("1") else digits


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def orders_of(path: Path) -> list[Order]:
    orders: dict[tuple[str, str, str], Order] = {}
    for row in rows_of(path):
        key = (row["source"], row["external_id"], row["kind"])
        if (order := orders.get(key)) is None:
            at, phone = moment(row["ordered_at"]), normal(row["phone"])
            order = orders[key] = Order(*key, at, row["place"], phone)
        order.net += Decimal(row["net"])
        if order.kind == "return":
            order.parts[row["returns_external_id"]] += Decimal(row["net"])
    return list(orders.values())


def in_tiers(component: dict[str, Any], base: Decimal) -> Decimal:
    amount, before = ZERO, ZERO
    for row in component["rows"]:
        rate = Decimal(row["rate"])
        amount += max(ZERO, base - Decimal(row["from"])) * (rate - before)
        before = rate
    cap = component.get("period_cap")
    return rounded(amount if cap is None else min(amount, Decimal(cap)))


class Year:
    """Registrations and orders in the order of time, and all that the exports say of them."""

    def __init__(self, files: Path) -> None:
        program = json.loads((files / "program.json").read_text(encoding="utf-8"))
        self.rulebook = program["rulebook"]
        if asked := [name for name in OFF if self.rulebook.get(name)]:
            raise SystemExit(f"not a rulebook this check knows: {', '.join(asked)}")
        self.stores = {
            it["store_code"]: Store(it["store_code"], it["dealer_code"], ZoneInfo(it["timezone"]))
            for it in rows_of(files / "network.csv")
        }
        self.ownerships: list[Ownership] = []
        self.last: dict[str, Ownership] = {}  # of each number
        self.orders = orders_of(files / "orders.csv")
        self.replay(rows_of(files / "registrations.csv"))
        self.sales = {(it.source, it.number): it for it in self.orders if it.kind == "sale"}
        # Each part of a return, with the sale that it takes back from and whoever that was of.
        self.taken_back = []
        for back in sorted(self.orders, key=lambda it: it.at):
            for number, net in back.parts.items():
                sale = self.sales[back.source, number]
                back.owner, back.case = sale.owner, sale.case
                self.taken_back.append((sale, back, net))
        self.months: dict[str, dict[Row, Sum]] = defaultdict(lambda: defaultdict(Sum))
        for plan in program["plans"]:
            for component in plan["components"]:
                self.pay(component)

    def replay(self, registrations: Iterable[dict[str, str]]) -> None:
        # A registration goes before an order of the same instant.
        claims = ((moment(it["registered_at"]), 0, it) for it in registrations)
        sales = ((it.at, 1, it) for it in self.orders if it.kind == "sale")
        for at, is_sale, it in sorted(chain(claims, sales), key=lambda event: event[:2]):
            if is_sale:
                self.attribute(it)
            elif it["consent_service"] == "yes":
                self.register(at, it)

    def register(self, at: datetime, row: dict[str, str]) -> None:
        phone, store = normal(row["phone"]), self.stores[row["store_code"]]
        running = self.last.get(phone)
        if running is None or at >= running.ends:
            running = self.last[phone] = Ownership(
                row["external_id"], store, at.astimezone(UTC), at
            )
            self.ownerships.append(running)
            self.protect(running, at, self.rulebook["protection_days"])

    def protect(self, ownership: Ownership, at: datetime, days: int) -> None:
        """Ends only ever move later."""
        ends = ownership.store.end_of_day(at, days + self.rulebook["grace_days"])
        ownership.ends = max(ownership.ends, ends)

    def attribute(self, order: Order) -> None:
        running = self.last.get(order.phone)
        if running is None or order.at >= running.ends:
            return
        order.owner = running.store
        running.sales.append(order)
        if order.place == "ONLINE":
            order.case = "online"
        elif order.place == running.store.code:
            order.case = "own"
        elif self.stores[order.place].dealer == running.store.dealer:
            order.case = "sister"
        else:
            order.case = "other"
        # A sale of nothing is none that was paid.
        if order.net > 0 and order.case != "other":
            self.protect(running, order.at, self.rulebook["sale_renews_days"])

    def book(self, month: str, dealer: str, code: str, row: Sum) -> None:
        for component in (code, "TOTAL"):
            self.months[month][dealer, component].add(row.base, row.amount, row.lines)

    def pay(self, component: dict[str, Any]) -> None:
        fits = CLAWBACKS.get(component["kind"]) == component["clawback"]
        if not fits or component["return_window_days"]:
            raise SystemExit(f"not a component this check knows: {component['code']}")
        cases = CASES[component["place"]]
        # One of 0.00 is a line as well, with nothing on it.
        sales = [it for it in self.sales.values() if it.case in cases]
        taken = [it for it in self.taken_back if it[0].case in cases and it[0].net]
        way = self.percent if component["kind"] == "percent" else self.tiers
        way(component, sales, taken)

    def percent(self, component: dict[str, Any], sales: list[Order], taken: list[Any]) -> None:
        """Once an order; a return takes back its part of what that order paid."""
        code, rate = component["code"], Decimal(component["rows"][0]["rate"])
        for sale in sales:
            paid = rounded(sale.net * rate)
            self.book(sale.month(), sale.owner.dealer, code, Sum(1, sale.net, paid))
        before: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for sale, back, net in taken:
            key, paid = (sale.source, sale.number), rounded(sale.net * rate)
            # By what came back so far, so that the parts are the whole.
            claw = rounded(paid * (before[key] + net) / sale.net)
            claw -= rounded(paid * before[key] / sale.net)
            before[key] += net
            self.book(back.month(), sale.owner.dealer, code, Sum(1, -net, -claw))

    def tiers(self, component: dict[str, Any], sales: list[Order], taken: list[Any]) -> None:
        """Once a month and dealer; a later return books the difference that it makes."""
        code = component["code"]
        months: dict[tuple[str, str], Sum] = defaultdict(Sum)
        later: dict[tuple[str, str, str], Sum] = defaultdict(Sum)
        for sale in sales:
            months[sale.month(), sale.owner.dealer].add(sale.net)
        for sale, back, net in taken:
            if sale.month() == back.month():
                months[sale.month(), sale.owner.dealer].add(-net)
            else:
                later[back.month(), sale.month(), sale.owner.dealer].add(-net)
        for (month, dealer), row in months.items():
            row.amount = in_tiers(component, row.base)
            self.book(month, dealer, code, row)
        for (booked, month, dealer), row in sorted(later.items()):
            closed = months[month, dealer]
            closed.base += row.base
            before, closed.amount = closed.amount, in_tiers(component, closed.base)
            row.amount = closed.amount - before
            self.book(booked, dealer, f"{code}-adjustment", row)

    def ownership_rows(self, name: str) -> dict[Row, Row]:
        at = moment(name)
        return {
            (it.registration,): (
                it.store.dealer,
                it.store.code,
                f"{it.starts:{Z}}",
                f"{it.ends:{Z}}",
            )
            for it in self.ownerships
            if it.starts <= at < it.ends
        }

    def orders_rows(self, month: str) -> dict[Row, Row]:
        found = {}
        for it in self.orders:
            store = it.owner if it.case != "none" else self.stores.get(it.place, NOBODY)
            if store.month(it.at) == month:
                whose = (it.owner.dealer, it.owner.code)
                found[it.source, it.number, it.kind] = (it.place, *whose, it.case)
        return found

    def statements_rows(self, month: str) -> dict[Row, Row]:
        return {
            key: (str(it.lines), f"{it.base:.2f}", f"{it.amount:.2f}", "on_statement")
            for key, it in self.months[month].items()
        }

    def board_rows(self, name: str) -> dict[Row, Row]:
        """A unit with an event is on it; ranked are rates of at least 30, by their lower bound."""
        metric, unit, month = name.split("-", 2)
        if metric == "conversion":
            rates = self.conversion(unit, month)
            said = {code: f"{Decimal(won) / of:.6f}" for code, (won, of) in rates.items()}
            ranked = {code: lower_bound(*it) for code, it in rates.items() if it[1] >= 30}
        else:
            ranked = self.sold(metric, unit, month)
            said = {code: f"{value:.2f}" for code, value in ranked.items()}
        order = sorted(ranked.values())
        of, found = len(order), {}
        for code, value in said.items():
            rank = share = ""
            if code in ranked:
                rank = str(of - bisect_right(order, ranked[code]) + 1)  # one more than are better
                # The part of the others that stand below.
                below = Decimal(bisect_left(order, ranked[code]))
                share = f"{rounded(100 * below / max(of - 1, 1)):.2f}"
            found[code,] = (value, rank, str(of), share)
        return found

    def sold(self, metric: str, unit: str, month: str) -> dict[str, Decimal]:
        values: dict[str, Decimal] = defaultdict(Decimal)
        if metric not in {"net_sales", "owned_sales"}:
            raise SystemExit(f"not a board this check knows: {metric}")
        for order in self.orders:
            place = self.stores.get(order.place, NOBODY)
            store = order.owner if metric == "owned_sales" else place
            if store.code and store.month(order.at) == month:
                values[store.unit(unit)] += order.net if order.kind == "sale" else -order.net
        return values

    def conversion(self, unit: str, month: str) -> dict[str, tuple[int, int]]:
        """Of the registrations 30 to 89 days before its last day, those who bought, and all."""
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        kept = {key: sale.net for key, sale in self.sales.items()}
        for sale, back, net in self.taken_back:
            if sale.owner.day(back.at) <= last:
                kept[sale.source, sale.number] -= net
        won, mature = Counter(), Counter()
        for it in self.ownerships:
            store = it.store
            if 30 <= (last - store.day(it.starts)).days <= 89:
                mature[store.unit(unit)] += 1
                sold = [o for o in it.sales if store.day(o.at) <= last]
                won[store.unit(unit)] += any(kept[o.source, o.number] > 0 for o in sold)
        return {code: (won[code], of) for code, of in mature.items()}


def lower_bound(won: int, of: int) -> float:
    """Of the 90 % Wilson interval; the last digits of a float are nobody's place."""
    z, p = NormalDist().inv_cdf(0.95), won / of
    spread = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return round((p + z * z / (2 * of) - spread) / (1 + z * z / of), 12)


# What an export's rows are told apart by, before the bar, and what they say.
COLUMNS = {
    "ownership": "external_id | dealer_code store_code starts_at ends_at",
    "orders": "source external_id kind | place owner_dealer owner_store case",
    "statements": "dealer_code component | lines base amount state",
    "board": "code | value rank of percentile",
}


def exported(path: Path, kind: str) -> dict[Row, Row]:
    keys, figures = (names.split() for names in COLUMNS[kind].split("|"))
    return {
        tuple(row[name] for name in keys): tuple(row[name] for name in figures)
        for row in rows_of(path)
    }


def main(files: Path, exports: Path) -> int:
    year = Year(files)
    rows, wrong = Counter(), defaultdict(list)
    for path in sorted(exports.glob("*-*.csv")):
        kind, _dash, name = path.stem.partition("-")
        theirs, ours = exported(path, kind), getattr(year, f"{kind}_rows")(name)
        for key in sorted(theirs.keys() | ours.keys()):
            rows[kind] += 1
            if theirs.get(key) != ours.get(key):
                wrong[kind].append((path.stem, key, theirs.get(key), ours.get(key)))
    lines = [f"{'export':<12}{'rows':>10}{'equal':>10}{'different':>10}"]
    for kind, count in rows.items():
        differ = len(wrong[kind])
        lines.append(f"{kind:<12}{count:>10,}{count - differ:>10,}{differ:>10,}")
    for name, key, *both in (each for found in wrong.values() for each in found[:20]):
        said, anew = (" ".join(it or "-" for it in row or ["no row"]) for row in both)
        lines.append(f"  {name} {' '.join(key)}: {said}; computed anew: {anew}")
    sys.stdout.write("\n".join([*lines, ""]))
    return 1 if any(wrong.values()) or not rows else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
