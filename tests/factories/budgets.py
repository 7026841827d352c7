"""Budgets of plans."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from dealers.actor import Actor
from incentives.budgets import counting, setting
from incentives.models import Plan, PlanBudget
from tests.factories.dealers import UserFactory


def budget_of(
    plan: Plan,
    amount: str,
    first: date = date(2026, 1, 1),
    last: date = date(2026, 3, 1),
    *,
    counted_at: datetime | None = None,
) -> PlanBudget:
    """A plan's budget from one month to another, both included; counted, if it is said when."""
    by = Actor.hq(UserFactory(is_staff=True))
    made = setting.set_budget(plan, first, last, Decimal(amount), by=by, at=timezone.now())
    if counted_at is not None:
        counting.count(counted_at)
    return made
