"""The network (regions, dealers, stores), its people, and what the other apps build on."""

import uuid
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self, cast
from zoneinfo import ZoneInfo, available_timezones

import pgtrigger
from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def append_only(name: str) -> pgtrigger.Protect:
    """A trigger that refuses UPDATE and DELETE: rows of this table are only ever added."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def no_truncate(name: str) -> pgtrigger.Trigger:
    """A trigger that refuses TRUNCATE, which row triggers would not see."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
    )


def in_language(chinese: str, english: str) -> str:
    """The text in the reader's language; what HQ left untranslated falls back to Chinese."""
    return english if english and (get_language() or "").startswith("en") else chinese


class Region(models.Model):
    """A part of the country that one or more regional managers look after."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Dealer(models.Model):
    """An independent company that sells the brand in one or more stores."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="dealers", verbose_name=_("region")
    )

    class Meta:
        verbose_name = _("dealer")
        verbose_name_plural = _("dealers")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class SizeClass(models.TextChoices):
    A = "A", _("A (large)")
    B = "B", _("B (medium)")
    C = "C", _("C (small)")


timezones = cache(available_timezones)  # which looks through the files of the machine each time


def validate_timezone(name: str) -> None:
    if name not in timezones():
        raise ValidationError(
            _("%(name)s is not a time zone, for example Asia/Shanghai."),
            params={"name": name},
        )


class Store(models.Model):
    """A shop of one dealer, with its own clock."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="stores", verbose_name=_("dealer")
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Asia/Shanghai",
        validators=[validate_timezone],
    )
    size_class = models.CharField(_("size"), max_length=1, choices=SizeClass)
    opened_on = models.DateField(_("opened on"))

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("code",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="store_size_class_is_known",
                condition=Q(size_class__in=SizeClass.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class Language(models.TextChoices):
    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail or mobile number. What they may do hangs on memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    phone = models.CharField(
        _("mobile number"),
        max_length=16,
        unique=True,
        null=True,
        blank=True,
        help_text="E.164",
    )
    phone_verified = models.BooleanField(_("mobile number verified"), default=False)
    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True)
    is_staff = models.BooleanField(_("works at HQ"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined at"), default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("email",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_language_is_known",
                condition=Q(language__in=["", *Language.values]),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Role(models.TextChoices):
    ASSOCIATE = "associate", _("Associate")
    STORE_MANAGER = "store_manager", _("Store manager")
    OWNER = "owner", _("Dealer owner")
    REGIONAL_MANAGER = "regional_manager", _("Regional manager")


STORE_ROLES = (Role.ASSOCIATE, Role.STORE_MANAGER)


def role_scope_condition() -> Q:
    """A store role names a store (and its dealer), an owner a dealer, a manager a region."""
    return (
        Q(
            role__in=STORE_ROLES,
            store__isnull=False,
            dealer__isnull=False,
            region__isnull=True,
        )
        | Q(
            role=Role.OWNER,
            store__isnull=True,
            dealer__isnull=False,
            region__isnull=True,
        )
        | Q(
            role=Role.REGIONAL_MANAGER,
            store__isnull=True,
            dealer__isnull=True,
            region__isnull=False,
        )
    )


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, at: datetime) -> Self:
        """Memberships that run at ``at`` and whose person is active."""
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            starts_at__lte=at,
            user__is_active=True,
        )

    def with_scope(self) -> Self:
        return self.select_related("store", "dealer", "region")

    def staff_of(self, membership: "Membership") -> Self:
        """The memberships that ``membership``'s holder looks after, never their own region's."""
        match membership.role:
            case Role.OWNER:
                return self.filter(dealer=membership.dealer_id)
            case Role.STORE_MANAGER:
                return self.filter(store=membership.store_id)
            case _:
                return self.none()


class Membership(models.Model):
    """A person's post: one role in one store, dealer or region, from when until when."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="memberships",
        verbose_name=_("store"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="memberships",
        verbose_name=_("dealer"),
        help_text=_("For store roles the store's own dealer; filled in when left empty."),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="memberships",
        verbose_name=_("region"),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)
    # Registering is paused while too many of a person's numbers were protected elsewhere; HQ sets
    # this when it has looked, and only later registrations count again.
    reviewed_at = models.DateTimeField(_("registrations reviewed at"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("user", "starts_at")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="membership_scope_fits_role",
                condition=role_scope_condition(),
                violation_error_message=_(
                    "A store role needs a store, an owner a dealer, a regional manager a region."
                ),
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A membership ends after it starts."),
            ),
            models.UniqueConstraint(
                name="membership_runs_once_per_person_and_post",
                fields=["user", "role", "store", "dealer", "region"],
                condition=Q(ends_at__isnull=True),
                nulls_distinct=False,
                violation_error_message=_("This person already holds this post."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.scope}"

    def clean(self) -> None:
        if self.store and not self.dealer_id:
            self.dealer = self.store.dealer
        if self.store and self.dealer_id != self.store.dealer_id:
            raise ValidationError({"dealer": _("The store belongs to another dealer.")})

    @property
    def scope(self) -> Store | Dealer | Region:
        """The store, dealer or region that this post is about."""
        # A check constraint of the table has one of the three always set.
        return cast("Store | Dealer | Region", self.store or self.dealer or self.region)

    @property
    def is_store_post(self) -> bool:
        return self.role in STORE_ROLES

    @property
    def at_dealer(self) -> bool:
        """Whether this post is inside a dealer, so that its customers may be seen."""
        return self.dealer_id is not None


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> Self:
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)

    def with_scope(self) -> Self:
        return self.select_related("store", "dealer", "region")

    def staff_of(self, membership: Membership) -> Self:
        """Invitations to posts in stores that the holder of ``membership`` looks after."""
        match membership.role:
            case Role.OWNER:
                return self.filter(dealer=membership.dealer_id, role__in=STORE_ROLES)
            case Role.STORE_MANAGER:
                return self.filter(store=membership.store_id, role=Role.ASSOCIATE)
            case _:
                return self.none()


class Invitation(models.Model):
    """A link that lets one person join with a role and scope fixed in it."""

    token = models.UUIDField(_("token"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
    )
    dealer = models.ForeignKey(
        Dealer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dealer"),
    )
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("region"),
    )
    invited_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited at"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-invited_at",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="invitation_scope_fits_role",
                condition=role_scope_condition(),
                violation_error_message=_(
                    "A store role needs a store, an owner a dealer, a regional manager a region."
                ),
            ),
            models.CheckConstraint(
                name="invitation_expires_after_it_was_sent",
                condition=Q(expires_at__gt=F("invited_at")),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_role_display()}"

    @property
    def scope(self) -> Store | Dealer | Region:
        # A check constraint of the table has one of the three always set.
        return cast("Store | Dealer | Region", self.store or self.dealer or self.region)


class DealerKey(models.Model):
    """The key that encrypts one dealer's personal data, itself encrypted with the master key."""

    dealer = models.OneToOneField(
        Dealer, models.PROTECT, related_name="key", verbose_name=_("dealer")
    )
    wrapped = models.BinaryField(_("wrapped key"))
    master_key_id = models.CharField(_("master key"), max_length=16)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("dealer key")
        verbose_name_plural = _("dealer keys")

    def __str__(self) -> str:
        return f"{self.dealer} · {self.master_key_id}"


class AccessAction(models.TextChoices):
    REVEAL = "reveal", _("Number shown")
    EXPORT = "export", _("Exported")


class AccessLogQuerySet(models.QuerySet["AccessLog"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """What happened to the membership's own dealer's customers."""
        if membership is None or not membership.at_dealer:
            return self.none()
        return self.filter(dealer=membership.dealer_id)


class AccessLog(models.Model):
    """Somebody read personal data of a dealer's customers: who, when, what and why."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="access_log", verbose_name=_("dealer")
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=40)
    action = models.CharField(_("action"), max_length=20, choices=AccessAction)
    # The customer card read, or nothing where a whole list was exported. No foreign key: cards live
    # in a higher app, and the log outlives them.
    customer = models.UUIDField(_("customer card"), null=True, blank=True)
    fields = models.CharField(_("fields"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=200)
    count = models.PositiveIntegerField(_("customers"), default=1)
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ("-at", "-id")
        indexes: ClassVar = [
            # The owner's page: newest first.
            models.Index(fields=["dealer", "-at", "-id"], name="access_log_dealer_newest"),
            # A customer's timeline.
            models.Index(fields=["customer", "-at"], name="access_log_customer_newest"),
        ]
        triggers: ClassVar = [
            append_only("access_log_only_added"),
            no_truncate("access_log_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user} {self.get_action_display()}"

    @property
    def role_name(self) -> str:
        """The post of the person at that moment, in the reader's language."""
        return str(Role(self.role).label if self.role in Role.values else _("Headquarters"))


class ImportKind(models.TextChoices):
    NETWORK = "network", _("Network")
    REGISTRATIONS = "registrations", _("Registrations")
    ORDERS = "orders", _("Orders and returns")
    HISTORY = "history", _("History")
    PROGRAM = "program", _("Program")


class ImportState(models.TextChoices):
    DONE = "done", _("Done")
    REJECTED = "rejected", _("Done, with rejected rows")
    FAILED = "failed", _("Not imported")


class FileImport(models.Model):
    """A file that was read: what went in, what did not and why."""

    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind)
    name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=ImportState)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    repeated = models.PositiveIntegerField(_("already there"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    # The first problems as text, for the admin; the whole list is the CSV of rejected rows.
    problems = models.TextField(_("problems"), blank=True)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), default=timezone.now)
    by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("file import")
        verbose_name_plural = _("file imports")
        ordering = ("-started_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["-started_at", "-id"], name="file_import_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="file_import_rows_add_up",
                condition=Q(state=ImportState.FAILED)
                | Q(rows=F("accepted") + F("repeated") + F("rejected")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
