"""What a store or dealer sees of a board: its place, the gap to the next, never the bottom."""

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealers.models import Dealer, Store
from dealers.months import previous_month
from incentives.boards import cohorts, freeze
from incentives.boards.freeze import Place
from incentives.boards.metrics import wilson_lower_bound
from incentives.models import Metric, Run, Unit

FEWEST = 5  # units below which no figure over all of them is shown


@dataclass(frozen=True, slots=True)
class Standing:
    """What one store or dealer sees of a board: itself, those around it, the top, never the bottom.

    ``change`` is places gained since the month before (negative: lost). ``gap`` is what is missing
    to the next place in the metric's own measure, ``work`` the same in events: sales,
    registrations, conversions. Both are None at the top. Quartiles are None below five units.
    """

    me: Place | None
    cohort: str
    of: int
    before: Place | None
    change: int | None
    next: Place | None
    gap: Decimal | None
    work: int | None
    p25: Decimal | None
    median: Decimal | None
    p75: Decimal | None
    top: list[Place]
    around: list[Place]

    @property
    def enough(self) -> bool:
        """Whether the cohort is large enough to show figures of others."""
        return self.of >= FEWEST


def of(
    member: Store | Dealer, metric: str, month: date, runs: dict[date, Run] | None = None
) -> Standing:
    """What a store or dealer sees of a month's board.

    ``runs`` are those of this month and the one before, where several boards are read.
    """
    unit = Unit.STORE if isinstance(member, Store) else Unit.DEALER
    if runs is None:
        runs = freeze.runs_of(month, previous_month(month))
    me = freeze.place(member, metric, month, runs)
    before = freeze.place(member, metric, previous_month(month), runs)
    cohort = me.cohort if me else cohorts.of(member, unit)
    places = freeze.cohort_places(metric, unit, month, cohort, runs)
    ranked = [p for p in places if p.rank is not None]
    rank = me.rank if me else None
    above = [p for p in ranked if rank is not None and p.rank is not None and p.rank < rank]
    following = above[-1] if above else None
    if me is not None and rank is None and ranked:
        following = ranked[-1]
    gap, work = _gap(metric, me, following) if me and following else (None, None)
    same_cohort = before is not None and before.cohort == cohort
    change = None
    if same_cohort and before is not None and before.rank is not None and rank is not None:
        change = before.rank - rank
    enough = len(ranked) >= FEWEST
    position = next((n for n, p in enumerate(ranked) if me and p.unit_id == me.unit_id), None)
    around = ranked[max(position - 2, 0) : position + 3] if position is not None else []
    values = sorted(p.value for p in ranked) if enough else []
    return Standing(
        me=me,
        cohort=cohort,
        of=len(ranked),
        before=before,
        change=change,
        next=following if enough else None,
        gap=gap if enough else None,
        work=work if enough else None,
        p25=_quantile(values, Decimal("0.25")),
        median=_quantile(values, Decimal("0.5")),
        p75=_quantile(values, Decimal("0.75")),
        top=ranked[:3] if enough else [],
        around=around if enough else [],
    )


def _gap(metric: str, me: Place, following: Place) -> tuple[Decimal, int | None]:
    gap = following.value - me.value
    if metric == Metric.REGISTRATIONS:
        return gap, int(gap)
    if metric == Metric.CONVERSION:
        return gap, _conversions_to(me, following)
    if me.denominator and me.value > 0:
        average = me.value / me.denominator
        return gap, math.ceil(gap / average)
    return gap, None


def _conversions_to(me: Place, following: Place) -> int | None:
    """How many more of one's mature registrations have to convert to reach the next place."""
    mine, sample = float(me.numerator or 0), float(me.denominator or 0)
    goal = wilson_lower_bound(float(following.numerator or 0), float(following.denominator or 0))
    for more in range(1, int(sample - mine) + 1):
        if wilson_lower_bound(mine + more, sample) >= goal:
            return more
    return None


def _quantile(ordered: list[Decimal], share: Decimal) -> Decimal | None:
    """Between the two values around it, as ``percentile_cont`` does."""
    if not ordered:
        return None
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
