"""What must be true of customers and orders, read anew from the data."""

from collections.abc import Iterator

from django.db import connection

Check = tuple[str, bool, str]

# Each counts the rows that break a rule, and shows one of them.
CHECKS = {
    "ownerships do not overlap": """
SELECT count(*), min(id)::text FROM (
    SELECT id, lower(period) < max(upper(period)) OVER (
        PARTITION BY identity_id ORDER BY lower(period), id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS clashes
    FROM customers_ownership
) AS each WHERE clashes
""",
    "registrations answered yours have their ownership": """
SELECT count(*), min(r.receipt) FROM customers_registration AS r
LEFT JOIN customers_ownership AS o ON o.id = r.ownership_id
WHERE r.answer IN ('yours', 'yours_already') AND (
    o.identity_id = r.identity_id AND o.dealer_id = r.dealer_id AND o.customer_id = r.customer_id
    AND o.period @> r.received_at) IS NOT TRUE
""",
    # Compared with the ownerships that were on record when the answer was given.
    "answers follow from the ownership at their moment": """
SELECT count(*), min(receipt) FROM (
    SELECT r.receipt, CASE r.rule
        WHEN 'R1' THEN running.store_id = r.store_id
        WHEN 'R2' THEN running.store_id <> r.store_id AND running.dealer_id = r.dealer_id
        WHEN 'R3' THEN running.dealer_id <> r.dealer_id
        WHEN 'CAP' THEN true
        ELSE lower(running.period) = r.received_at AND running.store_id = r.store_id
            AND (r.rule = 'R6') = EXISTS (
                SELECT FROM customers_ownership AS earlier
                JOIN customers_ownershipevent AS e
                    ON e.ownership_id = earlier.id AND e.kind = 'started'
                WHERE earlier.identity_id = r.identity_id AND lower(earlier.period) < r.received_at
                    AND e.recorded_at <= r.recorded_at)
        END AS follows
    FROM customers_registration AS r
    LEFT JOIN customers_ownership AS running
        ON running.identity_id = r.identity_id AND running.period @> r.received_at
) AS each WHERE follows IS NOT TRUE
""",
    "orders are the sum of their lines": """
SELECT count(*), min(o.external_id) FROM customers_order AS o
LEFT JOIN (
    SELECT order_id, sum(quantity) AS quantity, sum(net) AS net
    FROM customers_orderline GROUP BY order_id
) AS l ON l.order_id = o.id
WHERE (o.quantity = l.quantity AND o.net = l.net) IS NOT TRUE
""",
    "sales count for the owner at their moment": """
SELECT count(*), min(o.external_id) FROM customers_order AS o
LEFT JOIN dealers_store AS place ON place.id = o.store_id
LEFT JOIN customers_ownership AS running
    ON running.identity_id = o.identity_id AND running.period @> o.ordered_at
LEFT JOIN dealers_store AS home ON home.id = running.store_id
WHERE o.kind = 'sale' AND CASE
    -- A till whose clock was ahead: nobody could be the owner of a later moment yet.
    WHEN o.attributed_at IS NULL THEN running.id IS NULL OR o.ordered_at > o.recorded_at
    ELSE o.ownership_id = running.id AND o.owner_dealer_id = running.dealer_id
        AND o.owner_store_id = running.store_id
        AND o.owned_on = (o.ordered_at AT TIME ZONE home.timezone)::date
        AND o.sold_by = CASE WHEN o.store_id IS NULL THEN 'online'
            WHEN o.store_id = running.store_id THEN 'own'
            WHEN place.dealer_id = running.dealer_id THEN 'sister' ELSE 'other' END
    END IS NOT TRUE
""",
    "returns count for whom their sale counts": """
SELECT count(*), min(o.external_id) FROM customers_order AS o
JOIN customers_order AS sale ON sale.id = o.sale_id
LEFT JOIN dealers_store AS home ON home.id = sale.owner_store_id
WHERE (o.sold_by, o.ownership_id, o.owner_share, o.owned_on) IS DISTINCT FROM
    (sale.sold_by, sale.ownership_id, sale.owner_share,
        (o.ordered_at AT TIME ZONE home.timezone)::date)
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


def checks() -> Iterator[Check]:
    """Run every check: its name, whether it holds, and otherwise how many rows break it."""
    for name, query in CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            broken, example = cursor.fetchone()
        yield name, broken == 0, f"{broken} rows, for example {example}" if broken else ""
