"""Caps that several amounts of a beneficiary share: of a period, and of a month in a plan.

Under each, with the amounts added up in the order of booking, then of the events, an amount is
``min(cap, sum after it) - min(cap, sum before it)``. So a return first takes away what the cap had
cut, what it frees goes to its others, and any order of arrival adds up to the same. Versions that
share a month share its cap, the highest. What a gate holds takes no room.
"""

from incentives.engine.moves import MOVES
from incentives.engine.stage import Stage


def _under(name: str, source: str, together: str, cap: str, *, only: str = "true") -> Stage:
    """The stage of one cap: amounts with the same ``together`` share it."""
    return Stage(
        f"engine_{name}",
        MOVES.columns,
        f"""
WITH summed AS (
    SELECT m.*, {cap} AS cap, {only} AND m.closed_gate IS NULL AS counts,
        sum(m.amount) FILTER (WHERE {only} AND m.closed_gate IS NULL) OVER (
            PARTITION BY {together}
            ORDER BY m.closing, m.at, m.back, m.event, m.component_id, m.sale
            ROWS UNBOUNDED PRECEDING) AS after
    FROM {source} m JOIN engine_component c ON c.id = m.component_id
),
cut AS (
    SELECT *, CASE WHEN cap IS NULL OR NOT counts THEN amount
        ELSE least(cap, after) - least(cap, after - amount) END AS left_over
    FROM summed
)
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, worth, left_over AS amount,
    CASE WHEN left_over <> amount THEN reasons || '{name}'::text ELSE reasons END AS reasons,
    closed_gate, adjustment
FROM cut
""",
    )


_HIGHEST = """(
        SELECT CASE WHEN count(*) = count(each.{0}) THEN max(each.{0}) END
        FROM engine_component each WHERE each.plan = c.plan AND each.audience = c.audience
        AND {1} AND (each.id = c.id OR each.starts_on < (m.{2} + make_interval(months => {3}))::date
            AND (each.ends_on IS NULL OR each.ends_on > greatest(m.{2}, each.starts_on))))"""

PERIOD_CAP = _under(
    "period_cap",
    "(SELECT * FROM engine_move UNION ALL SELECT * FROM engine_period)",
    "c.plan, c.code, c.audience, m.beneficiary, m.period, c.period, c.period_cap IS NULL",
    "CASE WHEN c.period_cap IS NOT NULL THEN "
    + _HIGHEST.format("period_cap", "each.code = c.code", "period", "c.months")
    + " END",
    only="NOT c.period",
)
BENEFICIARY_CAP = _under(
    "beneficiary_cap",
    "engine_period_cap",
    "c.plan, c.audience, m.beneficiary, m.month",
    "CASE WHEN c.beneficiary_cap IS NOT NULL THEN "
    + _HIGHEST.format("beneficiary_cap", "true", "month", "1")
    + " END",
)
