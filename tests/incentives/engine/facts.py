"""Events and programs as the plain reference reads them from their files."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CHINA = timezone(timedelta(hours=8))
DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0}
OF_A_PERIOD = {"tiers_marginal", "tiers_whole", "to_target", "threshold_bonus"}
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
BASES = {"flat": "count", "first_n": "count", "by_place": "count", "per_unit": "units"}

Row = dict[str, Any]


def half_up(value: Fraction, places: int = 2) -> Fraction:
    """Rounded to the minor unit, a half away from zero."""
    scaled = abs(value) * 10**places
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Fraction(whole if value >= 0 else -whole, 10**places)


def split(whole: Fraction, shares: list[Fraction], places: int = 2) -> list[Fraction]:
    """Parts by largest remainder, the first where two are alike: they add up to the whole."""
    unit = Fraction(1, 10**places)
    exact = [whole * share / sum(shares) for share in shares]
    parts = [(part / unit).__floor__() * unit for part in exact]
    over = int((half_up(whole, places) - sum(parts)) / unit)
    largest = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in largest[:over]:
        parts[n] += unit
    return parts


def money(terms: Row, name: str) -> Fraction | None:
    return None if terms.get(name) is None else Fraction(str(terms[name]))


def between(amount: Fraction, floor: Fraction | None, cap: Fraction | None) -> Fraction:
    """An amount above a floor and under a cap; the cap has the last word."""
    amount = amount if floor is None else max(amount, floor)
    return amount if cap is None else min(amount, cap)


@dataclass
class Line:
    """One category of an event."""

    category: str
    quantity: Fraction
    net: Fraction
    margin: Fraction


def total(name: str, lines: Iterable[Line]) -> Fraction:
    """The sum of a column."""
    return sum((getattr(line, name) for line in lines), Fraction(0))


@dataclass
class Event:
    """A fact with all its lines; ``day`` and ``month`` are the program's local ones."""

    kind: str
    id: str
    at: datetime
    recorded_at: datetime
    facts: Row
    lines: list[Line] = field(default_factory=list)

    @cached_property
    def day(self) -> date:
        return self.at.date()

    @cached_property
    def month(self) -> date:
        return self.day.replace(day=1)

    @cached_property
    def known_in(self) -> date:
        return max(self.month, self.recorded_at.date().replace(day=1))

    @property
    def order(self) -> tuple[datetime, bool, str]:
        """Earlier event first, a sale before a return of the same instant, then the id."""
        return self.at, self.kind == "return", self.id

    def measured(self, base: str, counted: Iterable[Line]) -> Fraction:
        """The sum of a base over the lines that count."""
        if base == "count":
            return Fraction(1)
        name = {"units": "quantity"}.get(base, base)
        return total(name, counted)


def read_events(path: Path, zone: Any = CHINA) -> list[Event]:
    """The events of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return events_of(csv.DictReader(file), zone)


def events_of(rows: Iterable[Row], zone: Any = CHINA) -> list[Event]:
    """Lines of one kind and id together, times in the program's zone."""
    found: dict[tuple[str, str], Event] = {}
    for row in rows:
        key = row["kind"], row["external_id"]
        at = datetime.fromisoformat(row["at"]).astimezone(zone)
        recorded_at = datetime.fromisoformat(row.get("recorded_at") or row["at"]).astimezone(zone)
        event = found.setdefault(key, Event(*key, at, recorded_at, row))
        numbers = [Fraction(row.get(name) or 0) for name in ("quantity", "net", "margin")]
        event.lines.append(Line(row.get("category") or "", *numbers))
    events = sorted(found.values(), key=lambda event: event.order)
    for sale in events:
        if sale.kind == "sale":
            name_categories(sale, [e for e in events if e.facts.get("returns") == sale.id])
    return events


def name_categories(sale: Event, returns: list[Event]) -> None:
    """A return of no category is of what is left of each category of its sale."""
    left = {category: sold(sale.lines, category) for category in {x.category for x in sale.lines}}
    for event in sorted(returns, key=lambda event: (event.known_in, event.order)):
        left = {it: less(numbers, sold(event.lines, it)) for it, numbers in left.items()}
        unnamed = [line for line in event.lines if not line.category and "" not in left]
        event.lines = [line for line in event.lines if line not in unnamed]
        whole = [total(name, unnamed) for name in ("quantity", "net")]
        all_left = [sum(numbers) for numbers in zip(*left.values(), strict=True)]
        for category, numbers in left.items() if unnamed else ():
            part = [
                number * mine / everything if everything else Fraction(0)
                for number, mine, everything in zip(whole, numbers, all_left, strict=True)
            ]
            left[category] = less(numbers, part)
            event.lines.append(Line(category, *part, Fraction(0)))


def sold(lines: Iterable[Line], category: str) -> list[Fraction]:
    """Units and money of a category."""
    mine = [line for line in lines if line.category == category]
    return [total("quantity", mine), total("net", mine)]


def less(numbers: list[Fraction], others: list[Fraction]) -> list[Fraction]:
    return [max(one - other, Fraction(0)) for one, other in zip(numbers, others, strict=True)]


@dataclass
class Component:
    """A component of one version of a plan, with the time in which that version applies."""

    terms: Row
    plan: Row
    since: date
    until: date | None
    position: int

    def __getitem__(self, name: str) -> Any:
        return self.terms.get(name)

    def money(self, name: str) -> Fraction | None:
        return None if self[name] is None else Fraction(str(self[name]))

    @property
    def key(self) -> tuple[str, str]:
        """What versions of a component have in common."""
        return self.plan["code"], self["code"]

    @property
    def kind(self) -> str:
        return self["kind"]

    @property
    def base(self) -> str:
        return self["base"] or BASES.get(self.kind, "net")

    @property
    def of_a_period(self) -> bool:
        return self.kind in OF_A_PERIOD

    @property
    def recomputes(self) -> bool:
        usual = "recompute" if self.of_a_period else "original_rate"
        return (self["clawback"] or usual) == "recompute"

    @property
    def sign(self) -> int:
        return -1 if self.plan.get("direction") == "dealer_pays" else 1

    def period(self, month: date) -> date:
        """The first month of the window that a month is in."""
        months = MONTHS_OF[self["window"] or "month"]
        return month.replace(month=(month.month - 1) // months * months + 1)

    @property
    def rows(self) -> list[Row]:
        return sorted(self["rows"], key=lambda row: Fraction(str(row.get("from", 0))))

    def of_a_sum(self, measured: Fraction, who: str) -> Fraction:
        """The exact amount for what was measured in a period."""
        rows = [(Fraction(str(r.get("from", 0))), Fraction(str(r["rate"]))) for r in self.rows]
        reached = measured
        if self.kind == "to_target":
            target = (self["targets"] or {}).get(who, self["target"])
            if target is None:
                return Fraction(0)
            reached = measured / Fraction(str(target))
        if self.kind == "tiers_marginal":
            ends = [start for start, _rate in rows[1:]] + [max(measured, rows[-1][0])]
            return sum(
                (
                    max(min(measured, end) - start, Fraction(0)) * rate
                    for (start, rate), end in zip(rows, ends, strict=True)
                ),
                Fraction(0),
            )
        rates = [rate for start, rate in rows if start <= reached]
        if not rates:
            return Fraction(0)
        return rates[-1] if self.kind == "threshold_bonus" else measured * rates[-1]

    def floor_of(self, result: str) -> Fraction | None:
        """The floor of an order's or a period's result; ``minimum`` is another word for it."""
        mine = "period" if self.of_a_period else "order"
        return self.money(f"{result}_floor") or (self.money("minimum") if result == mine else None)


class Program:
    """The plans of a program file, one version after the other."""

    def __init__(self, data: Row) -> None:
        self.places = DECIMALS.get(data.get("currency", "CNY"), 2)
        self.zone = ZoneInfo(data["timezone"]) if data.get("timezone") else CHINA
        self.plans: dict[str, list[Row]] = defaultdict(list)
        for plan in data["plans"]:
            self.plans[plan["code"]].append(plan)
        self.components: list[Component] = []
        for versions in self.plans.values():
            versions.sort(key=lambda plan: plan["from"])
            for n, plan in enumerate(versions):
                ends = [v["from"] for v in versions[n + 1 : n + 2]]
                ends += [plan["until"]] if plan.get("until") else []
                until = date.fromisoformat(min(ends)) if ends else None
                for terms in plan["components"]:
                    since = date.fromisoformat(plan["from"])
                    self.components.append(
                        Component(terms, plan, since, until, len(self.components))
                    )

    def began(self, code: str) -> date:
        return date.fromisoformat(self.plans[code][0]["from"])

    def highest(self, component: Component, name: str, month: date) -> Fraction | None:
        """The highest cap of the versions that apply in a month; none where one has none."""
        following = (month + timedelta(days=32)).replace(day=1)
        shared = [
            each
            for each in self.components
            if each.key == component.key
            and each.since < following
            and (each.until is None or each.until > month)
        ] or [component]
        caps = [each.money(name) for each in shared]
        return None if None in caps else max(cap for cap in caps if cap is not None)
