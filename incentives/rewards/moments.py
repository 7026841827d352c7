"""When a dealer's figure came to a goal: the event by which the running sum was there first.

The events are those that the figure counts (see ``boards.metrics``), by the moments that they carry
themselves: a late record does not make anybody later. Returns count in the sum from when they came.
"""

from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db import connection

from dealers.actor import acting
from incentives.boards import own
from incentives.boards.figure import Summed
from incentives.boards.metrics import FIGURES
from incentives.models import Board, Metric

# Whose an event of a figure is, and when it happened; and what is joined to tell it.
_COLUMNS = {
    Metric.REGISTRATIONS: ("g.dealer_id, g.received_at AS at", ""),
    Metric.NET_SALES: (
        "p.dealer_id, o.ordered_at AS at",
        "JOIN dealers_store p ON p.id = o.store_id",
    ),
    Metric.OWNED_SALES: ("o.dealer_id, o.ordered_at AS at", ""),
}


def reached(board: Board, goal: Decimal) -> dict[int, datetime]:
    """The moment that each dealer first was at ``goal``, by what the board knows.

    ``board`` counts what grows event by event: registrations or sales. What happened at one moment
    counts together.
    """
    metric = Metric(board.metric)
    figure, (columns, join) = cast(Summed, FIGURES[metric]), _COLUMNS[metric]
    query = f"""
        WITH events AS ({figure.events(columns, join, some=False)}),
        sums AS (
            SELECT dealer_id, at,
                sum(sum(part)) OVER (PARTITION BY dealer_id ORDER BY at) AS running
            FROM events GROUP BY 1, 2)
        SELECT dealer_id, min(at) FROM sums WHERE running >= %(goal)s GROUP BY 1"""
    people = own.NOBODY
    if not board.has_own:
        with acting(own.READER):
            people = own.known(board.ends_on)
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                **people,
                "start": board.starts_on,
                "end": board.ends_on,
                "known_until": board.known_until or "infinity",
                "goal": goal,
            },
        )
        return dict(cursor.fetchall())
