"""What a dealer's owner is told at once about looks at its customers, and its test customers."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.access import AccessLog
from dealers.models.network import Dealer
from dealers.models.people import User
from dealers.models.scopes import SeenAtDealer
from dealers.triggers import fixed, never_deleted, no_truncate


class Canary(models.Model):
    """A customer card that nobody has reason to touch: the owner alone knows that it is one."""

    dealer = models.ForeignKey(Dealer, models.PROTECT, related_name="+", verbose_name=_("dealer"))
    # No foreign key: cards live in a higher app.
    customer = models.UUIDField(_("customer card"))
    planted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    planted_at = MomentField(_("at"), default=timezone.now)
    ended_at = MomentField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("test customer")
        verbose_name_plural = _("test customers")
        constraints: ClassVar = [
            within("canary_between_1990_and_2200", moments=["planted_at", "ended_at"]),
            models.UniqueConstraint(
                name="canary_once", fields=["customer"], condition=models.Q(ended_at=None)
            ),
        ]
        triggers: ClassVar = [fixed("canary_stays_what_it_is", "dealer", "customer")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class AlarmKind(models.TextChoices):
    BULK = "bulk", _("Far more than this person usually looks at")
    CANARY = "canary", _("A test customer was touched")


class AccessAlarm(models.Model):
    """An entry of the access log that its dealer's owner is told about; the database finds it."""

    dealer = models.ForeignKey(Dealer, models.PROTECT, related_name="+", verbose_name=_("dealer"))
    entry = models.ForeignKey(AccessLog, models.PROTECT, related_name="alarms")
    kind = models.CharField(_("kind"), max_length=10, choices=AlarmKind)
    at = MomentField(_("at"), default=timezone.now)
    told_at = MomentField(_("told at"), null=True, blank=True)

    objects = SeenAtDealer["AccessAlarm"].as_manager()

    class Meta:
        verbose_name = _("access alarm")
        verbose_name_plural = _("access alarms")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("access_alarm_between_1990_and_2200", moments=["at", "told_at"]),
            models.UniqueConstraint(name="access_alarm_once", fields=["entry", "kind"]),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "-at"], name="access_alarm_dealer_newest"),
            models.Index(
                fields=["at"], name="access_alarm_untold", condition=models.Q(told_at=None)
            ),
        ]
        triggers: ClassVar = [
            fixed("access_alarm_stays", "dealer", "entry", "kind", "at"),
            never_deleted("access_alarm_never_deleted"),
            no_truncate("access_alarm_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
