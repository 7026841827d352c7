"""What is paid once in a period: its sum, the rates reached, its cap and floor, what came back.

A period is worth what its sales less returns give where it is recomputed, else what its sales gave
less the returned part. What was lifted to the floor is taken back in proportion either way. Each
closing books the difference to what was booked for the period before.
"""

from incentives.engine.moves import MOVES
from incentives.engine.stage import EXACT, Stage, half_up

# What a measured sum is worth by the table of rates. A row is [starts_at, ends_at), of the sum or
# of its share of the target; nothing measured gives nothing.
_BY_TABLE = """
    SELECT round(coalesce(sum(CASE s.gives
            WHEN 'part' THEN (least({0}, coalesce(r.ends_at, {0})) - r.starts_at) * r.rate
            WHEN 'rate' THEN {0} * r.rate
            WHEN 'amount' THEN r.rate END), 0), %(decimals)s) AS amount,
        CASE WHEN s.gives = 'rate' THEN min(r.rate) END AS rate, count(r.rate) AS rows
    FROM engine_rate r
    WHERE r.component_id = s.component_id AND {0} > 0
    AND CASE s.gives WHEN 'part' THEN {0} > r.starts_at ELSE {0} >= r.starts_at * s.scale
        AND (r.ends_at IS NULL OR {0} < r.ends_at * s.scale) END
"""

_ZERO = "round(0::numeric, %(decimals)s)"

PERIODS = Stage(
    "engine_period",
    MOVES.columns,
    f"""
WITH counted AS (
    SELECT component_id, beneficiary, period, closing, base AS sold, 0 AS gone
    FROM engine_line WHERE period_kind AND reason IS NULL AND closed_gate IS NULL AND NOT known
    UNION ALL
    SELECT component_id, beneficiary, period, closing, 0, gone FROM (
        SELECT r.component_id, s.beneficiary, s.period, r.closing, r.known,
            r.base_gone - coalesce(lag(r.base_gone) OVER so_far, 0) AS gone
        FROM engine_return r JOIN (
            SELECT DISTINCT ON (component_id, event) component_id, event, beneficiary, period
            FROM engine_line WHERE period_kind AND reason IS NULL AND closed_gate IS NULL
            AND event IN (SELECT sale FROM engine_return)
            ORDER BY component_id, event, line
        ) s ON s.component_id = r.component_id AND s.event = r.sale
        WINDOW so_far AS (PARTITION BY r.component_id, r.sale ORDER BY r.closing, r.at, r.event)
    ) came WHERE NOT known
),
sums AS (
    SELECT n.component_id, n.beneficiary, n.period, n.closing, n.sold - n.gone AS base,
        sum(n.sold) OVER so_far + coalesce(b.sold, 0) AS sold,
        sum(n.gone) OVER so_far + coalesce(b.returned, 0) AS gone,
        coalesce(b.worth, 0) AS worth_before, coalesce(b.amount, 0) AS amount_before
    FROM (
        SELECT component_id, beneficiary, period, closing, sum(sold) AS sold, sum(gone) AS gone
        FROM counted GROUP BY component_id, beneficiary, period, closing
    ) n LEFT JOIN engine_booked b USING (component_id, beneficiary, period)
    WINDOW so_far AS (PARTITION BY n.component_id, n.beneficiary, n.period ORDER BY n.closing)
),
state AS (
    SELECT s.*, c.gives, c.recompute, c.period_cap, c.period_floor, c.measure, c.months,
        greatest(s.sold - s.gone, 0) AS kept, least(s.gone, s.sold) AS returned,
        CASE WHEN c.measure = 'target' THEN coalesce(own.amount, others.amount) ELSE 1 END AS scale
    FROM sums s JOIN engine_component c ON c.id = s.component_id
    LEFT JOIN engine_target own ON own.component_id = c.id AND own.beneficiary = s.beneficiary::text
    LEFT JOIN engine_target others ON others.component_id = c.id AND others.beneficiary IS NULL
),
valued AS (
    SELECT s.*, full_sum.amount AS full_amount, kept_sum.amount AS kept_amount,
        CASE WHEN s.recompute THEN kept_sum.rate ELSE full_sum.rate END AS rate,
        (s.sold <> 0 OR s.closing = ANY (%(before_fourth)s::date[]))
            AND full_sum.rows = 0 AND s.gives <> 'amount' AS without_rate,
        s.period_floor IS NOT NULL AND s.sold > 0
                AND full_sum.amount < least(s.period_cap, s.period_floor)
            AS lifted
    FROM state s
    CROSS JOIN LATERAL ({_BY_TABLE.format("s.sold")}) full_sum
    CROSS JOIN LATERAL ({_BY_TABLE.format("s.kept")}) kept_sum
),
targets AS (
    SELECT valued.*,
        CASE WHEN recompute AND NOT lifted THEN kept_amount
            ELSE full_amount - back.of_full END AS free_target,
        CASE WHEN recompute AND NOT lifted THEN
                CASE WHEN kept > 0 THEN least(period_cap, greatest(period_floor, kept_amount))
                ELSE {_ZERO} END
            ELSE limited.amount - back.of_limited END AS target
    FROM valued
    CROSS JOIN LATERAL (
        SELECT CASE WHEN sold > 0 THEN least(period_cap, greatest(period_floor, full_amount))
            ELSE {_ZERO} END AS amount
    ) limited
    CROSS JOIN LATERAL (
        SELECT CASE WHEN sold > 0 THEN {half_up(f"full_amount * returned * {EXACT} / sold")} ELSE 0
            END AS of_full,
            CASE WHEN sold > 0 THEN {half_up(f"limited.amount * returned * {EXACT} / sold")} ELSE 0
            END AS of_limited
    ) back
),
changes AS (
    SELECT *, target - coalesce(lag(target) OVER so_far, amount_before) AS amount,
        free_target - coalesce(lag(free_target) OVER so_far, worth_before) AS worth
    FROM targets
    WINDOW so_far AS (PARTITION BY component_id, beneficiary, period ORDER BY closing)
)
SELECT component_id, beneficiary, NULL AS event, NULL AS sale, 'infinity'::timestamptz AS at,
    false AS back, closing, period, period AS month, period AS for_month, base, rate,
    NULL::numeric AS share, worth, amount,
    CASE WHEN lifted OR target > free_target THEN ARRAY['period_floor']
        WHEN amount <> worth THEN ARRAY['period_cap']
        WHEN without_rate THEN ARRAY['no_rate'] ELSE '{{}}' END AS reasons,
    NULL::text AS closed_gate,
    (period + make_interval(months => months))::date <= closing AS adjustment
FROM changes
UNION ALL
SELECT component_id, beneficiary, event, event, min(at), false, closing, period, month, month,
    sum(base), NULL, NULL, 0, 0, array_remove(array_agg(DISTINCT reason), NULL),
    min(closed_gate), false
FROM engine_line
WHERE period_kind AND NOT known AND (reason IS NOT NULL OR closed_gate IS NOT NULL)
GROUP BY component_id, beneficiary, event, closing, period, month
""",
    asked=lambda component: component.values["period"],
    otherwise=f"SELECT {', '.join(MOVES.columns)} FROM engine_move WHERE false",
    kept=True,
)
