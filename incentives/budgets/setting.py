"""Setting a plan's budget for some months, and withdrawing it."""

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dealers import months, outbox
from dealers.actor import Actor
from dealers.currencies import minor_unit
from dealers.database import broken_constraint
from dealers.words import exact_money
from incentives.models import Direction, Plan, PlanBudget, Program
from incentives.models.amounts import LARGEST_GIVEN

COUNT = "incentives.tasks.count_budgets"
LONGEST = 36  # months


class BudgetRefused(Exception):
    """The message is written for the person at headquarters who sets it."""


@transaction.atomic
def set_budget(
    plan: Plan, first: date, last: date, amount: Decimal, *, by: Actor, at: datetime
) -> PlanBudget:
    """Set what a plan is to cost from the month ``first`` to the month ``last``, both included.

    The months are their first days. The worker then counts what was spent of it.
    Raises BudgetRefused.
    """
    unit = minor_unit(Program.current().currency)
    if plan.direction != Direction.BRAND_PAYS:
        raise BudgetRefused(_("By this plan the dealer pays: it costs nothing."))
    if last < first:
        raise BudgetRefused(_("The last month is before the first one."))
    if months.add_months(first, LONGEST) <= last:
        raise BudgetRefused(
            _("A budget is for %(count)d months at the longest.") % {"count": LONGEST}
        )
    if amount > LARGEST_GIVEN:
        raise BudgetRefused(_("This amount is too large."))
    if amount <= 0 or amount != amount.quantize(unit):
        raise BudgetRefused(
            _("Enter more than zero, like %(example)s.")
            % {"example": exact_money(unit * 100_000, Program.current().currency)}
        )
    try:
        with transaction.atomic():
            made = PlanBudget.objects.create(
                plan=plan, starts_on=first, ends_on=months.next_month(last), amount=amount,
                set_by=by.person, set_at=at,
            )  # fmt: skip
    except IntegrityError as problem:
        if broken_constraint(problem) != "plan_budget_one_at_a_time":
            raise
        raise BudgetRefused(
            _("Another budget of this plan has some of these months. Withdraw it first.")
        ) from None
    outbox.add(COUNT, at=at)
    return made


@transaction.atomic
def withdraw(budget: PlanBudget, *, by: Actor, at: datetime) -> PlanBudget:
    """Say that a budget holds no more; it stays to be seen. Said before: nothing."""
    found = PlanBudget.objects.select_for_update(no_key=True).get(pk=budget.pk)
    if found.withdrawn_at is None:
        found.withdrawn_by, found.withdrawn_at = by.person, at
        found.save(update_fields=["withdrawn_by", "withdrawn_at"])
    return found
