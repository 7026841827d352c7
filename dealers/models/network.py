"""Regions, dealers and their stores."""

from datetime import datetime
from functools import cache
from typing import ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import DayField, MomentField, NameField, legible, within
from dealers.codes import ONLINE, validate_code, validate_store_code
from dealers.phones import PhoneNotValid, any_phone
from dealers.triggers import fixed, refuses, safe_code

# Written as people write numbers: 0571-8765 4321. What it holds must be one number to dial.
PHONE = r"^\+?[0-9][0-9 -]*$"


def validate_phone(text: str) -> None:
    """Raise ValidationError for what nobody can dial; landlines are as good as mobile numbers."""
    try:
        any_phone(text)
    except PhoneNotValid as problem:
        raise ValidationError(str(problem)) from None


def phone_field() -> models.CharField:
    """The number of a business, where it is called."""
    return models.CharField(
        _("phone"), max_length=30, blank=True, validators=[validate_phone],
        help_text=_("Landline or mobile, for example 0571-8765 4321."),
    )  # fmt: skip


def phone_is_a_number(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(phone="") | Q(phone__regex=PHONE),
        violation_error_message=_("A phone number has digits, spaces and hyphens only."),
    )


class Region(models.Model):
    """A part of the country that one or more regional managers look after."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_code])
    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("code",)
        constraints: ClassVar = [
            legible("region_is_legible", "code", "name"),
        ]
        triggers: ClassVar = [
            safe_code("region_code_is_safe"),
            # Places are looked up together when they are added, and no foreign key keeps them.
            refuses(
                "region_on_a_board_is_kept",
                "EXISTS (SELECT FROM incentives_ranking AS g WHERE g.region_id = OLD.id)",
                "Boards name it.",
                operation=pgtrigger.Delete,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Dealer(models.Model):
    """An independent company that sells the brand in one or more stores."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_code])
    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="dealers", verbose_name=_("region")
    )
    contact = NameField(
        _("contact person"), max_length=120, blank=True,
        help_text=_("Whom to ask for, where it is not the owner."),
    )  # fmt: skip
    phone = phone_field()
    email = models.EmailField(_("e-mail"), blank=True)
    address = NameField(_("postal address"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("dealer")
        verbose_name_plural = _("dealers")
        ordering = ("code",)
        constraints: ClassVar = [
            legible("dealer_is_legible", "code", "name"),
            legible("dealer_contact_is_legible", "contact", "address"),
            phone_is_a_number("dealer_phone_is_a_number"),
        ]
        triggers: ClassVar = [safe_code("dealer_code_is_safe")]

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


class StoreQuerySet(models.QuerySet["Store"]):
    def open(self, at: datetime) -> Self:
        """Those that take customers at ``at``: not closed, or not yet."""
        return self.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=at))

    def of_post(self, dealer_id: int | None, store_id: int | None) -> Self:
        """Those of a post in a dealer: its own store, or all of the dealer's."""
        return self.filter(pk=store_id) if store_id else self.filter(dealer=dealer_id)


class Store(models.Model):
    """A shop of one dealer, with its own clock."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_store_code])
    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120)
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
    opened_on = DayField(_("opened on"))
    # Known before: until then it can be taken back.
    closed_at = MomentField(_("closed at"), null=True, blank=True, editable=False)
    phone = phone_field()
    address = NameField(_("postal address"), max_length=240, blank=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("code",)
        constraints: ClassVar = [
            within("store_between_1990_and_2200", days=["opened_on"]),
            within("store_closing_between_1990_and_2200", moments=["closed_at"]),
            legible("store_is_legible", "code", "name"),
            legible("store_address_is_legible", "address"),
            phone_is_a_number("store_phone_is_a_number"),
            models.CheckConstraint(
                name="store_size_class_is_known",
                condition=Q(size_class__in=SizeClass.values),
            ),
            # What names a store together with its dealer refers to both.
            models.UniqueConstraint(name="store_with_its_dealer", fields=["id", "dealer"]),
        ]
        triggers: ClassVar = [
            safe_code("store_code_is_safe", ONLINE),
            # It would take its past with it; closing it and opening another is the way.
            fixed("store_stays_with_its_dealer", "dealer"),
            pgtrigger.Protect(
                name="store_once_closed_stays_closed",
                operation=pgtrigger.UpdateOf("closed_at"),
                condition=pgtrigger.Condition(
                    "OLD.closed_at <= clock_timestamp()"
                    " AND NEW.closed_at IS DISTINCT FROM OLD.closed_at"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def is_closed(self, at: datetime) -> bool:
        """Whether it takes no customers any more at ``at``."""
        return self.closed_at is not None and self.closed_at <= at
