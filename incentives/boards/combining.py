"""Working the places of combined boards out of those of their figures, in the database.

The same that ``combined.Worked`` says of one unit, for all of them. What is worked out of frozen
boards stays, as they do.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from incentives.boards import derived, places
from incentives.boards.metrics import FIGURES
from incentives.boards.standing import FEWEST
from incentives.models import Board, CombinedBoard, DerivedCount, Metric, Unit

LEAST = 50  # percent of the weights: who has fewer figures that count has no place
type Boards = Mapping[Metric, Board]


def find(combined: CombinedBoard, length: str, boards: Boards) -> DerivedCount | None:
    """Whether the places of a combined board are on file for the time of its ``boards``.

    Those that were worked out while one of them ran are not those of frozen ones.
    """
    starts_on = next(iter(boards.values())).starts_on
    counts = DerivedCount.objects.filter(combined=combined, length=length, starts_on=starts_on)
    found = counts.first()
    frozen = [board.frozen_at for board in boards.values()]
    known = [moment for moment in frozen if moment is not None]
    if found is not None and len(known) == len(frozen) and found.counted_at < max(known):
        return None
    return found


def write(
    combined: CombinedBoard,
    length: str,
    boards: Boards,
    at: datetime,
    cohorts: Collection[str] | None = None,
) -> int:
    """Work out all places of a combined board, or those of ``cohorts``; returns how many.

    Nothing where a figure's places are not on file.
    """
    if not all(places.is_kept(board) for board in boards.values()):
        return 0
    unit = Unit(combined.unit)

    def statement(fresh: list[Board]) -> tuple[Unit, str, dict[str, Any]]:
        params = {
            "boards": [board.pk for board in fresh],
            "weights": [combined.weights[Metric(board.metric)] for board in fresh],
            "sampled": [bool(FIGURES[Metric(board.metric)].sample) for board in fresh],
            "fewest": FEWEST,
            "least": LEAST,
        }
        return unit, _worked_sql({places.table(board) for board in fresh}), params

    listed = list(boards.values())
    return derived.write({"combined": combined}, length, listed, statement, at=at, cohorts=cohorts)


def _worked_sql(tables: Collection[str]) -> str:
    """What of each figure counts: nothing where too few are compared, nor a rate over too few.

    Of a number or sum who has nothing stands last: its weight counts, whether there is a row or
    not.
    """
    rows = " UNION ALL ".join(
        "SELECT board_id, cohort, store_id, dealer_id, post_id, region_id, percentile"
        f" FROM {table} WHERE board_id = ANY(%(boards)s)"
        for table in sorted(tables)
    )
    return f"""
WITH weighed (board_id, weight, sampled) AS (
    SELECT * FROM unnest(%(boards)s::bigint[], %(weights)s::int[], %(sampled)s::bool[])
),
shown AS MATERIALIZED (
    SELECT s.cohort, board_id, weight, sampled
    FROM incentives_spread s JOIN weighed USING (board_id)
    WHERE s.compared >= %(fewest)s
),
always AS MATERIALIZED (
    SELECT cohort, sum(weight) AS weight FROM shown WHERE NOT sampled GROUP BY cohort
),
summed AS (
    SELECT p.cohort, p.store_id, p.dealer_id, p.post_id, p.region_id,
        coalesce(sum(s.weight) FILTER (WHERE s.sampled AND p.percentile IS NOT NULL), 0) AS own,
        coalesce(sum(s.weight * p.percentile), 0) AS points
    FROM ({rows}) p LEFT JOIN shown s USING (board_id, cohort)
    WHERE %(cohorts)s::text[] IS NULL OR p.cohort = ANY(%(cohorts)s)
    GROUP BY 1, 2, 3, 4, 5
),
worked AS (
    SELECT summed.*, own + coalesce(always.weight, 0) >= %(least)s AS enough,
        coalesce(round(points / nullif(own + coalesce(always.weight, 0), 0), 1), 0) AS value
    FROM summed LEFT JOIN always USING (cohort)
)"""
