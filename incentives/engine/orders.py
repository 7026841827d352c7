"""What an event is worth: its lines added up, split by shares, rounded once, order cap and floor.

In minor units: the owner's exact part, the rest, and the whole rounded once. The units that
flooring leaves over go to the larger remainder, so that both parts equal the whole.
"""

from incentives.engine.stage import Stage

ORDERS = Stage(
    "engine_order",
    {
        "component_id": "the component",
        "event": "external_id of the event",
        "at": "moment",
        "day": "local day",
        "month": "that it counts in",
        "period": "the window around it",
        "closing": "the month that books it",
        "beneficiary": "code",
        "base": "sum of the lines that count",
        "rate": "where it is one for all lines",
        "share": "of the beneficiary, where the amount is split",
        "worth": "amount in whole minor units, before caps that others share",
        "reasons": "codes of what cut it or made it zero",
        "closed_gate": "the first gate that is closed",
    },
    """
WITH events AS (
    SELECT component_id, event, min(at) AS at, min(day) AS day, min(month) AS month,
        min(period) AS period, min(closing) AS closing, min(beneficiary) AS beneficiary,
        min(owner_share) AS owner_share, bool_or(has_rest) AS has_rest,
        coalesce(sum(base) FILTER (WHERE reason IS NULL), 0) AS base,
        CASE WHEN min(rate) = max(rate) THEN min(rate) END AS rate,
        sum(worth) AS exact, min(closed_gate) AS closed_gate,
        bool_or(reason IS NULL) AS counts,
        array_remove(array_agg(DISTINCT reason) || array_agg(DISTINCT cut), NULL) AS reasons
    FROM engine_line WHERE NOT period_kind GROUP BY component_id, event
),
split AS (
    SELECT e.*, c.order_cap, c.order_floor, c.by_share,
        CASE WHEN NOT c.by_share THEN round(exact, %(decimals)s)
            WHEN has_rest THEN round((round(units) - owners) / %(minor)s, %(decimals)s)
            ELSE round(owners / %(minor)s, %(decimals)s) END AS part
    FROM events e JOIN engine_component c ON c.id = e.component_id
    CROSS JOIN LATERAL (SELECT exact * %(minor)s AS units) whole
    CROSS JOIN LATERAL (
        SELECT units * owner_share AS mine, units * (1 - owner_share) AS theirs
    ) exactly
    CROSS JOIN LATERAL (
        SELECT round(units) - floor(mine) - floor(theirs) AS over,
            mine - floor(mine) >= theirs - floor(theirs) AS mine_first
    ) remainder
    CROSS JOIN LATERAL (
        SELECT floor(mine) + CASE WHEN over = 2 OR over = 1 AND mine_first THEN 1 ELSE 0 END
            AS owners
    ) parts
),
limited AS (
    SELECT *, CASE WHEN counts AND base > 0
            AND NOT (by_share AND owner_share = CASE WHEN has_rest THEN 1 ELSE 0 END)
        THEN least(order_cap, greatest(order_floor, part)) ELSE part END AS worth
    FROM split
)
SELECT component_id, event, at, day, month, period, closing, beneficiary, base, rate,
    CASE WHEN by_share THEN CASE WHEN has_rest THEN 1 - owner_share ELSE owner_share END END
        AS share,
    worth,
    reasons || CASE WHEN worth < part THEN ARRAY['order_cap']
        WHEN worth > part THEN ARRAY['order_floor'] ELSE '{}' END AS reasons,
    closed_gate
FROM limited
""",
)
