"""Closed months of a plan once more, by the terms of a version of it: nothing is written.

The version is taken as if it had begun with the first of the months: earlier versions of the plan
end there, and take back what comes back of their own sales. Components of a plan look at no other
plan's, so nothing else has to be computed. Each month is computed by the form of the engine that
closed it, so that what differs from the books comes from the terms alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from incentives.engine import run as engine
from incentives.engine.component import Component as Terms
from incentives.engine.recorded import Replayed
from incentives.engine.results import NOTHING
from incentives.engine.scope import Scope, terms
from incentives.engine.stage import Chain
from incentives.models import Component, PlanVersion, Program, Run


@dataclass(frozen=True, slots=True)
class Sum:
    """What a component gives a dealer in the closing of a month.

    ``base`` is what it measured of that month alone, without what it changes of earlier ones.
    """

    month: date
    component_id: int
    dealer_id: int
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """An event's part in it; by period it brings base only, and ``amount`` is none."""

    month: date
    component_id: int
    event: str
    at: datetime
    back: bool
    base: Decimal
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Stacked:
    """For how many events another plan paid the same dealers in these months, and how much."""

    plan_id: int
    dealers: int
    events: int
    amount: Decimal


class Replay:
    """The months of ``runs``, one after the other, by the terms of ``version``.

    What is read of the stages is read within ``computed``.
    """

    def __init__(
        self,
        version: PlanVersion,
        runs: list[Run],
        *,
        dealer_id: int | None = None,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.version = version
        self.runs = sorted(runs, key=lambda each: each.month)
        self.dealer_id = dealer_id
        self.progress = progress
        self.stored = {each.pk: each for each in self._stored()}

    @property
    def first(self) -> date:
        return self.runs[0].month

    def _stored(self) -> Iterator[Component]:
        """The version's components, and those of what was in force before the first month."""
        earlier = self.version.plan.versions.published().exclude(pk=self.version.pk)
        before = earlier.filter(starts_on__lt=self.first).order_by("number")
        for version in [*before, self.version]:
            components = version.components.select_related("version__plan")
            yield from components.prefetch_related("rows").order_by("position", "code")

    @contextmanager
    def computed(self) -> Iterator[Chain]:
        """The stages gone through; whatever is read of them is read before it ends."""
        with transaction.atomic(), connection.cursor() as cursor:
            scopes = [Scope.of_run(each) for each in self.runs]
            if self.dealer_id is None:
                cursor.execute("SELECT set_config('work_mem', '256MB', true)")
            else:
                scopes = [each.for_dealer(self.dealer_id) for each in scopes]
            currency = scopes[0].currency
            found = self._terms(currency)
            source = Replayed(scopes, found, self.progress)
            chain = engine.through(found, source, currency, keep=self.dealer_id is None)
            chain.values |= {
                "dealer": self.dealer_id,
                "runs": [each.pk for each in self.runs],
                "plan": self.version.plan_id,
                "version": self.version.pk,
            }
            yield chain
            chain.drop()

    def total_with(
        self, chain: Chain, component: Component, start: Decimal, rate: Decimal
    ) -> Decimal:
        """What all dealers get together if the rate from ``start`` on were another one."""
        found = self._terms(Program.current().currency)
        for each in found:
            if each.values["id"] == component.pk:
                each.rows = [(*row[:-1], rate) if row[0] == start else row for row in each.rows]
        engine.again(chain, found)
        return sum((each.amount for each in self.sums(chain)), Decimal(0))

    def _terms(self, currency: str) -> list[Terms]:
        found = terms(self.stored.values(), currency)
        for each in found:
            self._put_in_time(each.values)
        return found

    def _put_in_time(self, values: dict) -> None:
        """Have the version begin with the first month, and all before it end there."""
        if self.stored[values["id"]].version_id == self.version.pk:
            values |= {"starts_on": self.first, "began_on": self.first, "ends_on": None}
        elif values["ends_on"] is None or values["ends_on"] > self.first:
            values["ends_on"] = self.first

    def sums(self, chain: Chain) -> list[Sum]:
        """What each component gives each dealer in each month."""
        return [Sum(*row) for row in _rows(chain, SUMS)]

    def lines(self, chain: Chain) -> list[ReplayLine]:
        """The events of one dealer, earliest first."""
        return [ReplayLine(*row) for row in _rows(chain, LINES)]

    def stacked(self, chain: Chain) -> list[Stacked]:
        """Which other plans of the same direction paid for the same events."""
        return [Stacked(*row) for row in _rows(chain, STACKED)]


def _rows(chain: Chain, query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(chain.reading(query), chain.values)
        return cursor.fetchall()


_OF_DEALER = "(%(dealer)s::bigint IS NULL OR p.beneficiary = %(dealer)s)"

SUMS = f"""
SELECT p.closing, p.component_id, p.beneficiary,
    coalesce(sum(p.base) FILTER (WHERE p.for_month = p.closing), 0), sum(c.sign * p.amount)
FROM engine_paid p JOIN engine_component c ON c.id = p.component_id
WHERE {_OF_DEALER} AND (p.event IS NULL OR NOT p.reasons && {NOTHING} AND NOT c.period)
GROUP BY p.closing, p.component_id, p.beneficiary
ORDER BY p.closing, p.beneficiary, p.component_id
"""

LINES = f"""
SELECT p.closing, p.component_id, p.event::text, p.at, p.back, p.base, c.sign * p.amount
FROM engine_paid p JOIN engine_component c ON c.id = p.component_id
WHERE {_OF_DEALER} AND p.event IS NOT NULL AND NOT c.period AND NOT p.reasons && {NOTHING}
UNION ALL
SELECT p.closing, p.component_id, p.event::text, p.at, p.back, p.base, NULL
FROM engine_line p
WHERE {_OF_DEALER} AND p.period_kind AND NOT p.known AND p.reason IS NULL
    AND p.closed_gate IS NULL
UNION ALL
SELECT r.closing, r.component_id, r.event::text, r.at, true, -came.net, NULL
FROM engine_return r
JOIN engine_line p ON p.component_id = r.component_id AND p.event = r.sale AND p.period_kind
    AND p.reason IS NULL AND p.closed_gate IS NULL AND {_OF_DEALER}
JOIN engine_fact came ON came.kind = 'return' AND came.external_id = r.event
WHERE NOT r.known AND r.in_time
ORDER BY 1, 4, 3, 2
"""

# Sales and registrations that the version pays for, and what other plans booked for the same.
STACKED = """
WITH own AS (
    SELECT DISTINCT p.closing, p.beneficiary, p.event, c.fact = 'first_contact' AS contact
    FROM engine_paid p JOIN engine_component c ON c.id = p.component_id
    JOIN incentives_component i ON i.id = c.id AND i.version_id = %(version)s
    WHERE p.event IS NOT NULL AND NOT c.period AND NOT p.back AND p.amount <> 0
    UNION
    SELECT DISTINCT l.closing, l.beneficiary, l.event, false
    FROM engine_line l JOIN incentives_component i ON i.id = l.component_id
        AND i.version_id = %(version)s
    WHERE l.period_kind AND NOT l.known AND l.reason IS NULL AND l.closed_gate IS NULL
),
others AS (
    SELECT run.month, r.dealer_id, plan.id AS plan_id, e.amount,
        c.event = 'first_contact' AS contact,
        coalesce(e.order_id, lpad(to_hex(e.registration_id), 32, '0')::uuid) AS event
    FROM incentives_result r
    JOIN incentives_run run ON run.id = r.run_id AND run.id = ANY (%(runs)s)
    JOIN incentives_component c ON c.id = r.component_id
    JOIN incentives_planversion v ON v.id = c.version_id AND v.plan_id <> %(plan)s
    JOIN incentives_plan plan ON plan.id = v.plan_id AND plan.direction = (
        SELECT direction FROM incentives_plan WHERE id = %(plan)s)
    JOIN incentives_line e ON e.result_id = r.id AND (e.amount IS NULL
        OR CASE plan.direction WHEN 'dealer_pays' THEN e.amount < 0 ELSE e.amount > 0 END)
    WHERE r.amount <> 0
)
SELECT o.plan_id, count(DISTINCT o.dealer_id), count(DISTINCT o.event), coalesce(sum(o.amount), 0)
FROM others o JOIN own ON own.closing = o.month AND own.beneficiary = o.dealer_id
    AND own.event = o.event AND own.contact = o.contact
GROUP BY o.plan_id ORDER BY 2 DESC, 1
"""
