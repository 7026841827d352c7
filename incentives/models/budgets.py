"""What headquarters means to spend on a plan in some months, how it stands, and who was alarmed."""

from decimal import Decimal
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, at_most, within
from dealers.models import User
from dealers.triggers import Kept, append_only, never_deleted, no_truncate, refuses
from incentives.models.amounts import LARGEST_GIVEN, MONEY
from incentives.models.plans import Plan

ALARMS = (80, 100)  # percent of a budget at which headquarters is told


class PlanBudgetQuerySet(models.QuerySet["PlanBudget"]):
    def in_force(self) -> Self:
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at__isnull=True)


class PlanBudget(models.Model):
    """What a plan is meant to cost in whole months, ``[starts_on, ends_on)``. It cuts nothing.

    Another amount is another budget, after this one was withdrawn; both stay to be seen.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="budgets", verbose_name=_("plan"))
    starts_on = DayField(_("from"))
    ends_on = DayField(_("until, not included"))
    amount = models.DecimalField(
        _("budget"), validators=[MaxValueValidator(LARGEST_GIVEN)], **MONEY
    )
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = MomentField(_("set at"))
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("withdrawn by"),
    )  # fmt: skip
    withdrawn_at = MomentField(_("withdrawn at"), null=True, blank=True)

    objects = PlanBudgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget of a plan")
        verbose_name_plural = _("budgets of plans")
        ordering = ("-starts_on", "plan", "-id")
        default_permissions = ("add", "change", "view")
        constraints: ClassVar = [
            within(
                "plan_budget_between_1990_and_2200",
                moments=["set_at", "withdrawn_at"],
                days=["starts_on", "ends_on"],
            ),
            models.CheckConstraint(
                name="plan_budget_is_of_whole_months",
                condition=Q(starts_on__day=1, ends_on__day=1, ends_on__gt=F("starts_on")),
            ),
            models.CheckConstraint(name="plan_budget_of_some_amount", condition=Q(amount__gt=0)),
            at_most("plan_budget_amount_is_not_too_large", amount=LARGEST_GIVEN),
            models.CheckConstraint(
                name="plan_budget_withdrawn_by_somebody",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
            ),
            ExclusionConstraint(
                name="plan_budget_one_at_a_time",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
        triggers: ClassVar = [
            Kept(name="plan_budget_stays", exclude=["withdrawn_by", "withdrawn_at"]),
            pgtrigger.Protect(
                name="plan_budget_withdrawn_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL AND to_jsonb(OLD) <> to_jsonb(NEW)"
                ),
            ),
            refuses(
                "plan_budget_of_what_the_brand_pays",
                """EXISTS (SELECT FROM incentives_plan AS p
                    WHERE p.id = NEW.plan_id AND p.direction <> 'brand_pays')""",
                "A budget is of a plan by which the brand pays.",
                rows=True,
            ),
            never_deleted("plan_budget_never_deleted"),
            no_truncate("plan_budget_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.starts_on:%Y-%m}"


class BudgetStanding(models.Model):
    """How a budget stands, as last computed. It may be deleted at any time: it is made again."""

    budget = models.OneToOneField(
        PlanBudget, models.CASCADE, related_name="standing", verbose_name=_("budget of a plan")
    )
    computed_at = MomentField(_("computed at"))
    booked = models.DecimalField(_("booked"), **MONEY)
    estimated = models.DecimalField(_("estimated, not booked yet"), **MONEY)
    # None before the first working day of it is over.
    forecast = models.DecimalField(_("forecast"), null=True, **MONEY)
    days_over = models.PositiveIntegerField(_("working days that are over"))
    days = models.PositiveIntegerField(_("working days"))
    # A month each, as "2026-10", with what is booked and what is estimated.
    months = models.JSONField(_("months"), default=list)

    class Meta:
        verbose_name = _("standing of a budget")
        verbose_name_plural = _("standings of budgets")
        default_permissions = ()
        constraints: ClassVar = [
            within("budget_standing_between_1990_and_2200", moments=["computed_at"]),
            models.CheckConstraint(
                name="budget_standing_days_of_its_days", condition=Q(days_over__lte=F("days"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget_id} {self.computed_at:%Y-%m-%d}"

    @property
    def spent(self) -> Decimal:
        return self.booked + self.estimated


class BudgetAlarm(models.Model):
    """That a budget was used up to one of the ``ALARMS``: told once, and only ever added."""

    budget = models.ForeignKey(
        PlanBudget, models.PROTECT, related_name="alarms", verbose_name=_("budget of a plan")
    )
    percent = models.PositiveSmallIntegerField(_("percent"))
    spent = models.DecimalField(_("spent"), **MONEY)
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("alarm of a budget")
        verbose_name_plural = _("alarms of budgets")
        ordering = ("budget", "percent")
        default_permissions = ("view",)
        constraints: ClassVar = [
            within("budget_alarm_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="budget_alarm_once_a_threshold", fields=["budget", "percent"]
            ),
            models.CheckConstraint(
                name="budget_alarm_at_a_threshold", condition=Q(percent__in=ALARMS)
            ),
        ]
        triggers: ClassVar = [
            append_only("budget_alarm_only_added"),
            no_truncate("budget_alarm_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.budget} {self.percent} %"
