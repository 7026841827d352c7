"""A budget for its reader: how much of it is used, where it leads, and all of them as rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dealers import months
from incentives.models import BudgetStanding, PlanBudget
from incentives.models.budgets import ALARMS

WARNS, USED_UP = ALARMS


@dataclass(frozen=True, slots=True)
class Month:
    """What a month of a budget has taken: by its books, and by the estimate of what is open."""

    month: date
    booked: Decimal
    estimated: Decimal

    @property
    def spent(self) -> Decimal:
        return self.booked + self.estimated


@dataclass(frozen=True, slots=True)
class Reading:
    """A budget with its standing; None where the worker has not counted it yet."""

    budget: PlanBudget
    standing: BudgetStanding | None

    @property
    def last(self) -> date:
        return months.previous_month(self.budget.ends_on)

    @property
    def used(self) -> Decimal | None:
        """The part of it that is spent."""
        return self.standing.spent / self.budget.amount if self.standing else None

    @property
    def exceeds(self) -> bool:
        """Whether the forecast is above it."""
        forecast = self.standing.forecast if self.standing else None
        return forecast is not None and forecast > self.budget.amount

    @property
    def level(self) -> str:
        """How pressing it is: bad, warn or nothing."""
        if self.used is None or self.budget.withdrawn_at is not None:
            return ""
        if self.used * 100 >= USED_UP:
            return "bad"
        return "warn" if self.used * 100 >= WARNS or self.exceeds else ""

    @property
    def state(self) -> str:
        """The same in words."""
        if self.budget.withdrawn_at is not None:
            return _("Withdrawn")
        if self.used is None:
            return _("Not counted yet")
        if self.used * 100 >= USED_UP:
            return _("Used up")
        if self.used * 100 >= WARNS:
            return _("%(percent)d %% used") % {"percent": WARNS}
        return _("Forecast above the budget") if self.exceeds else _("Within the budget")

    @property
    def rows(self) -> list[Month]:
        """Its months."""
        kept = self.standing.months if self.standing else []
        return [Month(months.parse(key), Decimal(a), Decimal(b)) for key, a, b in kept]


def of(budget: PlanBudget) -> Reading:
    """A budget that was read with its standing."""
    return Reading(budget, getattr(budget, "standing", None))


def counted() -> QuerySet[PlanBudget]:
    """The budgets in force of which the worker has counted what is spent."""
    return PlanBudget.objects.in_force().filter(standing__isnull=False)


def pressing() -> list[Reading]:
    """The budgets in force that are used up, nearly, or will be: the most used first."""
    readings = map(of, counted().select_related("plan", "standing"))
    return sorted(
        (each for each in readings if each.level),
        key=lambda each: (each.level != "bad", -(each.used or 0)),
    )


def table(budgets: Iterable[PlanBudget]) -> Iterator[list[object]]:
    """All of them as rows of a file, under a header."""
    yield [
        "plan", "first_month", "last_month", "budget", "booked", "estimated", "spent", "used",
        "forecast", "working_days_over", "working_days", "counted_at", "withdrawn_at",
    ]  # fmt: skip
    for budget in budgets:
        reading = of(budget)
        standing, used = reading.standing, reading.used
        counted: list[object] = [""] * 8
        if standing is not None and used is not None:
            counted = [
                standing.booked, standing.estimated, standing.spent, f"{used:.4f}",
                "" if standing.forecast is None else standing.forecast,
                standing.days_over, standing.days, standing.computed_at.isoformat(),
            ]  # fmt: skip
        gone = budget.withdrawn_at
        yield [
            budget.plan.code, months.key(budget.starts_on), months.key(reading.last),
            budget.amount, *counted, gone.isoformat() if gone else "",
        ]  # fmt: skip
