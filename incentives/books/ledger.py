"""The books: what a run owes each dealer, as balanced journals that are only ever added."""

from typing import Any

from django.db import connection

from incentives.models import Account, AccountKind, Direction, Holder, Journal, Plan, Program, Run


def open_accounts(currency: str) -> None:
    """One account per dealer for what it is owed, one per plan for what it costs or brings."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO incentives_account (kind, holder, dealer_id, currency)
            SELECT %s, %s, id, %s FROM dealers_dealer ON CONFLICT DO NOTHING""",
            [AccountKind.PAYABLE, Holder.DEALER, currency],
        )
    Account.objects.bulk_create(
        [
            Account(kind=kind_for(plan), holder=Holder.PLAN, plan=plan, currency=currency)
            for plan in Plan.objects.all()
        ],
        ignore_conflicts=True,
    )


def kind_for(plan: Plan) -> AccountKind:
    """Where a plan's amounts are booked against what is owed to the dealers."""
    pays = plan.direction == Direction.BRAND_PAYS
    return AccountKind.EXPENSE if pays else AccountKind.INCOME


def book(run: Run) -> int:
    """Book a run's results, one journal per dealer with two entries per plan; returns how many.

    A dealer whose plans all come to zero gets no journal. The key makes a second booking of the
    same month fail in the database.
    """
    currency = Program.current().currency
    open_accounts(currency)
    params: dict[str, Any] = {
        "run": run.pk,
        "month": run.month,
        "name": run.name,
        "currency": currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, params)
    return Journal.objects.of_run(run).count()


_BOOK = """
WITH totals AS (
    SELECT r.dealer_id, v.plan_id, p.code, p.direction, sum(r.amount) AS amount
    FROM incentives_result r
    JOIN incentives_component c ON c.id = r.component_id
    JOIN incentives_planversion v ON v.id = c.version_id
    JOIN incentives_plan p ON p.id = v.plan_id
    WHERE r.run_id = %(run)s
    GROUP BY 1, 2, 3, 4
    HAVING sum(r.amount) <> 0
),
booked AS (
    INSERT INTO incentives_journal
        (key, content, month, source, source_key, currency, effective_at, recorded_at)
    SELECT 'close:' || %(name)s || ':' || d.code,
        sha256(convert_to(string_agg(t.code || ' ' || t.amount || ' ' || %(currency)s, E'\n'
            ORDER BY t.code), 'UTF8')),
        %(month)s, 'run', %(name)s, %(currency)s, now(), now()
    FROM totals t JOIN dealers_dealer d ON d.id = t.dealer_id
    GROUP BY d.code
    RETURNING id, key
),
entries AS (
    SELECT b.id AS journal_id, t.*
    FROM totals t
    JOIN dealers_dealer d ON d.id = t.dealer_id
    JOIN booked b ON b.key = 'close:' || %(name)s || ':' || d.code
)
INSERT INTO incentives_entry (journal_id, account_id, amount)
SELECT e.journal_id, a.id, e.amount
FROM entries e
JOIN incentives_account a
    ON a.kind = 'payable' AND a.dealer_id = e.dealer_id AND a.currency = %(currency)s
UNION ALL
SELECT e.journal_id, a.id, -e.amount
FROM entries e
JOIN incentives_account a ON a.plan_id = e.plan_id AND a.currency = %(currency)s
    AND a.kind = CASE e.direction WHEN 'brand_pays' THEN 'expense' ELSE 'income' END
"""
