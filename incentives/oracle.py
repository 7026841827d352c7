"""Every booked amount computed again, in plain Python, from lines, facts and terms.

Nothing here shares code with the statements that booked the amounts. What the first engine booked
is checked by its rule: a cap that was used stayed used.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection

from customers.models import current_sql
from dealers.currencies import decimals
from dealers.months import next_month
from incentives.models import (
    FIFTH_ENGINE,
    FIRST_ENGINE,
    TIERED,
    Base,
    Beneficiary,
    Clawback,
    Component,
    Direction,
    Event,
    Kind,
    Program,
    RateRow,
)
from incentives.rounding import half_up, split


def differences() -> Iterator[str]:
    """Amounts that do not come out again, in words."""
    places = decimals(Program.current().currency)
    published = Component.objects.filter(version__published_at__isnull=False)
    found = published.select_related("version__plan").prefetch_related("rows")
    ordered = found.order_by("version__plan", "code", "version__starts_on", "pk")
    for _key, versions in groupby(ordered, key=lambda c: (c.version.plan_id, c.code)):
        components = list(versions)
        for component in components:
            if component.kind in TIERED:
                yield from _tier_differences(component, places)
        events = [component for component in components if component.kind not in TIERED]
        if events:
            yield from _event_differences(events, places)


@dataclass
class _Month:
    """A dealer's sales of one month, as far as they have become known, and what was booked."""

    sold: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    booked: Decimal = Decimal(0)


def _tier_differences(component: Component, places: int) -> Iterator[str]:
    sign = _sign(component)
    months: dict[tuple[int, date], _Month] = defaultdict(_Month)
    for dealer, for_month, run_month, amount, kind, net in _stream(_TIER_LINES, [component.pk]):
        month = months[dealer, for_month]
        month.sold += net if kind == "sale" else 0
        month.returned += net if kind == "return" else 0
        if run_month is not None:
            worth = tier_amount(component, month.sold, month.returned, places)
            expected = worth - month.booked
            if expected * sign != amount:
                yield (
                    f"{component.code} {run_month:%Y-%m} dealer {dealer}:"
                    f" {amount} booked, {expected * sign} computed"
                )
            month.booked += amount * sign


def tier_amount(component: Component, sold: Decimal, returned: Decimal, places: int = 2) -> Decimal:
    """What a tiered component is worth for a month's sales and what came back of them."""
    recompute = component.clawback == Clawback.RECOMPUTE
    measured = max(sold - returned, Decimal(0)) if recompute else sold
    rows = sorted(component.rows.all(), key=lambda row: row.starts_at)
    exact = Decimal(0)
    for n, row in enumerate(rows):
        upper = rows[n + 1].starts_at if n + 1 < len(rows) else None
        if component.kind == Kind.TIERS_WHOLE:
            if row.starts_at <= measured and (upper is None or measured < upper):
                exact = measured * row.rate
        elif component.kind == Kind.THRESHOLD_BONUS:
            if measured and row.starts_at <= measured:
                exact = row.rate
        else:
            top = measured if upper is None else min(measured, upper)
            exact += max(top - row.starts_at, Decimal(0)) * row.rate
    full = half_up(exact, places)
    if component.period_cap is not None:
        full = min(full, component.period_cap)
    if recompute or not sold:
        return full
    back = Fraction(full) * Fraction(min(returned, sold)) / Fraction(sold)
    return full - half_up(back, places)


@dataclass
class _Sale:
    """What a sale is worth, and what came back of it: goods, their money, and money alone.

    ``all``: of a sale that is split, what it is worth to both sides together.
    """

    worth: Decimal
    all: Decimal
    units: int
    whole: Decimal
    units_back: int = 0
    back: Decimal = Decimal(0)
    alone: Decimal = Decimal(0)
    taken: Decimal = Decimal(0)

    @property
    def gone(self) -> Fraction:
        """The part of the sale that is gone; money alone counts once all goods are back."""
        alone = self.alone if self.units_back >= self.units else Decimal(0)
        return Fraction(min(self.whole, self.back + alone)) / Fraction(self.whole)


@dataclass(slots=True)
class _Line:
    id: int
    engine: int
    component_id: int
    order_id: UUID | None
    sale_id: UUID | None
    kind: str | None
    dealer_id: int
    for_month: date
    base: Decimal
    uncapped: Decimal
    amount: Decimal
    owner_share: Decimal | None
    quantity: int | None
    net: Decimal | None
    sale_net: Decimal | None
    closed_gate: str
    age: int | None

    @property
    def first(self) -> bool:
        return self.engine == FIRST_ENGINE

    def part(self, component: Component) -> Decimal:
        """How much of a sale this is, in units or money."""
        net = self.net or Decimal(0)
        sold_for = net if self.sale_net is None else self.sale_net
        if component.base == Base.UNITS or not sold_for:
            return Decimal(self.quantity or 0)
        return net


class _Events:
    """The lines of a component paid per event, replayed in the order in which they were booked."""

    def __init__(self, components: list[Component], places: int) -> None:
        self.components = {component.pk: component for component in components}
        self.places = places
        self.sales: dict[UUID, _Sale] = {}
        # By dealer and month: what has counted towards the cap, of all versions together.
        self.worth: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
        self.first_worth: dict[tuple[int, int, date], Decimal] = defaultdict(Decimal)

    def expected(self, line: _Line) -> tuple[Decimal, Decimal] | None:
        """A line before and after the cap; None if it takes back what nothing was paid for."""
        component = self.components[line.component_id]
        if line.kind == "return":
            sold = self.sales.get(line.sale_id) if line.sale_id else None
            if sold is None:
                return None
            uncapped = self._taken(line, sold, component)
            if line.first:
                return uncapped, uncapped
        else:
            uncapped = _event_amount(component, line, self.places)
        if line.closed_gate:  # which of them was closed is the engine's to say: it gives nothing
            uncapped = Decimal(0)
        amount = self._under_the_cap(line, component, uncapped)
        if line.order_id and line.kind != "return":
            worth = amount if line.first else uncapped
            every = half_up(_whole(component, line), self.places)
            self.sales[line.order_id] = _Sale(
                worth, every, line.quantity or 0, line.part(component)
            )
        return uncapped, amount

    def _taken(self, line: _Line, sold: _Sale, component: Component) -> Decimal:
        if component.base == Base.COUNT and line.quantity == 0:
            sold.alone += line.part(component)
        else:
            sold.back += line.part(component)
        sold.units_back += line.quantity or 0
        target = self._gone(line, sold, component)
        before, sold.taken = sold.taken, target
        return before - target

    def _gone(self, line: _Line, sold: _Sale, component: Component) -> Decimal:
        """How much is gone of what a sale is worth; of one that is split, its part of the whole."""
        if not (component.by_share and line.engine >= FIFTH_ENGINE and sold.all):
            return half_up(Fraction(sold.worth) * sold.gone, self.places)
        share = Fraction(sold.worth) / Fraction(sold.all)
        return _part(
            component,
            half_up(Fraction(sold.all) * sold.gone, self.places),
            1 - share if component.to == Beneficiary.SELLER else share,
            self.places,
        )

    def _under_the_cap(self, line: _Line, component: Component, uncapped: Decimal) -> Decimal:
        together = (line.dealer_id, line.for_month)
        if line.first:
            key = (component.pk, *together)
            amount = _change(self.first_worth[key], uncapped, component.period_cap)
            self.first_worth[key] += uncapped
            self.worth[together] += amount
            return amount
        amount = _change(self.worth[together], uncapped, self._cap(component, line.for_month))
        if component.period_cap is not None:
            self.worth[together] += uncapped
        return amount

    def _cap(self, component: Component, month: date) -> Decimal | None:
        """The highest cap of the versions that apply in a month together with this one."""
        if component.period_cap is None:
            return None
        caps = [
            each.period_cap
            for each in self.components.values()
            if each.version.starts_on < next_month(month)
            and (each.version.ends_on is None or each.version.ends_on > month)
        ]
        return None if None in caps else max(cap for cap in caps if cap is not None)


def _change(before: Decimal, by: Decimal, cap: Decimal | None) -> Decimal:
    return by if cap is None else min(cap, before + by) - min(cap, before)


def _event_differences(components: list[Component], places: int) -> Iterator[str]:
    replay = _Events(components, places)
    sign = _sign(components[0])
    for row in _stream(_EVENT_LINES, [[component.pk for component in components]]):
        line = _Line(*row)
        code = components[0].code
        expected = replay.expected(line)
        if expected is None:
            yield f"{code}: line {line.id} takes back what was not paid"
            continue
        uncapped, amount = expected
        if (line.uncapped, line.amount) != (sign * uncapped, sign * amount):
            yield f"{code}: line {line.id}: {line.amount} booked, {sign * amount} computed"


def _event_amount(component: Component, line: _Line, places: int) -> Decimal:
    whole = _whole(component, line)
    if not component.by_share:
        return half_up(whole, places)
    return _part(component, whole, Fraction(line.owner_share or 0), places)


def _whole(component: Component, line: _Line) -> Decimal:
    return line.base * _row(component, line).rate


def _part(component: Component, whole: Decimal, owners: Fraction, places: int) -> Decimal:
    """What the beneficiary has of a whole of which so much is the owner's."""
    of_owner, of_seller = split(whole, [owners, 1 - owners], places)
    return of_owner if component.to == Beneficiary.OWNER else of_seller


def _row(component: Component, line: _Line) -> RateRow:
    """The row of the table by which a sale or registration is paid.

    Who won a customer in a case has what was bought before as of day 0.
    """
    rows = sorted(component.rows.all(), key=lambda row: row.starts_at)
    if component.kind != Kind.DECAY:
        return rows[0]
    age = max(line.age or 0, 0)
    return [row for row in rows if row.starts_at <= age][-1]


def _sign(component: Component) -> int:
    return -1 if component.version.plan.direction == Direction.DEALER_PAYS else 1


# When the customer of a registration was first contacted in time: the first on record says so.
_CONTACT = """
SELECT said.at FROM customers_activity said JOIN customers_ownership due ON due.id = g.ownership_id
WHERE said.customer_id = g.customer_id AND said.at >= g.received_at
    AND said.at <= least(due.contact_due_at, g.protected_until)
    AND said.kind IN ('visit', 'call', 'quote', 'deposit', 'service')
    AND said.outcome NOT IN ('no_answer', 'wrong_number')
ORDER BY said.recorded_at, said.at, said.id LIMIT 1
"""
# In the order in which they were computed: run by run, version by version, earlier events first.
_EVENT_LINES = f"""
SELECT l.id, run.engine, r.component_id, l.order_id, o.sale_id, o.kind, r.dealer_id, r.for_month,
    l.base, l.uncapped, l.amount, a.share, o.quantity, o.net, s.net,
    l.closed_gate,
    a.counts_on - (coalesce(w.since, lower(w.period)) AT TIME ZONE p.timezone)::date
FROM incentives_line l
JOIN incentives_result r ON r.id = l.result_id
JOIN incentives_run run ON run.id = r.run_id
JOIN incentives_component c ON c.id = r.component_id
JOIN incentives_planversion v ON v.id = c.version_id
LEFT JOIN customers_order o ON o.id = l.order_id
LEFT JOIN customers_order s ON s.id = o.sale_id
LEFT JOIN customers_attribution a ON a.order_id = o.id AND a.holder = 'owner'
    AND a.recorded_at <= run.known_until AND {current_sql("a", "run.known_until")}
LEFT JOIN customers_ownership w ON w.id = a.ownership_id
LEFT JOIN dealers_store p ON p.id = a.store_id
LEFT JOIN customers_registration g ON g.id = l.registration_id
WHERE r.component_id = ANY(%s)
ORDER BY run.month, v.starts_on, coalesce(o.ordered_at, CASE c.event
        WHEN '{Event.FIRST_CONTACT}' THEN ({_CONTACT}) END, g.received_at),
    (o.kind = 'return') NULLS FIRST, o.id, g.id
"""  # noqa: S608 -- our names

_TIER_LINES = """
SELECT r.dealer_id, r.for_month, CASE WHEN l.id = max(l.id) OVER (PARTITION BY r.id)
        THEN run.month END AS run_month, r.amount, o.kind, o.net
FROM incentives_line l
JOIN incentives_result r ON r.id = l.result_id
JOIN incentives_run run ON run.id = r.run_id
JOIN customers_order o ON o.id = l.order_id
WHERE r.component_id = %s
ORDER BY r.for_month, run.month, r.id, l.id
"""


def _stream(query: str, params: list[Any]) -> Iterable[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        while rows := cursor.fetchmany(5000):
            yield from rows
