"""What must be true of customers and orders, read anew from the data."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Model

from customers import cards
from customers.identity import either
from customers.models import (
    Activity,
    Customer,
    NumberChange,
    current_sql,
    given_sql,
    one_protection_sql,
)
from customers.ownership import retrace
from customers.ownership.rulebook import CONTACTS, IN_VAIN
from dealers.vault import VaultError

Check = tuple[str, bool, str]

# Each counts the rows that break a rule, and shows one of them.
CHECKS = {
    "ownerships do not overlap": f"""
SELECT count(*), min(id)::text FROM (
    SELECT id, lower(period) < max(upper(period)) OVER (
        PARTITION BY identity_id ORDER BY lower(period), id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS clashes
    FROM customers_ownership AS o WHERE {given_sql("o")}
) AS each WHERE clashes
""",  # noqa: S608 -- our names
    "registrations answered yours have their ownership": f"""
SELECT count(*), min(r.receipt) FROM customers_registration AS r
LEFT JOIN customers_ownership AS o ON o.id = r.ownership_id
WHERE r.answer IN ('yours', 'yours_already') AND (
    o.identity_id = r.identity_id AND o.dealer_id = r.dealer_id AND o.customer_id = r.customer_id
    AND (o.period @> r.received_at OR NOT {given_sql("o")})) IS NOT TRUE
""",  # noqa: S608 -- our names
    # Compared with the ownerships that were on record when the answer was given; not what was
    # answered from one that was taken back since.
    "answers follow from the ownership at their moment": f"""
SELECT count(*), min(receipt) FROM (
    SELECT r.receipt, CASE r.rule
        WHEN 'R1' THEN running.store_id = r.store_id
        WHEN 'R2' THEN running.store_id <> r.store_id AND running.dealer_id = r.dealer_id
        -- While a case runs, nobody gets the customer but whose they were when it began.
        WHEN 'R3' THEN coalesce(running.dealer_id <> r.dealer_id, EXISTS (
            SELECT FROM customers_case AS c
            JOIN customers_caseside AS a ON a.case_id = c.id AND a.side = 'A'
            WHERE c.identity_id = r.identity_id AND c.opened_at <= r.received_at
                AND a.dealer_id <> r.dealer_id
                AND (c.closed_at IS NULL OR r.received_at < c.closed_at
                    OR r.recorded_at < c.closing_recorded_at)))
        WHEN 'R4' THEN true
        WHEN 'R5' THEN true
        WHEN 'CAP' THEN true
        ELSE lower(running.period) = r.received_at AND running.store_id = r.store_id
            AND (r.rule = 'R6') = EXISTS (
                SELECT FROM customers_ownership AS earlier
                JOIN customers_ownershipevent AS e
                    ON e.ownership_id = earlier.id AND e.kind = 'started'
                WHERE earlier.identity_id = r.identity_id AND lower(earlier.period) < r.received_at
                    AND e.recorded_at <= r.recorded_at
                    AND NOT EXISTS (
                        SELECT FROM customers_ownershipevent AS v
                        WHERE v.ownership_id = earlier.id AND v.kind = 'voided'
                            AND v.recorded_at <= r.recorded_at))
        END AS follows
    FROM customers_registration AS r
    LEFT JOIN customers_ownership AS running
        ON running.identity_id = r.identity_id AND running.period @> r.received_at
        AND {given_sql("running")}
    WHERE NOT EXISTS (
        SELECT FROM customers_void AS void
        JOIN customers_registration AS won ON won.id = void.registration_id
        WHERE won.identity_id = r.identity_id AND won.received_at <= r.received_at
            AND void.recorded_at >= r.recorded_at)
) AS each WHERE follows IS NOT TRUE
""",  # noqa: S608 -- our names
    "voided registrations won nothing, and their sales are nobody's": f"""
SELECT count(*), min(r.receipt) FROM customers_void AS void
JOIN customers_registration AS r ON r.id = void.registration_id
LEFT JOIN customers_ownership AS won ON won.id = r.ownership_id
LEFT JOIN customers_ownership AS o ON {one_protection_sql("o", "won")}
WHERE {given_sql("o")} OR EXISTS (
    SELECT FROM customers_attribution AS a
    WHERE a.ownership_id = o.id AND a.holder = 'owner' AND {current_sql("a")})
""",  # noqa: S608 -- our names
    "orders are the sum of their lines": """
SELECT count(*), min(o.external_id) FROM customers_order AS o
LEFT JOIN (
    SELECT order_id, sum(quantity) AS quantity, sum(net) AS net
    FROM customers_orderline GROUP BY order_id
) AS l ON l.order_id = o.id
WHERE (o.quantity = l.quantity AND o.net = l.net) IS NOT TRUE
""",
    "sales count for the owner at their moment": f"""
SELECT count(*), min(o.external_id) FROM customers_order AS o
LEFT JOIN customers_attribution AS a
    ON a.order_id = o.id AND a.holder = 'owner' AND {current_sql("a")}
LEFT JOIN dealers_store AS place ON place.id = o.store_id
LEFT JOIN customers_ownership AS running
    ON running.identity_id = o.identity_id AND running.period @> o.ordered_at
    AND {given_sql("running")}
LEFT JOIN dealers_store AS home ON home.id = running.store_id
WHERE o.kind = 'sale' AND CASE
    WHEN a.cause = 'ruling' THEN a.ruling_id IS NOT NULL
    -- A till whose clock was ahead: nobody could be the owner of a later moment yet.
    -- Or a case took it from an owner whose protection could not be voided.
    WHEN a.id IS NULL THEN running.id IS NULL OR o.ordered_at > o.recorded_at OR EXISTS (
        SELECT FROM customers_attribution AS taken
        WHERE taken.order_id = o.id AND taken.cause = 'ruling' AND {current_sql("taken")})
    ELSE a.ownership_id = running.id AND a.dealer_id = running.dealer_id
        AND a.store_id = running.store_id
        AND a.counts_on = (o.ordered_at AT TIME ZONE home.timezone)::date
        AND a.sold_by = CASE WHEN o.store_id IS NULL THEN 'online'
            WHEN o.store_id = running.store_id THEN 'own'
            WHEN place.dealer_id = running.dealer_id THEN 'sister' ELSE 'other' END
    END IS NOT TRUE
""",  # noqa: S608 -- our names
    # Elsewhere the owner has the rulebook's share, if it had met the duty of the rulebook that it
    # registered under, or of the lead that it accepted, as far as was known when that was decided;
    # the rest is the seller's.
    "shares follow from the first contact and the rulebook": f"""
SELECT count(*), min(o.external_id) FROM (
    SELECT a.order_id, CASE WHEN a.sold_by <> 'other' THEN 1
        WHEN due.at IS NULL OR EXISTS (
            SELECT FROM customers_activity AS v
            WHERE v.customer_id = owned.customer_id AND v.kind = ANY(%(contacts)s)
                AND v.outcome <> ALL(%(in_vain)s) AND v.at >= lower(first.period)
                AND v.at <= due.at
                AND (v.recorded_at < a.recorded_at
                    OR v.recorded_at = a.recorded_at AND v.at <= a.ordered_at)
        ) THEN terms.owner_share ELSE 0 END AS share, a.share AS given, a.sold_by, a.version
    FROM customers_attribution AS a
    JOIN customers_ownership AS owned ON owned.id = a.ownership_id
    -- A sister store goes on with what was promised when the customer came to its dealer.
    JOIN customers_ownership AS first
        ON {one_protection_sql("first", "owned")} AND first.since IS NULL
    JOIN customers_ownershipevent AS started
        ON started.ownership_id = first.id AND started.kind = 'started'
    JOIN customers_rulebook AS promised ON promised.id = started.rulebook_id
    JOIN customers_rulebook AS terms ON terms.id = a.rulebook_id
    LEFT JOIN customers_offer AS lead ON lead.registration_id = started.registration_id
    CROSS JOIN LATERAL (
        -- While headquarters looks at a returned lead, its clock stands.
        SELECT coalesce(CASE lead.junk_state WHEN 'asked' THEN lead.return_due_at END,
            lead.contact_due_at,
            lower(first.period) + promised.first_contact_hours * interval '1 hour') AS at
    ) AS due
    WHERE a.holder = 'owner' AND a.sale_id IS NULL AND a.cause <> 'ruling'
        AND {current_sql("a")}
) AS owner
JOIN customers_order AS o ON o.id = owner.order_id
LEFT JOIN dealers_store AS place ON place.id = o.store_id
LEFT JOIN customers_attribution AS seller
    ON seller.order_id = o.id AND seller.version = owner.version AND seller.holder = 'seller'
WHERE owner.given <> owner.share
    OR (owner.sold_by = 'other') <> (seller.id IS NOT NULL)
    OR (seller.share, seller.store_id, seller.dealer_id)
        <> (1 - owner.share, o.store_id, place.dealer_id)
""",  # noqa: S608 -- our names
    "what a case decided is a final ruling, about an order of its customer": """
SELECT count(*), min(o.external_id) FROM customers_attribution AS a
JOIN customers_caseruling AS r ON r.id = a.ruling_id
JOIN customers_case AS c ON c.id = r.case_id
JOIN customers_order AS o ON o.id = a.order_id
WHERE c.stage <> 'closed' OR c.identity_id <> o.identity_id OR r.outcome = 'keep'
    OR EXISTS (SELECT FROM customers_caseruling AS l
        WHERE l.case_id = r.case_id AND l.instance > r.instance)
""",
    "closed cases have a ruling, and a precedent": """
SELECT count(*), min(c.code) FROM customers_case AS c
LEFT JOIN customers_precedent AS p ON p.code = c.code
WHERE (c.stage = 'closed') <> (p.id IS NOT NULL)
    OR c.stage = 'closed' AND NOT EXISTS (
        SELECT FROM customers_caseruling AS r WHERE r.case_id = c.id)
""",
    "returns count for whom their sale counts": f"""
SELECT count(*), min(coalesce(given.order_id, wanted.order_id)::text) FROM (
    SELECT back.id AS order_id, s.holder, s.dealer_id, s.store_id, s.ownership_id, s.share,
        s.sold_by, (back.ordered_at AT TIME ZONE home.timezone)::date AS counts_on
    FROM customers_order AS back
    JOIN customers_attribution AS s
        ON s.order_id = back.sale_id AND s.holder <> 'nobody' AND {current_sql("s")}
    JOIN customers_attribution AS owner
        ON owner.order_id = s.order_id AND owner.version = s.version AND owner.holder = 'owner'
    JOIN dealers_store AS home ON home.id = owner.store_id
) AS wanted
FULL JOIN (
    SELECT * FROM customers_attribution AS a
    WHERE sale_id IS NOT NULL AND holder <> 'nobody' AND {current_sql("a")}
) AS given USING (order_id, holder, store_id)
WHERE (given.dealer_id, given.ownership_id, given.share, given.sold_by, given.counts_on)
    IS DISTINCT FROM
    (wanted.dealer_id, wanted.ownership_id, wanted.share, wanted.sold_by, wanted.counts_on)
""",  # noqa: S608 -- our names
    "attributions repeat their order, and share out the whole of it": """
SELECT count(*), min(order_id::text) FROM (
    SELECT a.order_id FROM customers_attribution AS a
    JOIN customers_order AS o ON o.id = a.order_id
    GROUP BY a.order_id, a.version
    HAVING sum(a.share) <> 1 OR bool_or(
        (a.sale_id, a.ordered_at, a.quantity, a.signed_net)
        IS DISTINCT FROM (o.sale_id, o.ordered_at, o.quantity, o.signed_net))
) AS broken
""",
    "whoever has no part of an order any more has a row that says so": """
SELECT count(*), min(had.order_id::text) FROM customers_attribution AS later
JOIN customers_attribution AS had
    ON had.order_id = later.order_id AND had.version = later.version - 1
WHERE later.version > 1 AND had.holder <> 'nobody' AND NOT EXISTS (
    SELECT FROM customers_attribution AS known
    WHERE known.order_id = had.order_id AND known.version > had.version
        AND known.dealer_id = had.dealer_id)
""",
    "returns take back no more than was sold": """
SELECT count(*), min(sold.id)::text FROM customers_orderline AS sold
JOIN (
    SELECT returns_id, sum(quantity) AS quantity, sum(net) AS net
    FROM customers_orderline WHERE returns_id IS NOT NULL GROUP BY returns_id
) AS back ON back.returns_id = sold.id
WHERE back.quantity > sold.quantity OR back.net > sold.net
""",
}


# What the checks ask for by name.
TERMS = {
    "contacts": [str(kind) for kind in CONTACTS],
    "in_vain": [str(outcome) for outcome in IN_VAIN],
}

# Of each dealer some, other ones each time.
SAMPLE = 20
SOME = """
SELECT id FROM (
    SELECT t.id, row_number() OVER (PARTITION BY t.dealer_id ORDER BY random()) AS turn
    FROM {table} AS t WHERE dealer_id IN (SELECT dealer_id FROM dealers_dealerkey) AND {having}
) AS each WHERE turn <= %s
"""


def _some[M: Model](model: type[M], having: str = "true") -> Iterator[M]:
    """Some rows of every dealer that has a key: asking for a key that is not there makes one."""
    with connection.cursor() as cursor:
        cursor.execute(SOME.format(table=model._meta.db_table, having=having), [SAMPLE])
        ids = [row[0] for row in cursor.fetchall()]
    yield from model._default_manager.filter(pk__in=ids).order_by("pk")  # noqa: SLF001 -- Django's


def _closed_cards() -> Iterator[str]:
    """What stands against opening cards, and those of another number than their person's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT dealer_id FROM customers_customer"
            " WHERE dealer_id NOT IN (SELECT dealer_id FROM dealers_dealerkey)"
        )
        yield from (f"the key of dealer {row[0]} is not there" for row in cursor.fetchall())
    for card in _some(Customer):
        try:
            person = cards.person_on(card)
        except VaultError as problem:
            yield f"{card}: {problem}"
        else:
            if person is not None and not _is_known_as(card, person):
                yield f"{card} has another number than its person"


def _is_known_as(card: Customer, person: bytes) -> bool:
    """Whether it is the card's person, or was: another dealer's change leaves the card's number."""
    if bytes(card.identity.fingerprint) in either(person):
        return True
    changes = NumberChange.objects.filter(identity=card.identity_id, before__in=either(person))
    return changes.exclude(dealer=card.dealer_id).exists()


def _closed_notes() -> Iterator[str]:
    for activity in _some(Activity, "t.note_sealed IS NOT NULL"):
        try:
            cards.check_note(activity)
        except VaultError as problem:
            yield f"activity {activity.pk}: {problem}"


def checks() -> Iterator[Check]:
    """Run every check: its name, whether it holds, and otherwise how many rows break it."""
    for name, query in CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query, TERMS)
            broken, example = cursor.fetchone()
        yield name, broken == 0, f"{broken} rows, for example {example}" if broken else ""
    for name, broken in (
        ("cards open, and their numbers are those of their persons", list(_closed_cards())),
        ("notes of activities open", list(_closed_notes())),
    ):
        yield name, not broken, f"{len(broken)}, for example {broken[0]}" if broken else ""
    lost = list(retrace.broken())
    said = f"{len(lost)} rows, for example {lost[0]}" if lost else ""
    yield "protections end where their events lead", not lost, said
