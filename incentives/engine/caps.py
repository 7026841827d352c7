"""Caps that several amounts of a beneficiary share: of a period, and of a month in a plan.

Under each, with the amounts added up in the order of booking, then of the versions, then of the
events (of those alone, where a version answers for what was registered under it: these are sold
side by side), an amount is ``min(cap, sum after it) - min(cap, sum before it)``, where what earlier
closings booked comes first. So a return first takes away what the cap had cut, what it frees goes
to its others, and any order of arrival adds up to the same. Versions that share a month share its
cap, the highest. What a gate holds takes no room.
"""

from incentives.engine.moves import MOVES
from incentives.engine.stage import Stage, passed_on


def _under(
    name: str,
    source: str,
    *,
    capped: str,
    pool: str,
    months: str,
    within: str,
    booked: str,
    seen: str,
) -> Stage:
    """The stage of one cap, which the components ``capped`` have.

    Amounts share it where plan, audience, ``pool`` of their components and beneficiary are the
    same, from the day ``within`` on for ``months``: days of which ``seen`` has all that come about.
    ``booked`` is the column of what has counted towards it.
    """
    return Stage(
        f"engine_{name}",
        MOVES.columns,
        f"""
WITH terms AS (
    SELECT id, dense_rank() OVER (ORDER BY plan, audience, {pool}) AS pool, starts_on, ends_on,
        CASE WHEN NOT by_anchor THEN starts_on END AS turn,
        {months} AS months, {name} AS cap, {name} IS NOT NULL AND {capped} AS capped
    FROM engine_component
),
caps AS (
    SELECT t.component_id, t.starts, c.pool, c.turn,
        dense_rank() OVER (ORDER BY c.pool, t.starts) AS shared,
        CASE WHEN count(*) = count(each.cap) THEN max(each.cap) END AS cap
    FROM ({seen}) t
    JOIN terms c ON c.id = t.component_id AND c.capped
    JOIN terms each ON each.pool = c.pool AND (each.id = c.id
            OR each.starts_on < (t.starts + make_interval(months => c.months))::date
            AND (each.ends_on IS NULL OR each.ends_on > greatest(t.starts, each.starts_on)))
    GROUP BY t.component_id, t.starts, c.pool, c.turn
),
before AS (
    SELECT k.shared, g.beneficiary, sum(g.{booked}) AS counted
    FROM (SELECT DISTINCT shared, pool, starts FROM caps) k
    JOIN terms c ON c.pool = k.pool AND c.capped
    JOIN engine_booked g ON g.component_id = c.id AND g.{within} = k.starts
    GROUP BY k.shared, g.beneficiary
),
cut AS (
    SELECT g.*, least(k.cap, coalesce(b.counted, 0) + sum(g.amount) OVER so_far)
            - least(k.cap, coalesce(b.counted, 0) + sum(g.amount) OVER so_far - g.amount)
            AS left_over
    FROM ({source}) g
    LEFT JOIN caps k ON k.component_id = g.component_id AND k.starts = g.{within}
        AND g.closed_gate IS NULL
    LEFT JOIN before b ON b.shared = k.shared AND b.beneficiary = g.beneficiary
    WINDOW so_far AS (
        PARTITION BY g.beneficiary, k.shared
        ORDER BY g.closing, k.turn, g.at, g.back, g.event, g.component_id
        ROWS UNBOUNDED PRECEDING)
)
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, share, worth, left_over AS amount,
    CASE WHEN left_over <> amount THEN reasons || '{name}'::text ELSE reasons END AS reasons,
    closed_gate, adjustment
FROM cut
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
    seen="SELECT DISTINCT component_id, period AS starts FROM engine_line",
)
BENEFICIARY_CAP = _under(
    "beneficiary_cap",
    passed_on("engine_period_cap", MOVES.columns),
    capped="true",
    pool="''",
    months="1",
    within="month",
    booked="amount",
    seen="""SELECT component_id, month AS starts FROM engine_line
        UNION SELECT component_id, period FROM engine_line""",
)
