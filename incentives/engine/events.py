"""Which facts count for which component, and for whom.

A return's place and people are those of its sale. Where several components of a group fit, the
first one counts; a closed gate is named, and applied by its own stage.
"""

from incentives.engine.stage import Stage

EVENTS = Stage(
    "engine_event",
    {
        "component_id": "the component that the line counts for",
        "line": "the fact's",
        "event": "external_id of the fact",
        "at": "moment of the event",
        "day": "local day of the event",
        "month": "first day of the month that the event counts in",
        "period": "first day of the component's window around the event",
        "closing": "first day of the month that books it",
        "beneficiary": "code of a dealer, person or region",
        "owner_share": "of a sale",
        "has_rest": "whether the beneficiary has what the owner's share leaves",
        "level": "the fact's",
        "category": "the fact's",
        "region": "the fact's",
        "quantity": "the fact's",
        "net": "the fact's",
        "margin": "the fact's",
        "age": "days since the ownership began",
        "reason": "code of why it gives nothing",
        "closed_gate": "the first gate that is closed",
    },
    """
WITH sold AS (
    SELECT DISTINCT ON (external_id) external_id, dealer, store, staff, region, level, sold_by,
        owner_share, owned_on, seller, customer, source, agreement_signed, data_complete
    FROM engine_fact WHERE kind = 'sale' ORDER BY external_id, line
),
facts AS (
    SELECT f.line, f.kind, f.external_id, f.at, f.day, f.month, f.closing, s.dealer, s.store,
        s.staff, s.region, s.level, s.sold_by, f.category, f.quantity, f.net, f.margin,
        s.owner_share, s.owned_on, s.seller, s.customer, s.source, s.agreement_signed,
        s.data_complete, false AS repeated
    FROM engine_fact f JOIN sold s ON s.external_id = f.returns
    WHERE f.kind = 'return'
    UNION ALL
    SELECT f.line, f.kind, f.external_id, f.at, f.day, f.month, f.closing, f.dealer, f.store,
        f.staff, f.region, f.level, f.sold_by, f.category, f.quantity, f.net, f.margin,
        f.owner_share, f.owned_on, f.seller, f.customer, f.source, f.agreement_signed,
        f.data_complete, f.customer IS NOT NULL AND EXISTS (
            SELECT FROM engine_fact e
            WHERE e.kind = 'sale' AND e.net > 0 AND e.customer = f.customer
            AND e.closing <= f.closing AND (e.at, e.external_id) < (f.at, f.external_id))
    FROM engine_fact f WHERE f.kind <> 'return'
),
matched AS (
    SELECT c.id AS component_id, f.line, f.external_id AS event, f.at, f.day, f.month,
        (f.month - make_interval(months =>
            (extract(month FROM f.month)::int - 1) %% c.months))::date AS period,
        f.closing,
        CASE c.audience WHEN 'staff' THEN f.staff WHEN 'region' THEN f.region
            ELSE CASE WHEN NOT c.to_seller THEN f.dealer
                WHEN f.sold_by IN ('own', 'sister') THEN f.dealer
                ELSE f.seller END
        END AS beneficiary,
        f.owner_share, c.to_seller AND f.sold_by NOT IN ('own', 'sister') AS has_rest,
        f.level, f.category, f.region, f.quantity, f.net, f.margin, f.day - f.owned_on AS age,
        CASE
            WHEN c.stack IS NOT NULL AND row_number() OVER (
                PARTITION BY f.line, c.stack, c.audience ORDER BY c.priority, c.id) > 1
            THEN 'group'
            WHEN f.kind = 'sale' AND c.base <> 'net' AND NOT c.pays_zero
                AND sum(f.net) OVER (PARTITION BY c.id, f.external_id) = 0
            THEN 'net_zero'
        END AS reason,
        (SELECT g.gate FROM engine_gate g WHERE g.component_id = c.id
            AND NOT CASE g.gate WHEN 'agreement_signed' THEN f.agreement_signed
                WHEN 'data_complete' THEN f.data_complete
                ELSE EXISTS (SELECT FROM engine_fact t
                    WHERE t.kind = 'certificate' AND t.at <= f.at AND t.closing <= f.closing
                    AND CASE c.audience WHEN 'staff' THEN t.staff = f.staff
                        ELSE t.dealer = f.dealer END) END
            ORDER BY g.position LIMIT 1) AS closed_gate
    FROM facts f JOIN engine_component c ON c.fact = f.kind
        AND (c.only_sold_by IS NULL OR c.only_sold_by = f.sold_by)
        AND (c.places IS NULL OR f.sold_by = ANY (c.places))
        AND (f.repeated OR NOT c.only_repeat)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.by_anchor AND f.owned_on >= c.began_on THEN f.owned_on ELSE f.day END
            AS day
    ) anchor
    WHERE anchor.day >= c.starts_on AND (c.ends_on IS NULL OR anchor.day < c.ends_on)
    AND NOT EXISTS (
        SELECT FROM engine_filter n WHERE n.component_id = c.id GROUP BY n.name
        HAVING NOT coalesce(bool_or(n.value = CASE n.name
            WHEN 'category' THEN f.category WHEN 'level' THEN f.level
            WHEN 'dealer' THEN f.dealer WHEN 'store' THEN f.store WHEN 'staff' THEN f.staff
            WHEN 'region' THEN f.region ELSE f.source END), false))
)
SELECT * FROM matched WHERE beneficiary IS NOT NULL
""",
)
