"""Freezing: the places of a board are kept with the cohorts that were compared, for ever."""

from datetime import datetime

from django.db import connection, transaction

from incentives.boards import cohorts, places
from incentives.models import Board, Length, Metric, Run, Unit


def freeze_month(run: Run) -> int:
    """Freeze all boards of a month as they are when it closes; returns the number of places."""
    kept = 0
    for metric in Metric:
        for unit in Unit:
            board, _made = Board.objects.get_or_create(
                length=Length.MONTH, starts_on=run.month, metric=metric, unit=unit
            )
            kept += freeze(board, run.known_until, run.closed_at)
    return kept


@transaction.atomic
def freeze(board: Board, known_until: datetime, at: datetime) -> int:
    """Keep what was recorded until then as the board's places; returns how many there are.

    A board that is frozen already stays as it is.
    """
    board = Board.objects.select_for_update().get(pk=board.pk)
    if board.frozen_at:
        return 0
    query, params = places.ranked(board)
    with connection.cursor() as cursor:
        cursor.execute(
            query + _KEEP,
            params | {"known_until": known_until, "board": board.pk, "unit": board.unit},
        )
        kept = cursor.rowcount
    board.cohorts = cohorts.conditions(board.unit)
    board.known_until, board.frozen_at = known_until, at
    board.save(update_fields=["cohorts", "known_until", "frozen_at"])
    return kept


_KEEP = """
INSERT INTO incentives_ranking (board_id, cohort, store_id, dealer_id, value, numerator,
    denominator, rank, of, percentile)
SELECT %(board)s, cohort, CASE WHEN %(unit)s = 'store' THEN unit_id END, dealer_id, value,
    numerator, denominator, rank, of, percentile
FROM places
"""
