"""Places that are worked out of those on other boards: written in one statement, read by index.

Combined boards are, and the boards of those who improved. A page reads of a cohort its own row, the
first, those next to it and those that the quarters lie between, whose places are looked up by their
position.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from dealers.actor import acting
from incentives.boards import places
from incentives.boards.around import BESIDE, FIRST, Around
from incentives.boards.ranked import Place
from incentives.models import Board, CombinedBoard, DerivedCount, Unit

_TABLE = "incentives_derivedplace"


@transaction.atomic
def write(
    of: Mapping[str, CombinedBoard | Board],
    length: str,
    boards: Collection[Board],
    statement: Callable[[list[Board]], tuple[Unit, str, dict[str, Any]]],
    *,
    at: datetime,
    cohorts: Collection[str] | None,
) -> int:
    """Work places out of those on ``boards``, all or those of ``cohorts``; returns how many.

    ``of`` names the board that they are of. ``statement`` tells the unit, the common table
    expressions up to ``worked`` and their values, of the boards as they are at that moment: cohort,
    columns of the unit, ``value``, and whether there is ``enough`` for a place. Two that do it at
    once come one after the other, and so does whoever freezes the boards meanwhile.
    """
    starts_on = next(iter(boards)).starts_on
    with acting(places.RANKING), connection.cursor() as cursor:
        count, made = DerivedCount.objects.select_for_update().get_or_create(
            **of, length=length, starts_on=starts_on, defaults={"counted_at": at}
        )
        # As they are now that it is one's turn: freezing takes it before it is done.
        fresh = Board.objects.in_bulk([board.pk for board in boards])
        unit, worked, params = statement([fresh[board.pk] for board in boards])
        params |= {
            "count": count.pk,
            "cohorts": None if made or cohorts is None else list(cohorts),
        }
        cursor.execute(
            f"DELETE FROM {_TABLE} WHERE count_id = %(count)s AND"
            " (%(cohorts)s::text[] IS NULL OR cohort = ANY(%(cohorts)s))",
            params,
        )
        cursor.execute(worked + _ranked_sql(unit), params)
        written = cursor.rowcount
        # Whoever was faster knew of more: a later turn, or who has frozen the boards since.
        count.counted_at = max(count.counted_at, at)
        count.save(update_fields=["counted_at"])
    return written


def _ranked_sql(unit: Unit) -> str:
    """What follows ``worked`` to rank it in its cohorts, as ``kinds.again`` does, and keep it."""
    said, units = places.said(unit)
    column = places.COLUMN[unit]
    compared = "count(*)" if unit != Unit.STAFF else "count(DISTINCT dealer_id)"
    # Who goes to another cohort while boards are counted stands in one of the two until the next
    # turn, which has its mark.
    return f""",
coded AS (
    SELECT r.*, said.code
    FROM (SELECT DISTINCT ON ({column}) * FROM worked ORDER BY {column}, enough DESC, cohort) r
    JOIN LATERAL (
        SELECT {said} FROM {units} u WHERE u.id = r.{column}) AS said (dealer, code, name) ON true
),
totals AS (
    SELECT cohort, count(*) AS of, {compared} AS compared FROM coded WHERE enough GROUP BY cohort
),
counted AS (
    SELECT coded.*, coalesce(t.of, 0) AS of, coalesce(t.compared, 0) AS compared,
        rank() OVER best AS place, count(*) OVER best AS up_to,
        row_number() OVER (PARTITION BY cohort, enough ORDER BY value DESC, code) AS seat
    FROM coded LEFT JOIN totals t USING (cohort)
    WINDOW best AS (PARTITION BY cohort, enough ORDER BY value DESC)
)
INSERT INTO {_TABLE} (count_id, cohort, store_id, dealer_id, post_id, region_id, value, rank, of,
    compared, percentile, position)
SELECT %(count)s, cohort, store_id, dealer_id, post_id, region_id, value,
    CASE WHEN enough THEN place END, of, compared,
    CASE WHEN enough THEN round(100.0 * (of - up_to) / greatest(of - 1, 1), 2) END,
    CASE WHEN enough THEN seat END
FROM counted
"""


def of_units(count: DerivedCount, board: Board, units: Collection[int]) -> list[Place]:
    """The places of some units, by cohort and rank, as far as they have one."""
    column = places.COLUMN[Unit(board.unit)]
    found = _rows(count, board, f"r.{column} = ANY(%(units)s)", {"units": list(units)})
    return [place for place, _compared, _position in found]


def around(count: DerivedCount, board: Board, me: Place | None, cohort: str) -> Around:
    """What is read of a cohort for one place in it: rows by their position, never all of them.

    Where a turn of the worker put others there between two looks, it is as if nobody stood there.
    """
    first = _rows(count, board, "r.cohort = %(cohort)s AND r.position = 1", {"cohort": cohort})
    if not first:
        return Around()
    (best, compared, _one), *_none = first
    mine = None
    if me is not None and me.rank is not None:
        column = places.COLUMN[Unit(board.unit)]
        own = _rows(count, board, f"r.{column} = %(unit)s", {"unit": me.unit_id})
        mine = next((position for _me, _compared, position in own), None)
    quarters = {share: _between(best.of, Decimal(share)) for share in ("0.25", "0.5", "0.75")}
    wanted = {at for low, high, _part in quarters.values() for at in (low, high)}
    wanted |= set(range(1, FIRST + 1))
    if me is not None and mine is not None:
        wanted |= {(me.rank or 0) - 1, *range(mine - BESIDE, mine + BESIDE + 1)}
    stood = {
        position: place
        for place, _compared, position in _rows(
            count, board, "r.cohort = %(cohort)s AND r.position = ANY(%(wanted)s)",
            {"cohort": cohort, "wanted": sorted(wanted)},
        )
        if position is not None
    }  # fmt: skip

    if not stood.keys() >= {at for low, high, _part in quarters.values() for at in (low, high)}:
        return Around()

    def quantile(share: str) -> Decimal:
        low, high, part = quarters[share]
        return stood[low].value + (stood[high].value - stood[low].value) * part

    near = range(mine - BESIDE, mine + BESIDE + 1) if mine else ()
    return Around(
        of=best.of,
        compared=compared,
        p25=quantile("0.25"),
        median=quantile("0.5"),
        p75=quantile("0.75"),
        top=tuple(stood[at] for at in range(1, FIRST + 1) if at in stood),
        beside=tuple(stood[at] for at in near if at in stood),
        # So many stand before whoever has a place, ties shared or not.
        ahead=stood.get(me.rank - 1) if me and me.rank else None,
    )


def _between(of: int, share: Decimal) -> tuple[int, int, Decimal]:
    """The positions of the two values that a quantile lies between, and how far: ``quantile``."""
    at = share * (of - 1)
    low = int(at)
    return of - low, of - min(low + 1, of - 1), at - low


def _rows(
    count: DerivedCount, board: Board, asked: str, params: dict[str, Any]
) -> list[tuple[Place, int, int | None]]:
    """Places with how many are compared and their position, by cohort and rank."""
    unit = Unit(board.unit)
    said, units = places.said(unit)
    with places.reading(board), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.id, {said}, r.cohort, r.value, NULL::numeric, NULL::numeric, r.rank, r.of,"
            f" r.percentile, r.compared, r.position"
            f" FROM {_TABLE} r JOIN {units} u ON u.id = r.{places.COLUMN[unit]}"
            f" WHERE r.count_id = %(count)s AND {asked}"
            # As all rows of dealers: the index has it first.
            f"{' AND r.store_id IS NULL' if unit == Unit.DEALER else ''}"
            " ORDER BY r.cohort, r.rank NULLS LAST, 3",
            params | {"count": count.pk},
        )
        return [(Place(*row[:-2]), *row[-2:]) for row in cursor.fetchall()]
