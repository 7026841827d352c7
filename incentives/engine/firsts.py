"""Who is among the first N: in the order of booking, then of the events, without those that give
nothing.
"""

from incentives.engine.base import BASE
from incentives.engine.stage import Stage, passed_on

FIRSTS = Stage(
    "engine_first",
    BASE.columns,
    """
WITH placed AS (
    SELECT b.*, c.first_n, CASE WHEN c.first_n IS NOT NULL THEN dense_rank() OVER (
            PARTITION BY c.plan, c.code, c.audience, b.period,
                CASE WHEN NOT c.first_of_all THEN b.beneficiary END,
                b.reason IS NULL AND b.closed_gate IS NULL
            ORDER BY b.closing, b.at, b.event) END AS place
    FROM engine_base b JOIN engine_component c ON c.id = b.component_id
)
SELECT component_id, line, lines, event, at, day, month, period, closing, known, back, beneficiary,
    owner_share, level, category, region, quantity, net, margin, age, closed_gate,
    coalesce(reason, CASE WHEN place > first_n AND closed_gate IS NULL THEN 'first_n' END)
        AS reason,
    base, weight
FROM placed
""",
    asked=lambda component: component.values["first_n"] is not None,
    otherwise=passed_on("engine_base", BASE.columns),
)
