"""A month of the portal through the stages: booked, kept as an estimate, read, or compared."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from incentives.engine import results, run
from incentives.engine.recorded import Recorded
from incentives.engine.scope import Scope, components, terms
from incentives.engine.stage import Chain
from incentives.models import Component


@dataclass(frozen=True)
class Estimate:
    """A result that has not been booked: what a component would give a dealer now."""

    component: Component
    dealer_id: int
    for_month: date
    adjustment: bool
    count: int
    base: Decimal
    returned: Decimal
    uncapped: Decimal
    amount: Decimal
    explanation: dict[str, Any]

    @property
    def code(self) -> str:
        return self.component.result_code(adjustment=self.adjustment)


@dataclass(frozen=True)
class MonthLine:
    """A line about an order that has not been booked; by period it brings base only."""

    component_id: int
    dealer_id: int
    order_id: UUID
    for_month: date
    adjustment: bool
    at: datetime
    base: Decimal
    rate: Decimal | None
    share: Decimal | None
    uncapped: Decimal | None
    amount: Decimal | None
    closed_gate: str


@contextmanager
def through(scope: Scope, stored: list[Component]) -> Iterator[Chain]:
    """A month's results and lines, as ``booked_results`` and ``booked_lines`` of the chain.

    What one dealer has is few enough for one statement; the month of all is kept in tables between
    the stages.
    """
    found = terms(stored, scope.currency)
    of_all = scope.dealer_id is None
    with transaction.atomic():
        chain = run.through(found, Recorded(scope, found), scope.currency, keep=of_all)
        chain.add("booked_lines", results.LINES, once=True)
        chain.add("booked_results", results.RESULTS)
        yield chain
        chain.drop()


def book(scope: Scope) -> int:
    """Compute a month and write its results and lines; returns the number of results.

    ``scope.run_id`` names the run that they belong to.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # A month's lines are sorted and hashed in memory, for as long as the transaction lasts.
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")
        return int(_asked(scope, components(scope), results.BOOK)[0][0])


def keep(scope: Scope, open_month: int) -> int:
    """Compute one dealer's open month and write it under ``open_month``; the number of lines.

    The same as ``book``, where nothing is booked yet and the next reader may compute it again.
    """
    found = _asked(scope, components(scope), results.KEEP, open_month=open_month)
    return int(found[0][0])


def estimate(scope: Scope) -> list[Estimate]:
    """The same as ``book`` with nothing written, for one dealer or for all."""
    stored = components(scope)
    by_id = {component.pk: component for component in stored}
    place = {pk: n for n, pk in enumerate(by_id)}
    rows = sorted(_asked(scope, stored, results.READ), key=lambda row: place[row[0]])
    return [
        Estimate(by_id[component], *[*values, json.loads(explanation)])
        for component, *values, explanation in rows
    ]


def by_component(scope: Scope) -> list[tuple[Component, Decimal]]:
    """What each component would give all together, as ``book`` would write it; nothing is."""
    stored = components(scope)
    sums = dict(_asked(scope, stored, results.BY_COMPONENT))
    return [(each, sums[each.pk]) for each in stored if each.pk in sums]


def lines_about(scope: Scope, orders: Iterable[UUID]) -> list[MonthLine]:
    """The lines about some orders as ``book`` would write them, earliest first."""
    return [
        MonthLine(*row)
        for row in _asked(scope, components(scope), results.LINES_ABOUT, orders=list(orders))
    ]


def differences(scope: Scope) -> list[tuple[Any, ...]]:
    """What the books of a run have and the computation does not give, and the other way round.

    Side (``booked`` or ``computed``), component, dealer, month, event, base, amount.
    """
    return _asked(scope, components(scope), results.COMPARE)


def _asked(
    scope: Scope, stored: list[Component], query: str, **values: Any
) -> list[tuple[Any, ...]]:
    with through(scope, stored) as chain, connection.cursor() as cursor:
        cursor.execute(chain.reading(query), chain.values | values)
        return cursor.fetchall()
