"""Closed months replayed by a version: total and budget, who gains and who loses, line by line.

The engine of the closings computes it, and nothing is written to the books. The amounts of each
dealer are kept; its lines are computed again for whoever looks, as closed months and a version that
did not change give the same lines every time.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from customers.models import Order, Registration
from dealers.actor import Actor, acting
from dealers.models import Dealer
from dealers.words import count
from incentives.engine.replay import Replay as Engine
from incentives.engine.replay import ReplayLine, Stacked
from incentives.engine.replay import Sum as EngineSum
from incentives.models import (
    Component,
    Kind,
    Line,
    PlanVersion,
    Replay,
    ReplayedAmount,
    Result,
    Run,
)
from incentives.plans import simulations
from incentives.plans.content import content_hash

WORKER = Actor.worker("replay_plan")
NEAR = Decimal("0.9")  # of a boundary: from here on a dealer is close to it
_ZERO = Decimal("0.00")
type _Key = tuple[int, date, str]  # dealer, month, code of the component


def compute(pk: int, at: datetime) -> None:
    """Find what a replay asks, and keep it; again: nothing. For the worker.

    Nothing either where the version was changed since: nobody asks any more.
    """
    with acting(WORKER), transaction.atomic():
        replay = (
            Replay.objects.select_for_update(of=("self",), no_key=True)
            .select_related("version__plan")
            .filter(pk=pk)
            .first()
        )
        if replay is None or replay.finished_at is not None:
            return
        version = replay.version
        if content_hash(version) != replay.content:
            return
        if not replay.announced and version.tested_at != replay.asked_at:
            return
        _Computing(replay).keep(at)


class _Computing:
    """One replay being computed."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.version = replay.version
        self.done = 0
        self.runs = list(Run.objects.filter(month__in=replay.months).order_by("month"))

    def step(self) -> None:
        self.done += 1
        simulations.show_progress(self.replay.pk, self.done)

    def keep(self, at: datetime) -> None:
        engine = Engine(self.version, self.runs, progress=self.step)
        with engine.computed() as chain:
            sums = engine.sums(chain)
            stacked = [] if self.replay.announced else engine.stacked(chain)
        self.step()
        amounts = compared(booked(self.version, self.runs), sums, engine.stored)
        ReplayedAmount.objects.bulk_create(
            [
                ReplayedAmount(
                    replay=self.replay, announced=self.replay.announced, dealer_id=dealer,
                    month=month, code=code, before=before, after=after,
                )
                for (dealer, month, code), (before, after) in sorted(amounts.items())
            ],
            batch_size=5000,
        )  # fmt: skip
        if not self.replay.announced:
            self.replay.before = sum((it for it, _after in amounts.values()), _ZERO)
            self.replay.after = sum((it for _before, it in amounts.values()), _ZERO)
            near = near_cliffs(sums, engine.stored, self.version)
            self.replay.found = _found(amounts, stacked, near)
        self.replay.finished_at = at
        self.replay.save()
        self.step()


def booked(
    version: PlanVersion, runs: Iterable[Run], dealer_id: int | None = None
) -> dict[_Key, Decimal]:
    """What the books have of the version's plan in these months."""
    results = Result.objects.filter(run__in=list(runs), component__version__plan=version.plan_id)
    if dealer_id is not None:
        results = results.filter(dealer=dealer_id)
    rows = results.values_list("dealer", "run__month", "component__code")
    return {(d, m, code): total for d, m, code, total in rows.annotate(total=Sum("amount"))}


def compared(
    before: dict[_Key, Decimal], sums: Iterable[EngineSum], stored: dict[int, Component]
) -> dict[_Key, tuple[Decimal, Decimal]]:
    """What each dealer, month and component had, and would have; nothing where both are nothing."""
    after: dict[_Key, Decimal] = defaultdict(lambda: _ZERO)
    for each in sums:
        after[each.dealer_id, each.month, stored[each.component_id].code] += each.amount
    found = {key: (before.get(key, _ZERO), after.get(key, _ZERO)) for key in {*before, *after}}
    return {key: pair for key, pair in found.items() if any(pair)}


def near_cliffs(
    sums: Iterable[EngineSum], stored: dict[int, Component], version: PlanVersion
) -> list[list[Any]]:
    """How many dealers ended a month just below a boundary at which the whole month jumps.

    Each: code of the component, boundary, dealers and months.
    """
    tables = {
        pk: [row.starts_at for row in component.rows.all() if row.starts_at]
        for pk, component in stored.items()
        if component.kind in (Kind.TIERS_WHOLE, Kind.THRESHOLD_BONUS)
        and component.version_id == version.pk
    }
    found: dict[tuple[str, Decimal], int] = defaultdict(int)
    for each in sums:
        for start in tables.get(each.component_id, ()):
            if start * NEAR <= each.base < start:
                found[stored[each.component_id].code, start] += 1
    return [[code, str(start), times] for (code, start), times in sorted(found.items())]


def _found(
    amounts: dict[_Key, tuple[Decimal, Decimal]],
    stacked: list[Stacked],
    near: list[list[Any]],
) -> dict[str, Any]:
    """What is said of all dealers together; amounts as text, as JSON has no decimals."""
    by_dealer: dict[int, Decimal] = defaultdict(lambda: _ZERO)
    by_month: dict[str, list[Decimal]] = defaultdict(lambda: [_ZERO, _ZERO])
    by_code: dict[str, list[Decimal]] = defaultdict(lambda: [_ZERO, _ZERO])
    for (dealer, month, code), pair in amounts.items():
        by_dealer[dealer] += pair[1] - pair[0]
        for side in (0, 1):
            by_month[month.isoformat()][side] += pair[side]
            by_code[code][side] += pair[side]
    return {
        "better": sum(1 for change in by_dealer.values() if change > 0),
        "same": sum(1 for change in by_dealer.values() if not change),
        "worse": sum(1 for change in by_dealer.values() if change < 0),
        "months": [[key, *map(str, pair)] for key, pair in sorted(by_month.items())],
        "components": [[key, *map(str, pair)] for key, pair in sorted(by_code.items())],
        "stacked": [[it.plan_id, it.dealers, it.events, str(it.amount)] for it in stacked],
        "near": near,
    }


@dataclass(frozen=True, slots=True)
class DealersLine:
    """An event of a dealer in a closed month: what it gave, and would have given.

    ``before`` and ``after`` are none where it brings base only, to a component that is paid by
    month. ``order`` is its number, of a registration there is none.
    """

    month: date
    code: str
    at: datetime
    order: str
    base: Decimal
    before: Decimal | None
    after: Decimal | None

    @property
    def measured(self) -> str:
        """The base as the reader writes it: money or pieces, without needless zeros."""
        return count(self.base)


def lines_of(replay: Replay, dealer: Dealer) -> list[DealersLine]:
    """The lines of one dealer, by month, component and time.

    Computed, as the counting of the worker: what is decided elsewhere changes what a dealer has
    earned. Empty where the version was changed since it was simulated.
    """
    with acting(WORKER):
        if content_hash(replay.version) != replay.content:
            return []
        runs = list(Run.objects.filter(month__in=replay.months).order_by("month"))
        engine = Engine(replay.version, runs, dealer_id=dealer.pk)
        with engine.computed() as chain:
            after = engine.lines(chain)
        return _side_by_side(replay, runs, dealer, after, engine.stored)


def _side_by_side(
    replay: Replay, runs: list[Run], dealer: Dealer, after: list[ReplayLine],
    stored: dict[int, Component],
) -> list[DealersLine]:  # fmt: skip
    pairs: dict[tuple[date, str, str], list[Any]] = {}
    for line in after:
        key = (line.month, stored[line.component_id].code, line.event)
        pairs[key] = [line.at, line.base, None, line.amount]
    booked_lines = Line.objects.filter(
        result__run__in=runs,
        result__dealer=dealer,
        result__component__version__plan=replay.version.plan_id,
    ).select_related("result__run", "result__component")
    for each in booked_lines:
        event = str(each.order_id or UUID(int=each.registration_id or 0))
        key = (each.result.run.month, each.result.component.code, event)
        pairs.setdefault(key, [None, each.base, None, None])[2] = each.amount
    events = {UUID(event) for _month, _code, event in pairs}
    orders = Order.objects.in_bulk(events)
    moments = {str(pk): order.ordered_at for pk, order in orders.items()}
    moments |= _received(events - orders.keys())
    found = [
        DealersLine(
            month=month,
            code=code,
            at=at or moments[event],
            order=orders[UUID(event)].external_id if UUID(event) in orders else "",
            base=base,
            before=was,
            after=would,
        )
        for (month, code, event), (at, base, was, would) in pairs.items()
    ]
    return sorted(found, key=lambda it: (it.month, it.code, it.at, it.order))


def _received(events: Iterable[UUID]) -> dict[str, datetime]:
    """When registrations were received that the engine calls so."""
    found = Registration.objects.filter(pk__in=[event.int for event in events])
    return {str(UUID(int=pk)): at for pk, at in found.values_list("pk", "received_at")}
