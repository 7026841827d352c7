"""Plans, their runs, the ledger, statements, and the boards."""

import uuid
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Case, Order, Registration
from dealers.models import (
    Dealer,
    Membership,
    Region,
    SizeClass,
    Store,
    User,
    append_only,
    in_language,
    no_truncate,
)

MONEY: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}
RATE: dict[str, Any] = {"max_digits": 14, "decimal_places": 6}


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

    def __str__(self) -> str:
        return self.currency

    @classmethod
    def current(cls) -> Self:
        return cls.objects.filter(pk=1).first() or cls()


class Audience(models.TextChoices):
    DEALER = "dealer", _("Dealers")


class Direction(models.TextChoices):
    BRAND_PAYS = "brand_pays", _("The brand pays")
    DEALER_PAYS = "dealer_pays", _("The dealer pays")


class Plan(models.Model):
    """What the brand pays its dealers for, or charges them; the terms are in its versions."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    audience = models.CharField(
        _("audience"), max_length=20, choices=Audience, default=Audience.DEALER
    )
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
            models.CheckConstraint(
                name="plan_audience_is_known", condition=Q(audience__in=Audience.values)
            ),
            models.CheckConstraint(
                name="plan_direction_is_known",
                condition=Q(direction__in=Direction.values),
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


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)


class PlanVersion(models.Model):
    """The terms of a plan for a time: ``[starts_on, ends_on)``. Published they never change.

    The one exception is the end of an open version, which is set when its successor is published.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("version"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until, not included"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan version")
        verbose_name_plural = _("plan versions")
        ordering = ("plan", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="plan_version_number_used_once", fields=["plan", "number"]
            ),
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
            pgtrigger.Protect(
                name="plan_version_published_never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="plan_version_published_never_changes",
                operation=pgtrigger.Update,
                # An open end may be set, once.
                condition=pgtrigger.Q(old__published_at__isnull=False)
                & (
                    pgtrigger.Q(old__plan__df=pgtrigger.F("new__plan"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__starts_on__df=pgtrigger.F("new__starts_on"))
                    | pgtrigger.Q(old__published_at__df=pgtrigger.F("new__published_at"))
                    | pgtrigger.Q(old__published_by__df=pgtrigger.F("new__published_by"))
                    | pgtrigger.Q(old__ends_on__isnull=False)
                    & pgtrigger.Q(old__ends_on__df=pgtrigger.F("new__ends_on"))
                ),
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


class Window(models.TextChoices):
    MONTH = "month", _("Month")


class Per(models.TextChoices):
    DEALER = "dealer", _("Dealer")


class Clawback(models.TextChoices):
    RECOMPUTE = "recompute", _("Recompute the period")
    ORIGINAL_RATE = "original_rate", _("At the rate it was paid")


class Component(models.Model):
    """One way in which a plan version earns or charges: an event, a base and a kind of rate."""

    version = models.ForeignKey(
        PlanVersion,
        models.CASCADE,
        related_name="components",
        verbose_name=_("plan version"),
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    event = models.CharField(_("event"), max_length=20, choices=Event)
    places = ArrayField(
        models.CharField(max_length=6, choices=[c for c in Case.choices if c[0] != Case.NONE]),
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
    window = models.CharField(_("window"), max_length=10, choices=Window, default=Window.MONTH)
    per = models.CharField(_("per"), max_length=10, choices=Per, default=Per.DEALER)
    period_cap = models.DecimalField(_("cap a month and dealer"), null=True, blank=True, **MONEY)
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
            pgtrigger.Trigger(
                name="component_of_published_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("published", "boolean")],
                func=(
                    "SELECT bool_or(published_at IS NOT NULL) INTO published"
                    " FROM incentives_planversion WHERE id IN"
                    " (CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END,"
                    "  CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END);"
                    " IF published THEN RAISE EXCEPTION"
                    " 'A published plan version never changes: %', TG_NAME; END IF;"
                    " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
                ),
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


class RateRow(models.Model):
    """From this base on, this rate applies. A table starts at 0; a boundary is the upper row's.

    The end of a row is the start of the next, so that a table can have neither gap nor overlap.
    """

    component = models.ForeignKey(
        Component, models.CASCADE, related_name="rows", verbose_name=_("component")
    )
    starts_at = models.DecimalField(_("from"), default=0, **MONEY)
    rate = models.DecimalField(_("rate"), **RATE)

    class Meta:
        verbose_name = _("rate row")
        verbose_name_plural = _("rate rows")
        ordering = ("component", "starts_at")
        constraints: ClassVar = [
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
            pgtrigger.Trigger(
                name="rate_row_of_published_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("published", "boolean")],
                func=(
                    "SELECT bool_or(v.published_at IS NOT NULL) INTO published"
                    " FROM incentives_component c"
                    " JOIN incentives_planversion v ON v.id = c.version_id WHERE c.id IN"
                    " (CASE WHEN TG_OP = 'INSERT' THEN NEW.component_id"
                    "  ELSE OLD.component_id END,"
                    "  CASE WHEN TG_OP = 'DELETE' THEN OLD.component_id"
                    "  ELSE NEW.component_id END);"
                    " IF published THEN RAISE EXCEPTION"
                    " 'A published plan version never changes: %', TG_NAME; END IF;"
                    " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} → {self.rate}"


class Run(models.Model):
    """A closed month: what was known until when, and a hash of what went in. Only ever added."""

    month = models.DateField(_("month"), unique=True)
    # Facts recorded until this moment are in; later ones are late and fall into the next month.
    known_until = models.DateTimeField(_("known until"))
    closed_at = models.DateTimeField(_("closed at"), default=timezone.now)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    inputs_hash = models.CharField(_("hash of the inputs"), max_length=64)

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ("-month",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="run_month_is_a_first_day", condition=Q(month__day=1)
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("run_only_added"),
            no_truncate("run_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class ResultQuerySet(models.QuerySet["Result"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """A dealer's results are its owner's; regional managers and staff do not see them."""
        if membership is None or membership.dealer_id is None or membership.is_store_post:
            return self.none()
        return self.filter(dealer=membership.dealer_id)


class Result(models.Model):
    """What one component gives one dealer in a run, with its inputs. Only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(
        Run, models.PROTECT, related_name="results", verbose_name=_("closed month")
    )
    component = models.ForeignKey(
        Component, models.PROTECT, related_name="results", verbose_name=_("component")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="results", verbose_name=_("dealer")
    )
    # The month that the base belongs to: earlier than the run's in an adjustment.
    for_month = models.DateField(_("for month"))
    adjustment = models.BooleanField(_("adjustment"), default=False)
    count = models.PositiveIntegerField(_("lines"))
    base = models.DecimalField(_("base"), **MONEY)
    # What returns took away; it is subtracted from the base already.
    returned = models.DecimalField(_("returned"), default=0, **MONEY)
    # Before the cap, and what is booked. A charge to the dealer is negative.
    uncapped = models.DecimalField(_("before the cap"), **MONEY)
    amount = models.DecimalField(_("amount"), **MONEY)
    # The numbers that the sentence "why this amount" is made of.
    explanation = models.JSONField(_("explanation"), default=dict)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ("run", "dealer", "component")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="result_once_a_run_component_dealer_and_month",
                fields=["run", "component", "dealer", "for_month", "adjustment"],
            ),
            models.CheckConstraint(
                name="result_month_is_a_first_day",
                condition=Q(for_month__day=1),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "run"], name="result_dealer_month"),
        ]
        triggers: ClassVar = [
            append_only("result_only_added"),
            no_truncate("result_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.for_month:%Y-%m}"

    @property
    def code(self) -> str:
        """The component's code as exports name it; a recomputed month has one of its own."""
        recomputed = self.adjustment and self.component.clawback == Clawback.RECOMPUTE
        return f"{self.component.code}-adjustment" if recomputed else self.component.code


class Line(models.Model):
    """One event's part in a result. For tiers it brings base only: the amount is the result's.

    No foreign keys in the database: results, orders and registrations are never deleted, and to
    check each of a million lines again would cost more than to compute them. No index by event
    either, for the same reason: an event's lines are found by dealer and month, in the result.
    The index by result is small because lines are written in the order of their results' ids.
    """

    result = models.ForeignKey(
        Result,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="lines",
        verbose_name=_("result"),
    )
    order = models.ForeignKey(
        Order, models.DO_NOTHING, null=True, blank=True, db_constraint=False,
        db_index=False, related_name="reward_lines", verbose_name=_("order"),
    )  # fmt: skip
    registration = models.ForeignKey(
        Registration, models.DO_NOTHING, null=True, blank=True, db_constraint=False,
        db_index=False, related_name="reward_lines", verbose_name=_("registration"),
    )  # fmt: skip
    base = models.DecimalField(_("base"), **MONEY)
    rate = models.DecimalField(_("rate"), null=True, blank=True, **RATE)
    share = models.DecimalField(_("share"), max_digits=9, decimal_places=6, null=True, blank=True)
    uncapped = models.DecimalField(_("before the cap"), null=True, blank=True, **MONEY)
    amount = models.DecimalField(_("amount"), null=True, blank=True, **MONEY)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="line_is_about_one_event",
                condition=Q(order__isnull=False, registration__isnull=True)
                | Q(order__isnull=True, registration__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            BrinIndex(
                fields=["result"], name="line_result", pages_per_range=32, autosummarize=True
            ),
        ]
        triggers: ClassVar = [
            append_only("line_only_added"),
            no_truncate("line_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class AccountKind(models.TextChoices):
    PAYABLE = "payable", _("Owed to the dealer")
    EXPENSE = "expense", _("Incentives paid")
    INCOME = "income", _("Fees charged")


class Account(models.Model):
    """One side of the books: what is owed to a dealer, or what a plan costs or brings."""

    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="accounts",
        verbose_name=_("dealer"),
    )  # fmt: skip
    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="accounts",
        verbose_name=_("plan"),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="account_is_a_dealers_or_a_plans",
                condition=Q(kind=AccountKind.PAYABLE, dealer__isnull=False, plan__isnull=True)
                | Q(
                    kind__in=[AccountKind.EXPENSE, AccountKind.INCOME],
                    dealer__isnull=True,
                    plan__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                name="account_once_a_kind_holder_and_currency",
                fields=["kind", "dealer", "plan", "currency"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.dealer or self.plan}"


class Journal(models.Model):
    """A booking: entries of one currency that add up to zero. Only ever added."""

    key = models.CharField(_("key"), max_length=120)
    content = models.BinaryField(_("content hash"))
    run = models.ForeignKey(
        Run, models.PROTECT, related_name="journals", verbose_name=_("closed month")
    )
    month = models.DateField(_("booked in"))
    currency = models.CharField(_("currency"), max_length=3)
    effective_at = models.DateTimeField(_("effective at"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by",
        verbose_name=_("reverses"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        ordering = ("-recorded_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(name="journal_key_used_once", fields=["key"]),
        ]
        triggers: ClassVar = [
            append_only("journal_only_added"),
            no_truncate("journal_never_emptied"),
            pgtrigger.Trigger(
                name="journal_not_in_a_closed_month",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # The run that closes a month books before anything later can; a month that was
                # closed by another run takes nothing more.
                func=(
                    "IF EXISTS (SELECT 1 FROM incentives_run"
                    " WHERE month >= NEW.month AND id <> NEW.run_id) THEN"
                    " RAISE EXCEPTION 'The month % is closed: %', NEW.month, TG_NAME; END IF;"
                    " IF NOT EXISTS (SELECT 1 FROM incentives_run"
                    " WHERE id = NEW.run_id AND month = NEW.month) THEN"
                    " RAISE EXCEPTION 'A journal is booked in the month of its run: %',"
                    " TG_NAME; END IF;"
                    " RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="journal_has_entries_that_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=(
                    "IF (SELECT count(*) < 2 OR sum(amount) <> 0 FROM incentives_entry"
                    " WHERE journal_id = NEW.id) THEN"
                    " RAISE EXCEPTION 'Journal % does not balance: %', NEW.key, TG_NAME; END IF;"
                    " RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One amount on one account; credits are positive on what is owed to a dealer."""

    journal = models.ForeignKey(
        Journal, models.PROTECT, related_name="entries", verbose_name=_("journal")
    )
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="entries", verbose_name=_("account")
    )
    amount = models.DecimalField(_("amount"), **MONEY)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints: ClassVar = [
            models.CheckConstraint(name="entry_amount_is_not_zero", condition=~Q(amount=0)),
        ]
        triggers: ClassVar = [
            append_only("entry_only_added"),
            no_truncate("entry_never_emptied"),
            pgtrigger.Trigger(
                name="entry_keeps_its_journal_balanced",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("other_currency", "boolean")],
                func=(
                    "IF (SELECT sum(amount) <> 0 FROM incentives_entry"
                    " WHERE journal_id = NEW.journal_id) THEN"
                    " RAISE EXCEPTION 'Journal % does not balance: %',"
                    " NEW.journal_id, TG_NAME; END IF;"
                    " SELECT a.currency <> j.currency INTO other_currency"
                    " FROM incentives_account a, incentives_journal j"
                    " WHERE a.id = NEW.account_id AND j.id = NEW.journal_id;"
                    " IF other_currency THEN RAISE EXCEPTION"
                    " 'A journal has one currency: %', TG_NAME; END IF;"
                    " RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, membership: Membership | None) -> Self:
        if membership is None or membership.dealer_id is None or membership.is_store_post:
            return self.none()
        return self.filter(dealer=membership.dealer_id)


class Statement(models.Model):
    """What a dealer earned in a closed month; its lines are the run's results of that dealer."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    run = models.ForeignKey(
        Run, models.PROTECT, related_name="statements", verbose_name=_("closed month")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="statements", verbose_name=_("dealer")
    )
    journal = models.OneToOneField(
        Journal, models.PROTECT, null=True, blank=True, related_name="statement",
        verbose_name=_("journal"),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)
    # Carried over from the month before (never positive), this month's total, and what is left.
    opening = models.DecimalField(_("carried over"), **MONEY)
    total = models.DecimalField(_("total of the month"), **MONEY)
    payable = models.DecimalField(_("to be paid"), **MONEY)
    closing = models.DecimalField(_("carried forward"), **MONEY)
    code = models.CharField(_("verification code"), max_length=20, unique=True)
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ("-issued_at", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="statement_one_a_dealer_and_month", fields=["run", "dealer"]
            ),
            models.CheckConstraint(
                name="statement_adds_up",
                condition=Q(opening__lte=0, payable__gte=0, closing__lte=0)
                & Q(payable=F("opening") + F("total") - F("closing")),
            ),
        ]
        triggers: ClassVar = [
            append_only("statement_only_added"),
            no_truncate("statement_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("incentives:statement", args=[f"{self.run.month:%Y-%m}"])


class StatementDocument(models.Model):
    """The PDF of a statement in one language, made once by the worker. Only ever added."""

    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="documents", verbose_name=_("statement")
    )
    language = models.CharField(_("language"), max_length=10)
    pdf = models.BinaryField(_("PDF"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    pages = models.PositiveSmallIntegerField(_("pages"))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("statement document")
        verbose_name_plural = _("statement documents")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="statement_document_one_a_language",
                fields=["statement", "language"],
            ),
        ]
        triggers: ClassVar = [append_only("statement_document_only_added")]

    def __str__(self) -> str:
        return f"{self.statement} {self.language}"


class Unit(models.TextChoices):
    STORE = "store", _("Stores")
    DEALER = "dealer", _("Dealers")


class Metric(models.TextChoices):
    NET_SALES = "net_sales", _("Net sales")
    OWNED_SALES = "owned_sales", _("Sales to own customers")
    REGISTRATIONS = "registrations", _("Valid registrations")
    CONVERSION = "conversion", _("Conversion")


class Cohort(models.Model):
    """Units that are alike enough to be compared. Empty conditions match everything."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    regions = models.ManyToManyField(Region, blank=True, verbose_name=_("regions"))
    size_classes = ArrayField(
        models.CharField(max_length=1, choices=SizeClass),
        verbose_name=_("sizes"),
        default=list,
        blank=True,
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=1,
        help_text=_("The first cohort that matches takes the unit."),
    )

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ("unit", "position", "code")

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Ranking(models.Model):
    """A unit's place on the frozen board of a closed month. Only ever added."""

    run = models.ForeignKey(
        Run, models.PROTECT, related_name="rankings", verbose_name=_("closed month")
    )
    metric = models.CharField(_("metric"), max_length=20, choices=Metric)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    # The cohort's code as it was then: a cohort that HQ changes later does not rewrite a board.
    cohort = models.CharField(_("cohort"), max_length=40)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="rankings",
        verbose_name=_("store"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="rankings", verbose_name=_("dealer")
    )
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=6)
    numerator = models.DecimalField(_("numerator"), null=True, blank=True, **MONEY)
    denominator = models.DecimalField(_("denominator"), null=True, blank=True, **MONEY)
    # Empty where the sample is too small for a place.
    rank = models.PositiveIntegerField(_("place"), null=True, blank=True)
    of = models.PositiveIntegerField(_("of"))
    percentile = models.DecimalField(
        _("percentile"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")
        ordering = ("run", "metric", "unit", "cohort", "rank")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="ranking_one_place_a_board",
                fields=["run", "metric", "unit", "dealer", "store"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="ranking_store_board_names_the_store",
                condition=Q(unit=Unit.STORE, store__isnull=False)
                | Q(unit=Unit.DEALER, store__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            # A unit's places over the months.
            models.Index(fields=["store", "metric", "run"], name="ranking_store_history"),
            models.Index(fields=["dealer", "metric", "run"], name="ranking_dealer_history"),
            # The units of a cohort in their order.
            models.Index(
                fields=["run", "metric", "unit", "cohort", "rank"], name="ranking_cohort_order"
            ),
        ]
        triggers: ClassVar = [
            append_only("ranking_only_added"),
            no_truncate("ranking_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()} {self.rank}/{self.of}"
