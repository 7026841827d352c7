"""What a closed gate makes zero."""

from incentives.engine.moves import MOVES
from incentives.engine.stage import Stage, passed_on

GATE = Stage(
    "engine_gated",
    MOVES.columns,
    """
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, share, worth, CASE WHEN closed_gate IS NULL THEN amount ELSE 0 END AS amount,
    CASE WHEN closed_gate IS NULL OR reasons && '{group,net_zero,first_n,no_rate}' THEN reasons
        ELSE ARRAY['gate_' || closed_gate] END AS reasons,
    closed_gate, adjustment
FROM engine_budget_cap
""",
    asked=lambda component: component.gates,
    otherwise=passed_on("engine_budget_cap", MOVES.columns),
)
