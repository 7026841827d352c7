"""What must be true of plans, books, statements and boards, read anew from the data."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection, transaction

from dealers.actor import Actor
from incentives import scorecard
from incentives.books import following, reconcile
from incentives.books.closing import inputs_hash
from incentives.engine.scope import Scope
from incentives.models import Event, Run
from incentives.models.bookings import REVIEWS_NEEDED
from incentives.oracle import differences
from incentives.statements import content
from incentives.statements.files import statement_csv

Check = tuple[str, bool, str]

# Each counts the rows that break a rule, and shows one of them.
_QUERIES = {
    "published plan versions do not overlap": """
SELECT count(*), min(a.id)::text FROM incentives_planversion a
JOIN incentives_planversion b ON b.plan_id = a.plan_id AND b.id > a.id
WHERE a.published_at IS NOT NULL AND b.published_at IS NOT NULL
AND daterange(a.starts_on, a.ends_on) && daterange(b.starts_on, b.ends_on)
""",
    "rate tables of published components start at zero": """
SELECT count(*), min(c.code) FROM incentives_component c
JOIN incentives_planversion v ON v.id = c.version_id AND v.published_at IS NOT NULL
WHERE NOT EXISTS (
    SELECT 1 FROM incentives_raterow r WHERE r.component_id = c.id AND r.starts_at = 0)
""",
    "journals balance": """
SELECT count(*), min(key) FROM (
    SELECT coalesce(j.key, e.journal_id::text) AS key FROM incentives_journal j
    FULL JOIN incentives_entry e ON e.journal_id = j.id
    LEFT JOIN incentives_account a ON a.id = e.account_id
    GROUP BY j.id, j.key, j.currency, e.journal_id
    HAVING count(e.id) < 2 OR sum(e.amount) <> 0
        OR bool_or(a.currency IS DISTINCT FROM j.currency)
) broken
""",
    "periods are closed by their runs, and what those booked is in them": """
SELECT count(*), min(name) FROM (
    SELECT coalesce(p.month, r.month)::text AS name
    FROM (SELECT * FROM incentives_period WHERE closed_run_id IS NOT NULL) p
    FULL JOIN incentives_run r ON r.id = p.closed_run_id
    WHERE p.month IS DISTINCT FROM r.month
    UNION ALL
    SELECT j.key FROM incentives_journal j JOIN incentives_period p ON p.month = j.month
    WHERE j.source = 'run'
    AND (p.closed_run_id IS NULL OR j.source_key <> to_char(j.month, 'YYYY-MM'))
) wrong
""",
    "adjustments are booked as proposed, above the limit by two people": """
SELECT count(*), min(name) FROM (
    SELECT j.key AS name FROM incentives_journal j
    LEFT JOIN incentives_adjustment a ON j.key = 'adjust:' || a.code AND a.code = j.source_key
    LEFT JOIN incentives_adjustmentdecision d ON d.adjustment_id = a.id
    LEFT JOIN incentives_entry e ON e.journal_id = j.id
    LEFT JOIN incentives_account c ON c.id = e.account_id
    WHERE j.source = 'adjustment'
    GROUP BY j.id, j.key, a.id, d.id
    HAVING a.id IS NULL OR count(*) <> 2 OR a.currency <> j.currency
        OR sum(e.amount) FILTER (WHERE c.dealer_id = a.dealer_id) IS DISTINCT FROM a.amount
        OR sum(e.amount) FILTER (WHERE c.plan_id = a.plan_id) IS DISTINCT FROM -a.amount
        OR a.follows_id IS NULL AND d.id IS NULL AND abs(a.amount) > a.alone_up_to
        OR d.id IS NOT NULL AND (NOT d.approved OR d.by_id = a.proposed_by_id)
        OR d.id IS NOT NULL AND a.follows_id IS NOT NULL
    UNION ALL
    -- What one person may do alone, or a second one has approved, is in the books; and what a
    -- closing did.
    SELECT a.code FROM incentives_adjustment a
    LEFT JOIN incentives_adjustmentdecision d ON d.adjustment_id = a.id
    WHERE CASE WHEN a.follows_id IS NOT NULL THEN true
        WHEN d.id IS NULL THEN abs(a.amount) <= a.alone_up_to ELSE d.approved END
    AND NOT EXISTS (SELECT FROM incentives_journal j WHERE j.key = 'adjust:' || a.code)
    UNION ALL
    -- What takes one back is one, but for those that were declined.
    SELECT min(a.code) FROM incentives_adjustment a
    LEFT JOIN incentives_adjustmentdecision d ON d.adjustment_id = a.id
    WHERE a.reverses_id IS NOT NULL AND d.approved IS NOT FALSE
    GROUP BY a.reverses_id HAVING count(*) > 1
) wrong
""",
    "rewards are booked as settled, once, and those that were held as decided": f"""
SELECT count(*), min(name) FROM (
    SELECT j.key AS name FROM incentives_journal j
    LEFT JOIN incentives_reward r ON j.key = 'reward:' || r.code AND r.code = j.source_key
    LEFT JOIN incentives_entry e ON e.journal_id = j.id
    LEFT JOIN incentives_account c ON c.id = e.account_id
    WHERE j.source = 'reward'
    GROUP BY j.id, j.key, r.id
    HAVING r.id IS NULL OR count(*) <> 2
        OR sum(e.amount) FILTER (WHERE c.holder = 'rewards') IS DISTINCT FROM -r.amount
    UNION ALL
    SELECT r.code FROM incentives_reward r
    JOIN incentives_rewardsettlement s ON s.id = r.settlement_id
    LEFT JOIN (
        SELECT reward_id, count(*) FILTER (WHERE released) AS yes FROM incentives_rewardreview
        GROUP BY 1
    ) said ON said.reward_id = r.id
    WHERE r.amount > 0
    AND (NOT r.held OR coalesce(said.yes, 0)
        >= {REVIEWS_NEEDED})
    <> EXISTS (SELECT FROM incentives_journal j WHERE j.key = 'reward:' || r.code)
    UNION ALL
    SELECT s.id::text FROM incentives_rewardsettlement s
    LEFT JOIN incentives_reward r ON r.settlement_id = s.id
    GROUP BY s.id HAVING (coalesce(sum(r.amount), 0), coalesce(sum(r.full), 0)) <> (s.total, s.full)
) wrong
""",
    "what disputes add is an adjustment of their dealer, decided twice by two people": """
SELECT count(*), min(name) FROM (
    SELECT d.code AS name FROM incentives_dispute d
    JOIN incentives_disputeruling r ON r.dispute_id = d.id
    LEFT JOIN incentives_adjustment a ON a.id = r.adjustment_id
    WHERE (r.outcome = 'refused') <> (a.id IS NULL) OR a.dealer_id <> d.dealer_id
    UNION ALL
    SELECT d.code FROM incentives_dispute d
    JOIN incentives_disputeruling r ON r.dispute_id = d.id
    LEFT JOIN incentives_adjustmentdecision said ON said.adjustment_id = r.adjustment_id
    WHERE said.approved IS NOT FALSE
    GROUP BY d.code HAVING count(*) > 2 OR count(*) <> count(DISTINCT r.instance)
        OR count(*) <> count(DISTINCT r.by_id)
) wrong
""",
    "lines belong to a result and to an event": """
SELECT count(*), min(l.id)::text FROM incentives_line l
LEFT JOIN incentives_result r ON r.id = l.result_id
LEFT JOIN customers_order o ON o.id = l.order_id
LEFT JOIN customers_registration g ON g.id = l.registration_id
WHERE r.id IS NULL OR o.id IS NULL AND g.id IS NULL
""",
    "an event is paid once by a component": """
SELECT count(*), min(event) FROM (
    -- A voided registration has a line more, which brings the other one back.
    SELECT coalesce(l.order_id::text, l.registration_id::text) AS event
    FROM incentives_line l JOIN incentives_result r ON r.id = l.result_id
    GROUP BY r.component_id, l.order_id, l.registration_id,
        l.registration_id IS NOT NULL AND l.base < 0
    HAVING count(*) > 1
) twice
""",
    "a first contact that was paid for was made in time": f"""
SELECT count(*), min(l.id)::text FROM incentives_line l
JOIN incentives_result r ON r.id = l.result_id
JOIN incentives_run run ON run.id = r.run_id
JOIN incentives_component c ON c.id = r.component_id AND c.event = '{Event.FIRST_CONTACT}'
JOIN customers_registration g ON g.id = l.registration_id
WHERE NOT EXISTS (
    SELECT FROM customers_activity v JOIN customers_ownership o ON o.id = g.ownership_id
    JOIN dealers_store s ON s.id = g.store_id
    WHERE v.customer_id = g.customer_id AND v.recorded_at <= run.known_until
    AND v.kind NOT IN ('note', 'message') AND v.outcome NOT IN ('no_answer', 'wrong_number')
    AND v.at >= g.received_at AND v.at <= coalesce(o.contact_due_at, g.protected_until)
    AND date_trunc('month', v.at AT TIME ZONE s.timezone)::date = r.for_month)
""",
    "what is held is booked by no month until it is held no more": """
SELECT count(*), min(h.order_id::text) FROM incentives_hold h
JOIN incentives_run held_by ON held_by.id = h.run_id
JOIN incentives_result r ON r.dealer_id = h.dealer_id
JOIN incentives_run run ON run.id = r.run_id AND run.month <= held_by.month
JOIN incentives_line l ON l.result_id = r.id AND l.order_id = h.order_id
""",
    "results are the sum of their lines": """
SELECT count(*), min(r.id::text) FROM incentives_result r
LEFT JOIN (
    SELECT result_id, count(*) AS count, sum(base) AS base, sum(uncapped) AS uncapped,
        sum(amount) AS amount
    FROM incentives_line GROUP BY 1
) l ON l.result_id = r.id
WHERE l.count IS DISTINCT FROM r.count OR l.base IS DISTINCT FROM r.base
    OR l.amount IS NOT NULL AND (l.amount <> r.amount OR l.uncapped <> r.uncapped)
""",
    "statements equal results and ledger": """
WITH results AS (
    SELECT run_id, dealer_id, sum(amount) AS amount FROM incentives_result GROUP BY 1, 2
),
books AS (
    SELECT r.id AS run_id, a.dealer_id, sum(e.amount) AS amount
    FROM incentives_entry e
    JOIN incentives_journal j ON j.id = e.journal_id AND j.source = 'run'
    JOIN incentives_run r ON r.month = j.month
    JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'dealer'
    GROUP BY 1, 2
),
adjustments AS (
    SELECT r.id AS run_id, a.dealer_id, sum(e.amount) AS amount
    FROM incentives_entry e
    JOIN incentives_journal j ON j.id = e.journal_id AND j.source IN ('adjustment', 'reward')
    JOIN incentives_run r ON r.month = j.month
    JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'dealer'
    GROUP BY 1, 2
)
SELECT count(*), min(coalesce(s.number, run_id || ' ' || dealer_id)) FROM results
FULL JOIN books USING (run_id, dealer_id)
FULL JOIN adjustments USING (run_id, dealer_id)
FULL JOIN incentives_statement s USING (run_id, dealer_id)
FULL JOIN (
    SELECT r.id AS run_id, a.dealer_id, sum(ruling.withheld) AS amount
    FROM incentives_disputeruling ruling
    JOIN incentives_adjustment a ON a.id = ruling.adjustment_id
    JOIN incentives_journal j ON j.key = 'adjust:' || a.code
    JOIN incentives_run r ON r.month = j.month GROUP BY 1, 2
) never USING (run_id, dealer_id)
WHERE s.id IS NULL OR s.set_off <> coalesce(never.amount, 0)
    OR s.total - s.adjusted <> coalesce(results.amount, 0)
    OR s.total - s.adjusted <> coalesce(books.amount, 0)
    OR s.adjusted <> coalesce(adjustments.amount, 0)
""",
    "statements carry what was left before": """
SELECT count(*), min(number) FROM (
    SELECT s.number, s.opening <> coalesce(lag(s.closing)
        OVER (PARTITION BY s.dealer_id ORDER BY r.month), 0) AS breaks
    FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
) chain WHERE breaks
""",
    "documents of statements are whole": """
SELECT count(*), min(s.number) FROM incentives_statement s
JOIN incentives_statementdocument d ON d.statement_id = s.id
WHERE encode(sha256(d.pdf), 'hex') <> d.sha256
""",
    "the books are in the currency of the program, and each plan on its side": """
SELECT count(*), min(name) FROM (
    SELECT a.kind || ' ' || a.currency AS name FROM incentives_account a
    JOIN incentives_program p ON p.currency <> a.currency
    UNION ALL
    SELECT s.number FROM incentives_statement s JOIN incentives_program p
        ON p.currency <> s.currency
    UNION ALL
    SELECT p.code FROM incentives_plan p JOIN incentives_account a ON a.plan_id = p.id
    WHERE a.kind <> CASE p.direction WHEN 'brand_pays' THEN 'expense' ELSE 'income' END
        AND EXISTS (SELECT FROM incentives_entry e WHERE e.account_id = a.id)
) wrong
""",
    "frozen boards have places without holes": """
SELECT count(*), min(metric) FROM (
    SELECT b.metric, r.rank, rank() OVER board AS expected FROM (
        SELECT *, rank AS place FROM incentives_ranking WHERE rank IS NOT NULL
    ) r JOIN incentives_board b ON b.id = r.board_id
    WINDOW board AS (PARTITION BY r.board_id, r.cohort ORDER BY r.place)
) places WHERE rank <> expected
""",
    "closed months have their boards, and places stand on frozen ones": """
SELECT count(*), min(name) FROM (
    SELECT r.month::text AS name FROM incentives_run r
    LEFT JOIN incentives_board b ON b.length = 'month' AND b.starts_on = r.month
        AND b.frozen_at = r.closed_at AND b.known_until = r.known_until
    GROUP BY r.month HAVING count(b.id) < 8
    UNION ALL
    SELECT b.metric FROM incentives_board b WHERE b.frozen_at IS NULL
    AND EXISTS (SELECT 1 FROM incentives_ranking g WHERE g.board_id = b.id)
) wrong
""",
}

# Where the worker makes the documents of a month together: some, and not all, are too few.
_AHEAD = {
    "documents of a month are all there": """
SELECT count(*), min(number) FROM (
    SELECT s.number, d.id, bool_or(d.id IS NOT NULL) OVER (PARTITION BY s.run_id) AS begun
    FROM incentives_statement s
    LEFT JOIN incentives_statementdocument d ON d.statement_id = s.id
    JOIN incentives_run r ON r.id = s.run_id AND r.closed_at < now() - interval '1 day'
) month WHERE begun AND id IS NULL
"""
}


def checks() -> Iterator[Check]:
    """Run every check: its name, whether it holds, and otherwise what breaks it."""
    for name, query in (_QUERIES | (_AHEAD if settings.PORTAL_PAPERS_AHEAD else {})).items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            broken, example = cursor.fetchone()
        yield name, broken == 0, f"{broken} rows, for example {example}" if broken else ""
    for check in reconcile.checks():
        names = ", ".join(row.name for row in check.rows[:3])
        detail = f"{check.figure} instead of {check.expected}: {names}"
        yield f"should be zero: {check.key}", check.holds, "" if check.holds else detail
    yield _verdict(
        "inputs of closed months are unchanged",
        [
            str(run)
            for run in Run.objects.all()
            if inputs_hash(Scope.of_run(run), run.engine) != run.inputs_hash
        ],
    )
    yield _verdict("every amount recomputes", list(differences()))
    yield _verdict("returns take with them what disputes gave", following.differences())
    yield _verdict("statements can be read and written out", list(_unreadable()))
    yield _verdict("the scorecard is what the chains give", scorecard.altered())


VERIFIER = Actor.worker("verify")  # whose opening of cards the dealer reads, as of any command
SAMPLE = 50  # statements of each closed month, other ones each time


def _unreadable() -> Iterator[str]:
    """Statements of which the page or the CSV cannot be made, for whatever reason."""
    for run in Run.objects.order_by("month"):
        for statement in run.statements.order_by("?")[:SAMPLE]:
            try:
                with transaction.atomic():
                    content.read(statement, by=VERIFIER)
                    statement_csv(statement)
            except Exception as problem:
                yield f"{statement}: {type(problem).__name__}: {problem}"


def _verdict(name: str, broken: list[str]) -> Check:
    detail = f"{len(broken)}, for example {broken[0]}" if broken else ""
    return name, not broken, detail
