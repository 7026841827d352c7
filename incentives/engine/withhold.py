"""The part that is kept back of what an event or a period comes to, so that parts add up to it.

Under a cap that counts sales together an amount may come back with another sale: there the part is
taken of all that the beneficiary has of the component.
"""

from incentives.engine.moves import MOVES
from incentives.engine.stage import Stage, passed_on

WITHHOLD = Stage(
    "engine_paid",
    MOVES.columns,
    """
WITH summed AS (
    SELECT g.*, c.withhold, sum(amount) OVER (
        PARTITION BY g.component_id, g.beneficiary,
            CASE WHEN coalesce(CASE WHEN NOT c.period THEN c.period_cap END, c.beneficiary_cap,
                c.budget_cap) IS NULL THEN ROW(g.sale, g.period) END
        ORDER BY g.closing, g.at, g.back, g.event, g.sale ROWS UNBOUNDED PRECEDING) AS after
    FROM engine_gated g JOIN engine_component c ON c.id = g.component_id
),
kept AS (
    SELECT *, round(after * withhold, %(decimals)s)
        - round((after - amount) * withhold, %(decimals)s) AS withheld
    FROM summed
)
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, share, worth, amount - withheld AS amount,
    CASE WHEN withheld <> 0 THEN reasons || 'withheld'::text ELSE reasons END AS reasons,
    closed_gate, adjustment
FROM kept
""",
    asked=lambda component: component.values["withhold"],
    otherwise=passed_on("engine_gated", MOVES.columns),
)
