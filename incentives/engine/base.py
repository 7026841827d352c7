"""What of a line is measured. An event counts once, with its first line.

An event of one line, as most are, needs no look at others.
"""

from incentives.engine.groups import GROUPS
from incentives.engine.stage import Stage

# The lines of an event: their place in it, its money, and whether there is none.
_ONE = "SELECT e.*, 1 AS nth, e.net AS event_net, e.net = 0 AS of_no_money FROM engine_grouped e"
_SEVERAL = f"""
    {_ONE} WHERE e.lines = 1
    UNION ALL
    SELECT e.*,
        row_number() OVER (PARTITION BY e.component_id, e.event, e.reason ORDER BY e.line),
        sum(e.net) OVER (PARTITION BY e.component_id, e.event),
        sum(e.net) FILTER (WHERE e.reason IS NULL)
            OVER (PARTITION BY e.component_id, e.event) = 0
    FROM engine_grouped e WHERE e.lines > 1
"""


def _measured(placed: str) -> str:
    return f"""
SELECT p.component_id, p.line, p.lines, p.event, p.at, p.day, p.month, p.period, p.closing, p.known,
    p.back, p.beneficiary, p.owner_share, p.level, p.category, p.region, p.quantity, p.net,
    p.margin, p.age, p.closed_gate,
    CASE WHEN p.reason IS NOT NULL THEN p.reason
        WHEN c.fact = 'sale' AND c.base <> 'net' AND NOT c.pays_zero AND p.event_net = 0
        THEN 'net_zero' END AS reason,
    CASE c.base WHEN 'net' THEN p.net WHEN 'units' THEN p.quantity
        WHEN 'margin' THEN coalesce(p.margin, 0)
        WHEN 'count' THEN (p.nth = 1)::int END AS base,
    CASE WHEN p.of_no_money THEN p.quantity ELSE p.net END AS weight
FROM ({placed}) p JOIN engine_component c ON c.id = p.component_id
"""


BASE = Stage(
    "engine_base",
    GROUPS.columns
    | {
        "base": "what is measured: money, units or 1",
        "weight": "the line's part of its event where it is counted: money, or units of no money",
    },
    _measured(_SEVERAL),
    of_one=_measured(_ONE),
)
