"""What is read of a cohort for one place in it: the first, those next to it, the quarters.

Where the places of a board were written down these rows alone are read, so that it costs the same
among a hundred units and among fifty thousand. Elsewhere the whole cohort is, which is small.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from dealers.actor import acting
from incentives.boards import places
from incentives.boards.metrics import BEHAVIOUR, FIGURES
from incentives.boards.ranked import Place
from incentives.models import Board, Metric, Spread, Unit

FIRST = 3  # of a cohort, whom everybody in it sees
BESIDE = 2  # places on either side of one's own


@dataclass(frozen=True, slots=True)
class Around:
    """A cohort as it is seen from one place.

    ``compared`` are those who have a place, of people their dealers. ``ahead`` is who stands next
    before. Of what people do ``doing`` did it often enough to say so, and the top quarter of them
    from ``benchmark`` on. What is seen of it by whom, is not decided here.
    """

    of: int = 0
    compared: int = 0
    p25: Decimal | None = None
    median: Decimal | None = None
    p75: Decimal | None = None
    top: tuple[Place, ...] = ()
    beside: tuple[Place, ...] = ()
    ahead: Place | None = None
    band: tuple[int, int] | None = None
    doing: int = 0
    benchmark: Decimal | None = None


def of(
    board: Board, unit_id: int, cohort: Callable[[], str], today: date | None = None
) -> tuple[Place | None, str, Around]:
    """A unit's place on a board, its cohort and what is around it.

    ``cohort`` tells which one takes a unit that has no place there.
    """
    if places.is_kept(board):
        found = _kept(board, unit_id, cohort)
        if found is not None:
            return found
    me = places.of_member(board, unit_id, cohort, today)
    name = me.cohort if me else cohort()
    return me, name, of_listed(board, me, places.of_cohort(board, name, today))


def of_listed(board: Board, me: Place | None, listed: Collection[Place]) -> Around:
    """The same of all places of a cohort, which are in order."""
    ranked = [p for p in listed if p.rank is not None]
    rank = me.rank if me else None
    above = [p for p in ranked if rank is not None and p.rank is not None and p.rank < rank]
    position = next((n for n, p in enumerate(ranked) if me and p.unit_id == me.unit_id), None)
    beside = (
        ranked[max(position - BESIDE, 0) : position + BESIDE + 1] if position is not None else []
    )
    values = sorted(p.value for p in ranked)
    least = BEHAVIOUR.get(Metric(board.metric))
    done = sorted(p.value for p in listed if least is not None and (p.denominator or 0) >= least)
    by_bound = FIGURES[Metric(board.metric)].by_bound
    return Around(
        of=len(ranked),
        compared=len({p.dealer_id for p in ranked}) if board.unit == Unit.STAFF else len(ranked),
        p25=quantile(values, Decimal("0.25")),
        median=quantile(values, Decimal("0.5")),
        p75=quantile(values, Decimal("0.75")),
        top=tuple(ranked[:FIRST]),
        beside=tuple(beside),
        ahead=above[-1] if above else None,
        band=band(me, ranked) if me and rank and by_bound else None,
        doing=len(done),
        benchmark=quantile(done, Decimal("0.75")),
    )


def _kept(
    board: Board, unit_id: int, cohort: Callable[[], str]
) -> tuple[Place | None, str, Around] | None:
    """What was written down; None where the board is older than that."""
    rows = _rows(board, unit_id, None)
    name = next((p.cohort for p, *_rest in rows if p.unit_id == unit_id), None)
    if name is None:
        name = cohort()
        rows = _rows(board, unit_id, name)
    with acting(places.RANKING):
        spread = Spread.objects.filter(board=board, cohort=name).first()
    if spread is None:
        return None if board.frozen_at else (None, name, Around())
    mine = next((row for row in rows if row[0].unit_id == unit_id), None)
    me, position, first, last = mine or (None, None, None, None)
    stood = {at: place for place, at, _first, _last in rows if at is not None}
    near = range(position - BESIDE, position + BESIDE + 1) if position else ()
    return (
        me,
        name,
        Around(
            of=spread.of,
            compared=spread.compared,
            p25=spread.p25,
            median=spread.median,
            p75=spread.p75,
            top=tuple(stood[at] for at in range(1, FIRST + 1) if at in stood),
            beside=tuple(stood[at] for at in near if at in stood),
            # So many stand before whoever has a place, ties shared or not.
            ahead=stood.get(me.rank - 1) if me and me.rank else None,
            band=(first, last) if first and last else None,
            doing=spread.doing,
            benchmark=spread.benchmark,
        ),
    )


def _rows(
    board: Board, unit_id: int, cohort: str | None
) -> list[tuple[Place, int | None, int | None, int | None]]:
    """One's own row, the first of its cohort and those next to it: place, position, band."""
    unit, column = Unit(board.unit), places.COLUMN[Unit(board.unit)]
    kept = places.table(board)
    said, units = places.said(unit)
    alone = "AND r.store_id IS NULL" if unit == Unit.DEALER else ""
    columns = f"""u.id, {said}, r.cohort, r.value, r.numerator, r.denominator,
        r.rank, r.of, r.percentile, r.position, r.band_first, r.band_last"""
    query = f"""
        WITH me AS MATERIALIZED (
            SELECT * FROM {kept} r
            WHERE r.board_id = %(board)s AND r.{column} = %(unit)s {alone}
        ),
        near (position) AS (
            SELECT generate_series(1, {FIRST})
            UNION SELECT rank - 1 FROM me
            UNION SELECT generate_series(position - {BESIDE}, position + {BESIDE}) FROM me
        )
        SELECT {columns}
        FROM near JOIN {kept} r ON r.position = near.position
            AND r.board_id = %(board)s AND r.cohort = coalesce((SELECT cohort FROM me), %(cohort)s)
        JOIN {units} u ON u.id = r.{column}
        UNION ALL
        SELECT {columns} FROM me r JOIN {units} u ON u.id = r.{column} WHERE r.position IS NULL"""
    with places.reading(board), connection.cursor() as cursor:
        cursor.execute(query, {"board": board.pk, "unit": unit_id, "cohort": cohort})
        return [(Place(*row[:-3]), *row[-3:]) for row in cursor.fetchall()]


def band(me: Place, ranked: Collection[Place]) -> tuple[int, int] | None:
    """The first and the last place that may be one's own: of all whose intervals overlap it.

    Whoever is surely better stands before, whoever is surely worse behind; between them the order
    of rates may be chance. None of a change, which has no interval.
    """
    if not me.denominator:
        return None
    better = sum(1 for other in ranked if other.certain > me.possible)
    worse = sum(1 for other in ranked if other.possible < me.certain)
    return better + 1, len(ranked) - worse


def quantile(ordered: list[Decimal], share: Decimal) -> Decimal | None:
    """Between the two values around it, as ``percentile_cont`` does."""
    if not ordered:
        return None
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
