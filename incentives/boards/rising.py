"""Working out who improved on a board since the time before, in the database.

The same that ``kinds.improved`` says of a cohort's places, of boards whose places are on file.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from incentives.boards import derived, places
from incentives.models import Board, DerivedCount, Unit


def find(board: Board) -> DerivedCount | None:
    """Whether those who improved on a board are on file, as it is: running, or frozen."""
    found = DerivedCount.objects.filter(board=board).first() if board.pk else None
    if found is not None and board.frozen_at is not None and found.counted_at < board.frozen_at:
        return None
    return found


def write(
    board: Board, earlier: Board, at: datetime, cohorts: Collection[str] | None = None
) -> int:
    """Work out who improved on a board since the ``earlier`` one; returns how many.

    All of them, or those of ``cohorts``. Nothing where the places of one are not on file.
    """
    if not (places.is_kept(board) and places.is_kept(earlier)):
        return 0
    unit = Unit(board.unit)

    def statement(fresh: list[Board]) -> tuple[Unit, str, dict[str, Any]]:
        now, before = fresh
        params = {"board": now.pk, "earlier": before.pk}
        return unit, _worked_sql(unit, places.table(now), places.table(before)), params

    return derived.write(
        {"board": board}, board.length, [board, earlier], statement, at=at, cohorts=cohorts
    )


def _worked_sql(unit: Unit, now: str, before: str) -> str:
    """Whose figure rose, in the same cohort, with a place both times: who fell has none."""
    column = places.COLUMN[unit]
    return f"""
WITH worked AS (
    SELECT n.cohort, n.store_id, n.dealer_id, n.post_id, n.region_id, n.value - b.value AS value,
        true AS enough
    FROM {now} n
    JOIN {before} b ON b.board_id = %(earlier)s AND b.{column} = n.{column} AND b.cohort = n.cohort
    WHERE n.board_id = %(board)s AND n.rank IS NOT NULL AND b.rank IS NOT NULL
    AND n.value > b.value
    AND (%(cohorts)s::text[] IS NULL OR n.cohort = ANY(%(cohorts)s))
)"""
