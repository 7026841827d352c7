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
    name: str, source: str, *, only: str, shared: str, within: str, months: str, booked: str
) -> Stage:
    """The stage of one cap, which the amounts ``only`` have.

    Amounts share it where plan, audience, beneficiary and ``shared`` (of a component ``c`` and an
    amount or what is booked ``g``) are the same, from the day ``within`` on for ``months``.
    ``booked`` is the column of what has counted towards it.
    """
    siblings = "each.code = c.code" if "c.code" in shared else "true"
    same = " AND ".join(
        f"b.{column.split('.')[1]} = {column}" for column in shared.replace(" ", "").split(",")
    )
    return Stage(
        f"engine_{name}",
        MOVES.columns,
        f"""
WITH given AS (
    SELECT g.*, c.plan, c.audience, c.code, c.starts_on,
        c.{name} IS NOT NULL AND {only} AND g.closed_gate IS NULL AS under
    FROM ({source}) g JOIN engine_component c ON c.id = g.component_id
),
times AS (SELECT DISTINCT component_id, {within} AS starts FROM given WHERE under),
caps AS (
    SELECT t.component_id, t.starts,
        CASE WHEN count(*) = count(each.{name}) THEN max(each.{name}) END AS cap
    FROM times t JOIN engine_component c ON c.id = t.component_id
    JOIN engine_component each ON each.plan = c.plan AND each.audience = c.audience
        AND {siblings} AND (each.id = c.id
            OR each.starts_on < (t.starts + make_interval(months => {months}))::date
            AND (each.ends_on IS NULL OR each.ends_on > greatest(t.starts, each.starts_on)))
    GROUP BY t.component_id, t.starts
),
before AS (
    SELECT c.plan, c.audience, g.beneficiary, {shared}, sum(g.{booked}) AS counted
    FROM engine_booked g JOIN engine_component c ON c.id = g.component_id
    WHERE c.{name} IS NOT NULL AND {only}
    GROUP BY c.plan, c.audience, g.beneficiary, {shared}
),
summed AS (
    SELECT c.*, k.cap, coalesce(b.counted, 0) + sum(c.amount) OVER (
            PARTITION BY c.beneficiary, c.plan, c.audience, {shared.replace("g.", "c.")}
            ORDER BY c.closing, c.starts_on, c.at, c.back, c.event, c.component_id, c.sale
            ROWS UNBOUNDED PRECEDING) AS after
    FROM given c JOIN caps k ON k.component_id = c.component_id AND k.starts = c.{within}
    LEFT JOIN before b ON b.plan = c.plan AND b.audience = c.audience
        AND b.beneficiary = c.beneficiary AND {same.replace("g.", "c.")}
    WHERE c.under
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
    only="NOT c.period",
    shared="c.code, g.period",
    within="period",
    months="c.months",
    booked="worth",
)
BENEFICIARY_CAP = _under(
    "beneficiary_cap",
    passed_on("engine_period_cap", MOVES.columns),
    only="true",
    shared="g.month",
    within="month",
    months="1",
    booked="amount",
)
