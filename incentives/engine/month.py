"""A month of the portal through the stages: booked, kept as an estimate, read, or compared."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

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


@contextmanager
def _through(scope: Scope) -> Iterator[Chain]:
    """A month's results and lines, as ``booked_results`` and ``booked_lines`` of the chain.

    What one dealer has is few enough for one statement; the month of all is kept in tables between
    the stages.
    """
    found = terms(components(scope), scope.currency)
    keep = scope.dealer_id is None
    with transaction.atomic():
        chain = run.through(found, Recorded(scope, found), scope.currency, {}, keep=keep)
        chain.add("booked_lines", results.LINES, kept=True, once=True)
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
        return int(_asked(scope, results.BOOK)[0][0])


def keep(scope: Scope, open_month: int) -> int:
    """Compute one dealer's open month and write it under ``open_month``; the number of lines.

    The same as ``book``, where nothing is booked yet and the next reader may compute it again.
    """
    return int(_asked(scope, results.KEEP, open_month=open_month)[0][0])


def estimate(scope: Scope) -> list[Estimate]:
    """The same as ``book`` with nothing written, for one dealer or for all."""
    by_id = {component.pk: component for component in components(scope)}
    place = {pk: n for n, pk in enumerate(by_id)}
    rows = sorted(_asked(scope, results.READ), key=lambda row: place[row[0]])
    names = [each.name for each in fields(Estimate)][1:-1]
    return [
        Estimate(
            by_id[component], **dict(zip(names, values, strict=True)),
            explanation=json.loads(explanation),
        )
        for component, *values, explanation in rows
    ]  # fmt: skip


def differences(scope: Scope) -> list[tuple[Any, ...]]:
    """What the books of a run have and the computation does not give, and the other way round.

    Side (``booked`` or ``computed``), component, dealer, month, event, base, amount.
    """
    return _asked(scope, results.COMPARE)


def _asked(scope: Scope, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with _through(scope) as chain, connection.cursor() as cursor:
        cursor.execute(chain.reading(query), chain.values | values)
        return cursor.fetchall()
