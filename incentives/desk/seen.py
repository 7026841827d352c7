"""What a page or a paper shows of a place on a board: drawn, named where that is agreed, in words.

The page of a board and a store's report read it here, so that the one tells no more than the other.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from dealers.models import Membership
from incentives.boards import combined, members, naming, standing, times
from incentives.boards.metrics import FIGURES
from incentives.boards.ranked import Place
from incentives.boards.standing import BoardStanding, Row
from incentives.desk.charts import Band, Bump
from incentives.models import Metric, Unit

LABEL = 6  # letters of a name that fit beside a line


@dataclass(frozen=True, slots=True)
class Lacks:
    """What is missing to the next place: in events where that can be said, and in the figure."""

    words: str | None
    amount: Decimal
    rank: int
    value: Decimal


def lacks(seen: BoardStanding) -> Lacks | None:
    """What is missing to the next place; nothing at the top, and among too few."""
    if seen.next is None or seen.gap is None:
        return None
    figure = FIGURES[Metric(seen.board.metric)]
    return Lacks(
        words=None if seen.work is None else figure.words(seen.work),
        amount=seen.gap,
        rank=seen.next.rank or 0,
        value=seen.next.value,
    )


def band(seen: BoardStanding) -> Band | None:
    """One's own figure between the quarters of the cohort; nothing where no place is shown."""
    if seen.me is None or seen.p25 is None or seen.median is None or seen.p75 is None:
        return None
    return Band.of(lower=seen.p25, median=seen.median, upper=seen.p75, mine=seen.me.value)


@dataclass(frozen=True)
class Places:
    """The places that somebody sees of a board, and the lines of the first ones and one's own."""

    rows: list[Row]
    bump: Bump | None


def places(seen: BoardStanding, post: Membership, today: date, *, over_time: bool = True) -> Places:
    """What ``post`` sees of a board on which there is a place to show.

    Without ``over_time`` nothing is told of other times than the board's own.
    """
    stood = standing.ranks(seen, today) if over_time else {}
    own = standing.own(seen, post)
    benchmarks = naming.names(seen.board, seen.top)
    rows = list(standing.rows(seen, stood, own, benchmarks))
    if not stood or seen.me is None:
        return Places(rows, None)
    named = benchmarks | own
    lines = standing.lines(seen, stood, benchmarks.keys() - own.keys())
    label = members.CALLED[Unit(seen.board.unit)][1]
    shown = {place.unit_id: place for place in [*seen.top, seen.me]}
    return Places(
        rows,
        Bump.of(
            [
                times.short_name(seen.board.length, each)
                for each in standing.shown_times(seen.board)
            ],
            [
                (
                    _beside(place, label if place is seen.me else _short(named.get(unit, ""))),
                    place is seen.me,
                    lines[unit],
                )
                for unit, place in shown.items()
            ],
        ),
    )


def combined_rows(
    time: combined.Time, seen: BoardStanding, post: Membership, today: date
) -> list[Row]:
    """What ``post`` sees of a board of several figures on which there is a place to show."""
    stood = combined.ranks(time, seen, today)
    names = naming.names(seen.board, seen.top)
    return list(standing.rows(seen, stood, standing.own(seen, post), names))


def _beside(place: Place, name: object) -> str:
    return (_("place %(rank)d %(name)s") % {"rank": place.rank, "name": name}).strip()


def _short(name: str) -> str:
    """A name beside a line, which has room for few letters."""
    return Truncator(name).chars(LABEL)
