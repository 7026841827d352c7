"""What the measurements stand on: networks, customers and orders by the hundred thousand.

Made by SQL, on a throw-away database. Foreign keys and triggers of the big tables are dropped
while they are filled where the text says so; nothing here is a way into a real portal.
"""

from datetime import date

from django.db import connection

from dealers.models import Dealer, Region, Store

# Orders, what hangs on them, and what they hang on.
ORDERED = (
    "customers_attribution", "customers_order", "customers_orderline",
    "customers_void", "customers_numberchange", "customers_ownershipevent", "customers_ownership",
    "customers_customer", "customers_identity",
)  # fmt: skip


def execute(sql: str, *params: object) -> None:
    """Run a statement; values are given one by one, or as one dictionary."""
    with connection.cursor() as cursor:
        named = params and isinstance(params[0], dict)
        cursor.execute(sql, params[0] if named else params or None)


def network(dealers: int, stores: int) -> None:
    """Six regions; stores are spread evenly over the dealers."""
    regions = Region.objects.bulk_create(
        Region(code=f"R{n}", name=f"Region {n}") for n in range(1, 7)
    )
    owners = Dealer.objects.bulk_create(
        Dealer(code=f"D{n}", name=f"Dealer {n}", region=regions[n % 6])
        for n in range(1, dealers + 1)
    )
    Store.objects.bulk_create(
        Store(
            code=f"S{n}", name=f"Store {n}", dealer=owners[n % dealers],
            timezone="Asia/Shanghai", size_class="ABC"[n % 3], opened_on=date(2015, 1, 1),
        )
        for n in range(stores)
    )  # fmt: skip


def rulebook(starts_on: date) -> int:
    """A published rulebook without caps and limits, so that only speed is measured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_rulebook (name, starts_on, tested_at, approved_at,"
            " published_at, protection_days, activity_renews_days, visit_qualifies,"
            " sale_renews_days, grace_days, warning_days, extension_days, extensions, owner_share,"
            " answer_mode, confirmation_hours, sharing_days, notice_days) VALUES ('bench', %s,"
            " now(), now(), now(), 90, 90, true, 365, 3, '{}', 30, 2, 0.3, 'instant', 72, '{}', 0)"
            " RETURNING id",
            [starts_on],
        )
        return cursor.fetchone()[0]


def customers(count: int, start: str, end: str) -> None:
    """Each with one card and one ownership, spread evenly over the stores.

    Who is there already, and has an owner, is left alone.
    """
    execute(
        "INSERT INTO customers_identity (fingerprint)"
        " SELECT sha256(n::text::bytea) FROM generate_series(1, %s) n",
        count,
    )
    execute(
        "INSERT INTO customers_customer (id, dealer_id, identity_id, phone_sealed, search_tokens,"
        " created_at)"
        " SELECT gen_random_uuid(), s.dealer_id, i.id, '\\x00', '{}', %s::timestamptz"
        " FROM customers_identity i"
        " JOIN (SELECT dealer_id, row_number() OVER (ORDER BY id) - 1 AS place"
        " FROM dealers_store) s"
        " ON s.place = i.id %% (SELECT count(*) FROM dealers_store)"
        " WHERE NOT EXISTS (SELECT FROM customers_ownership o WHERE o.identity_id = i.id)",
        start,
    )
    execute(
        "INSERT INTO customers_ownership (identity_id, customer_id, dealer_id, store_id, period,"
        " protected_until, channel, contacted_at, last_activity_at)"
        " SELECT i.id, c.id, s.dealer_id, s.id, tstzrange(%s, %s), %s, 'history', %s, %s"
        " FROM customers_identity i JOIN customers_customer c ON c.identity_id = i.id"
        " JOIN (SELECT id, dealer_id, row_number() OVER (ORDER BY id) - 1 AS place"
        " FROM dealers_store) s ON s.place = i.id %% (SELECT count(*) FROM dealers_store)"
        " WHERE NOT EXISTS (SELECT FROM customers_ownership o WHERE o.identity_id = i.id)",
        *(start, end, end, start, start),
    )


def unguard(table: str) -> None:
    """Drop a table's foreign keys and switch its triggers off: filling is not what is measured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def emptiable() -> None:
    """Switch off what keeps tables from being emptied between rounds, and nothing else.

    Of all tables: whatever is emptied takes with it what hangs on it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger"
            " WHERE tgtype & 32 > 0 AND NOT tgisinternal"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')


def empty(*tables: str) -> None:
    execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def orders(
    count: int, month: date, rulebook_id: int, first: int = 0, among: int | None = None
) -> None:
    """Sales of a month, 40 % of them at another dealer than the owner's.

    To all who have an owner, or to the last ``among`` of them, who were made by ``customers``.
    Call ``unguard`` for the tables in ORDERED before.
    """
    owned = among or _one("SELECT count(*) FROM customers_ownership")
    values = {
        "first": first,
        "count": count,
        "month": month,
        "rulebook": rulebook_id,
        "lowest": _one("SELECT max(id) FROM customers_ownership") - owned + 1,
        "owned": owned,
    }
    execute(
        "INSERT INTO customers_order (id, source, external_id, content, kind, ordered_at, store_id,"
        " identity_id, quantity, net, placed_on, recorded_at)"
        " SELECT gen_random_uuid(), 'bench', (n + %(first)s)::text, '\\x00', 'sale', at,"
        " o.store_id,"
        " o.identity_id, 1 + n %% 3, ((n::bigint * 7919) %% 500000 + 100) / 100.0, at::date, now()"
        f" {SOLD}",
        values,
    )
    execute(
        "INSERT INTO customers_attribution (order_id, version, holder, dealer_id, store_id,"
        " ownership_id, share, sold_by, counts_on, rulebook_id, cause, recorded_at, ordered_at,"
        " quantity, signed_net)"
        " SELECT made.id, 1, h.holder, o.dealer_id, o.store_id,"
        " CASE h.holder WHEN 'owner' THEN o.id END, h.share,"
        " CASE WHEN n %% 5 < 2 THEN 'other' ELSE 'own' END, made.placed_on, %(rulebook)s, 'order',"
        " made.recorded_at, made.ordered_at, made.quantity, made.net"
        f" {SOLD}"
        " JOIN customers_order made"
        "  ON made.source = 'bench' AND made.external_id = (n + %(first)s)::text"
        " JOIN (VALUES ('owner', true, 0.3), ('seller', true, 0.7), ('owner', false, 1))"
        "  AS h (holder, elsewhere, share) ON h.elsewhere = (n %% 5 < 2)",
        values,
    )
    execute("ANALYZE customers_order, customers_attribution")


SOLD = (
    "FROM generate_series(1, %(count)s) n"
    " CROSS JOIN LATERAL (SELECT %(month)s::timestamp + n %% 28 * interval '1 day'"
    " + n %% 36000 * interval '1 second' AS at) t"
    " JOIN customers_ownership o ON o.id = %(lowest)s + (n::bigint * 7907) %% %(owned)s"
)


def _one(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def settle() -> None:
    """Let the server write back what is due, so that it does not do so in a round."""
    connection.ensure_connection()
    execute("VACUUM ANALYZE")
