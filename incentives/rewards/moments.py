"""When a dealer's figure came to a goal: the event by which the running sum was there first.

The events are those that the figure counts (see ``boards.metrics``), by the moments that they carry
themselves: a late record does not make anybody later. Returns count in the sum from when they came.
"""

from datetime import datetime
from decimal import Decimal

from django.db import connection

from customers.models import current_sql, valid_sql
from incentives.models import Board, Metric

_EVENTS = {
    Metric.REGISTRATIONS: f"""
        SELECT g.dealer_id, g.received_at AS at, 1::numeric AS amount FROM customers_registration g
        WHERE g.received_on >= %(start)s AND g.received_on < %(end)s
        AND {valid_sql("g", "%(known_until)s")}""",
    Metric.NET_SALES: """
        SELECT p.dealer_id, o.ordered_at, o.signed_net FROM customers_order o
        JOIN dealers_store p ON p.id = o.store_id
        WHERE o.placed_on >= %(start)s AND o.placed_on < %(end)s
        AND o.recorded_at <= %(known_until)s""",
    Metric.OWNED_SALES: f"""
        SELECT o.dealer_id, sold.ordered_at, o.signed_net FROM customers_attribution o
        JOIN customers_order sold ON sold.id = o.order_id
        WHERE o.holder = 'owner' AND o.counts_on >= %(start)s AND o.counts_on < %(end)s
        AND o.recorded_at <= %(known_until)s AND {current_sql("o", "%(known_until)s")}""",
}


def reached(board: Board, goal: Decimal) -> dict[int, datetime]:
    """The moment that each dealer first was at ``goal``, by what the board knows.

    ``board`` counts what grows event by event: registrations or sales. What happened at one moment
    counts together.
    """
    query = f"""
        WITH events (dealer_id, at, amount) AS ({_EVENTS[Metric(board.metric)]}),
        sums AS (
            SELECT dealer_id, at,
                sum(sum(amount)) OVER (PARTITION BY dealer_id ORDER BY at) AS running
            FROM events GROUP BY 1, 2)
        SELECT dealer_id, min(at) FROM sums WHERE running >= %(goal)s GROUP BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                "start": board.starts_on,
                "end": board.ends_on,
                "known_until": board.known_until or "infinity",
                "goal": goal,
            },
        )
        return dict(cursor.fetchall())
