"""Which rate spends a given budget: one rate of a draft, tried over closed months by the engine.

A rate is tried as a file would write it: shares in steps of a hundredth of a percent, amounts in
the smallest unit of the currency. More rate never pays less, so halving finds the highest one whose
months stay within the budget. Nothing is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

from dealers import outbox
from dealers.actor import Actor, acting
from dealers.currencies import minor_unit
from incentives.engine.replay import Replay as Engine
from incentives.models import SHARES, Component, Direction, PlanVersion, Program, RateRow, Run
from incentives.plans.content import content_hash

TASK = "incentives.tasks.solve_rate"
WORKER = Actor.worker("solve_rate")
SHARE_STEP = Decimal("0.0001")
MOST_SHARE = Decimal(1)
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Solution:
    """The highest rate within a budget and what it spends; the step above it and what that spends.

    ``rate`` is none where even nothing spends more; ``above`` is none where no rate spends more, so
    that ``spent`` is all that the component can spend.
    """

    budget: Decimal
    rate: Decimal | None
    spent: Decimal
    above: Decimal | None
    spent_above: Decimal | None

    @property
    def exact(self) -> bool:
        return self.spent == self.budget


def highest(
    budget: Decimal, step: Decimal, most: Decimal, spends: Callable[[Decimal], Decimal]
) -> Solution:
    """The highest of the rates 0, ``step``, … ``most`` that spends at most ``budget``.

    ``spends`` says what a rate spends; it never falls as the rate grows.
    """
    nothing = spends(Decimal(0))
    if nothing > budget:
        return Solution(budget, None, nothing, Decimal(0), nothing)
    low, high = 0, int(most / step)
    spent, spent_above = nothing, spends(high * step)
    if spent_above <= budget:
        return Solution(budget, high * step, spent_above, None, None)
    while high - low > 1:
        middle = (low + high) // 2
        found = spends(middle * step)
        if found <= budget:
            low, spent = middle, found
        else:
            high, spent_above = middle, found
    return Solution(budget, low * step, spent, high * step, spent_above)


def ask(
    row: RateRow,
    months: list[date],
    budget: Decimal,
    *,
    by: Actor,  # noqa: ARG001 -- as its siblings
    at: datetime,
) -> str:
    """Have the worker find the rate of a row; the key of the answer, which is kept for a day."""
    version = row.component.version
    key = f"solve:{version.pk}:{content_hash(version)[:16]}:{uuid4().hex}"
    asked = (row.pk, [each.isoformat() for each in months], str(budget), key)
    cache.set(key, {"state": "asked", "asked": asked}, KEPT_SECONDS)
    cache.set(_latest(version), key, KEPT_SECONDS)
    outbox.add(TASK, *asked, at=at)
    return key


def answer(version: PlanVersion) -> dict[str, Any] | None:
    """What was asked last of a version as it is now, and what was found; None: nothing.

    Its ``state``: ``asked``, ``found``, ``gone`` (the row) or ``failed``.
    """
    key = cache.get(_latest(version))
    if key is None or not key.startswith(f"solve:{version.pk}:{content_hash(version)[:16]}:"):
        return None
    known = cache.get(key)
    if known and known["state"] == "asked" and outbox.gave_up(TASK, *known["asked"]):
        return {"state": "failed"}
    return known


def find(pk: int, months: list[date], budget: Decimal, key: str) -> None:
    """Find what was asked and keep it. For the worker; a row that is gone answers nothing."""
    with acting(WORKER), transaction.atomic():
        row = RateRow.objects.select_related("component__version__plan").filter(pk=pk).first()
        if row is None:
            cache.set(key, {"state": "gone"}, KEPT_SECONDS)
            return
        found = solve(row, months, budget)
    cache.set(
        key,
        {
            "state": "found", "months": months, "solution": found,
            "component": row.component.code,
            "share": row.component.kind in SHARES,
        },
        KEPT_SECONDS,
    )  # fmt: skip


def solve(row: RateRow, months: list[date], budget: Decimal) -> Solution:
    """The rate of a row by which its version spends ``budget`` in closed months, all together."""
    component = row.component
    step, most = grid(component, budget)
    runs = list(Run.objects.filter(month__in=months).order_by("month"))
    engine = Engine(component.version, runs)
    stored = engine.stored[component.pk]
    sign = -1 if component.version.plan.direction == Direction.DEALER_PAYS else 1
    with engine.computed() as chain:
        return highest(
            budget, step, most,
            lambda rate: sign * engine.total_with(chain, stored, row.starts_at, rate),
        )  # fmt: skip


def grid(component: Component, budget: Decimal) -> tuple[Decimal, Decimal]:
    """The step in which a rate is tried, and the highest that makes sense."""
    if component.kind in SHARES:
        return SHARE_STEP, MOST_SHARE
    unit = minor_unit(Program.current().currency)
    return unit, max(budget, unit)


def _latest(version: PlanVersion) -> str:
    return f"solve:{version.pk}"
