"""What the brand pays its dealers for, or charges them: plans, their versions and rates."""

from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from customers.models import SoldBy
from dealers.bounds import DayField, NameField, at_most, legible, within
from dealers.models import in_language
from dealers.publication import (
    PUBLISHED,
    Publication,
    PublicationQuerySet,
    part_of_published,
    published_never_changes,
    steps_in_order,
)
from dealers.triggers import never_deleted, no_truncate, refuses
from incentives.models.amounts import LARGEST_GIVEN, MONEY, RATE

_GIVEN = [MaxValueValidator(LARGEST_GIVEN)]


class Program(models.Model):
    """What holds for all plans together; there is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    currency = models.CharField(_("currency"), max_length=3, default="CNY", help_text="ISO 4217")

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
    text = models.TextField(_("text for dealers (Chinese)"), blank=True)
    text_en = models.TextField(_("text for dealers (English)"), blank=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("code",)
        constraints: ClassVar = [
            legible("plan_name_is_legible", "name", "name_en"),
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
_FIRST_OPEN_DAY = "(SELECT max(month) + interval '1 month' FROM incentives_run)"


class PlanVersion(Publication):
    """The terms of a plan for a time: ``[starts_on, ends_on)``. Published they never change.

    The one exception is the end of an open version, which is set when its successor is published.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("version"))
    starts_on = DayField(_("from"))
    ends_on = DayField(_("until, not included"), null=True, blank=True)

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan version")
        verbose_name_plural = _("plan versions")
        ordering = ("plan", "-number")
        constraints: ClassVar = [
            within(
                "plan_version_between_1990_and_2200",
                moments=PUBLISHED,
                days=["starts_on", "ends_on"],
            ),
            models.UniqueConstraint(
                name="plan_version_number_used_once", fields=["plan", "number"]
            ),
            steps_in_order("plan_version_steps_in_order"),
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


class Event(models.TextChoices):
    REGISTRATION = "registration", _("Valid registration")
    PAID_SALE = "paid_sale", _("Paid sale")


class Kind(models.TextChoices):
    FLAT = "flat", _("Flat amount per event")
    PERCENT = "percent", _("Share of the base")
    PER_UNIT = "per_unit", _("Amount per unit")
    TIERS_MARGINAL = "tiers_marginal", _("Tiers, each part at its own rate")
    TIERS_WHOLE = "tiers_whole", _("Tiers, everything at the rate reached")


TIERED = (Kind.TIERS_MARGINAL, Kind.TIERS_WHOLE)


class Base(models.TextChoices):
    NET = "net", _("Net paid")
    UNITS = "units", _("Units")
    COUNT = "count", _("Count")


class Beneficiary(models.TextChoices):
    OWNER = "owner", _("The owner")
    SELLER = "seller", _("The store that sold")


class Clawback(models.TextChoices):
    RECOMPUTE = "recompute", _("Recompute the period")
    ORIGINAL_RATE = "original_rate", _("At the rate it was paid")


ADJUSTMENT = "-adjustment"  # behind the code of a component whose closed month was recomputed


class Component(models.Model):
    """One way in which a plan version earns or charges: an event, a base and a kind of rate."""

    version = models.ForeignKey(
        PlanVersion,
        models.CASCADE,
        related_name="components",
        verbose_name=_("plan version"),
    )
    code = models.SlugField(_("code"), max_length=40)
    name = NameField(_("name (Chinese)"), max_length=120, blank=True)
    name_en = NameField(_("name (English)"), max_length=120, blank=True)
    event = models.CharField(_("event"), max_length=20, choices=Event)
    places = ArrayField(
        models.CharField(max_length=6, choices=[c for c in SoldBy.choices if c[0] != SoldBy.NONE]),
        verbose_name=_("places"),
        default=list,
        blank=True,
        help_text=_("Where the sale happened, seen from the owner. Empty: anywhere."),
    )
    to = models.CharField(_("to"), max_length=10, choices=Beneficiary, default=Beneficiary.OWNER)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    base = models.CharField(_("base"), max_length=10, choices=Base, default=Base.NET)
    by_share = models.BooleanField(
        _("split by share"),
        default=False,
        help_text=_("Multiply by the share of the sale that the rulebook gives the beneficiary."),
    )
    pays_zero = models.BooleanField(
        _("also for nothing paid"),
        default=False,
        help_text=_("Whether a sale of net 0 counts for what is paid per sale or per unit."),
    )
    rate_above_one = NameField(
        _("rate above 1 is meant"),
        max_length=200,
        blank=True,
        help_text=_("A share above 100% needs a sentence here that says that it is meant."),
    )
    period_cap = models.DecimalField(
        _("cap a month and dealer"), null=True, blank=True, validators=_GIVEN, **MONEY
    )
    clawback = models.CharField(
        _("returns take back"),
        max_length=20,
        choices=Clawback,
        default=Clawback.ORIGINAL_RATE,
    )
    clawback_days = models.PositiveSmallIntegerField(_("take back for, days"), default=180)
    return_window_days = models.PositiveSmallIntegerField(_("return window, days"), default=15)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ("version", "position", "code")
        constraints: ClassVar = [
            legible("component_name_is_legible", "name", "name_en", "rate_above_one"),
            at_most("component_cap_is_not_too_large", period_cap=LARGEST_GIVEN),
            models.UniqueConstraint(
                name="component_code_used_once_a_version", fields=["version", "code"]
            ),
            models.CheckConstraint(
                name="component_kind_is_known", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="component_registration_is_flat_without_places",
                condition=~Q(event=Event.REGISTRATION)
                | Q(kind=Kind.FLAT, base=Base.COUNT, places=[], to=Beneficiary.OWNER),
                violation_error_message=_(
                    "A registration is paid flat per event, to its owner, without places."
                ),
            ),
            models.CheckConstraint(
                name="component_kind_fits_base",
                condition=Q(kind=Kind.FLAT, base=Base.COUNT)
                | Q(kind=Kind.PER_UNIT, base=Base.UNITS)
                | Q(kind=Kind.PERCENT, base=Base.NET)
                | Q(kind__in=TIERED, base=Base.NET),
                violation_error_message=_(
                    "Flat counts events, per unit counts units, shares and tiers take net paid."
                ),
            ),
            models.CheckConstraint(
                name="component_recompute_is_for_tiers",
                condition=Q(kind__in=TIERED) | Q(clawback=Clawback.ORIGINAL_RATE),
                violation_error_message=_("Only tiers are recomputed."),
            ),
            models.CheckConstraint(
                name="component_share_is_of_a_sale",
                condition=Q(by_share=False) | ~Q(kind__in=TIERED) & Q(event=Event.PAID_SALE),
                violation_error_message=_(
                    "Only what is paid per sale is split by share: not tiers or registrations."
                ),
            ),
            models.CheckConstraint(
                name="component_cap_is_positive",
                condition=Q(period_cap__isnull=True) | Q(period_cap__gt=0),
                violation_error_message=_("A cap is more than zero."),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            part_of_published(
                "component_of_published_never_changes",
                "incentives_planversion",
                key="version_id",
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return in_language(self.name or self.code, self.name_en)

    @property
    def tiered(self) -> bool:
        return self.kind in TIERED

    def result_code(self, *, adjustment: bool) -> str:
        """What exports call a result of it; a month that was recomputed has a code of its own."""
        recomputed = adjustment and self.clawback == Clawback.RECOMPUTE
        return f"{self.code}{ADJUSTMENT}" if recomputed else self.code


class RateRow(models.Model):
    """From this base on, this rate applies. A table starts at 0; a boundary is the upper row's.

    The end of a row is the start of the next, so that a table can have neither gap nor overlap.
    """

    component = models.ForeignKey(
        Component, models.CASCADE, related_name="rows", verbose_name=_("component")
    )
    starts_at = models.DecimalField(_("from"), default=0, validators=_GIVEN, **MONEY)
    rate = models.DecimalField(_("rate"), **RATE)

    class Meta:
        verbose_name = _("rate row")
        verbose_name_plural = _("rate rows")
        ordering = ("component", "starts_at")
        constraints: ClassVar = [
            at_most("rate_row_start_is_not_too_large", starts_at=LARGEST_GIVEN),
            models.UniqueConstraint(
                name="rate_row_starts_once", fields=["component", "starts_at"]
            ),
            models.CheckConstraint(
                name="rate_row_starts_at_zero_or_above", condition=Q(starts_at__gte=0)
            ),
            models.CheckConstraint(
                name="rate_row_rate_is_not_negative", condition=Q(rate__gte=0)
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            part_of_published(
                "rate_row_of_published_never_changes",
                "incentives_planversion",
                key="version_id",
                through=("incentives_component", "component_id"),
            ),
            no_truncate("rate_row_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} → {self.rate}"
