"""The row of the table of rates that applies to a line; of those that fit, the one that says most.

Rows of a period's kinds are chosen by the period's sum, in ``periods``.
"""

from incentives.engine.base import BASE
from incentives.engine.stage import Stage

RATE = Stage(
    "engine_rated",
    BASE.columns | {"rate": "of the row that applies; none for what is paid by period"},
    """
SELECT b.component_id, b.line, b.event, b.at, b.day, b.month, b.period, b.closing, b.beneficiary,
    b.owner_share, b.has_rest, b.level, b.category, b.region, b.quantity, b.net, b.margin, b.age,
    coalesce(b.reason, CASE WHEN r.rate IS NULL AND NOT c.period THEN 'no_rate' END) AS reason,
    b.closed_gate, b.base, b.weight, r.rate
FROM engine_base b JOIN engine_component c ON c.id = b.component_id
LEFT JOIN LATERAL (
    SELECT r.rate FROM engine_rate r
    CROSS JOIN LATERAL (
        SELECT CASE c.measure WHEN 'age' THEN b.age WHEN 'place' THEN b.quantity ELSE 0 END AS at
    ) measured
    WHERE r.component_id = c.id AND NOT c.period
    AND (r.level IS NULL OR r.level = b.level)
    AND (r.category IS NULL OR r.category = b.category)
    AND measured.at >= r.starts_at AND (r.ends_at IS NULL OR measured.at < r.ends_at)
    ORDER BY r.level IS NULL, r.category IS NULL LIMIT 1
) r ON true
""",
)
