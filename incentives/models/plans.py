"""What the brand pays its dealers for, or charges them: plans, their versions and rates."""

from decimal import Decimal
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, NameField, at_most, legible, within
from dealers.publication import (
    AT_HEADQUARTERS,
    MOMENTS,
    Publication,
    PublicationQuerySet,
    approved_by_somebody_else,
    published_ahead,
    published_never_changes,
    steps_in_order,
    tested_as_it_is,
)
from dealers.sayings import in_language
from dealers.triggers import never_deleted, no_truncate, refuses
from incentives.models.amounts import LARGEST_GIVEN, MONEY

_GIVEN = [MaxValueValidator(LARGEST_GIVEN)]


class Program(models.Model):
    """What holds for all plans together; there is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    currency = models.CharField(_("currency"), max_length=3, default="CNY", help_text="ISO 4217")
    adjustment_limit = models.DecimalField(
        _("one person adjusts up to"),
        default=Decimal(5000),
        help_text=_("An adjustment above it is proposed by one person and approved by another."),
        **MONEY,
    )

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("program")
        constraints: ClassVar = [
            models.CheckConstraint(name="program_is_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="program_currency_is_three_capitals",
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A currency is three capital letters, such as CNY."),
            ),
            models.CheckConstraint(
                name="program_adjustment_limit_is_not_negative",
                condition=Q(adjustment_limit__gte=0),
                violation_error_message=_("Enter 0 or more."),
            ),
        ]
        triggers: ClassVar = [
            never_deleted("program_never_deleted"),
            no_truncate("program_never_emptied"),
            # The books have accounts since the first month was closed.
            refuses(
                "program_keeps_the_currency_of_its_books",
                "EXISTS (SELECT FROM incentives_account WHERE currency <> NEW.currency)",
                "The books are kept in another currency.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.currency

    @classmethod
    def current(cls) -> Self:
        return cls.objects.filter(pk=1).first() or cls()


class Direction(models.TextChoices):
    BRAND_PAYS = "brand_pays", _("The brand pays")
    DEALER_PAYS = "dealer_pays", _("The dealer pays")


class Plan(models.Model):
    """What the brand pays its dealers for, or charges them; the terms are in its versions."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = NameField(_("name (Chinese)"), max_length=120)
    name_en = NameField(_("name (English)"), max_length=120, blank=True)
    direction = models.CharField(
        _("direction"), max_length=20, choices=Direction, default=Direction.BRAND_PAYS
    )
    budget = models.DecimalField(
        _("budget a month"),
        null=True,
        blank=True,
        validators=_GIVEN,
        help_text=_("What it should cost in a month, for headquarters to see. It cuts nothing."),
        **MONEY,
    )
    text = models.TextField(_("text for dealers (Chinese)"), blank=True)
    text_en = models.TextField(_("text for dealers (English)"), blank=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("code",)
        constraints: ClassVar = [
            legible("plan_name_is_legible", "name", "name_en"),
            at_most("plan_budget_is_not_too_large", budget=LARGEST_GIVEN),
            models.CheckConstraint(
                name="plan_budget_is_positive",
                condition=Q(budget__isnull=True) | Q(budget__gt=0),
                violation_error_message=_("A budget is more than zero."),
            ),
            models.CheckConstraint(
                name="plan_direction_is_known",
                condition=Q(direction__in=Direction.values),
            ),
        ]
        triggers: ClassVar = [
            refuses(
                "plan_published_keeps_its_direction",
                """EXISTS (SELECT FROM incentives_planversion
                    WHERE plan_id = NEW.id AND published_at IS NOT NULL)""",
                "Who pays was published.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__direction__df=pgtrigger.F("new__direction")),
                rows=True,
            ),
            # Who pays was simulated with it.
            pgtrigger.Trigger(
                name="plan_direction_forgets_steps",
                operation=pgtrigger.UpdateOf("direction"),
                when=pgtrigger.After,
                condition=pgtrigger.Q(old__direction__df=pgtrigger.F("new__direction")),
                func=(
                    "UPDATE incentives_planversion SET tested_at = NULL, tested_by_id = NULL,"
                    " approved_at = NULL, approved_by_id = NULL"
                    " WHERE plan_id = NEW.id AND published_at IS NULL AND tested_at IS NOT NULL;"
                    " RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def local_text(self) -> str:
        return in_language(self.text, self.text_en)


class PlanVersionQuerySet(PublicationQuerySet["PlanVersion"]):
    """Drafts and what is published."""


_NOW_PUBLISHED = "NEW.published_at IS NOT NULL AND OLD.published_at IS NULL"
# A month was closed: from then on dealers rely on plans, and there is something to replay.
RELIED_ON = "EXISTS (SELECT FROM incentives_run)"
LONGEST_NOTICE = 366  # days
_FIRST_OPEN_DAY = "(SELECT max(month) + interval '1 month' FROM incentives_run)"


class PlanVersion(Publication):
    """The terms of a plan for a time: ``[starts_on, ends_on)``. Published they never change.

    The one exception is the end of an open version, which is set when its successor is published.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("version"))
    starts_on = DayField(_("from"))
    ends_on = DayField(_("until, not included"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(
        _("another version is published ahead, days"),
        default=14,
        validators=[MaxValueValidator(LONGEST_NOTICE)],
        help_text=_("So long before its first day dealers can read the next one."),
    )

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan version")
        verbose_name_plural = _("plan versions")
        ordering = ("plan", "-number")
        constraints: ClassVar = [
            within(
                "plan_version_between_1990_and_2200",
                moments=MOMENTS,
                days=["starts_on", "ends_on"],
            ),
            models.UniqueConstraint(
                name="plan_version_number_used_once", fields=["plan", "number"]
            ),
            steps_in_order("plan_version_steps_in_order"),
            at_most("plan_version_notice_is_at_most_a_year", notice_days=LONGEST_NOTICE),
            models.CheckConstraint(
                name="plan_version_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message=_("A version ends after it starts."),
            ),
            ExclusionConstraint(
                name="plan_version_one_published_at_a_time",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(published_at__isnull=False),
                violation_error_message=_("Another published version applies at that time."),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            # An open end may be set, once.
            *published_never_changes("plan_version_published", set_once="ends_on"),
            tested_as_it_is("plan_version_tested_as_it_is"),
            approved_by_somebody_else("plan_version_two_people_publish", RELIED_ON),
            published_ahead(
                "plan_version_starts_with_notice",
                "incentives_planversion",
                "A version is published so many days ahead as the one in force says.",
                needed=RELIED_ON,
                of_same=f"""r.plan_id = NEW.plan_id
                        AND (r.ends_on IS NULL OR r.ends_on > {AT_HEADQUARTERS})""",
            ),
            refuses(
                "plan_version_was_simulated",
                f"""{_NOW_PUBLISHED} AND {RELIED_ON} AND NOT EXISTS (
                    SELECT FROM incentives_replay AS r WHERE r.version_id = NEW.id
                        AND r.asked_at = NEW.tested_at AND r.finished_at IS NOT NULL)""",
                "What it would have changed is not known yet.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "plan_version_published_with_its_rates",
                f"""{_NOW_PUBLISHED} AND (
                    NOT EXISTS (SELECT FROM incentives_component WHERE version_id = NEW.id)
                    OR EXISTS (SELECT FROM incentives_component AS c
                        WHERE c.version_id = NEW.id AND NOT EXISTS (SELECT FROM incentives_raterow
                            WHERE component_id = c.id AND starts_at = 0)))""",  # noqa: S608
                "A published version has components, and each has a rate from 0 on.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "plan_version_published_after_the_closed_months",
                f"{_NOW_PUBLISHED} AND NEW.starts_on < {_FIRST_OPEN_DAY}",
                "Its first month is closed already.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "plan_version_ends_after_the_closed_months",
                f"NEW.published_at IS NOT NULL AND NEW.ends_on < {_FIRST_OPEN_DAY}",
                "A month that it applied in is closed already.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ends_on__df=pgtrigger.F("new__ends_on")),
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"
