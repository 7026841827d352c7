"""How budgets stand: what is booked and estimated of each month, and where that leads.

Forecast = (booked + estimated) ÷ working days of the budget that are over × all its working days,
rounded half up to the minor unit: a straight line. Working days are those of headquarters'
calendar; today is not over yet. Before the first of them is over there is no forecast, and after
the last one it is what was spent.

What is booked is what the plan's account in the books has in these months: what statements say
of it, and adjustments. What is estimated are the open months, up to the running one, as the engine
would close them now. Of a month that is closed nothing is estimated.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from dealers import months
from dealers.calendar import Calendar
from dealers.currencies import decimals
from dealers.models import CalendarDay
from dealers.months import hq_day
from incentives.books import periods
from incentives.budgets import alarms
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import BudgetStanding, Entry, Holder, PlanBudget, Program
from incentives.rounding import half_up

type ByMonth = dict[tuple[int, date], Decimal]  # the plan's id, and the first day of the month


def count(at: datetime) -> int:
    """Count anew how all budgets in force stand at ``at``, and alarm; how many there are.

    A few statements and one computation of each open month, for all budgets together.
    """
    budgets = list(PlanBudget.objects.in_force().select_related("plan"))
    if not budgets:
        return 0
    today = hq_day(at)
    sums = booked_of(budgets), estimated_of(budgets, today)
    calendar = CalendarDay.objects.of_region(None)
    places = decimals(Program.current().currency)
    standings = [_standing(each, sums, calendar, at, places) for each in budgets]
    with transaction.atomic():
        BudgetStanding.objects.bulk_create(
            standings,
            update_conflicts=True,
            unique_fields=["budget"],
            update_fields=[
                "computed_at", "booked", "estimated", "forecast", "days_over", "days", "months",
            ],
        )  # fmt: skip
        alarms.raise_for(standings, at)
    return len(budgets)


def forecast(spent: Decimal, days_over: int, days: int, places: int = 2) -> Decimal | None:
    """What is spent by the end, if it goes on like this: a straight line by working days.

    None before the first working day is over.
    """
    return half_up(spent * days / days_over, places) if days_over else None


def booked_of(budgets: Collection[PlanBudget]) -> ByMonth:
    """What the books have of these budgets' plans, by month."""
    rows = (
        Entry.objects.filter(
            account__holder=Holder.PLAN, account__plan__in={each.plan_id for each in budgets}
        )
        .values_list("account__plan", "journal__period__month")
        .annotate(sum=Sum("amount"))
    )
    # What a dealer gets is taken from the account of the plan.
    return {(plan, month): -amount for plan, month, amount in rows}


def estimated_of(budgets: Collection[PlanBudget], today: date) -> ByMonth:
    """What the open months up to today's would give by these budgets' plans, if closed now."""
    month, found = periods.next_to_close(), defaultdict[tuple[int, date], Decimal](Decimal)
    while month is not None and month <= today:
        plans = {each.plan_id for each in budgets if each.starts_on <= month < each.ends_on}
        if plans:
            for component, amount in engine.by_component(Scope.of(month)):
                if component.version.plan_id in plans:
                    found[component.version.plan_id, month] += amount
        month = months.next_month(month)
    return dict(found)


def months_of(budget: PlanBudget) -> list[date]:
    """The months of a budget, by their first days."""
    found, month = [], budget.starts_on
    while month < budget.ends_on:
        found.append(month)
        month = months.next_month(month)
    return found


def working_days(calendar: Calendar, start: date, end: date) -> int:
    """How many of the days ``[start, end)`` are worked; none where they end before they start."""
    return sum(calendar.works(start + timedelta(days=n)) for n in range((end - start).days))


def _standing(
    budget: PlanBudget, sums: tuple[ByMonth, ByMonth], calendar: Calendar, at: datetime, places: int
) -> BudgetStanding:
    """How a budget stands by what is booked and what is estimated of each month."""
    nothing, (of_books, of_estimates) = Decimal(0), sums
    keys = [(budget.plan_id, month) for month in months_of(budget)]
    rows = [(key[1], of_books.get(key, nothing), of_estimates.get(key, nothing)) for key in keys]
    booked = sum((row[1] for row in rows), nothing)
    estimated = sum((row[2] for row in rows), nothing)
    start, end = budget.starts_on, budget.ends_on
    over = working_days(calendar, start, min(hq_day(at), end))
    whole = working_days(calendar, start, end)
    return BudgetStanding(
        budget=budget,
        computed_at=at,
        booked=booked,
        estimated=estimated,
        forecast=forecast(booked + estimated, over, whole, places),
        days_over=over,
        days=whole,
        months=[[months.key(month), str(done), str(to_come)] for month, done, to_come in rows],
    )
