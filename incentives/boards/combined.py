"""Boards of several figures: how they are defined, and the places on them.

Each figure counts by one's percentile among the others of the cohort, from 0 to 100, times its
weight. So it is worked out of the boards of the figures, and is frozen with them: neither they nor
the weights change. The page that says how it is computed says it by ``Worked`` and ``LEAST``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dealers import months
from dealers.actor import Actor
from dealers.database import broken_constraint
from dealers.words import rounded
from incentives.boards import around, cohorts, combining, derived, kinds, places, standing, times
from incentives.boards.around import Around
from incentives.boards.cohorts import LIVE_SECONDS
from incentives.boards.combining import LEAST
from incentives.boards.members import Member
from incentives.boards.metrics import FIGURES
from incentives.boards.places import FROZEN_SECONDS
from incentives.boards.ranked import Place
from incentives.boards.standing import BoardStanding, SeenByOthers
from incentives.models import Board, CombinedBoard, DerivedCount, Metric, Unit
from incentives.models.combined import WHOLE

KIND = "points"  # how its values are written
_NONE = Decimal(0)


class CombinedRefused(Exception):
    """The message is written for the person at headquarters who defines it."""


def define(
    board: CombinedBoard, first: date, last: date | None, *, by: Actor, at: datetime
) -> CombinedBoard:
    """Define a board of several figures, from the month ``first`` on, to ``last`` where it is told.

    Months are their first days, and both are included. Raises CombinedRefused for weights that are
    no whole, for a figure that the unit has no boards of, and for months that are past: nobody is
    ranked by what nobody knew.
    """
    weights = board.weights
    if sum(weights.values()) != WHOLE:
        raise CombinedRefused(
            _("The weights add up to %(sum)d, not to 100.") % {"sum": sum(weights.values())}
        )
    if len(weights) < 2:
        raise CombinedRefused(_("One figure alone has its own board: weigh at least two."))
    for metric in weights:
        if Unit(board.unit) not in FIGURES[metric].units:
            raise CombinedRefused(
                _("There are no boards of %(unit)s by this figure: %(figure)s.")
                % {"unit": Unit(board.unit).label, "figure": metric.label}
            )
    if first < months.first_day(months.hq_day(at)):
        raise CombinedRefused(_("It cannot begin before this month: nobody knew its weights."))
    if last is not None and last < first:
        raise CombinedRefused(_("The last month is before the first one."))
    board.starts_on, board.ends_on = first, months.next_month(last) if last else None
    board.set_by, board.set_at = by.person, at
    try:
        with transaction.atomic():
            board.save(force_insert=True)
    except IntegrityError as problem:
        if broken_constraint(problem) != "combined_board_code_used_once":
            raise
        raise CombinedRefused(_("Another board has this code.")) from None
    return board


def end(
    board: CombinedBoard,
    *,
    by: Actor,  # noqa: ARG001 -- as its siblings
    at: datetime,
) -> CombinedBoard:
    """Let a board stand for this month for the last time.

    Raises CombinedRefused for one whose end is set, and for one that has not begun: it is deleted.
    """
    this_month = months.first_day(months.hq_day(at))
    if board.ends_on is not None:
        raise CombinedRefused(_("Its end is set."))
    if board.starts_on > this_month:
        raise CombinedRefused(_("It has not begun: delete it."))
    board.ends_on = months.next_month(this_month)
    board.save(update_fields=["ends_on"])
    return board


def may_delete(board: CombinedBoard, today: date) -> bool:
    """Whether a board has not begun: nobody has a place on it yet."""
    return today < board.starts_on


def of_time(units: Collection[Unit], starts_on: date) -> list[CombinedBoard]:
    """The boards of several figures that there are of these units and a time, by code."""
    found = CombinedBoard.objects.beginning_in(starts_on).filter(unit__in=units)
    return list(found.order_by("code"))


@dataclass(frozen=True, slots=True)
class Part:
    """A figure of a combined board for one unit; without a percentile it counts neither way.

    ``place`` is the one on the figure's own board, None where nothing has happened there.
    """

    metric: Metric
    weight: int
    place: Place | None
    percentile: Decimal | None

    @property
    def kind(self) -> str:
        """How the figure is written."""
        return FIGURES[self.metric].kind


def part_of(metric: Metric, weight: int, place: Place | None, *, compared: bool) -> Part:
    """How a figure counts for who has that place on its board, or none.

    Of a number or sum who has nothing stands last. A rate over too few cases says nothing, and
    neither does a figure in which too few of the cohort are ``compared``: it would tell of them.
    """
    percentile = None
    if compared and place is not None:
        percentile = place.percentile
    elif compared and not FIGURES[metric].sample:
        percentile = _NONE
    return Part(metric, weight, place, percentile)


@dataclass(frozen=True, slots=True)
class Worked:
    """The parts of a unit and what they come to.

    ``carried`` is the percent of the weights that count, which the others' weights are divided by.
    """

    parts: tuple[Part, ...]

    @property
    def counting(self) -> list[Part]:
        return [part for part in self.parts if part.percentile is not None]

    @property
    def carried(self) -> int:
        return sum(part.weight for part in self.counting)

    @property
    def enough(self) -> bool:
        """Whether so much of it counts that it says something."""
        return self.carried >= LEAST

    @property
    def value(self) -> Decimal:
        """Points from 0 to 100, to one decimal: by what is shown, places are shared."""
        if not self.carried:
            return _NONE
        points = sum((part.weight * (part.percentile or _NONE) for part in self.counting), _NONE)
        return rounded(points / self.carried, 1)


@dataclass(frozen=True, slots=True)
class _Figures:
    """The places of a cohort by each figure and unit, and in which figures enough have one."""

    places: Mapping[Metric, Mapping[int, Place]]
    compared: Collection[Metric]


@dataclass(frozen=True)
class Time:
    """A combined board at one time: the boards of its figures."""

    combined: CombinedBoard
    length: str
    starts_on: date
    boards: Mapping[Metric, Board]

    @classmethod
    def of(cls, combined: CombinedBoard, length: str, starts_on: date) -> "Time":
        found = places.of_times(combined.unit, starts_on, length=length)
        return cls(
            combined,
            length,
            starts_on,
            {metric: found[metric.value, starts_on] for metric in combined.weights},
        )

    @property
    def as_board(self) -> Board:
        """What names, places and who may be named go by: frozen once all its figures are."""
        frozen = [board.frozen_at for board in self.boards.values()]
        known = [moment for moment in frozen if moment is not None]
        first = next(iter(self.boards.values()))
        return Board(
            metric=first.metric,
            unit=self.combined.unit,
            length=self.length,
            starts_on=self.starts_on,
            cohorts=first.cohorts,
            frozen_at=max(known) if len(known) == len(frozen) else None,
        )

    @cached_property
    def count(self) -> DerivedCount | None:
        """Whether its places are on file, as those of large boards and of frozen ones are."""
        return combining.find(self.combined, self.length, self.boards)

    def as_of(self, now: datetime) -> datetime:
        """The moment that it tells of: large boards that run are counted every ten minutes."""
        if self.count is not None:
            return self.count.counted_at
        return min(board.frozen_at or board.counted_at or now for board in self.boards.values())

    def cohort_of(self, member: Member, today: date) -> str:
        """The cohort of a unit: as its boards keep it, or the one that takes it now."""
        if self.count is not None:
            for place in derived.of_units(self.count, self.as_board, [member.pk]):
                return place.cohort
        for board in self.boards.values():
            me = places.of_member(board, member.pk, lambda: cohorts.lately(member), today)
            if me is not None:
                return me.cohort
        return cohorts.lately(member)

    def worked(
        self, member: Member, cohort: str, today: date, *, among_many: bool = False
    ) -> Worked:
        """The parts of one unit of a cohort; ``among_many`` nobody else's rows are read for it."""
        if not among_many:
            return self._worked(member.pk, self._figures(cohort, today))
        return Worked(
            tuple(
                self._own_part(metric, weight, member, cohort, today)
                for metric, weight in self.combined.weights.items()
            )
        )

    def _own_part(
        self, metric: Metric, weight: int, member: Member, cohort: str, today: date
    ) -> Part:
        board = self.boards[metric]
        me, found, near = around.of(board, member.pk, lambda: cohort, today)
        if found != cohort:  # counted while another cohort took it
            enough = standing.are_enough(places.of_cohort(board, cohort, today), board.unit)
            return part_of(metric, weight, None, compared=enough)
        return part_of(metric, weight, me, compared=near.compared >= standing.FEWEST)

    def _figures(self, cohort: str, today: date) -> "_Figures":
        found = {
            metric: places.of_cohort(board, cohort, today) for metric, board in self.boards.items()
        }
        return _Figures(
            {metric: {each.unit_id: each for each in listed} for metric, listed in found.items()},
            {
                metric
                for metric, listed in found.items()
                if standing.are_enough(listed, self.combined.unit)
            },
        )

    def _worked(self, unit: int, figures: "_Figures") -> Worked:
        return Worked(
            tuple(
                part_of(
                    metric, weight, figures.places[metric].get(unit),
                    compared=metric in figures.compared,
                )
                for metric, weight in self.combined.weights.items()
            )
        )  # fmt: skip

    def around(self, unit: int, cohort: str, today: date) -> tuple[Place | None, Around]:
        """The place of a unit of a cohort, and what is around it."""
        me = next(iter(self.of_units([unit], cohort, today)), None)
        if self.count is not None:
            return me, derived.around(self.count, self.as_board, me, cohort)
        return me, around.of_listed(self.as_board, me, self.listed(cohort, today))

    def of_units(self, units: Collection[int], cohort: str, today: date) -> list[Place]:
        """The places of some units of a cohort, as far as they have one there."""
        if self.count is not None:
            found = derived.of_units(self.count, self.as_board, units)
            return [place for place in found if place.cohort == cohort]
        return [place for place in self.listed(cohort, today) if place.unit_id in units]

    def listed(self, cohort: str, today: date) -> list[Place]:
        """The places of a cohort, the highest first; then who has too few figures for one.

        Worked out once for some minutes, or of frozen boards for an hour, whoever asks.
        """
        board = self.as_board
        counted = [each.counted_at.timestamp() for each in self.boards.values() if each.counted_at]
        key = f"combined:{self.combined.pk}:{self.length}:{self.starts_on}:{cohort}"
        key += ":frozen" if board.frozen_at else f":{today}:{max(counted, default=0)}"
        found: list[Place] | None = cache.get(key)
        if found is None:
            found = self._listed(cohort, today)
            cache.set(key, found, FROZEN_SECONDS if board.frozen_at else LIVE_SECONDS)
        return found

    def _listed(self, cohort: str, today: date) -> list[Place]:
        figures = self._figures(cohort, today)
        known = {unit: place for found in figures.places.values() for unit, place in found.items()}
        enough: list[Place] = []
        few: list[Place] = []
        for unit, place in known.items():
            worked = self._worked(unit, figures)
            mine = replace(
                place, value=worked.value, numerator=None, denominator=None, rank=None,
                percentile=None,
            )  # fmt: skip
            (enough if worked.enough else few).append(mine)
        ranked = kinds.again(enough, attrgetter("value"))
        few.sort(key=lambda place: place.code)
        return ranked + [replace(place, of=len(ranked)) for place in few]


def standing_of(time: Time, member: Member, today: date) -> BoardStanding:
    """What a unit sees of a combined board, as ``standing.of`` of the board of one figure."""
    return _seen(time, member.pk, time.cohort_of(member, today), today)


def _seen(time: Time, unit: int, cohort: str, today: date) -> BoardStanding:
    me, near = time.around(unit, cohort, today)
    earlier = _earlier(time)
    before = None
    if earlier is not None:
        before = next(iter(earlier.of_units([unit], cohort, today)), None)
    found = standing.seen(
        time.as_board,
        me,
        near,
        cohort=cohort,
        before=before,
        earlier=earlier.as_board if earlier else None,
    )
    # Points are no work: what is missing of them is told beside each figure.
    return replace(found, work=None)


def _earlier(time: Time) -> Time | None:
    """The time before, if the board stood for it."""
    starts_on = times.earlier(time.length, time.starts_on)
    if starts_on is None or not time.combined.stands_for(starts_on):
        return None
    return Time.of(time.combined, time.length, starts_on)


def ranks(time: Time, seen: BoardStanding, today: date) -> dict[tuple[int, date], int | None]:
    """Where the units that are shown stood the time before, by unit and time."""
    earlier = _earlier(time)
    if earlier is None:
        return {}
    return {
        (place.unit_id, earlier.starts_on): place.rank
        for place in earlier.of_units(list(seen.shown), seen.cohort, today)
    }


def seen_by_others(time: Time, member: Member, today: date) -> SeenByOthers:
    """What a rival reads of a store or dealer: taken from the rival's page."""
    mine = standing_of(time, member, today)
    if not mine.ranked:
        return SeenByOthers()
    theirs = _seen(time, standing.rivals(mine, member)[0].unit_id, mine.cohort, today)
    return standing.read_by_rival(mine, member, theirs, ranks(time, theirs, today))


def of_stores(time: Time, visible: set[int], today: date) -> list[Place]:
    """The places of some stores in their cohorts; for whoever may see them in full."""
    if time.count is not None:
        return derived.of_units(time.count, time.as_board, visible)
    found = {
        place.cohort
        for board in time.boards.values()
        for place in places.of_members(board, visible, today)
    }
    return [
        place
        for cohort in sorted(found)
        for place in time.listed(cohort, today)
        if place.unit_id in visible
    ]
