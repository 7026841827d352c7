"""Who is whose customer: identities, cards, registrations, ownership, activities and orders."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateTimeRangeField,
    RangeOperators,
)
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.models import (
    Dealer,
    Membership,
    Store,
    User,
    append_only,
    no_truncate,
)


class AnswerMode(models.TextChoices):
    INSTANT = "instant", _("At once")
    AFTER_CONFIRMATION = "after_confirmation", _("After the customer confirmed")


class RulebookQuerySet(models.QuerySet["Rulebook"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)


class Rulebook(models.Model):
    """The dated ownership rules. Published it never changes; an empty setting is switched off."""

    name = models.CharField(_("name"), max_length=120)
    starts_on = models.DateField(_("applies from"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip

    protection_days = models.PositiveSmallIntegerField(
        _("first protection, days"), default=90, validators=[MinValueValidator(1)]
    )
    activity_renews_days = models.PositiveSmallIntegerField(
        _("a qualifying activity renews for, days"), null=True, blank=True, default=90
    )
    visit_qualifies = models.BooleanField(_("a visit qualifies"), default=True)
    sale_renews_days = models.PositiveSmallIntegerField(
        _("a sale renews for, days"), null=True, blank=True, default=365
    )
    max_days_without_sale = models.PositiveSmallIntegerField(
        _("longest protection without a sale, days"), null=True, blank=True, default=365
    )
    grace_days = models.PositiveSmallIntegerField(_("grace after the end, days"), default=3)
    first_contact_hours = models.PositiveSmallIntegerField(
        _("first contact due within, hours"), null=True, blank=True, default=48
    )
    release_after_days = models.PositiveSmallIntegerField(
        _("released without contact after, days"), null=True, blank=True, default=7
    )
    warning_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("warnings before the end, days"),
        default=list,
        blank=True,
    )
    extension_days = models.PositiveSmallIntegerField(_("one extension, days"), default=30)
    extensions = models.PositiveSmallIntegerField(_("extensions on request"), default=2)
    pool_claims_per_day = models.PositiveSmallIntegerField(
        _("pool claims a person and day"), null=True, blank=True, default=20
    )
    pool_cooldown_days = models.PositiveSmallIntegerField(
        _("former owner waits in the pool, days"), null=True, blank=True, default=7
    )
    person_cap = models.PositiveIntegerField(
        _("open protected customers a person"), null=True, blank=True, default=200
    )
    store_cap = models.PositiveIntegerField(
        _("open protected customers a store"), null=True, blank=True, default=1000
    )
    person_daily_limit = models.PositiveIntegerField(
        _("registrations a person and day"), null=True, blank=True, default=60
    )
    person_minute_limit = models.PositiveIntegerField(
        _("registrations a person and minute"), null=True, blank=True, default=10
    )
    store_daily_limit = models.PositiveIntegerField(
        _("registrations a store and day"), null=True, blank=True, default=300
    )
    conflict_percent = models.PositiveSmallIntegerField(
        _("pause above this share protected elsewhere, percent of the last 50"),
        null=True,
        blank=True,
        default=20,
    )
    owner_share = models.DecimalField(
        _("owner's share when another dealer sells"),
        max_digits=9,
        decimal_places=6,
        default="0.300000",
    )
    answer_mode = models.CharField(
        _("answer"), max_length=20, choices=AnswerMode, default=AnswerMode.INSTANT
    )

    objects = RulebookQuerySet.as_manager()

    class Meta:
        verbose_name = _("rulebook")
        verbose_name_plural = _("rulebooks")
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="rulebook_one_published_a_start_day",
                fields=["starts_on"],
                condition=Q(published_at__isnull=False),
                violation_error_message=_("A published rulebook already starts on that day."),
            ),
            models.CheckConstraint(
                name="rulebook_first_protection_is_positive",
                condition=Q(protection_days__gte=1),
            ),
            models.CheckConstraint(
                name="rulebook_owner_share_is_a_share",
                condition=Q(owner_share__gte=0, owner_share__lte=1),
                violation_error_message=_("A share lies between 0 and 1."),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="rulebook_published_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """The keyed fingerprint of a phone number, shared by the network; nobody can read it back."""

    fingerprint = models.BinaryField(_("fingerprint"), unique=True)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="identity_fingerprint_is_full_length",
                condition=Exact(
                    Func(
                        F("fingerprint"),
                        function="octet_length",
                        output_field=models.IntegerField(),
                    ),
                    32,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """An owner's whole dealer; for a store post the customers its store registered or owns."""
        if membership is None or not membership.at_dealer:
            return self.none()
        cards = self.filter(dealer=membership.dealer_id)
        if not membership.is_store_post:
            return cards
        at_store = {"customer": OuterRef("pk"), "store": membership.store_id}
        return cards.filter(
            Exists(Ownership.objects.filter(**at_store))
            | Exists(Registration.objects.filter(**at_store))
        )


class Customer(models.Model):
    """One dealer's card of a person, encrypted with that dealer's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="customers", verbose_name=_("dealer")
    )
    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="cards", verbose_name=_("identity")
    )
    phone_sealed = models.BinaryField(_("phone, encrypted"))
    name_sealed = models.BinaryField(_("name, encrypted"), null=True, blank=True)
    wechat_sealed = models.BinaryField(_("WeChat id, encrypted"), null=True, blank=True)
    email_sealed = models.BinaryField(_("e-mail, encrypted"), null=True, blank=True)
    notes_sealed = models.BinaryField(_("notes, encrypted"), null=True, blank=True)
    # Keyed tokens of name, pinyin and number, so that a search decrypts only what it found.
    search_tokens = ArrayField(models.BigIntegerField(), default=list, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="customer_one_card_a_dealer", fields=["dealer", "identity"]
            ),
        ]
        indexes: ClassVar = [
            # Search inside one's own customers.
            GinIndex(fields=["search_tokens"], name="customer_search"),
        ]

    def __str__(self) -> str:
        # Never a name or number: this text reaches logs, the admin and error pages.
        return str(self.pk)[:8]

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.pk])


class Answer(models.TextChoices):
    YOURS = "yours", _("Yours")
    YOURS_ALREADY = "yours_already", _("Yours already")
    PROTECTED = "protected", _("Protected elsewhere")
    HELD = "held", _("Held for an offer")
    REVIEW = "review", _("Under review")
    WAITING = "waiting", _("Over the cap")


class Rule(models.TextChoices):
    """The rules of the ownership rulebook that answer a registration."""

    R1 = "R1", _("R1: your store owns this customer")
    R2 = "R2", _("R2: another store of your dealer owns this customer")
    R3 = "R3", _("R3: another dealer's protection runs")
    R4 = "R4", _("R4: offered to another store")
    R5 = "R5", _("R5: a possible match")
    R6 = "R6", _("R6: free again after an earlier protection")
    R7 = "R7", _("R7: unknown until now")
    CAP = "CAP", _("CAP: more open customers than the cap")


class Channel(models.TextChoices):
    CAPTURE = "capture", _("Quick capture")
    IMPORT = "import", _("File import")
    HISTORY = "history", _("First load of the past")


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def visible_to(self, membership: Membership | None) -> Self:
        if membership is None or not membership.at_dealer:
            return self.none()
        if membership.is_store_post:
            return self.filter(store=membership.store_id)
        return self.filter(dealer=membership.dealer_id)


class Registration(models.Model):
    """A store's claim to a customer, with the rulebook's answer. Only ever added."""

    receipt = models.CharField(_("receipt"), max_length=16, unique=True)
    # What makes a repeat recognisable (the browser's own id, the file's external id), and a hash of
    # what was sent with it: the same again gets the first answer, something else is refused.
    key = models.CharField(_("key"), max_length=120)
    content = models.BinaryField(_("content hash"))
    identity = models.ForeignKey(
        Identity,
        models.PROTECT,
        related_name="registrations",
        verbose_name=_("identity"),
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="registrations",
        verbose_name=_("customer"),
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="registrations", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="registrations", verbose_name=_("store")
    )
    staff = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="registrations",
        verbose_name=_("staff"),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=40)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    received_at = models.DateTimeField(_("received at"))
    # The store's calendar day of receipt.
    received_on = models.DateField(_("received on"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    phone_clock = models.DateTimeField(_("phone's own clock"), null=True, blank=True)
    consent_service = models.BooleanField(_("consent to service"))
    consent_marketing = models.BooleanField(_("consent to offers"), default=False)
    consent_text = models.CharField(_("consent text version"), max_length=20)
    answer = models.CharField(_("answer"), max_length=20, choices=Answer)
    rule = models.CharField(_("rule"), max_length=5, choices=Rule)
    rulebook = models.ForeignKey(
        Rulebook,
        models.PROTECT,
        related_name="registrations",
        verbose_name=_("rulebook"),
    )
    # Set where the answer is about the dealer's own ownership, with its end as told at that time.
    ownership = models.ForeignKey(
        "Ownership", models.PROTECT, null=True, blank=True, related_name="registrations",
        verbose_name=_("ownership"),
    )  # fmt: skip
    protected_until = models.DateTimeField(_("protected until"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ("-received_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="registration_key_used_once", fields=["key"]
            ),
            models.CheckConstraint(
                name="registration_needs_consent", condition=Q(consent_service=True)
            ),
            models.CheckConstraint(
                name="registration_answer_is_known", condition=Q(answer__in=Answer.values)
            ),
            models.CheckConstraint(
                name="registration_rule_is_known", condition=Q(rule__in=Rule.values)
            ),
            models.CheckConstraint(
                name="registration_yours_names_its_ownership",
                condition=Q(
                    answer__in=[Answer.YOURS, Answer.YOURS_ALREADY],
                    ownership__isnull=False,
                    protected_until__isnull=False,
                )
                | ~Q(answer__in=[Answer.YOURS, Answer.YOURS_ALREADY])
                & Q(ownership__isnull=True, protected_until__isnull=True),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            # A person's and a store's limits, and the board of a month.
            models.Index(fields=["staff", "received_at"], name="registration_staff_time"),
            models.Index(fields=["store", "received_at"], name="registration_store_time"),
            # Closing a month: what was registered in it, and what became known since.
            models.Index(fields=["received_on"], name="registration_day"),
            models.Index(fields=["recorded_at"], name="registration_recorded"),
        ]
        triggers: ClassVar = [
            append_only("registration_only_added"),
            no_truncate("registration_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.receipt

    def get_absolute_url(self) -> str:
        return reverse("customers:receipt", args=[self.receipt])


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    def visible_to(self, membership: Membership | None) -> Self:
        if membership is None or not membership.at_dealer:
            return self.none()
        if membership.is_store_post:
            return self.filter(store=membership.store_id)
        return self.filter(dealer=membership.dealer_id)

    def running(self, at: datetime) -> Self:
        """Ownerships in force at ``at``, grace included."""
        return self.filter(period__contains=at)

    def expiring(self, at: datetime, until: datetime) -> Self:
        """Running ones whose protection ends before ``until`` (or has, and grace runs)."""
        return self.running(at).filter(protected_until__lt=until)


class Ownership(models.Model):
    """A store looks after a customer, from when until when: ``[start, end of grace)``."""

    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="ownerships", verbose_name=_("identity")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="ownerships", verbose_name=_("customer")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="ownerships", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="ownerships", verbose_name=_("store")
    )
    staff = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="ownerships",
        verbose_name=_("followed up by"),
    )  # fmt: skip
    period = DateTimeRangeField(_("period"))
    protected_until = models.DateTimeField(_("protected until"))
    channel = models.CharField(_("started by"), max_length=10, choices=Channel)
    contacted_at = models.DateTimeField(_("first contact at"), null=True, blank=True)
    sold_at = models.DateTimeField(_("last sale at"), null=True, blank=True)
    renewed_on = models.DateField(_("last renewed by an activity on"), null=True, blank=True)
    last_activity_at = models.DateTimeField(_("last activity at"))
    follow_up_on = models.DateField(_("follow up on"), null=True, blank=True)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        ordering = ("-protected_until", "-id")
        constraints: ClassVar = [
            ExclusionConstraint(
                name="ownership_one_owner_at_a_time",
                expressions=[
                    ("identity", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="ownership_period_has_start_and_end",
                condition=Q(
                    period__isempty=False, period__lower_inf=False, period__upper_inf=False
                ),
            ),
            models.CheckConstraint(
                name="ownership_period_is_half_open",
                condition=Q(period__lower_inc=True, period__upper_inc=False),
            ),
            models.CheckConstraint(
                name="ownership_protection_inside_period",
                condition=Q(protected_until__lte=Func(F("period"), function="upper",
                            output_field=models.DateTimeField())),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            # My customers: expiring first, and newest activity first, by dealer and by store.
            models.Index(fields=["dealer", "protected_until", "id"], name="ownership_dealer_end"),
            models.Index(
                fields=["dealer", "-last_activity_at", "-id"],
                name="ownership_dealer_newest",
            ),
            models.Index(fields=["store", "protected_until", "id"], name="ownership_store_end"),
            models.Index(
                fields=["store", "-last_activity_at", "-id"],
                name="ownership_store_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.period.lower:%Y-%m-%d} – {self.period.upper:%Y-%m-%d}"


class EventKind(models.TextChoices):
    STARTED = "started", _("Protection started")
    RENEWED = "renewed", _("Renewed by an activity")
    SOLD = "sold", _("Renewed by a sale")
    ENDED = "ended", _("Ended early")


class OwnershipEvent(models.Model):
    """What happened to an ownership, when, and because of what. Only ever added."""

    ownership = models.ForeignKey(
        Ownership, models.PROTECT, related_name="events", verbose_name=_("ownership")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EventKind)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    protected_until = models.DateTimeField(_("protected until"))
    rulebook = models.ForeignKey(
        Rulebook, models.PROTECT, related_name="+", verbose_name=_("rulebook")
    )
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="events",
        verbose_name=_("registration"),
    )  # fmt: skip
    activity = models.ForeignKey(
        "Activity", models.PROTECT, null=True, blank=True, related_name="events",
        verbose_name=_("activity"),
    )  # fmt: skip
    order = models.ForeignKey(
        "Order", models.PROTECT, null=True, blank=True, related_name="events",
        verbose_name=_("order"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("ownership event")
        verbose_name_plural = _("ownership events")
        ordering = ("at", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ownership_event_kind_is_known",
                condition=Q(kind__in=EventKind.values),
            ),
            models.CheckConstraint(
                name="ownership_event_names_its_cause",
                condition=Q(kind=EventKind.STARTED, registration__isnull=False)
                | Q(kind=EventKind.RENEWED, activity__isnull=False)
                | Q(kind=EventKind.SOLD, order__isnull=False)
                | Q(kind=EventKind.ENDED),
            ),
        ]
        triggers: ClassVar = [
            append_only("ownership_event_only_added"),
            no_truncate("ownership_event_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


class ActivityKind(models.TextChoices):
    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")
    QUOTE = "quote", _("Quote")
    DEPOSIT = "deposit", _("Deposit")
    SERVICE = "service", _("Service")
    NOTE = "note", _("Note")
    MESSAGE = "message", _("Message")


class Outcome(models.TextChoices):
    REACHED = "reached", _("Reached")
    APPOINTMENT = "appointment", _("Appointment made")
    NO_ANSWER = "no_answer", _("No answer")
    NOT_INTERESTED = "not_interested", _("Not interested")


class Activity(models.Model):
    """A follow-up of a dealer's staff with a customer. Only ever added."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="activities", verbose_name=_("customer")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="activities", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="activities", verbose_name=_("store")
    )
    staff = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="activities",
        verbose_name=_("staff"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=ActivityKind)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    note_sealed = models.BinaryField(_("note, encrypted"), null=True, blank=True)
    follow_up_on = models.DateField(_("follow up on"), null=True, blank=True)
    # A visit that a registration of an own customer stands for.
    registration = models.OneToOneField(
        Registration, models.PROTECT, null=True, blank=True, related_name="visit",
        verbose_name=_("registration"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="activity_kind_is_known", condition=Q(kind__in=ActivityKind.values)
            ),
            models.CheckConstraint(
                name="activity_call_has_outcome",
                condition=~Q(kind=ActivityKind.CALL) | Q(outcome__in=Outcome.values),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-at"], name="activity_store_newest"),
        ]
        triggers: ClassVar = [
            append_only("activity_only_added"),
            no_truncate("activity_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


class Category(models.Model):
    """A product category, as the till names it."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something the brand sells."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class OrderKind(models.TextChoices):
    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")


class Case(models.TextChoices):
    """Where an order was bought, seen from the customer's owner at that moment."""

    OWN = "own", _("Own store")
    SISTER = "sister", _("Sister store")
    OTHER = "other", _("Another dealer")
    ONLINE = "online", _("Online")
    NONE = "none", _("No owner")


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Orders of customers owned at that moment, and orders at one's own stores."""
        if membership is None or not membership.at_dealer:
            return self.none()
        if membership.is_store_post:
            return self.filter(Q(owner_store=membership.store_id) | Q(store=membership.store_id))
        return self.filter(
            Q(owner_dealer=membership.dealer_id) | Q(store__dealer=membership.dealer_id)
        )

    def sales(self) -> Self:
        return self.filter(kind=OrderKind.SALE)

    def returns(self) -> Self:
        return self.filter(kind=OrderKind.RETURN)


class Order(models.Model):
    """A sale or a return. What was sold never changes; who it counts for is set once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("external id"), max_length=80)
    content = models.BinaryField(_("content hash"), editable=False)
    kind = models.CharField(_("kind"), max_length=6, choices=OrderKind)
    # The sale whose lines a return takes back.
    sale = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returns",
        verbose_name=_("sale"),
    )  # fmt: skip
    ordered_at = models.DateTimeField(_("ordered at"))
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("store"), help_text=_("Empty: bought online."),
    )  # fmt: skip
    identity = models.ForeignKey(
        Identity, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("identity"),
    )  # fmt: skip
    quantity = models.PositiveIntegerField(_("quantity"))
    net = models.DecimalField(_("net paid"), max_digits=14, decimal_places=2)
    # The calendar day at the place where it was bought; online: at the owner's store, else HQ's.
    placed_on = models.DateField(_("bought on"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    # A return carries the attribution of its sale.
    case = models.CharField(_("case"), max_length=6, choices=Case, default=Case.NONE)
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("ownership"),
    )  # fmt: skip
    owner_dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="owned_orders",
        verbose_name=_("owner"),
    )  # fmt: skip
    owner_store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="owned_orders",
        verbose_name=_("owner's store"),
    )  # fmt: skip
    # The calendar day at the owner's store: it decides the month that a dealer is paid in.
    owned_on = models.DateField(_("counts on"), null=True, blank=True)
    owner_share = models.DecimalField(
        _("owner's share"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    rulebook = models.ForeignKey(
        Rulebook, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("rulebook"),
    )  # fmt: skip
    attributed_at = models.DateTimeField(_("attributed at"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-ordered_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="order_source_and_external_id_used_once",
                fields=["source", "external_id"],
                violation_error_message=_("This order is on file already."),
            ),
            models.CheckConstraint(
                name="order_return_names_its_sale",
                condition=Q(kind=OrderKind.SALE, sale__isnull=True)
                | Q(kind=OrderKind.RETURN, sale__isnull=False),
            ),
            models.CheckConstraint(
                name="order_case_is_known", condition=Q(case__in=Case.values)
            ),
            models.CheckConstraint(
                name="order_owner_is_named_with_its_day_and_share",
                condition=Q(
                    case=Case.NONE,
                    ownership__isnull=True,
                    owner_dealer__isnull=True,
                    owner_store__isnull=True,
                    owned_on__isnull=True,
                    owner_share__isnull=True,
                    attributed_at__isnull=True,
                )
                | ~Q(case=Case.NONE)
                & Q(
                    ownership__isnull=False,
                    owner_dealer__isnull=False,
                    owner_store__isnull=False,
                    owned_on__isnull=False,
                    owner_share__isnull=False,
                    rulebook__isnull=False,
                    attributed_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="order_case_online_has_no_store",
                condition=Q(case=Case.NONE)
                | Q(case=Case.ONLINE, store__isnull=True)
                | Q(case__in=[Case.OWN, Case.SISTER, Case.OTHER], store__isnull=False),
            ),
            models.CheckConstraint(
                name="order_owner_share_is_a_share",
                condition=Q(owner_share__isnull=True)
                | Q(owner_share__gte=0, owner_share__lte=1),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            # Closing a month and the earnings page: a month's orders, by owner.
            models.Index(fields=["owned_on", "owner_dealer"], name="order_owned_month"),
            models.Index(fields=["owner_dealer", "-owned_on"], name="order_owner_newest"),
            # Boards: a month's orders at a place.
            models.Index(fields=["placed_on", "store"], name="order_placed_month"),
            # What became known since the last close.
            models.Index(fields=["attributed_at"], name="order_attributed"),
            # A customer's timeline.
            models.Index(fields=["identity", "ordered_at"], name="order_identity_time"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="order_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="order_facts_never_change",
                fields=[
                    "source", "external_id", "content", "kind", "sale", "ordered_at", "store",
                    "identity", "quantity", "net", "recorded_at",
                ],
            ),
            pgtrigger.Protect(
                name="order_attributed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__attributed_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class OrderLine(models.Model):
    """One category of an order. Amounts are positive, also in a return."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name=_("order"))
    number = models.PositiveIntegerField(_("line"))
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="+", verbose_name=_("category")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("product"),
    )  # fmt: skip
    quantity = models.PositiveIntegerField(_("quantity"))
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2)
    net = models.DecimalField(_("net paid"), max_digits=14, decimal_places=2)
    returns = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returned_by",
        verbose_name=_("takes back"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("order", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="order_line_number_used_once", fields=["order", "number"]
            ),
            models.CheckConstraint(
                name="order_line_amounts_are_positive",
                condition=Q(quantity__gte=1, gross__gte=0, net__gte=0),
            ),
            models.CheckConstraint(
                name="order_line_net_is_gross_less_discount",
                condition=Q(net=F("gross") - F("discount")),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("order_line_only_added"),
            no_truncate("order_line_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.order} / {self.number}"
