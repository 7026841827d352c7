"""The row of the table of rates that applies to a line; of those that fit, the one that says most.

Rows of a period's kinds are chosen by the period's sum, in ``periods``.
"""

from incentives.engine.firsts import FIRSTS
from incentives.engine.stage import Stage

RATE = Stage(
    "engine_rated",
    FIRSTS.columns | {"rate": "of the row that applies; none for what is paid by period"},
    """
SELECT component_id, line, lines, event, at, day, month, period, closing, known, back, beneficiary,
    owner_share, level, category, region, quantity, net, margin, age, closed_gate,
    CASE WHEN reason IS NOT NULL THEN reason
        WHEN rate IS NULL AND NOT period_kind THEN 'no_rate' END AS reason,
    base, weight, rate
FROM (
    SELECT b.*, c.period AS period_kind, CASE WHEN c.period THEN NULL
        WHEN c.only_rate IS NOT NULL THEN c.only_rate
        ELSE (
            SELECT r.rate FROM engine_rate r
            CROSS JOIN LATERAL (
                SELECT CASE c.measure WHEN 'age' THEN b.age WHEN 'place' THEN b.quantity
                    WHEN 'nothing' THEN 0 END AS at
            ) measured
            WHERE r.component_id = c.id
            AND (r.level IS NULL OR r.level = b.level)
            AND (r.category IS NULL OR r.category = b.category)
            AND measured.at >= r.starts_at AND (r.ends_at IS NULL OR measured.at < r.ends_at)
            ORDER BY r.level IS NULL, r.category IS NULL LIMIT 1
        ) END AS rate
    FROM engine_first b JOIN engine_component c ON c.id = b.component_id
) rated
""",
)
