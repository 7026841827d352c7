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
    CHINA,
    Component,
    Event,
    Line,
    Program,
    Row,
    between,
    half_up,
    read_events,
    split,
    total,
)

# When the result of a period comes about.
AFTER_ALL_EVENTS = datetime.max.replace(tzinfo=CHINA)
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

    @staticmethod
    def has_the_rest(component: Component) -> bool:
        """Whether the beneficiary has what the owner's share leaves: the seller, wherever it is."""
        return bool(component["to"] == "seller")

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
                    other.kind == "certificate" and other.at <= event.at
                    and other.facts.get(who) == event.facts.get(who)
                    for other in self.known
                )  # fmt: skip
            else:
                is_open = event.facts.get(gate) == "yes"
                since = component["agreement_from"]
                if gate == "agreement_signed" and since:
                    is_open = is_open and event.facts.get("agreement_from", "") >= since
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

    def line_worths(
        self, component: Component, event: Event, counted: list[Line]
    ) -> list[tuple[Line, Fraction]]:
        """The lines that have a rate, each with its amount under its cap and above its floor."""
        found = []
        for line in counted[:1] if component.base == "count" else counted:
            rate = self.rate(component, event, line)
            if rate is None:
                continue
            base = event.measured(component.base, [line])
            amount = base * rate * self.factor(component, event, line)
            floor = component.money("line_floor") if base else None
            found.append((line, between(amount, floor, component.money("line_cap"))))
        return found

    def order_worth(self, component: Component, event: Event, counted: list[Line]) -> Fraction:
        """What an event's lines come to: added up, split, rounded, above a floor, under a cap."""
        worths = self.line_worths(component, event, counted)
        whole = sum((amount for _line, amount in worths), Fraction(0))
        amount, floor = half_up(whole, self.places), component.floor_of("order")
        if component["by_share"]:
            owners = Fraction(event.facts.get("owner_share") or 0)
            shares = [owners, 1 - owners]
            mine = int(self.has_the_rest(component))
            amount = split(whole, shares, self.places)[mine]
            floor = floor if shares[mine] else None
        return between(amount, floor if worths else None, component.money("order_cap"))

    def gone_of(
        self,
        component: Component,
        sale: Event,
        counted: list[Line],
        worth: Fraction,
        part: Fraction,
    ) -> Fraction:
        """What is gone of an amount with a part of its sale: of one that is split, of the whole."""
        worths = self.line_worths(component, sale, counted)
        whole = half_up(sum((amount for _line, amount in worths), Fraction(0)), self.places)
        if not component["by_share"] or not 0 < worth <= whole:
            return half_up(worth * part, self.places)
        others = whole - worth
        mine = int(self.has_the_rest(component))
        parts = [others, worth] if mine else [worth, others]
        return split(half_up(whole * part, self.places), parts, self.places)[mine]

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

    @staticmethod
    def lost(component: Component, counted: list[Line], back: list[Event]) -> dict[str, Fraction]:
        """The part of each category of a sale that came back: of its money, or of its units.

        A return of money alone leaves a fee for the event as it is, until all goods are back.
        """
        categories = {line.category for line in counted}
        goods = [line for event in back for line in event.lines if line.category in categories]
        if component.base == "count" and total("quantity", goods) < total("quantity", counted):
            back = [event for event in back if total("quantity", event.lines)]
        parts = {}
        for category in categories:
            sold = [line for line in counted if line.category == category]
            lines = [line for event in back for line in event.lines if line.category == category]
            by_units = component.base == "units" or not total("net", sold)
            name = "quantity" if by_units else "net"
            whole = total(name, sold)
            parts[category] = min(total(name, lines) / whole, Fraction(1)) if whole else whole
        return parts

    def gone(
        self, component: Component, event: Event, counted: list[Line], back: list[Event]
    ) -> Fraction:
        """The part of an order's amount that came back: each line's own part of what it paid."""
        lost = self.lost(component, counted, back)
        if component.base in ("net", "units"):
            weights = self.line_worths(component, event, counted)
        else:
            name = "net" if total("net", counted) else "quantity"
            weights = [(line, getattr(line, name)) for line in counted]
        whole = sum((weight for _line, weight in weights), Fraction(0))
        part = sum((weight * lost[line.category] for line, weight in weights), Fraction(0))
        return part / whole if whole else whole

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
            gate = self.closed_gate(component, event)
            if component.kind == "first_n" and not gate:
                period = (None if component["per"] == "all" else who, component.period(event.month))
                used[period] += 1
                worth = worth if used[period] <= component["n"] else Fraction(0)
            base = event.measured(component.base, counted)
            month = event.month
            yield Entry(component, who, month, month, event.id, event.order, base, worth, gate)
            taken = Fraction(0)
            back = self.returns_of(component, event)
            for n, each in enumerate(back, 1):
                part = self.gone(component, event, counted, back[:n])
                now = self.gone_of(component, event, counted, worth, part)
                yield Entry(
                    component, who, month, each.month, each.id, each.order, Fraction(0),
                    taken - now, gate,
                )  # fmt: skip
                taken = now

    # --- what a period is worth -----------------------------------------------------------------

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
            share = 1 - share if self.has_the_rest(component) else share
            share = share if component["by_share"] else Fraction(1)
            sold[key] += event.measured(component.base, counted) * share
            lost = self.lost(component, counted, self.returns_of(component, event))
            if component.base == "count":
                back[key] += all(part == 1 for part in lost.values()) * share
            else:
                parts = [
                    event.measured(component.base, [line]) * lost[line.category] * share
                    for line in counted
                ]
                back[key] += sum(parts, Fraction(0))
        for (who, month), whole in sold.items():
            gone = min(back[who, month], whole)
            left = whole - gone if component.recomputes else whole
            order = (AFTER_ALL_EVENTS, False, "")
            if not left:  # as if nothing had been sold, also where the row from 0 is an amount
                yield Entry(component, who, month, month, "", order, left, left)
                continue
            worth = half_up(component.of_a_sum(left, who), self.places)
            cap = self.program.highest(component, "period_cap", month)
            worth = between(worth, component.floor_of("period"), cap)
            if not component.recomputes:
                worth -= half_up(worth * gone / whole, self.places)
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
                    found.append(self.line(month, entry, caps, *caps.under(entry, change)))
        return [line for line in found if line["amount"] or line["reason"]]

    def line(self, month: date, entry: Entry, caps: Caps, amount: Fraction, reason: str) -> Row:
        component = entry.component
        if entry.gate:
            amount, reason = Fraction(0), entry.gate
        kept = caps.kept(entry, amount, self.places)
        if kept:
            amount -= kept
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
