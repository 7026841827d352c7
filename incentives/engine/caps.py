"""Caps that several amounts of a beneficiary share: of a period, and of a month in a plan.

Under each, with the amounts added up in the order of booking, then of the versions, then of the
events, an amount is ``min(cap, sum after it) - min(cap, sum before it)``, where what earlier
closings booked comes first. So a return first takes away what the cap had cut, what it frees goes
to its others, and any order of arrival adds up to the same. Versions that share a month share its
cap, the highest. What a gate holds takes no room.
"""

from incentives.engine.moves import MOVES
from incentives.engine.stage import Stage, passed_on


def _under(
    name: str, source: str, *, capped: str, pool: str, months: str, within: str, booked: str
) -> Stage:
    """The stage of one cap, which the components ``capped`` have.

    Amounts share it where plan, audience, ``pool`` of their components and beneficiary are the
    same, from the day ``within`` on for ``months``. ``booked`` is the column of what has counted
    towards it.
    """
    return Stage(
        f"engine_{name}",
        MOVES.columns,
        f"""
WITH terms AS NOT MATERIALIZED (
    SELECT id, plan, audience, {pool} AS pool, starts_on, ends_on, {months} AS months,
        {name} AS cap, {name} IS NOT NULL AND {capped} AS capped
    FROM engine_component
),
given AS (
    SELECT g.*, c.plan, c.audience, c.pool, c.starts_on, g.{within} AS starts,
        c.capped AND g.closed_gate IS NULL AS under
    FROM ({source}) g JOIN terms c ON c.id = g.component_id
),
caps AS (
    SELECT t.component_id, t.starts,
        CASE WHEN count(*) = count(each.cap) THEN max(each.cap) END AS cap
    FROM (SELECT DISTINCT component_id, starts FROM given WHERE under) t
    JOIN terms c ON c.id = t.component_id
    JOIN terms each ON each.plan = c.plan AND each.audience = c.audience AND each.pool = c.pool
        AND (each.id = c.id
            OR each.starts_on < (t.starts + make_interval(months => c.months))::date
            AND (each.ends_on IS NULL OR each.ends_on > greatest(t.starts, each.starts_on)))
    GROUP BY t.component_id, t.starts
),
before AS (
    SELECT c.plan, c.audience, c.pool, g.beneficiary, g.{within} AS starts,
        sum(g.{booked}) AS counted
    FROM engine_booked g JOIN terms c ON c.id = g.component_id
    WHERE c.capped GROUP BY c.plan, c.audience, c.pool, g.beneficiary, g.{within}
),
summed AS (
    SELECT g.*, k.cap, coalesce(b.counted, 0) + sum(g.amount) OVER (
            PARTITION BY g.beneficiary, g.plan, g.audience, g.pool, g.starts
            ORDER BY g.closing, g.starts_on, g.at, g.back, g.event, g.component_id, g.sale
            ROWS UNBOUNDED PRECEDING) AS after
    FROM given g JOIN caps k ON k.component_id = g.component_id AND k.starts = g.starts
    LEFT JOIN before b ON b.plan = g.plan AND b.audience = g.audience AND b.pool = g.pool
        AND b.beneficiary = g.beneficiary AND b.starts = g.starts
    WHERE g.under
),
cut AS (
    SELECT *, CASE WHEN cap IS NULL THEN amount
        ELSE least(cap, after) - least(cap, after - amount) END AS left_over
    FROM summed
)
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, share, worth, left_over AS amount,
    CASE WHEN left_over <> amount THEN reasons || '{name}'::text ELSE reasons END AS reasons,
    closed_gate, adjustment
FROM cut
UNION ALL
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, share, worth, amount, reasons, closed_gate, adjustment
FROM given WHERE NOT under
""",
        asked=lambda component: component.values[name] is not None,
        otherwise=source,
    )


_ALL = ", ".join(MOVES.columns)

PERIOD_CAP = _under(
    "period_cap",
    f"SELECT {_ALL} FROM engine_move UNION ALL SELECT {_ALL} FROM engine_period",
    capped="NOT period",
    pool="code",
    months="months",
    within="period",
    booked="worth",
)
BENEFICIARY_CAP = _under(
    "beneficiary_cap",
    passed_on("engine_period_cap", MOVES.columns),
    capped="true",
    pool="''",
    months="1",
    within="month",
    booked="amount",
)
