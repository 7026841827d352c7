"""What a store or dealer sees of a board: its place, the gap to the next, never the bottom."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealers.models import Dealer, Membership, Store
from dealers.months import add_months, previous_month
from incentives.boards import cohorts, places
from incentives.boards.metrics import FIGURES
from incentives.boards.places import Place
from incentives.models import Board, Length, Metric, Ranking, Unit

FEWEST = 5  # units below which no figure over all of them is shown
SHOWN = 6  # months of the line


@dataclass(frozen=True, slots=True)
class Standing:
    """What one store or dealer sees of a board: itself, those around it, the top, never the bottom.

    ``change`` is places gained since the month before (negative: lost). ``gap`` is what is missing
    to the next place in the figure's own measure, ``work`` the same in events: sales,
    registrations, conversions. Both are None at the top. Quartiles are None below five units.
    """

    board: Board
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

    @property
    def ranked(self) -> bool:
        """Whether there is a place to show, among enough others."""
        return self.enough and self.me is not None and self.me.rank is not None

    @property
    def shown(self) -> dict[int, Place]:
        """The places that the page shows, by unit: one's own, the first and those next to it."""
        mine = [self.me] if self.me else []
        return {place.unit_id: place for place in [*mine, *self.top, *self.around]}


def of(
    member: Store | Dealer,
    metric: str,
    month: date,
    today: date | None = None,
    boards: dict[tuple[str, date], Board] | None = None,
) -> Standing:
    """What a store or dealer sees of a month's board; one that still runs stands as of ``today``.

    ``boards`` are those of this month and the one before, where several are read.
    """
    unit = Unit.STORE if isinstance(member, Store) else Unit.DEALER
    boards = boards or places.of_months(unit, month, previous_month(month))
    board = boards[str(metric), month]
    me = places.of_member(board, member.pk, today)
    before = places.of_member(boards[str(metric), previous_month(month)], member.pk, today)
    cohort = me.cohort if me else cohorts.of(member, unit)
    ranked = [p for p in places.of_cohort(board, cohort, today) if p.rank is not None]
    rank = me.rank if me else None
    above = [p for p in ranked if rank is not None and p.rank is not None and p.rank < rank]
    ahead = above[-1] if above else None
    if me is not None and rank is None and ranked:
        ahead = ranked[-1]
    change = None
    if before is not None and before.cohort == cohort and before.rank is not None and rank:
        change = before.rank - rank
    enough = len(ranked) >= FEWEST
    position = next((n for n, p in enumerate(ranked) if me and p.unit_id == me.unit_id), None)
    around = ranked[max(position - 2, 0) : position + 3] if position is not None else []
    values = sorted(p.value for p in ranked) if enough else []
    catching_up = enough and me is not None and ahead is not None
    return Standing(
        board=board,
        me=me,
        cohort=cohort,
        of=len(ranked),
        before=before,
        change=change,
        next=ahead if enough else None,
        gap=ahead.value - me.value if catching_up and me and ahead else None,
        work=FIGURES[Metric(metric)].work(me, ahead) if catching_up and me and ahead else None,
        p25=_quantile(values, Decimal("0.25")),
        median=_quantile(values, Decimal("0.5")),
        p75=_quantile(values, Decimal("0.75")),
        top=ranked[:3] if enough else [],
        around=around if enough else [],
    )


def _quantile(ordered: list[Decimal], share: Decimal) -> Decimal | None:
    """Between the two values around it, as ``percentile_cont`` does."""
    if not ordered:
        return None
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def last_months(month: date) -> list[date]:
    """The months that the page shows, oldest first, the board's own last."""
    return [add_months(month, -back) for back in reversed(range(SHOWN))]


def ranks(seen: Standing) -> dict[tuple[int, date], int | None]:
    """Where the units that are shown stood, by unit and month: in the same cohort, months alone."""
    board = seen.board
    found = {(unit, board.starts_on): place.rank for unit, place in seen.shown.items()}
    column = str(board.unit)
    for unit, month, rank in Ranking.objects.filter(
        **{f"{column}__in": list(seen.shown)},
        board__in=Board.objects.frozen().filter(
            length=Length.MONTH, metric=board.metric, unit=board.unit,
            starts_on__in=last_months(board.starts_on)[:-1],
        ),
        cohort=seen.cohort,
    ).values_list(column, "board__starts_on", "rank"):  # fmt: skip
        found[unit, month] = rank
    return found


def named(seen: Standing, membership: Membership) -> set[int]:
    """Of the units that are shown those of one's own dealer, which alone are named."""
    if seen.board.unit == Unit.DEALER:
        return {membership.dealer_id} if membership.dealer_id else set()
    if membership.is_store_post:
        return {membership.store_id} if membership.store_id else set()
    own = Store.objects.filter(dealer=membership.dealer_id, pk__in=list(seen.shown))
    return set(own.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the page's list: a place, or the gap where places are left out."""

    gap: bool = False
    rank: int = 0
    name: str = ""  # of one's own units only
    mine: bool = False
    value: Decimal = Decimal(0)
    certain: Decimal = Decimal(0)  # of a rate
    change: int | None = None


def rows(seen: Standing, stood: dict[tuple[int, date], int | None], own: set[int]) -> Iterable[Row]:
    """The first three and those next to one's own place, with a gap where places are left out."""
    before = previous_month(seen.board.starts_on)
    expected = 1  # the place that follows, ties counted
    ordered = sorted((place.rank or 0, place.code, place) for place in seen.shown.values())
    for rank, _code, place in ordered:
        if rank > expected:
            yield Row(gap=True)
            expected = rank
        earlier = stood.get((place.unit_id, before))
        yield Row(
            rank=rank,
            name=place.name if place.unit_id in own else "",
            mine=seen.me is not None and place.unit_id == seen.me.unit_id,
            value=place.value,
            certain=place.certain,
            change=None if earlier is None else earlier - rank,
        )
        expected += 1


def surprise(seen: Standing) -> tuple[Place, Place] | None:
    """Of the places that are shown two whose rates are the other way round: (behind, ahead)."""
    ordered = sorted(seen.shown.values(), key=lambda place: (place.rank or 0, place.code))
    for ahead, behind in itertools.pairwise(ordered):
        if behind.value > ahead.value:
            return behind, ahead
    return None
