"""What a load is answered from, and keeping it as it was until the load is stored.

A load is answered while everybody goes on working, from what is on file at that moment. Only then
are its people held: the rows of their identities, and of the sales of which something comes back,
are locked until the load commits. Who registers one of them meanwhile is told to try again; nobody
else notices. If something that counts has changed since, the load is answered again.
"""

from datetime import datetime

from django.db import connection

from customers import cutoff
from customers.bulk.staging import empty
from customers.identity import known_keys
from customers.models import current_sql
from dealers.keys.held import FINGERPRINT, WrongKeys, fingerprint_keys_on_file, says

# The bulk load's people are in the hands of nobody else once both have run.
IDENTIFY = """
INSERT INTO customers_identity (fingerprint, keyed)
SELECT {column}, {keys} FROM staged_person AS p WHERE person IN (
    SELECT person FROM staged_registration UNION SELECT person FROM staged_activity
    UNION SELECT person FROM staged_order WHERE kind = 'sale'){unless_known}
ORDER BY person ON CONFLICT (fingerprint) DO NOTHING
"""
# While a fingerprint key comes into use, a person is on file by either.
UNLESS_KNOWN = """
    AND NOT EXISTS (
        SELECT FROM customers_identity AS i WHERE i.fingerprint IN (p.fingerprint, p.renewed))"""
LOCK = (
    # Not those that this transaction has made.
    """
SELECT count(*) FROM (
    SELECT FROM customers_identity WHERE id IN (
        SELECT identity_id FROM known_person UNION SELECT old_identity FROM taken_back)
    AND xmin <> pg_current_xact_id()::xid ORDER BY id FOR UPDATE) AS held
""",
    # A sale is the queue for its returns, also for one whose customer is unknown.
    """
SELECT count(*) FROM (
    SELECT FROM customers_order WHERE id IN (SELECT sale_id FROM taken_back)
    ORDER BY id FOR NO KEY UPDATE) AS held
""",
)
KNOW = """
INSERT INTO known_person
SELECT p.person, i.id FROM staged_person AS p JOIN customers_identity AS i USING (fingerprint)
"""
KNOW_RENEWED = """
INSERT INTO known_person
SELECT p.person, i.id FROM staged_person AS p
JOIN customers_identity AS i ON i.fingerprint = p.renewed
WHERE p.renewed <> p.fingerprint
"""
# Whatever of other people's may change the answers: ownerships, what is offered, cases that run,
# sales that count for nobody yet, decisions about what comes back, rulebooks.
ANSWERED_FROM = f"""
SELECT o::text AS what
FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
UNION ALL
SELECT f::text FROM customers_offer AS f JOIN customers_lead AS l ON l.id = f.lead_id
JOIN known_person AS p USING (identity_id) WHERE f.answer = ''
UNION ALL
SELECT c.id::text FROM customers_case AS c JOIN known_person AS p USING (identity_id)
WHERE c.stage <> 'closed'
UNION ALL
SELECT a.id::text FROM customers_act AS a JOIN known_person AS p USING (identity_id)
WHERE a.kind = 'possible'
    AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)
UNION ALL
SELECT o.id::text FROM customers_order AS o JOIN known_person AS p USING (identity_id)
WHERE NOT EXISTS (SELECT FROM customers_attribution AS a WHERE a.order_id = o.id)
UNION ALL
SELECT a::text FROM customers_attribution AS a
WHERE a.order_id IN (SELECT sale_id FROM taken_back) AND {current_sql("a")}
UNION ALL
SELECT r::text FROM customers_rulebook AS r WHERE r.published_at IS NOT NULL
"""  # noqa: S608 -- put together from our own text
CHANGED = f"""
WITH now AS MATERIALIZED ({ANSWERED_FROM})
SELECT EXISTS (SELECT FROM staged_order JOIN customers_order USING (source, external_id, kind))
    OR EXISTS (SELECT what FROM now EXCEPT SELECT what FROM answered_from)
    OR EXISTS (SELECT what FROM answered_from EXCEPT SELECT what FROM now)
    OR EXISTS (
        SELECT FROM taken_back AS t JOIN customers_orderline AS sold ON sold.id = t.sold_id,
            LATERAL (
                SELECT sum(quantity) AS quantity, sum(net) AS net
                FROM customers_orderline WHERE returns_id = sold.id) AS back
        WHERE t.quantity_left <> sold.quantity - coalesce(back.quantity, 0)
            OR t.net_left <> sold.net - coalesce(back.net, 0))
"""  # noqa: S608 -- put together from our own text


def remember() -> None:
    """Find the people who are on file, and keep what the answers are going to rest on."""
    empty("known_person", "answered_from")
    with connection.cursor() as cursor:
        for statement in (KNOW, KNOW_RENEWED, "ANALYZE known_person"):
            cursor.execute(statement)
        cursor.execute(f"INSERT INTO answered_from {ANSWERED_FROM}")


def hold() -> tuple[datetime, bool]:
    """Let nobody else record anything of the load's people until the transaction ends.

    Gives the clock to record with, and whether what the load was answered from has changed.
    """
    cutoff.hold_open()
    empty("known_person")
    with connection.cursor() as cursor:
        for statement in (_identify(), KNOW, KNOW_RENEWED, "ANALYZE known_person", *LOCK):
            cursor.execute(statement)
        at = cutoff.clock()
        cursor.execute(CHANGED)
        return at, cursor.fetchone()[0]


def _identify() -> str:
    """Puts the load's new people on file. Raises WrongKeys for a key that is not known here."""
    keys, known = fingerprint_keys_on_file(), known_keys()
    if keys > known:
        raise WrongKeys(says([FINGERPRINT]))
    return IDENTIFY.format(
        column="renewed" if keys == known else "fingerprint",
        keys=keys,
        unless_known=UNLESS_KNOWN if known > 1 else "",
    )
