"""Which orders a month leaves out, because a case about their customer runs.

An order is left out whole, for everybody who has a part in it, since a decision may share it anew;
what comes back of it is left out with it. What was booked before a case was opened stays booked,
and so do returns of it. The fee of a registration is not in dispute: a case is about what the
customer bought since, and a registration that is voided gives its fee back in any month.

A held order takes no room under a cap, and adds nothing to a tier, until it is booked. It then
counts for its own month, after whatever that month has booked: a cap that others have filled
meanwhile leaves it the rest, so that the month comes to the same as if nothing had been held.
"""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from customers.cases.holds import in_dispute_sql
from customers.models import current_sql
from incentives.models import Hold, Run


class Held(NamedTuple):
    """An order that is left out, for one dealer that has a part in it, and the case's number."""

    order: UUID
    dealer: int
    case: str


def by(run: Run) -> tuple[Held, ...]:
    """What the closing of a month left out."""
    rows = Hold.objects.filter(run=run).order_by("order", "dealer")
    return tuple(Held(*row) for row in rows.values_list("order", "dealer", "case__code"))


def in_dispute(params: dict[str, Any]) -> tuple[Held, ...]:
    """What a month that is open has to leave out, with the ``params`` of its scope."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_DISPUTE, params)
        return tuple(Held(*row) for row in cursor.fetchall())


# What is not booked yet of a month's own orders, of late ones, and of those that were held before.
_IN_DISPUTE = f"""
WITH disputed AS ({in_dispute_sql("%(known_until)s")}),
counting AS (
    SELECT DISTINCT o.order_id, o.sale_id, o.dealer_id, d.code
    FROM disputed d JOIN customers_attribution o ON o.order_id = d.order_id
    WHERE o.holder <> 'nobody' AND o.recorded_at <= %(known_until)s
    AND {current_sql("o", "%(known_until)s")}
    AND (o.counts_on >= %(month)s AND o.counts_on < %(month_end)s
        OR o.counts_on >= %(first_closed)s AND o.counts_on < %(first_open)s
        AND (o.recorded_at > %(late_since)s OR o.order_id = ANY (%(held_before)s::uuid[])))
)
SELECT order_id, dealer_id, code FROM counting
WHERE sale_id IS NULL OR sale_id IN (SELECT order_id FROM counting)
ORDER BY order_id, dealer_id
"""
