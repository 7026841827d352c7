"""Telling headquarters that a budget is used to 80 and to 100 percent, each once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import months, notices, sayings
from dealers.models import NoticeKind, NoticeLevel
from dealers.notices import Telling
from dealers.words import exact_money
from incentives.models import BudgetStanding, Program
from incentives.models.budgets import ALARMS

TOLD = "incentives.add_planbudget"  # whoever may set budgets is told
USED = gettext_noop(
    "%(percent)s %% of the budget of %(plan)s from %(first)s to %(last)s is used: %(spent)s of"
    " %(amount)s."
)

# Whoever counts at the same time finds the rows of the other, and tells nobody.
_RAISE = """
INSERT INTO incentives_budgetalarm (budget_id, percent, spent, at)
SELECT s.budget_id, threshold.percent, s.booked + s.estimated, %(at)s
FROM incentives_budgetstanding AS s
JOIN incentives_planbudget AS b ON b.id = s.budget_id
CROSS JOIN unnest(%(thresholds)s::int[]) AS threshold (percent)
WHERE s.budget_id = ANY (%(budgets)s) AND b.withdrawn_at IS NULL
AND (s.booked + s.estimated) * 100 >= b.amount * threshold.percent
ON CONFLICT (budget_id, percent) DO NOTHING
RETURNING budget_id, percent
"""


def raise_for(standings: Sequence[BudgetStanding], at: datetime) -> int:
    """Note which thresholds these budgets have reached, and tell of the new ones; how many.

    In the transaction that keeps the standings.
    """
    by_budget = {each.budget_id: each for each in standings}
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, {"at": at, "thresholds": list(ALARMS), "budgets": sorted(by_budget)})
        raised = sorted(cursor.fetchall())
    people, currency = notices.headquarters(TOLD), Program.current().currency
    told = []
    for pk, percent in raised:
        standing = by_budget[pk]
        budget = standing.budget
        said = sayings.kept(
            USED,
            percent=[str(percent)],
            plan=[budget.plan.code],
            first=[months.key(budget.starts_on)],
            last=[months.key(months.previous_month(budget.ends_on))],
            spent=[exact_money(standing.spent, currency)],
            amount=[exact_money(budget.amount, currency)],
        )
        page = reverse("admin:incentives_planbudget_change", args=[pk])
        told.append(Telling(people, said, page, f"budget {pk} {percent}"))
    notices.tell_all(told, NoticeKind.ALARM, level=NoticeLevel.TODAY, at=at)
    return len(raised)
