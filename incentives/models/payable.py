"""What of statements can still be paid, in SQL for triggers: not what waits, not what never is."""

# Whether a payment brought the line of dispute ``d``: one that was approved and did not come back,
# of a batch that was made before the dispute, or between its decision and its second opening.
_BROUGHT = """EXISTS (
        SELECT FROM incentives_payout AS p JOIN incentives_payoutbatch AS b ON b.id = p.batch_id
        WHERE p.statement_id = d.statement_id AND p.state IN ('waiting', 'paid')
        AND b.approved_at IS NOT NULL AND (b.made_at < d.opened_at OR EXISTS (
            SELECT FROM incentives_disputeevent AS e
            JOIN incentives_disputeruling AS r ON r.dispute_id = e.dispute_id AND r.instance = 1
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            LEFT JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
            WHERE e.dispute_id = d.id AND e.step = 'reopened' AND b.made_at < e.at
            AND b.made_at >= CASE WHEN a.id IS NULL THEN r.at ELSE j.effective_at END)))"""

# What decisions in effect took off the line of dispute ``d`` while it waited.
_OFF = """(SELECT coalesce(sum(r.withheld), 0) FROM incentives_disputeruling AS r
        JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
        JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
        WHERE r.dispute_id = d.id)"""

# What lines in dispute come to of statement ``s`` and no payment brought: of each dispute as many
# decisions are in effect as it was opened once more. One in effect has no amount, or its amount is
# in the books.
_HELD = f"""(
    SELECT coalesce(sum(greatest(l.amount - {_OFF}, 0)), 0) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id AND l.amount > 0
    WHERE d.statement_id = s.id AND
        (SELECT count(*) FROM incentives_disputeruling AS r
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            WHERE r.dispute_id = d.id AND (a.id IS NULL OR EXISTS (
                SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || a.code)))
        = (SELECT count(*) FROM incentives_disputeevent AS e
            WHERE e.dispute_id = d.id AND e.step = 'reopened')
    AND NOT {_BROUGHT})"""  # noqa: S608 -- our own text

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
