"""What a unit sees of a board: its place, the gap to the next, never the bottom."""

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from dealers.models import Membership, Store
from incentives.boards import (
    around,
    cohorts,
    derived,
    keeping,
    kinds,
    members,
    naming,
    places,
    rising,
    times,
)
from incentives.boards.around import FIRST, Around
from incentives.boards.kinds import Kind
from incentives.boards.members import Member
from incentives.boards.metrics import FIGURES
from incentives.boards.ranked import Place
from incentives.models import Board, Length, Metric, Ranking, Unit

FEWEST = 5  # units below which no figure over all of them is shown
SHOWN = 6  # months or weeks of the line


@dataclass(frozen=True, slots=True)
class BoardStanding:
    """What one unit sees of a board: itself, those around it, the top, never the bottom.

    ``before`` is the place of the time before in the same cohort, ``change`` is places gained since
    then (negative: lost). ``band`` are the places, first and last, that cannot be told from one's
    own, where a rate leaves that open. ``gap`` is what is missing to the next place in the figure's
    own measure, ``work`` the same in events: sales, registrations, conversions. Both are None at
    the top. Quartiles are None below five.
    """

    board: Board
    me: Place | None
    cohort: str
    of: int
    enough: bool  # whether the cohort is large enough to show figures of others
    before: Place | None
    change: int | None
    band: tuple[int, int] | None
    next: Place | None
    gap: Decimal | None
    work: int | None
    p25: Decimal | None
    median: Decimal | None
    p75: Decimal | None
    top: list[Place]
    around: list[Place]
    earlier: Board | None  # of the time before, where the two are compared

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
    member: Member,
    metric: str,
    starts_on: date,
    today: date | None = None,
    boards: dict[tuple[str, date], Board] | None = None,
    *,
    length: str = Length.MONTH,
) -> BoardStanding:
    """What a unit sees of a month's or week's board; one that still runs stands as of ``today``.

    ``boards`` are those of this time and the one before, where several are read.
    """
    earlier = times.earlier(length, starts_on)
    asked = [starts_on, earlier] if earlier else [starts_on]
    boards = boards or places.of_times(members.unit_of(member), *asked, length=length)
    last = boards[str(metric), earlier] if earlier else None
    board = boards[str(metric), starts_on]
    now_in = cache(lambda: cohorts.lately(member))  # frozen boards know it themselves
    me, cohort, near = around.of(board, member.pk, now_in, today)
    return seen(
        board,
        me,
        near,
        cohort=cohort,
        before=places.of_member(last, member.pk, now_in, today) if last else None,
        earlier=last,
    )


def of_kind(
    member: Member, metric: str, starts_on: date, kind: Kind, today: date, *, length: str
) -> BoardStanding:
    """What a unit sees of those who improved, or of the new stores; of all of them as ``of``."""
    whole = of(member, metric, starts_on, today, length=length)
    board, figure = whole.board, FIGURES[Metric(metric)]
    match kind:
        case Kind.ALL:
            return whole
        case Kind.NEW:
            listed = kinds.newcomers(places.of_new(board, today), by_bound=figure.by_bound)
        case Kind.IMPROVED:
            if (count := rising.find(board)) is not None:
                rose = derived.of_units(count, board, [member.pk])
                me = next((place for place in rose if place.cohort == whole.cohort), None)
                near = derived.around(count, board, me, whole.cohort)
                return seen(board, me, near, cohort=whole.cohort, before=None)
            last = whole.earlier
            listed = kinds.improved(
                places.of_cohort(board, whole.cohort, today),
                places.of_cohort(last, whole.cohort, today) if last else [],
            )
    me = next((place for place in listed if place.unit_id == member.pk), None)
    near = around.of_listed(board, me, listed)
    return seen(board, me, near, cohort=whole.cohort, before=None)


def late(seen: BoardStanding, member: Member) -> Place | None:
    """Where one would stand by what is known now, if that is another figure than the frozen one.

    Nothing is told of who is compared with others by now. Among many the place is not worked out
    again, which would take the figures of all of them: then it is the figure alone, which is the
    same among whomever.
    """
    if seen.board.frozen_at is None or seen.me is None or not seen.enough:
        return None
    if among_many(seen):
        stores = members.stores(member)
        own = places.own_as_known_now(seen.board, seen.me.unit_id, stores)
        if own is None:
            own = replace(seen.me, value=Decimal(0), numerator=None, denominator=None)
        return None if own.value == seen.me.value else replace(own, rank=None)
    now = places.as_known_now(seen.board, seen.me.unit_id, seen.cohort)
    if now is None:
        if cohorts.of(member) != seen.cohort:
            return None
        # Nothing is left that counts.
        return replace(seen.me, value=Decimal(0), numerator=None, denominator=None, rank=None)
    return None if (now.value, now.rank) == (seen.me.value, seen.me.rank) else now


def among_many(seen: BoardStanding) -> bool:
    """Whether so many are compared that a page reads no more than the rows next to its own."""
    return seen.of > keeping.MANY


def seen(
    board: Board,
    me: Place | None,
    near: Around,
    *,
    cohort: str,
    before: Place | None,
    earlier: Board | None = None,
) -> BoardStanding:
    """What somebody at the place ``me`` sees of what is around it."""
    rank = me.rank if me else None
    if before is not None and before.cohort != cohort:
        before = None  # a place among others, which compares with none here
    change = None
    if before is not None and before.rank is not None and rank:
        change = before.rank - rank
    enough = near.compared >= FEWEST
    ahead = near.ahead if enough else None
    figure = FIGURES[Metric(board.metric)]
    return BoardStanding(
        board=board,
        me=me,
        cohort=cohort,
        of=near.of,
        enough=enough,
        before=before,
        change=change,
        band=near.band if enough else None,
        next=ahead,
        gap=ahead.value - me.value if me and ahead else None,
        work=figure.work(me, ahead) if me and ahead else None,
        p25=near.p25 if enough else None,
        median=near.median if enough else None,
        p75=near.p75 if enough else None,
        top=list(near.top) if enough else [],
        around=list(near.beside) if enough else [],
        earlier=earlier,
    )


def are_enough(listed: Iterable[Place], unit: str) -> bool:
    """Whether so many of a cohort have a place that it says something.

    Of people those of so many dealers: colleagues would tell whose figures the few others are.
    """
    ranked = [place for place in listed if place.rank is not None]
    compared = {place.dealer_id for place in ranked} if unit == Unit.STAFF else ranked
    return len(compared) >= FEWEST


def shown_times(board: Board) -> list[date]:
    """The starts of the times that the page shows, oldest first, the board's own last."""
    return times.last(board.length, board.starts_on, SHOWN)


def ranks(seen: BoardStanding, today: date | None = None) -> dict[tuple[int, date], int | None]:
    """Where the units that are shown stood, by unit and time: in the same cohort.

    On frozen boards; on the one of the time before as it stands now, until that is frozen too.
    """
    board, earlier = seen.board, seen.earlier
    units = seen.shown
    found = {(unit, board.starts_on): place.rank for unit, place in units.items()}
    column = places.COLUMN[Unit(board.unit)]
    shown: dict[str, Any] = {f"{column}__in": list(units)}
    if board.unit == Unit.DEALER:
        shown["store"] = None  # as on all of its boards: the index has it first
    with places.reading(board):
        for unit, start, rank in Ranking.objects.filter(
            **shown,
            board__in=Board.objects.frozen().filter(
                length=board.length, metric=board.metric, unit=board.unit,
                starts_on__in=shown_times(board)[:-1],
            ),
            cohort=seen.cohort,
        ).values_list(column, "board__starts_on", "rank"):  # fmt: skip
            found[unit, start] = rank
    if earlier is not None and earlier.frozen_at is None:
        stood = places.of_units(earlier, seen.cohort, units, today)
        found |= {(p.unit_id, earlier.starts_on): p.rank for p in stood}
    return found


def lines(
    seen: BoardStanding, stood: dict[tuple[int, date], int | None], named: Collection[int]
) -> dict[int, list[int | None]]:
    """The places of the first and one's own at the times that are shown, by unit.

    Of others who are ``named`` those alone beside which their name stood: among the first, on
    boards that were not frozen before their consent. It was given for no other place.
    """
    board, starts = seen.board, shown_times(seen.board)
    consents = naming.consents(board, named) if named else {}
    frozen: dict[date, datetime | None] = {}
    if consents:
        boards = Board.objects.frozen().filter(
            length=board.length, metric=board.metric, unit=board.unit, starts_on__in=starts
        )
        frozen = dict(boards.values_list("starts_on", "frozen_at"))

    def place(unit: int, start: date) -> int | None:
        rank = stood.get((unit, start))
        if rank is None or start == board.starts_on or unit not in consents:
            return rank
        may = rank <= FIRST and consents[unit].holds_for(frozen.get(start))
        return rank if may else None

    units = [first.unit_id for first in seen.top] + ([seen.me.unit_id] if seen.me else [])
    return {unit: [place(unit, start) for start in starts] for unit in units}


def own(seen: BoardStanding, membership: Membership) -> dict[int, str]:
    """Of the units that are shown the names of one's own dealer's; people have none."""
    if seen.board.unit == Unit.STAFF:
        return {}
    if seen.board.unit == Unit.REGION:
        mine = {membership.region_id}
    elif seen.board.unit == Unit.DEALER:
        mine = {membership.dealer_id}
    elif membership.is_store_post:
        mine = {membership.store_id}
    else:
        stores = Store.objects.filter(dealer=membership.dealer_id, pk__in=list(seen.shown))
        mine = set(stores.values_list("pk", flat=True))
    return {unit: place.name for unit, place in seen.shown.items() if unit in mine}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the page's list: a place, or the gap where places are left out."""

    gap: bool = False
    rank: int = 0
    name: str = ""  # of one's own units, and of benchmarks
    benchmark: bool = False  # among the first, and agreed to be named
    mine: bool = False
    value: Decimal = Decimal(0)
    certain: Decimal = Decimal(0)  # of a rate
    unit: int = 0
    change: int | None = None


def rows(
    seen: BoardStanding,
    stood: dict[tuple[int, date], int | None],
    own: dict[int, str],
    benchmarks: dict[int, str],
) -> Iterable[Row]:
    """The first three and those next to one's own place, with a gap where places are left out."""
    before = seen.earlier.starts_on if seen.earlier else None
    expected = 1  # the place that follows, ties counted
    ordered = sorted((place.rank or 0, place.code, place) for place in seen.shown.values())
    for rank, _code, place in ordered:
        if rank > expected:
            yield Row(gap=True)
            expected = rank
        earlier = stood.get((place.unit_id, before)) if before else None
        yield Row(
            rank=rank,
            name=own.get(place.unit_id) or benchmarks.get(place.unit_id, ""),
            benchmark=place.unit_id in benchmarks,
            mine=seen.me is not None and place.unit_id == seen.me.unit_id,
            value=place.value,
            certain=place.certain,
            unit=place.unit_id,
            change=None if earlier is None else earlier - rank,
        )
        expected += 1


@dataclass(frozen=True, slots=True)
class SeenByOthers:
    """What others read of a unit on one board: its row as it stands on their page, or nothing.

    ``near``: how many stand within two places, who read it for that; ``all`` read it where it is
    among the first three.
    """

    row: Row | None = None
    near: int = 0
    all: int = 0


def seen_by_others(
    member: Member,
    metric: Metric,
    starts_on: date,
    today: date,
    boards: dict[tuple[str, date], Board] | None = None,
) -> SeenByOthers:
    """What a rival reads of a store or dealer on a month's board: taken from the rival's page.

    ``boards`` as for ``of``.
    """
    mine = of(member, metric, starts_on, today, boards)
    if not mine.ranked:
        return SeenByOthers()
    rival, cohort, near = around.of(
        mine.board, rivals(mine, member)[0].unit_id, lambda: mine.cohort, today
    )
    theirs = seen(mine.board, rival, near, cohort=cohort, before=None, earlier=mine.earlier)
    return read_by_rival(mine, member, theirs, ranks(theirs, today))


def rivals(mine: BoardStanding, member: Member) -> list[Place]:
    """The others who stand within two places of a unit."""
    return [place for place in mine.around if place.unit_id != member.pk]


def read_by_rival(
    mine: BoardStanding,
    member: Member,
    theirs: BoardStanding,
    stood: dict[tuple[int, date], int | None],
) -> SeenByOthers:
    """What is read of a unit that stands as ``mine`` on the page of a rival, which is ``theirs``.

    ``stood`` as for ``rows``.
    """
    found = rows(theirs, stood, {}, naming.names(theirs.board, theirs.top))
    return SeenByOthers(
        row=next(row for row in found if row.unit == member.pk),
        near=len(rivals(mine, member)),
        all=mine.of - 1 if member.pk in {place.unit_id for place in mine.top} else 0,
    )


def surprise(seen: BoardStanding) -> tuple[Place, Place] | None:
    """Of the places that are shown two whose rates are the other way round: (behind, ahead)."""
    ordered = sorted(seen.shown.values(), key=lambda place: (place.rank or 0, place.code))
    for ahead, behind in itertools.pairwise(ordered):
        if behind.value > ahead.value:
            return behind, ahead
    return None
