"""Issuing the statements of a closed month: one per dealer, agreeing with results and books."""

from typing import Any

from django.db import connection

from incentives.models import Program, Run


class StatementMismatch(Exception):
    """Lines, results, books and headline of a statement do not agree; nothing may be issued."""


def issue(run: Run) -> int:
    """Issue a statement to every dealer with results, held orders or a balance; returns how many.

    What a dealer owes is carried over until later months make up for it. Raises StatementMismatch
    if the totals differ from the lines or from the books.
    """
    params: dict[str, Any] = {
        "run": run.pk,
        "month": run.month,
        "name": run.name,
        "currency": Program.current().currency,
        "issued_at": run.closed_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ISSUE, params)
    wrong = mismatches(run)
    if wrong:
        raise StatementMismatch(f"{run}: {'; '.join(wrong[:5])}")
    return run.statements.count()


_ISSUE = """
WITH totals AS (
    SELECT dealer_id, sum(amount) AS total FROM incentives_result WHERE run_id = %(run)s GROUP BY 1
),
carried AS (
    SELECT DISTINCT ON (s.dealer_id) s.dealer_id, s.closing
    FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
    WHERE r.month < %(month)s
    ORDER BY s.dealer_id, r.month DESC
),
held AS (
    SELECT dealer_id, true AS held FROM incentives_hold
    WHERE run_id = %(run)s AND lines <> '[]' GROUP BY 1
),
figures AS (
    SELECT dealer_id, coalesce(closing, 0) AS opening, coalesce(total, 0) AS total
    FROM totals FULL JOIN carried USING (dealer_id) FULL JOIN held USING (dealer_id)
    WHERE total IS NOT NULL OR closing <> 0 OR held
)
INSERT INTO incentives_statement
    (number, run_id, dealer_id, journal_id, currency, opening, total, payable, closing, code,
    issued_at)
SELECT 'ST-' || %(name)s || '-' || d.code, %(run)s, f.dealer_id, j.id, %(currency)s,
    f.opening, f.total, greatest(f.opening + f.total, 0), least(f.opening + f.total, 0),
    regexp_replace(upper(left(replace(gen_random_uuid()::text, '-', ''), 16)),
        '(....)(....)(....)(....)', '\\1-\\2-\\3-\\4'),
    %(issued_at)s
FROM figures f
JOIN dealers_dealer d ON d.id = f.dealer_id
LEFT JOIN incentives_journal j ON j.key = 'close:' || %(name)s || ':' || d.code
"""


def mismatches(run: Run) -> list[str]:
    """Statements of a run whose headline is not the sum of its lines, its results or its books."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES, {"run": run.pk, "name": run.name})
        return [
            f"{number}: statement {total}, results {results}, lines {lines}, books {books}"
            for number, total, results, lines, books in cursor.fetchall()
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
)
SELECT coalesce(s.number, 'dealer ' || dealer_id), s.total, e.results, e.lines, b.amount
FROM (SELECT * FROM incentives_statement WHERE run_id = %(run)s) s
FULL JOIN earned e USING (dealer_id)
FULL JOIN books b USING (dealer_id)
WHERE s.number IS NULL OR s.total <> coalesce(e.results, 0) OR s.total <> coalesce(e.lines, 0)
    OR s.total <> coalesce(b.amount, 0) OR NOT coalesce(e.bases_agree, true)
ORDER BY 1
"""
