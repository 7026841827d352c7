"""What an event is worth: its lines added up, split by shares, rounded once, order cap and floor.

In minor units: the owner's exact part, the rest, and the whole rounded once. The units that
flooring leaves over go to the larger remainder, so that both parts equal the whole.
"""

from incentives.engine.stage import Stage


def of_lines(lines: str) -> str:
    """The query for the events of the lines that a table or a query in brackets has."""
    return f"""
WITH events AS (
    SELECT component_id, event, at, month, period, closing, known, back, beneficiary, owner_share,
        CASE WHEN reason IS NULL THEN base ELSE 0 END AS base, rate, worth AS exact, closed_gate,
        reason IS NULL AS counts,
        CASE WHEN reason IS NULL AND cut IS NULL THEN '{{}}'
            ELSE array_remove(ARRAY[reason, cut], NULL) END AS reasons
    FROM {lines} lines WHERE NOT period_kind AND lines.lines = 1
    UNION ALL
    SELECT component_id, event, min(at), min(month), min(period), min(closing), bool_or(known),
        bool_or(back), min(beneficiary), min(owner_share),
        coalesce(sum(base) FILTER (WHERE reason IS NULL), 0),
        CASE WHEN min(rate) = max(rate) THEN min(rate) END, sum(worth), min(closed_gate),
        bool_or(reason IS NULL),
        array_remove(array_agg(DISTINCT reason) || array_agg(DISTINCT cut), NULL)
    FROM {lines} lines WHERE NOT period_kind AND lines.lines > 1 GROUP BY component_id, event
),
split AS (
    SELECT e.*, c.order_cap, c.order_floor,
        CASE WHEN c.by_share THEN CASE WHEN c.to_seller THEN 1 - e.owner_share
            ELSE e.owner_share END END AS share,
        CASE WHEN NOT c.by_share THEN round(exact, %(decimals)s)
            WHEN c.to_seller THEN round((round(units) - owners) / %(minor)s, %(decimals)s)
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
    SELECT *, CASE WHEN counts AND base > 0 AND coalesce(share, 1) > 0
        THEN least(order_cap, greatest(order_floor, part)) ELSE part END AS worth
    FROM split
)
SELECT component_id, event, at, month, period, closing, known, back, beneficiary,
    CASE WHEN back THEN -base ELSE base END AS base, rate, share,
    CASE WHEN back THEN -worth ELSE worth END AS worth,
    CASE WHEN worth < part THEN reasons || 'order_cap'::text
        WHEN worth > part THEN reasons || 'order_floor'::text ELSE reasons END AS reasons,
    closed_gate
FROM limited
"""


ORDERS = Stage(
    "engine_order",
    {
        "component_id": "the component",
        "event": "external_id of the event",
        "at": "moment",
        "month": "that it counts in",
        "period": "the window around it",
        "closing": "the month that books it",
        "known": "whether it was booked by an earlier closing",
        "back": "whether it takes away what the same event brought",
        "beneficiary": "code",
        "base": "sum of the lines that count",
        "rate": "where it is one for all lines",
        "share": "of the beneficiary, where the amount is split",
        "worth": "amount in whole minor units, before caps that others share",
        "reasons": "codes of what cut it or made it zero",
        "closed_gate": "the first gate that is closed",
    },
    of_lines("engine_line"),
)
