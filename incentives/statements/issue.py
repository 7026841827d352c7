"""Issuing the statements of a closed month: one per dealer, agreeing with results and books."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import connection

from customers.ownership.contacts import first_contacts_sql
from dealers.currencies import decimals
from incentives.models import Event, Program, Run


class StatementMismatch(Exception):
    """Lines, results, books and headline of a statement do not agree; nothing may be issued."""


def issue(run: Run) -> int:
    """Issue a statement to every dealer with results, adjustments, held orders or a balance.

    What a dealer owes is carried over until later months make up for it, as ``settle`` says. Raises
    StatementMismatch if the totals differ from the lines or from the books.
    """
    currency = Program.current().currency
    params: dict[str, Any] = {
        "run": run.pk,
        "month": run.month,
        "name": run.name,
        "currency": currency,
        "decimals": decimals(currency),
        "issued_at": run.closed_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ISSUE, params)
    wrong = mismatches(run)
    if wrong:
        raise StatementMismatch(f"{run}: {'; '.join(wrong[:5])}")
    return run.statements.count()


@dataclass(frozen=True, slots=True)
class Settled:
    """What a statement pays and carries forward; ``back``: of that, what was paid already."""

    payable: Decimal
    closing: Decimal
    back: Decimal


def settle(
    opening: Decimal, back: Decimal, total: Decimal, clawback: Decimal, unit: Decimal
) -> Settled:
    """What is paid of a month's ``total`` after ``opening`` was carried over (rulebook 7).

    With what of it takes off what was never paid added back, where a dispute was decided so.

    What was not paid yet is netted. Of what takes back from paid months, ``clawback`` in the total
    and ``back`` in what was carried over, a statement bears half at most, rounded in the dealer's
    favour to ``unit``; the rest is carried. None of the three is above zero.
    """
    due = back + clawback
    net = opening + total - due
    if net <= 0:
        return Settled(Decimal(0), net + due, due)
    taken = min(-due, (net / 2).quantize(unit, ROUND_DOWN))
    return Settled(net - taken, due + taken, due + taken)


# ``settle`` for many at once: of ``figures`` with what it takes, ``decimals`` of the currency.
SETTLED = """nets AS (
    SELECT *, opening_back + clawback AS due,
        opening + total + set_off - opening_back - clawback AS net
    FROM figures
),
settled AS (
    SELECT *, CASE WHEN net <= 0 THEN 0
        ELSE least(-due, trunc(net / 2, %(decimals)s)) END AS taken
    FROM nets
)"""

# ``clawed`` is what of the month takes back from statements that went to the bank: results that
# recompute an earlier month, and lines of what is returned or voided later, each from the month
# that booked its event: the first that knew of it and did not hold it. With a line goes its part of
# what was adjusted: what that takes was paid with the adjustment's month, what it gives was not.
_ISSUE = (
    """
WITH totals AS (
    SELECT dealer_id, sum(amount) AS total FROM incentives_result WHERE run_id = %(run)s GROUP BY 1
),
paid AS MATERIALIZED (
    SELECT DISTINCT s.dealer_id, s.run_id, r.month
    FROM incentives_payout p
    JOIN incentives_payoutbatch b ON b.id = p.batch_id AND b.approved_at IS NOT NULL
    JOIN incentives_statement s ON s.id = p.statement_id
    JOIN incentives_run r ON r.id = s.run_id
    WHERE p.state IN ('waiting', 'paid')
),
events AS (
    SELECT x.dealer_id, l.id AS line_id, l.amount, o.sale_id, NULL::bigint AS registration_id,
        sold.counts_on AS day, sold.recorded_at
    FROM incentives_result x
    JOIN incentives_line l ON l.result_id = x.id AND l.amount < 0
    JOIN customers_order o ON o.id = l.order_id AND o.sale_id IS NOT NULL
    JOIN LATERAL (
        SELECT a.counts_on, a.recorded_at FROM customers_attribution a
        WHERE a.order_id = o.sale_id AND a.dealer_id = x.dealer_id
        ORDER BY a.recorded_at LIMIT 1) AS sold ON true
    WHERE x.run_id = %(run)s AND NOT x.adjustment AND EXISTS (SELECT FROM paid)
    UNION ALL
    SELECT x.dealer_id, l.id, l.amount, NULL, g.id, coalesce(made.day, g.received_on),
        coalesce(made.contacted_at, g.recorded_at)
    FROM incentives_result x
    JOIN incentives_line l ON l.result_id = x.id AND l.amount < 0
    JOIN customers_registration g ON g.id = l.registration_id
    JOIN incentives_component c ON c.id = x.component_id
    LEFT JOIN LATERAL ("""
    + first_contacts_sql(f"c.event = '{Event.FIRST_CONTACT}' AND won.id = g.id")
    + """) AS made ON true
    WHERE x.run_id = %(run)s AND NOT x.adjustment AND EXISTS (SELECT FROM paid)
),
followed AS (
    SELECT a.dealer_id, a.line_id, a.amount
    FROM incentives_adjustment a JOIN incentives_journal j ON j.key = 'adjust:' || a.code
    JOIN incentives_adjustment given ON given.id = a.follows_id
    JOIN incentives_journal b ON b.key = 'adjust:' || given.code
    WHERE j.month = %(month)s AND (a.amount > 0 OR EXISTS (
        SELECT FROM paid p WHERE (p.dealer_id, p.month) = (a.dealer_id, b.month)))
),
clawed_lines AS (
    SELECT dealer_id, line_id, least(sum(amount), 0) AS amount FROM (
        SELECT e.dealer_id, e.line_id, e.amount FROM events e
        JOIN LATERAL (
            SELECT r.id FROM incentives_run r
            WHERE r.month >= date_trunc('month', e.day) AND r.known_until >= e.recorded_at
            AND NOT EXISTS (SELECT FROM incentives_hold h
                WHERE h.run_id = r.id AND h.order_id = e.sale_id AND h.dealer_id = e.dealer_id)
            ORDER BY r.month LIMIT 1) AS booked ON true
        JOIN paid p ON p.run_id = booked.id AND p.dealer_id = e.dealer_id
        UNION ALL
        SELECT dealer_id, line_id, amount FROM followed
    ) each GROUP BY 1, 2
),
clawed AS (
    SELECT dealer_id, sum(amount) AS clawback FROM (
        SELECT dealer_id, amount FROM clawed_lines
        UNION ALL
        SELECT x.dealer_id, x.amount FROM incentives_result x
        JOIN paid p ON p.dealer_id = x.dealer_id AND p.month = x.for_month
        WHERE x.run_id = %(run)s AND x.adjustment AND x.amount < 0
    ) each GROUP BY 1
),
adjustments AS (
    SELECT dealer_id, sum(amount) AS adjusted FROM (
        SELECT a.dealer_id, a.amount
        FROM incentives_adjustment a JOIN incentives_journal j ON j.key = 'adjust:' || a.code
        WHERE j.month = %(month)s
        UNION ALL
        -- Rewards of boards; what is a person's own is on no statement.
        SELECT w.dealer_id, w.amount
        FROM incentives_reward w JOIN incentives_journal j ON j.key = 'reward:' || w.code
        WHERE j.month = %(month)s AND w.person_id IS NULL
    ) given GROUP BY 1
),
-- What these take off that was never paid.
never AS (
    SELECT a.dealer_id, sum(r.withheld) AS set_off
    FROM incentives_disputeruling r JOIN incentives_adjustment a ON a.id = r.adjustment_id
    JOIN incentives_journal j ON j.key = 'adjust:' || a.code
    WHERE j.month = %(month)s GROUP BY 1
),
carried AS (
    SELECT DISTINCT ON (s.dealer_id) s.dealer_id, s.closing, s.closing_back
    FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
    WHERE r.month < %(month)s
    ORDER BY s.dealer_id, r.month DESC
),
held AS (
    SELECT dealer_id, true AS held FROM incentives_hold
    WHERE run_id = %(run)s AND lines <> '[]' GROUP BY 1
),
figures AS (
    SELECT dealer_id, coalesce(closing, 0) AS opening, coalesce(adjusted, 0) AS adjusted,
        coalesce(total, 0) + coalesce(adjusted, 0) AS total, coalesce(set_off, 0) AS set_off,
        coalesce(closing_back, 0) AS opening_back, coalesce(clawback, 0) AS clawback
    FROM totals FULL JOIN carried USING (dealer_id) FULL JOIN held USING (dealer_id)
    FULL JOIN adjustments USING (dealer_id) LEFT JOIN clawed USING (dealer_id)
    LEFT JOIN never USING (dealer_id)
    WHERE total IS NOT NULL OR adjusted IS NOT NULL OR closing <> 0 OR held
),
"""
    + SETTLED
    + """
INSERT INTO incentives_statement
    (number, run_id, dealer_id, journal_id, currency, opening, total, adjusted, set_off,
    payable, closing, clawback, opening_back, closing_back, code, issued_at)
SELECT 'ST-' || %(name)s || '-' || d.code, %(run)s, f.dealer_id, j.id, %(currency)s,
    f.opening, f.total, f.adjusted, f.set_off, greatest(net, 0) - taken,
    least(net, 0) + due + taken, f.clawback, f.opening_back, due + taken,
    regexp_replace(upper(left(replace(gen_random_uuid()::text, '-', ''), 16)),
        '(....)(....)(....)(....)', '\\1-\\2-\\3-\\4'),
    %(issued_at)s
FROM settled f
JOIN dealers_dealer d ON d.id = f.dealer_id
LEFT JOIN incentives_journal j ON j.key = 'close:' || %(name)s || ':' || d.code
"""
)


def mismatches(run: Run) -> list[str]:
    """Statements of a run whose headline is not the sum of its lines, its results or its books."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES, {"run": run.pk, "month": run.month, "name": run.name})
        return [
            f"{number}: statement {total} with {adjusted} adjusted, results {results},"
            f" lines {lines}, books {books}, adjustments {adjustments}"
            for number, total, adjusted, results, lines, books, adjustments in cursor.fetchall()
        ]


# A tiered result has its amount from the month as a whole: its lines agree by their base.
_MISMATCHES = """
WITH by_result AS (
    SELECT r.dealer_id, r.amount, r.base, l.amount AS line_amount, l.base AS line_base
    FROM incentives_result r
    LEFT JOIN (
        SELECT e.result_id, sum(e.amount) AS amount, sum(e.base) AS base
        FROM incentives_line e JOIN incentives_result x ON x.id = e.result_id
        WHERE x.run_id = %(run)s GROUP BY 1
    ) l ON l.result_id = r.id
    WHERE r.run_id = %(run)s
),
earned AS (
    SELECT dealer_id, sum(amount) AS results, sum(coalesce(line_amount, amount)) AS lines,
        bool_and(line_base IS NOT DISTINCT FROM base) AS bases_agree
    FROM by_result GROUP BY 1
),
books AS (
    SELECT a.dealer_id, sum(e.amount) AS amount
    FROM incentives_entry e
    JOIN incentives_journal j ON j.id = e.journal_id
    JOIN incentives_account a ON a.id = e.account_id AND a.kind = 'payable'
    WHERE j.source = 'run' AND j.source_key = %(name)s GROUP BY 1
),
adjustments AS (
    SELECT a.dealer_id, sum(e.amount) AS amount
    FROM incentives_entry e
    JOIN incentives_journal j ON j.id = e.journal_id
    JOIN incentives_account a ON a.id = e.account_id AND a.kind = 'payable'
        AND a.holder = 'dealer'
    WHERE j.source IN ('adjustment', 'reward') AND j.month = %(month)s GROUP BY 1
)
SELECT coalesce(s.number, 'dealer ' || dealer_id), s.total, s.adjusted, e.results, e.lines,
    b.amount, coalesce(a.amount, 0)
FROM (SELECT *, total - adjusted AS earned FROM incentives_statement WHERE run_id = %(run)s) s
FULL JOIN earned e USING (dealer_id)
FULL JOIN books b USING (dealer_id)
FULL JOIN adjustments a USING (dealer_id)
WHERE s.number IS NULL OR s.earned <> coalesce(e.results, 0) OR s.earned <> coalesce(e.lines, 0)
    OR s.earned <> coalesce(b.amount, 0) OR s.adjusted <> coalesce(a.amount, 0)
    OR NOT coalesce(e.bases_agree, true)
ORDER BY 1
"""
