"""Who signs in, and the posts that people hold."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, cast

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from dealers import door
from dealers.bounds import MomentField, NameField, legible, within
from dealers.constraints import TogetherForeignKey
from dealers.models.consent import posts_are_taken
from dealers.models.network import Dealer, Region, Store
from dealers.password import PasswordField
from dealers.triggers import (
    fixed,
    made_by_headquarters,
    never_deleted,
    no_post_at_a_dealer,
    no_truncate,
    not_for_headquarters,
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower() or None, **fields)
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

    password = PasswordField(_("password"), max_length=128)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    phone = models.CharField(  # noqa: DJ001 -- no number is none
        _("mobile number"),
        max_length=16,
        null=True,
        blank=True,
        help_text="E.164",
    )
    phone_verified = models.BooleanField(_("mobile number verified"), default=False)
    name = NameField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True)
    is_staff = models.BooleanField(_("works at HQ"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    second_factor_by = MomentField(_("second factor set up until"), null=True, blank=True)
    date_joined = MomentField(_("joined at"), default=timezone.now)

    objects = UserManager()
    posts: "list[Membership]"  # the current ones of who came with a session

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("email",)
        constraints: ClassVar = [
            within(
                "user_between_1990_and_2200",
                moments=["last_login", "date_joined", "second_factor_by"],
            ),
            legible("user_name_is_legible", "name"),
            models.CheckConstraint(
                name="user_has_an_address_or_a_number",
                condition=Q(email__isnull=False) & ~Q(email="") | Q(phone__isnull=False),
            ),
            models.CheckConstraint(
                name="user_language_is_known",
                condition=Q(language__in=["", *Language.values]),
            ),
            # A number that nobody has confirmed keeps nobody out.
            models.UniqueConstraint(
                name="user_phone_confirmed_once",
                fields=["phone"],
                condition=Q(phone_verified=True),
                violation_error_message=_("Another account uses this mobile number."),
            ),
            # In capitals, as Django looks for it.
            models.UniqueConstraint(
                Upper("email"),
                name="user_email_once_in_any_case",
                violation_error_message=_("This e-mail address has an account already."),
            ),
        ]
        triggers: ClassVar = [
            # Only a new account is all-powerful, as `manage.py createsuperuser` makes it.
            pgtrigger.Protect(
                name="user_never_becomes_superuser",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_superuser=False, new__is_superuser=True),
            ),
            no_post_at_a_dealer("headquarters_has_no_post_at_a_dealer"),
            *made_by_headquarters("headquarters_made_by_headquarters"),
        ]

    def __str__(self) -> str:
        return self.name or self.address

    def save(self, **kwargs: Any) -> None:
        """A password that is on file is changed at the door."""
        fields = kwargs.get("update_fields")
        changed = "password" in (self.__dict__ if fields is None else fields)
        if self._state.adding or not changed:
            super().save(**kwargs)
            return
        with door.opened():
            super().save(**kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        if kwargs.get("fields") is None or "password" in kwargs["fields"]:
            self.__dict__.pop("password", None)  # asked for anew when it is needed

    @property
    def address(self) -> str:
        """The e-mail address or, of who has none, the mobile number."""
        return self.email or self.phone or ""

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
DEALER_ROLES = (*STORE_ROLES, Role.OWNER)  # of the dealer's own people


def role_name(role: str, person: int | None) -> str:
    """What somebody was at a moment, in the reader's language; ``person`` is None for a task."""
    if role in Role.values:
        return str(Role(role).label)
    return gettext("System") if person is None else gettext("Headquarters")


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


def store_of_dealer(name: str) -> TogetherForeignKey:
    """A row that names a store and a dealer names the store's own dealer."""
    return TogetherForeignKey(
        name=name,
        fields=["store", "dealer"],
        to="dealers.Store",
        to_fields=["id", "dealer"],
        violation_error_message=_("The store belongs to another dealer."),
    )


NEVER_RAN = timedelta(microseconds=1)  # how long a post lasts that was ended before it began


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, at: datetime) -> Self:
        """Memberships that run at ``at`` and whose person is active."""
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            starts_at__lte=at,
            user__is_active=True,
        )

    def held(self, at: datetime) -> Self:
        """Memberships that run at ``at`` or begin later, but not those ended before they began."""
        never = Q(ends_at__lte=F("starts_at") + NEVER_RAN)
        return self.exclude(Q(ends_at__lte=at) | never)

    def with_scope(self) -> Self:
        return self.select_related("store", "dealer", "region")

    def working_at(self, store: int | None, dealer: int | None) -> Self:
        """The posts at a store, or for all of its dealer."""
        return self.filter(Q(store=store) | Q(store=None), dealer=dealer)

    def answering_for(self, store: Store) -> Self:
        """The posts of those who answer for a store: its managers and the dealer's owners."""
        return self.filter(
            Q(role=Role.STORE_MANAGER, store=store) | Q(role=Role.OWNER, dealer=store.dealer_id)
        )

    def managing(self, *regions: int) -> Self:
        """The posts of those who manage one of these regions."""
        return self.filter(role=Role.REGIONAL_MANAGER, region__in=regions)

    def over(self, membership: "Membership") -> Self:
        """The posts of those who answer for a post in a dealer, but not its holder's own."""
        if membership.store is not None:
            found = self.answering_for(membership.store)
        elif membership.dealer_id is not None:
            found = self.filter(role=Role.OWNER, dealer=membership.dealer_id)
        else:
            return self.none()
        return found.exclude(user=membership.user_id)

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
    starts_at = MomentField(_("from"), default=timezone.now)
    ends_at = MomentField(pgettext_lazy("end of a time", "to"), null=True, blank=True)
    # Registering is paused while too many of a person's numbers were protected elsewhere; HQ sets
    # this when it has looked, and only later registrations count again.
    reviewed_at = MomentField(_("registrations reviewed at"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("user", "starts_at")
        constraints: ClassVar = [
            within(
                "membership_between_1990_and_2200", moments=["starts_at", "ends_at", "reviewed_at"]
            ),
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
            store_of_dealer("membership_store_is_the_dealers"),
        ]
        triggers: ClassVar = [
            # Another role or place is another post.
            fixed(
                "membership_stays_the_same_post",
                *("user", "role", "store", "dealer", "region", "starts_at"),
            ),
            never_deleted("membership_never_deleted"),
            no_truncate("membership_never_emptied"),
            not_for_headquarters("post_at_a_dealer_not_for_headquarters"),
            *posts_are_taken("post_is_taken"),
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
