"""Ownerships and orders as files."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext_noop

from customers.bulk.registrations import KEY_PREFIX
from customers.models import Ownership, current_sql, given_sql
from dealers import access
from dealers.actor import Actor
from dealers.codes import ONLINE
from dealers.months import next_month
from dealers.spreadsheets import write_csv

OWNERSHIP_COLUMNS = ("external_id", "dealer_code", "store_code", "starts_at", "ends_at")
ORDER_COLUMNS = (
    "source", "external_id", "kind", "place", "owner_dealer", "owner_store", "case",
)  # fmt: skip


def write_ownership(target: Path, at: datetime, *, by: Actor) -> int:
    """Who owned whom at a moment, one row an ownership, by the registration that started it.

    A registration at the counter, which has no external id, is named by its receipt; where an act
    and no registration started it, the dealer's last one before. Each dealer's
    access log says how many of its customers are in it.
    """
    held = Ownership.objects.given().filter(period__contains=at).order_by()
    counts = dict(held.values_list("dealer").annotate(count=Count("pk")))
    purpose = gettext_noop("Who owned whom, as a file")
    access.note_lists(counts, by=by, fields="protection, store", purpose=purpose)
    with connection.cursor() as cursor:
        cursor.execute(
            _OWNERSHIP,
            {"at": at, "prefix": KEY_PREFIX, "after": len(KEY_PREFIX) + 1},
        )
        rows = ((*row[:3], iso(row[3]), iso(row[4])) for row in iter(cursor.fetchone, None))
        return _write(target, OWNERSHIP_COLUMNS, rows)


_OWNERSHIP = f"""
SELECT CASE WHEN starts_with(r.key, %(prefix)s) THEN substr(r.key, %(after)s) ELSE r.receipt END,
    d.code, s.code, lower(o.period), upper(o.period)
FROM customers_ownership AS o
JOIN customers_ownershipevent AS e ON e.ownership_id = o.id AND e.kind IN ('started', 'moved')
JOIN LATERAL (
    SELECT id, key, receipt FROM customers_registration WHERE id = e.registration_id
    UNION ALL
    (SELECT id, key, receipt FROM customers_registration AS last
    WHERE e.registration_id IS NULL AND last.customer_id = o.customer_id
        AND last.received_at <= lower(o.period)
    ORDER BY last.received_at DESC, last.id DESC LIMIT 1)
) AS r ON true
JOIN dealers_dealer AS d ON d.id = o.dealer_id
JOIN dealers_store AS s ON s.id = o.store_id
WHERE o.period @> %(at)s::timestamptz AND {given_sql("o")}
ORDER BY lower(o.period), r.id
"""  # noqa: S608 -- our names


def write_orders(target: Path, month: date) -> int:
    """A month's orders and for whom they count, by the day at the owner's store, else the place."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ORDERS,
            {"online": ONLINE, "first": month, "following": next_month(month)},
        )
        return _write(target, ORDER_COLUMNS, iter(cursor.fetchone, None))


_ORDERS = f"""
SELECT o.source, o.external_id, o.kind, coalesce(s.code, %(online)s), coalesce(d.code, ''),
    coalesce(h.code, ''), coalesce(a.sold_by, 'none')
FROM (
    SELECT order_id, dealer_id, store_id, sold_by FROM customers_attribution AS a
    WHERE holder = 'owner' AND counts_on >= %(first)s AND counts_on < %(following)s
        AND {current_sql("a")}
    UNION ALL
    SELECT id, NULL, NULL, NULL FROM customers_order AS o
    WHERE placed_on >= %(first)s AND placed_on < %(following)s
        AND NOT EXISTS (SELECT FROM customers_attribution AS a WHERE a.order_id = o.id
            AND a.holder = 'owner' AND {current_sql("a")})
) AS a
JOIN customers_order AS o ON o.id = a.order_id
LEFT JOIN dealers_store AS s ON s.id = o.store_id
LEFT JOIN dealers_dealer AS d ON d.id = a.dealer_id
LEFT JOIN dealers_store AS h ON h.id = a.store_id
ORDER BY o.ordered_at, o.source, o.external_id, o.kind DESC
"""  # noqa: S608 -- our names


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _write(target: Path, columns: Iterable[str], rows: Iterable[tuple]) -> int:
    with target.open("w", encoding="utf-8", newline="") as file:
        return write_csv(file, chain([columns], rows)) - 1
