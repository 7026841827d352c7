"""What of statements can still be paid, in SQL for triggers: not what waits, not what never is."""

# What lines in dispute come to of statement ``s``: of each dispute as many decisions are in effect
# as it was opened once more. One in effect has no amount, or its amount is in the books.
_HELD = """(
    SELECT coalesce(sum(l.amount), 0) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id AND l.amount > 0
    WHERE d.statement_id = s.id AND
        (SELECT count(*) FROM incentives_disputeruling AS r
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            WHERE r.dispute_id = d.id AND (a.id IS NULL OR EXISTS (
                SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || a.code)))
        = (SELECT count(*) FROM incentives_disputeevent AS e
            WHERE e.dispute_id = d.id AND e.step = 'reopened'))"""

# What decisions in effect took off lines that waited for them: it is never paid.
_NEVER = """(
    SELECT coalesce(sum(r.withheld), 0) FROM incentives_dispute AS d
    JOIN incentives_disputeruling AS r ON r.dispute_id = d.id
    JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
    WHERE d.statement_id = s.id)"""

# What is under way, or was paid.
TAKEN = """(
    SELECT coalesce(sum(p.amount), 0) FROM incentives_payout AS p
    WHERE p.statement_id = s.id AND p.state IN ('waiting', 'paid'))"""


def overpaid(statements: str) -> str:
    """The condition that more is paid of one of these statements than can be at the moment."""
    return f"""EXISTS (
        SELECT FROM incentives_statement AS s WHERE s.id IN ({statements})
        AND {TAKEN} > s.payable - {_HELD} - {_NEVER})"""
