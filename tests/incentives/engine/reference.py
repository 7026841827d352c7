"""What a plan pays for a file of events: slow, plain Python, written from the written rules alone.

It shares nothing with the engine and is what the engine is held against. Each month in which
something was recorded is closed in turn: everything known by then is computed anew from the start,
and what was booked before is taken off. Exact fractions; rounded half up, once for each result.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.incentives.engine.caps import Caps, Entry
from tests.incentives.engine.facts import (
    Component,
    Event,
    Line,
    Program,
    Row,
    between,
    half_up,
    read_events,
    split,
)

SALES = {"paid_sale", "repeat_sale", "online_sale"}


class Reference:
    """All lines of a program and its events."""

    def __init__(self, data: Row, events: Path | list[Event]) -> None:
        self.program = Program(data)
        self.places = self.program.places
        listed = read_events(events, self.program.zone) if isinstance(events, Path) else events
        self.events = sorted(listed, key=lambda event: event.order)
        self.known: list[Event] = []

    # --- which events count ---------------------------------------------------------------------

    def applies(self, component: Component, event: Event) -> bool:
        day = event.day
        if component["anchor"] == "registration" and event.facts.get("owned_since"):
            since = datetime.fromisoformat(event.facts["owned_since"])
            promised = since.astimezone(self.program.zone).date() if since.tzinfo else since.date()
            day = promised if promised >= self.program.began(component.plan["code"]) else day
        return component.since <= day and (component.until is None or day < component.until)

    def is_meant(self, component: Component, event: Event) -> bool:
        wanted = component["event"]
        if wanted in SALES:
            if event.kind != "sale" or not self.at_its_place(component, event):
                return False
            if wanted == "online_sale" and event.facts["sold_by"] != "online":
                return False
            return wanted != "repeat_sale" or self.bought_before(event)
        return event.kind == wanted

    @staticmethod
    def at_its_place(component: Component, event: Event) -> bool:
        place = component["place"] or "any"
        meant = [place] if isinstance(place, str) else place
        if "own_or_sister" in meant:
            meant = [*meant, "own", "sister"]
        return not meant or "any" in meant or event.facts["sold_by"] in meant

    def bought_before(self, event: Event) -> bool:
        customer = event.facts.get("customer")
        return bool(customer) and any(
            other.kind == "sale" and other.facts.get("customer") == customer
            and other.order < event.order and other.measured("net", other.lines) > 0
            for other in self.known
        )  # fmt: skip

    def counted(self, component: Component, event: Event) -> list[Line]:
        """The lines of an event that a component counts; none where the event is not meant."""
        wanted = dict(component["filter"] or {})
        categories = wanted.pop("category", None)
        if not (self.applies(component, event) and self.is_meant(component, event)):
            return []
        if any(event.facts.get(name) not in values for name, values in wanted.items()):
            return []
        if not self.beneficiary(component, event):
            return []
        return [line for line in event.lines if categories is None or line.category in categories]

    @staticmethod
    def beneficiary(component: Component, event: Event) -> str:
        column = {"staff": "staff", "regional_manager": "region"}.get(
            component.plan.get("audience", "dealer"), "dealer"
        )
        if column == "dealer" and component["to"] == "seller":
            own = event.facts.get("sold_by") in ("own", "sister")
            column = "dealer" if own else "seller"
        return event.facts.get(column) or ""

    def first_of_its_group(self, component: Component, event: Event) -> bool:
        if not component["group"]:
            return True
        mine = (component["order"] or 0, component.position)
        return not any(
            other["group"] == component["group"]
            and (other["order"] or 0, other.position) < mine
            and self.counted(other, event)
            for other in self.program.components
            if other.plan["code"] == component.plan["code"]
        )

    def closed_gate(self, component: Component, event: Event) -> str:
        for gate in component["gate"] or []:
            if gate == "certified":
                staff = component.plan.get("audience") == "staff"
                who = "staff" if staff else "dealer"
                is_open = any(
                    other.kind == "certificate" and other.order < event.order
                    and other.facts.get(who) == event.facts.get(who)
                    for other in self.known
                )  # fmt: skip
            else:
                is_open = event.facts.get(gate) == "yes"
            if not is_open:
                return f"gate_{gate}"
        return ""

    # --- what an event is worth -----------------------------------------------------------------

    def rate(self, component: Component, event: Event, line: Line) -> Fraction | None:
        """The rate of the row that names most of a line, at the step that it has reached."""
        reached = Fraction(0)
        if component.kind == "decay" and event.facts.get("owned_since"):
            since = datetime.fromisoformat(event.facts["owned_since"])
            begun = since.astimezone(self.program.zone).date() if since.tzinfo else since.date()
            reached = Fraction((event.day - begun).days)
        if component.kind == "by_place":
            reached = line.quantity
        fitting = [
            row
            for row in component.rows
            if row.get("level") in (None, event.facts.get("level"))
            and row.get("category") in (None, line.category)
            and Fraction(str(row.get("from", 0))) <= reached
        ]
        if not fitting:
            return None
        best = max(
            fitting,
            key=lambda row: (
                ("level" in row) * 2 + ("category" in row), Fraction(str(row.get("from", 0))),
            ),
        )  # fmt: skip
        return Fraction(str(best["rate"]))

    @staticmethod
    def factor(component: Component, event: Event, line: Line) -> Fraction:
        product = Fraction(1)
        for multiplier in component["multipliers"] or []:
            facts = {**event.facts, "category": line.category}
            named = [name for name in ("level", "category", "region") if multiplier.get(name)]
            if any(facts.get(name) != multiplier[name] for name in named):
                continue
            since, until = multiplier.get("from"), multiplier.get("until")
            if since and event.day < date.fromisoformat(since):
                continue
            if until and event.day >= date.fromisoformat(until):
                continue
            product *= Fraction(str(multiplier["factor"]))
        return product

    def order_worth(self, component: Component, event: Event, counted: list[Line]) -> Fraction:
        """Lines under their cap and above their floor, added up, split, rounded, capped."""
        whole = Fraction(0)
        lines = counted[:1] if component.base == "count" else counted
        for line in lines:
            rate = self.rate(component, event, line)
            if rate is None:
                continue
            base = event.measured(component.base, [line])
            amount = base * rate * self.factor(component, event, line)
            whole += between(amount, component.money("line_floor"), component.money("line_cap"))
        if component["by_share"]:
            owners = Fraction(event.facts.get("owner_share") or 0)
            parts = split(whole, [owners, 1 - owners], self.places)
            amount = parts[1 if component["to"] == "seller" else 0]
        else:
            amount = half_up(whole, self.places)
        return between(amount, component.floor_of("order"), component.money("order_cap"))

    def returns_of(self, component: Component, sale: Event) -> list[Event]:
        """The returns of a sale that are known, in time, in their order."""
        limit = component["clawback_days"]
        limit = 180 if limit is None else limit
        return [
            event
            for event in self.known
            if event.kind == "return"
            and event.facts["returns"] == sale.id
            and (event.day - sale.day).days <= limit
        ]

    def gone(
        self, component: Component, sale: Event, counted: list[Line], back: list[Event]
    ) -> Fraction:
        """The part of a sale that came back: of its money, or of its units."""
        categories = {line.category for line in counted}
        base = "units" if component.base == "units" else "net"
        whole = sale.measured(base, counted)
        if not whole:
            base, whole = "units", sale.measured("units", counted)
        if not whole:
            return Fraction(0)
        lines = [[line for line in each.lines if line.category in categories] for each in back]
        units_back = sum((line.quantity for each in lines for line in each), Fraction(0))
        all_back = units_back >= sale.measured("units", counted)
        total = Fraction(0)
        for event, returned in zip(back, lines, strict=True):
            goods = event.measured("units", returned)
            if component.base == "count" and not goods and not all_back:
                continue  # money alone leaves a fee for the event as it is
            total += event.measured(base, returned)
        return min(total / whole, Fraction(1))

    def entries_by_event(self, component: Component) -> Iterator[Entry]:
        used: dict[Any, int] = defaultdict(int)
        for event in self.known:
            counted = self.counted(component, event)
            if not counted:
                continue
            nothing = event.kind == "sale" and not event.measured("net", counted)
            if nothing and (component.base == "net" or not component["pays_zero"]):
                continue
            if not self.first_of_its_group(component, event):
                continue
            who = self.beneficiary(component, event)
            worth = self.order_worth(component, event, counted)
            if component.kind == "first_n":
                period = (None if component["per"] == "all" else who, component.period(event.month))
                used[period] += 1
                worth = worth if used[period] <= component["n"] else Fraction(0)
            base = event.measured(component.base, counted)
            gate = self.closed_gate(component, event)
            month = event.month
            yield Entry(component, who, month, month, event.id, event.order, base, worth, gate)
            taken = Fraction(0)
            back = self.returns_of(component, event)
            for n, each in enumerate(back, 1):
                now = half_up(worth * self.gone(component, event, counted, back[:n]), self.places)
                yield Entry(
                    component, who, month, each.month, each.id, each.order, Fraction(0),
                    taken - now, gate,
                )  # fmt: skip
                taken = now

    # --- what a period is worth -----------------------------------------------------------------

    def tiered(self, component: Component, measured: Fraction, who: str) -> Fraction:
        """The exact amount for what was measured in a period."""
        rows = [(Fraction(str(r.get("from", 0))), Fraction(str(r["rate"]))) for r in component.rows]
        reached = measured
        if component.kind == "to_target":
            target = (component["targets"] or {}).get(who, component["target"])
            if target is None:
                return Fraction(0)
            reached = measured / Fraction(str(target))
        if component.kind == "tiers_marginal":
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
        return rates[-1] if component.kind == "threshold_bonus" else measured * rates[-1]

    def entries_by_period(self, component: Component) -> Iterator[Entry]:
        sold: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
        back: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
        for event in self.known:
            counted = self.counted(component, event)
            if not counted or not self.first_of_its_group(component, event):
                continue
            if self.closed_gate(component, event):
                continue
            key = self.beneficiary(component, event), component.period(event.month)
            share = Fraction(event.facts.get("owner_share") or 0)
            share = {"owner": share, "seller": 1 - share}[component["to"] or "owner"]
            share = share if component["by_share"] else Fraction(1)
            sold[key] += event.measured(component.base, counted) * share
            categories = {line.category for line in counted}
            for each in self.returns_of(component, event):
                lines = [line for line in each.lines if line.category in categories]
                measured = each.measured(component.base, lines)
                back[key] += measured * share if component.base != "count" else 0
        for (who, month), whole in sold.items():
            gone = min(back[who, month], whole)
            left = whole - gone if component.recomputes else whole
            worth = half_up(self.tiered(component, left, who), self.places)
            cap = self.program.highest(component, "period_cap", month)
            worth = between(worth, component.floor_of("period") if left else None, cap)
            if not component.recomputes and whole:
                worth -= half_up(worth * gone / whole, self.places)
            order = (datetime.combine(month, datetime.min.time(), self.program.zone), False, "")
            yield Entry(component, who, month, month, "", order, left, worth)

    # --- closing month after month --------------------------------------------------------------

    def close(self) -> list[Row]:
        """The lines of every month in which something was recorded."""
        booked: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
        caps = Caps(self.program)
        found = []
        for month in sorted({event.known_in for event in self.events}):
            self.known = [event for event in self.events if event.known_in <= month]
            entries = [
                entry
                for component in self.program.components
                for entry in (
                    self.entries_by_period(component)
                    if component.of_a_period
                    else self.entries_by_event(component)
                )
            ]
            present = {entry.key for entry in entries}
            gone = [entry for key, entry in caps.latest.items() if key not in present]
            for entry in gone:
                entry.worth = Fraction(0)
            for entry in sorted([*entries, *gone], key=lambda e: (e.order, e.component.position)):
                change = entry.worth - booked[entry.key]
                booked[entry.key] = entry.worth
                caps.latest[entry.key] = entry
                if change:
                    found.append(self.line(month, entry, *caps.under(entry, change)))
        return [line for line in found if line["amount"] or line["reason"]]

    def line(self, month: date, entry: Entry, amount: Fraction, reason: str) -> Row:
        component = entry.component
        if entry.gate:
            amount, reason = Fraction(0), entry.gate
        kept = component.money("withhold")
        if kept and amount:
            amount -= half_up(amount * kept, self.places)
            reason = "+".join(filter(None, [reason, "withheld"]))
        late = component.of_a_period and component.recomputes and entry.for_month < month
        code = component["code"] + ("-adjustment" if late else "")
        return {
            "month": month.isoformat()[:7],
            "component": code,
            "beneficiary": entry.beneficiary,
            "for_month": entry.for_month.isoformat()[:7],
            "external_id": entry.id,
            "base": entry.base,
            "amount": amount * component.sign,
            "reason": reason,
        }


def lines(program: Row, events: Path | list[Event]) -> list[Row]:
    """What a program pays for events, line by line."""
    return Reference(program, events).close()


def totals(found: Iterable[Row]) -> dict[tuple[str, str, str], Fraction]:
    """Amounts by month, component and beneficiary, zeros left out."""
    sums: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for line in found:
        sums[line["month"], line["component"], line["beneficiary"]] += Fraction(line["amount"])
    return {key: amount for key, amount in sums.items() if amount}
