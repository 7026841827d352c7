"""What an event is worth: split by shares, rounded once, order cap and floor.

In minor units: the owner's exact part, the rest, and the whole rounded once. The units that
flooring leaves over go to the larger remainder, so that both parts equal the whole.
"""

from incentives.engine.stage import Stage

_SPLIT = """
    SELECT e.*, c.order_cap, c.order_floor,
        CASE WHEN c.by_share THEN CASE WHEN c.to_seller THEN 1 - e.owner_share
            ELSE e.owner_share END END AS share,
        CASE WHEN c.by_share THEN round(exact, %(decimals)s) END AS whole,
        CASE WHEN NOT c.by_share THEN round(exact, %(decimals)s)
            WHEN c.to_seller THEN round((round(units) - owners) / %(minor)s, %(decimals)s)
            ELSE round(owners / %(minor)s, %(decimals)s) END AS part
    FROM {events} e JOIN engine_component c ON c.id = e.component_id
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
"""


def worth(events: str) -> str:
    """The query for what events are worth that a stage or a query in brackets has summed."""
    return f"""
WITH split AS ({_SPLIT.format(events=events)}),
limited AS (
    SELECT *, CASE WHEN counts AND base > 0 AND coalesce(share, 1) > 0
        THEN least(order_cap, greatest(order_floor, part)) ELSE part END AS worth
    FROM split
)
SELECT component_id, event, at, month, period, closing, known, back, beneficiary,
    CASE WHEN back THEN -base ELSE base END AS base, rate, share, whole,
    CASE WHEN back THEN -worth ELSE worth END AS worth,
    CASE WHEN worth < part THEN reasons || 'order_cap'::text
        WHEN worth > part THEN reasons || 'order_floor'::text ELSE reasons END AS reasons,
    closed_gate
FROM limited
"""


_LIMITS = ("order_cap", "order_floor")

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
        "whole": "what was split, rounded; none where the amount is not",
        "worth": "amount in whole minor units, before caps that others share",
        "reasons": "codes of what cut it or made it zero",
        "closed_gate": "the first gate that is closed",
    },
    worth("engine_summed"),
    asked=lambda component: any(component.values[name] is not None for name in _LIMITS),
    otherwise=f"""
SELECT component_id, event, at, month, period, closing, known, back, beneficiary,
    CASE WHEN back THEN -base ELSE base END AS base, rate, share, whole,
    CASE WHEN back THEN -part ELSE part END AS worth, reasons, closed_gate
FROM ({_SPLIT.format(events="engine_summed")}) split
""",
)
