"""What of a line is measured, and which events are among the first N.

An event counts once, with its first line. The first N are counted in the order of booking, then of
the events, without those that give nothing.
"""

from incentives.engine.events import EVENTS
from incentives.engine.stage import Stage

BASE = Stage(
    "engine_base",
    EVENTS.columns
    | {
        "base": "what is measured: money, units or 1",
        "weight": "the line's part of its event where it is counted: money, or units of no money",
    },
    """
WITH placed AS (
    SELECT e.*, c.base AS measured, c.first_n,
        row_number() OVER (PARTITION BY e.component_id, e.event, e.reason ORDER BY e.line) AS nth,
        sum(e.net) FILTER (WHERE e.reason IS NULL)
            OVER (PARTITION BY e.component_id, e.event) = 0 AS of_no_money,
        CASE WHEN c.first_n IS NOT NULL THEN dense_rank() OVER (
            PARTITION BY c.plan, c.code, c.audience, e.period,
                CASE WHEN c.first_of_all THEN '' ELSE e.beneficiary END,
                e.reason IS NULL AND e.closed_gate IS NULL
            ORDER BY e.closing, e.at, e.event) END AS place
    FROM engine_event e JOIN engine_component c ON c.id = e.component_id
)
SELECT component_id, line, event, at, day, month, period, closing, beneficiary, owner_share,
    has_rest, level, category, region, quantity, net, margin, age,
    coalesce(reason, CASE WHEN place > first_n AND closed_gate IS NULL THEN 'first_n' END)
        AS reason,
    closed_gate,
    CASE measured WHEN 'net' THEN net WHEN 'units' THEN quantity
        WHEN 'margin' THEN coalesce(margin, 0)
        ELSE (nth = 1)::int END AS base,
    CASE WHEN of_no_money THEN quantity ELSE net END AS weight
FROM placed
""",
)
