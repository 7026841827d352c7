"""What a plan version pays or charges for: its components, and their tables of rates."""

from itertools import permutations
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import SoldBy
from dealers.bounds import DayField, NameField, at_most, legible, within
from dealers.publication import part_forgets_steps, part_of_published
from dealers.sayings import in_language
from dealers.triggers import no_truncate, refuses
from incentives.models.amounts import LARGEST_GIVEN, MONEY, RATE
from incentives.models.plans import PlanVersion

_GIVEN = [MaxValueValidator(LARGEST_GIVEN)]


class Event(models.TextChoices):
    REGISTRATION = "registration", _("Valid registration")
    DISPATCH = "dispatch", _("Accepted lead of headquarters")
    FIRST_CONTACT = "first_contact", _("First contact in time")
    PAID_SALE = "paid_sale", _("Paid sale")


# An accepted lead is on record as the registration that it became. A first contact is the one with
# the customer of a registration, and comes back with it.
OF_REGISTRATIONS = (Event.REGISTRATION, Event.DISPATCH, Event.FIRST_CONTACT)


class Kind(models.TextChoices):
    FLAT = "flat", _("Flat amount per event")
    PERCENT = "percent", _("Share of the base")
    PER_UNIT = "per_unit", _("Amount per unit")
    DECAY = "decay", _("Share by the age of the protection")
    TIERS_MARGINAL = "tiers_marginal", _("Tiers, each part at its own rate")
    TIERS_WHOLE = "tiers_whole", _("Tiers, everything at the rate reached")
    THRESHOLD_BONUS = "threshold_bonus", _("Bonus once a month reaches a threshold")


# Paid once for a month, by what all of it comes to.
TIERED = (Kind.TIERS_MARGINAL, Kind.TIERS_WHOLE, Kind.THRESHOLD_BONUS)
# Whose rates are shares of the base; those of others are amounts.
SHARES = (Kind.PERCENT, Kind.DECAY, Kind.TIERS_MARGINAL, Kind.TIERS_WHOLE)


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


class Gate(models.TextChoices):
    """What has to be so at the moment of an event, else the component gives nothing for it."""

    AGREEMENT_SIGNED = "agreement_signed", _("The agreement is signed")
    CERTIFIED = "certified", _("Somebody who works there holds a valid certificate")
    DATA_COMPLETE = "data_complete", _("The data are complete")


# Each at most once, in any order: of several that are closed the first one is named.
_GATES = [list(each) for n in range(len(Gate) + 1) for each in permutations(Gate.values, n)]
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
    of_leads = models.BooleanField(
        _("leads of headquarters alone"),
        default=False,
        help_text=_(
            "Counts sales to customers whose protection began with a lead that headquarters sent,"
            " as a referral fee does."
        ),
    )
    rate_above_one = NameField(
        _("rate above 1 is meant"),
        max_length=200,
        blank=True,
        help_text=_("A share above 100% needs a sentence here that says that it is meant."),
    )
    gates = ArrayField(
        models.CharField(max_length=20, choices=Gate),
        verbose_name=_("only where"),
        default=list,
        blank=True,
        help_text=_(
            "Asked at the moment of the sale or registration. What comes before it is so is paid"
            " nothing, and is not made up for later."
        ),
    )
    agreement_from = DayField(
        _("version of the agreement, by its first day"),
        null=True,
        blank=True,
        help_text=_(
            "Where the agreement has to be signed: the version that applies from this day, or a"
            " later one. Empty: any version."
        ),
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
                name="component_gates_are_known_and_named_once", condition=Q(gates__in=_GATES)
            ),
            models.CheckConstraint(
                name="component_agreement_is_asked_for_by_its_gate",
                condition=Q(agreement_from__isnull=True)
                | Q(gates__contains=[Gate.AGREEMENT_SIGNED]),
                violation_error_message=_(
                    "A version of the agreement is named only where the agreement has to be signed."
                ),
            ),
            within(
                "component_agreement_between_1990_and_2200", days=["agreement_from"]
            ),
            models.CheckConstraint(
                name="component_registration_is_flat_without_places",
                condition=~Q(event__in=OF_REGISTRATIONS)
                | Q(kind=Kind.FLAT, base=Base.COUNT, places=[], to=Beneficiary.OWNER),
                violation_error_message=_(
                    "A registration, lead or first contact is paid flat per event, to its owner,"
                    " without places."
                ),
            ),
            models.CheckConstraint(
                name="component_kind_fits_base",
                condition=Q(kind=Kind.FLAT, base=Base.COUNT)
                | Q(kind=Kind.PER_UNIT, base=Base.UNITS)
                | Q(kind__in=[Kind.PERCENT, Kind.DECAY], base=Base.NET)
                | Q(kind__in=TIERED, base=Base.NET),
                violation_error_message=_(
                    "Flat counts events, per unit counts units, all else takes net paid."
                ),
            ),
            models.CheckConstraint(
                name="component_recompute_is_for_tiers",
                condition=Q(kind__in=TIERED) | Q(clawback=Clawback.ORIGINAL_RATE),
                violation_error_message=_("Only what is paid by month is recomputed."),
            ),
            models.CheckConstraint(
                name="component_share_is_of_a_sale",
                condition=Q(by_share=False) | ~Q(kind__in=TIERED) & Q(event=Event.PAID_SALE),
                violation_error_message=_(
                    "Only what is paid per sale is split by share: not months or registrations."
                ),
            ),
            models.CheckConstraint(
                name="component_of_leads_is_of_an_owners_sale",
                condition=Q(of_leads=False) | Q(event=Event.PAID_SALE, to=Beneficiary.OWNER),
                violation_error_message=_("Only sales to the owner's customers can be of leads."),
            ),
            models.CheckConstraint(
                name="component_age_is_of_an_owners_sale",
                condition=~Q(kind=Kind.DECAY) | Q(to=Beneficiary.OWNER),
                violation_error_message=_("Only the owner of a customer has a protection."),
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
            part_forgets_steps(
                "component_changed_forgets_steps", "incentives_planversion", key="version_id"
            ),
            # No foreign key keeps what results name.
            refuses(
                "component_with_results_is_kept",
                "EXISTS (SELECT FROM incentives_result AS r WHERE r.component_id = OLD.id)",
                "It has results.",
                operation=pgtrigger.Delete,
                rows=True,
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

    @property
    def of_registrations(self) -> bool:
        return self.event in OF_REGISTRATIONS

    def result_code(self, *, adjustment: bool) -> str:
        """What exports call a result of it; a month that was recomputed has a code of its own."""
        recomputed = adjustment and self.clawback == Clawback.RECOMPUTE
        return f"{self.code}{ADJUSTMENT}" if recomputed else self.code


class RateRow(models.Model):
    """From this base on, or from this age in days, this rate applies.

    A table starts at 0; a boundary is the upper row's.

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
            part_forgets_steps(
                "rate_row_changed_forgets_steps",
                "incentives_planversion",
                key="version_id",
                through=("incentives_component", "component_id"),
            ),
            no_truncate("rate_row_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} → {self.rate}"


def plan_words_sql(version: str) -> str:
    """The words of a version, by which dealers hold it against their chains, as an SQL expression.

    What it pays and from when; not its end, which its successor sets, nor the texts about it, which
    may be mended. A setting that comes later says itself only where it is not its usual value, as
    ``jsonb`` writes it: what was published before keeps its words, and with them its hash.
    """
    rows = """
        SELECT jsonb_agg(jsonb_build_array(
            trim_scale(r.starts_at)::text, trim_scale(r.rate)::text) ORDER BY r.starts_at)
        FROM incentives_raterow AS r WHERE r.component_id = c.id"""
    plain = ", ".join(
        f"'{name}', c.{name}"
        for name in (
            "code", "name", "name_en", "event", "places", "kind", "base", "by_share", "pays_zero",
            "rate_above_one", "clawback", "clawback_days", "return_window_days", "position",
        )
    )  # fmt: skip
    components = f"""
        SELECT jsonb_agg(jsonb_build_object({plain}, 'to', c."to",
            'period_cap', trim_scale(c.period_cap)::text, 'rows', ({rows}))
            || CASE c.gates WHEN '{{}}' THEN '{{}}'::jsonb
                ELSE jsonb_build_object('gates', c.gates) END
            || CASE WHEN c.agreement_from IS NULL THEN '{{}}'::jsonb
                ELSE jsonb_build_object('agreement_from', c.agreement_from) END
            || CASE WHEN c.of_leads THEN jsonb_build_object('of_leads', true)
                ELSE '{{}}'::jsonb END
            ORDER BY c.position, c.code COLLATE "C")
        FROM incentives_component AS c WHERE c.version_id = {version}.id"""  # noqa: S608
    return f"""(
        SELECT jsonb_build_object('code', p.code, 'direction', p.direction,
            'number', {version}.number, 'starts_on', {version}.starts_on,
            'notice_days', {version}.notice_days, 'components', ({components}))::text
        FROM incentives_plan AS p WHERE p.id = {version}.plan_id)"""  # noqa: S608 -- our own text
