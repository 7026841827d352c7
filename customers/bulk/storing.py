"""Copying a load's results into the tables where they stay."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from customers.bulk.staging import STAGED
from customers.models import (
    CONSENT_TEXT,
    Activity,
    Attribution,
    Customer,
    Order,
    OrderLine,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.orders.recording import hq_zone
from dealers.database import adding_sql


def store(channel: str, recorded_at: datetime) -> None:
    """Copy what was staged and answered to where it stays, and drop the temporary tables."""
    values: dict[str, Any] = {
        "recorded": recorded_at,
        "hq": str(hq_zone()),
        "channel": channel,
        "consent": CONSENT_TEXT,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE known_person, staged_registration, staged_activity, staged_order, staged_line,"
            " staged_card, totals, taken_back, answered, owned, attributed, visited, happened"
        )
        removed = _bare(FILLED)
        # What a row refers to is looked up after each statement, and not all of it at the commit;
        # that of rows which come before what they are about, at the end.
        _look_up([table for table in FILLED if table not in AHEAD], "IMMEDIATE")
        for statement in STORE:
            if removed or statement not in COUNTED:
                cursor.execute(statement, values)
        _look_up(AHEAD, "IMMEDIATE")
        _look_up(AHEAD, "DEFERRED")
        for statement in removed:
            cursor.execute(statement)
        cursor.execute(f"DROP TABLE {', '.join(STAGED)}")


def _look_up(tables: Sequence[str], when: str) -> None:
    """Check the foreign keys of these tables after each statement, or later: ``DEFERRED``."""
    with connection.cursor() as cursor:
        cursor.execute(REFERENCES, [when, list(tables)])
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _bare(tables: Sequence[str]) -> list[str]:
    """Take foreign keys and indexes from those of the tables that are empty.

    Gives the statements that put them back, checked: one sort for each index and one join for each
    foreign key, instead of millions of look-ups. Until the commit nobody can use the tables or what
    they refer to, so this is done before anybody works with the portal, and where nobody is in the
    way. For a role that does not own the tables nothing changes but the time it takes.
    """
    with connection.cursor() as cursor:
        empty = []
        for table in tables:
            cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")  # noqa: S608 -- our names
            if cursor.fetchone()[0]:
                empty.append(table)
        if not empty:
            return []
        cursor.execute(IN_USE)
        if cursor.fetchone()[0]:
            return []
        cursor.execute(REMOVABLE, [empty])
        removable = cursor.fetchall()
        # A table with checks still to come cannot be altered: this does them now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        try:
            with transaction.atomic():
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                for remove, _add, _kind in removable:
                    cursor.execute(remove)
                cursor.execute("SET LOCAL lock_timeout = 0")
        except OperationalError as problem:
            if not isinstance(problem.__cause__, LockNotAvailable):
                raise
            return []
    return [add for _remove, add, _kind in reversed(removable)]


FILLED = (
    "customers_customer", "customers_ownership", "customers_registration", "customers_activity",
    "customers_order", "customers_orderline", "customers_attribution", "customers_ownershipevent",
)  # fmt: skip
AHEAD = ("customers_orderline", "customers_ownershipevent")
IN_USE = (
    "SELECT EXISTS (SELECT FROM customers_registration WHERE channel IN ('capture', 'confirmed'))"
)
REFERENCES = """
SELECT format('SET CONSTRAINTS %%I %%s', conname, %s) FROM pg_constraint
WHERE contype = 'f' AND condeferrable AND conrelid = ANY(%s::regclass[])
"""
# Foreign keys first, because they may rest on an index. What other tables refer to by stays.
REMOVABLE = """
WITH filled AS (
    SELECT oid, oid::regclass AS name FROM pg_class
    WHERE oid = ANY(%s::regclass[]) AND pg_has_role(relowner, 'USAGE'))
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', f.name, c.conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', f.name, c.conname,
        pg_get_constraintdef(c.oid)), c.contype AS kind
FROM pg_constraint AS c JOIN filled AS f ON f.oid = c.conrelid
WHERE c.contype = 'f' OR (c.contype = 'u' AND NOT EXISTS (
    SELECT FROM pg_constraint AS r WHERE r.conindid = c.conindid AND r.contype = 'f'
    AND r.conrelid NOT IN (SELECT oid FROM filled)))
UNION ALL
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), 'i'
FROM pg_index AS i JOIN filled AS f ON f.oid = i.indrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
ORDER BY kind
"""
# The rules of the tables compare what is stored with what is there already. Of tables that were
# empty and have lost their indexes the planner has to be told that they no longer are.
EVENTS_COUNTED = "ANALYZE customers_ownershipevent"
LINES_COUNTED = "ANALYZE customers_orderline"
COUNTED = (EVENTS_COUNTED, LINES_COUNTED)
RECORDED = "%(recorded)s"
LINE = {
    "id": "l.id", "order": "o.id", "number": "l.number", "category": "l.category_id",
    "product": "l.product_id", "quantity": "l.quantity", "gross": "l.gross",
    "discount": "l.discount", "net": "l.net",
}  # fmt: skip
STORE = (
    adding_sql(
        Customer,
        """
FROM (
    SELECT DISTINCT ON (c.person, c.dealer_id) c.*, p.identity_id
    FROM staged_card AS c JOIN known_person AS p USING (person)
    WHERE EXISTS (
        SELECT FROM staged_registration AS r JOIN dealers_store AS s ON s.id = r.store_id
        WHERE r.person = c.person AND s.dealer_id = c.dealer_id)
    AND NOT EXISTS (
        SELECT FROM customers_customer AS k
        WHERE k.dealer_id = c.dealer_id AND k.identity_id = p.identity_id)
    ORDER BY c.person, c.dealer_id, c.name IS NULL, c.line
) AS c
""",
        id="c.id", dealer="c.dealer_id", identity="c.identity_id", phone_sealed="c.phone",
        name_sealed="c.name", search_tokens="c.tokens", created_at=RECORDED,
    ),
    # Before the ownerships: what prolongs or ends one is there already.
    adding_sql(
        OwnershipEvent, "FROM happened AS h",
        ownership="h.ownership_id", kind="h.kind", at="h.at", recorded_at=RECORDED,
        protected_until="h.protected_until", rulebook="h.rulebook_id",
        registration="h.registration_id", activity="h.activity_id", order="h.order_id",
    ),
    EVENTS_COUNTED,
    """
UPDATE customers_ownership AS o SET period = tstzrange(n.starts_at, n.ends_at),
    protected_until = n.protected_until, contacted_at = n.contacted_at, sold_at = n.sold_at,
    renewed_on = n.renewed_on, last_activity_at = n.last_activity_at, follow_up_on = n.follow_up_on
FROM owned AS n WHERE n.id = o.id AND NOT n.is_new
""",
    adding_sql(
        Ownership,
        """
FROM owned AS n
JOIN known_person AS p USING (person)
JOIN customers_customer AS c ON c.identity_id = p.identity_id AND c.dealer_id = n.dealer_id
WHERE n.is_new ORDER BY n.id
""",
        id="n.id", identity="p.identity_id", customer="c.id", dealer="n.dealer_id",
        store="n.store_id", staff="n.staff_id", period="tstzrange(n.starts_at, n.ends_at)",
        protected_until="n.protected_until", channel="n.channel",
        contact_due_at="n.contact_due_at", contacted_at="n.contacted_at", sold_at="n.sold_at",
        renewed_on="n.renewed_on", last_activity_at="n.last_activity_at",
        follow_up_on="n.follow_up_on", release_at="n.release_at",
    ),
    # Nobody of a dealer waits any longer for whom it has got.
    """
UPDATE customers_waiting AS w SET ended_at = greatest(w.stood_at, %(recorded)s), ended = 'owned'
FROM owned AS n JOIN known_person AS p USING (person)
WHERE n.is_new AND n.ends_at > %(recorded)s AND w.ended_at IS NULL
    AND w.identity_id = p.identity_id AND w.dealer_id = n.dealer_id
""",
    adding_sql(
        Registration,
        """
FROM staged_registration AS r
JOIN answered AS a USING (id)
JOIN known_person AS p USING (person)
JOIN dealers_store AS s ON s.id = r.store_id
JOIN customers_customer AS c ON c.identity_id = p.identity_id AND c.dealer_id = s.dealer_id
ORDER BY r.id
""",
        id="r.id", receipt="a.receipt", key="r.key", content="r.content",
        identity="p.identity_id", customer="c.id", dealer="s.dealer_id", store="r.store_id",
        staff="r.staff_id", source="r.source", channel="%(channel)s", received_at="r.at",
        received_on="(r.at AT TIME ZONE s.timezone)::date", recorded_at=RECORDED,
        phone_clock="r.phone_clock", consent_service="true", consent_marketing="r.marketing",
        consent_text="%(consent)s", answer="a.answer", rule="a.rule", rulebook="a.rulebook_id",
        ownership="a.ownership_id", protected_until="a.protected_until",
    ),
    adding_sql(
        Activity,
        "FROM visited AS v JOIN customers_registration AS r ON r.id = v.registration_id",
        id="v.id", customer="r.customer_id", dealer="r.dealer_id", store="r.store_id",
        staff="r.staff_id", kind="'visit'", outcome="''", at="v.at", recorded_at=RECORDED,
        registration="r.id",
    ),
    # What was done with somebody of whom the dealer has no card stays out.
    adding_sql(
        Activity,
        """
FROM staged_activity AS a
JOIN known_person AS p USING (person)
JOIN customers_customer AS c ON c.identity_id = p.identity_id AND c.dealer_id = a.dealer_id
ORDER BY a.id
""",
        id="a.id", customer="c.id", dealer="a.dealer_id", store="a.store_id", staff="a.staff_id",
        kind="a.kind", outcome="a.outcome", at="a.at", recorded_at=RECORDED,
        note_sealed="a.note", follow_up_on="a.follow_up_on",
    ),
    # Before the orders, which are the sum of the lines that are there.
    adding_sql(
        OrderLine,
        """
FROM staged_line AS l
JOIN staged_order AS o USING (run)
WHERE NOT EXISTS (SELECT FROM taken_back AS t WHERE t.id = l.id)
ORDER BY l.id
""",
        **LINE,
    ),
    LINES_COUNTED,
    adding_sql(
        OrderLine,
        """
FROM staged_line AS l
JOIN staged_order AS o USING (run)
JOIN taken_back AS t ON t.id = l.id
ORDER BY l.id
""",
        **LINE, returns="t.sold_id",
    ),
    adding_sql(
        Order,
        """
FROM staged_order AS o
JOIN totals AS t USING (run)
LEFT JOIN known_person AS p USING (person)
LEFT JOIN dealers_store AS s ON s.id = o.store_id
LEFT JOIN (
    SELECT DISTINCT t.run, t.sale_id, coalesce(t.old_identity, p.identity_id) AS identity_id
    FROM taken_back AS t LEFT JOIN known_person AS p ON p.person = t.new_person
) AS b USING (run)
ORDER BY o.run
""",
        id="o.id", source="o.source", external_id="o.external_id", content="t.content",
        kind="o.kind", sale="b.sale_id", ordered_at="o.at", store="o.store_id",
        identity="CASE o.kind WHEN 'sale' THEN p.identity_id ELSE b.identity_id END",
        quantity="t.quantity", net="t.net",
        placed_on="(o.at AT TIME ZONE coalesce(s.timezone, %(hq)s))::date", recorded_at=RECORDED,
    ),
    adding_sql(
        Attribution, "FROM attributed AS a JOIN customers_order AS o ON o.id = a.order_id",
        order="a.order_id", version="1", holder="a.holder", dealer="a.dealer_id",
        store="a.store_id", ownership="a.ownership_id", share="a.share", sold_by="a.sold_by",
        counts_on="a.counts_on", rulebook="a.rulebook_id", cause="a.cause", recorded_at=RECORDED,
        sale="o.sale_id", ordered_at="o.ordered_at", quantity="o.quantity",
        signed_net="o.signed_net",
    ),
)  # fmt: skip
