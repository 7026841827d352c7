"""What a line is worth, under the cap and above the floor of a line; exact, not yet rounded."""

from incentives.engine.multipliers import MULTIPLIERS
from incentives.engine.stage import Stage

LINES = Stage(
    "engine_line",
    MULTIPLIERS.columns
    | {
        "worth": "exact amount of the line; 0 where a reason stands",
        "cut": "line_cap or line_floor where one changed it",
        "period_kind": "whether the component is paid by period",
    },
    """
WITH valued AS (
    SELECT m.*, c.line_cap, c.line_floor, c.base AS measured, c.period AS period_kind,
        CASE WHEN m.reason IS NULL AND NOT c.period THEN m.base * m.rate * m.factor ELSE 0 END
            AS before
    FROM engine_multiplied m JOIN engine_component c ON c.id = m.component_id
),
limited AS (
    SELECT *, CASE WHEN reason IS NULL AND base > 0 AND NOT period_kind
        THEN least(line_cap, greatest(line_floor, before)) ELSE before END AS worth
    FROM valued
)
SELECT component_id, line, event, at, day, month, period, closing, beneficiary, owner_share,
    has_rest, level, category, region, quantity, net, margin, age, reason, closed_gate, base,
    CASE WHEN measured IN ('net', 'units') AND NOT period_kind THEN worth ELSE weight END AS weight,
    rate, factor, worth,
    CASE WHEN worth < before THEN 'line_cap' WHEN worth > before THEN 'line_floor' END AS cut,
    period_kind
FROM limited
""",
)
