"""The dealers' keys, and by what the keys of the installation are known again."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.triggers import append_only, no_truncate


class DealerKey(models.Model):
    """The key that encrypts one dealer's personal data, itself encrypted with the master key."""

    dealer = models.OneToOneField(
        Dealer, models.PROTECT, related_name="key", verbose_name=_("dealer")
    )
    wrapped = models.BinaryField(_("wrapped key"))
    master_key_id = models.CharField(_("master key"), max_length=16)
    created_at = MomentField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("dealer key")
        verbose_name_plural = _("dealer keys")
        constraints: ClassVar = [
            within("dealer_key_between_1990_and_2200", moments=["created_at"]),
        ]
        triggers: ClassVar = [
            append_only("dealer_key_only_added"),
            no_truncate("dealer_key_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer} · {self.master_key_id}"


class KeyCheck(models.Model):
    """What a key of the installation makes of a constant, so that another one is noticed."""

    name = models.CharField(_("key"), max_length=40, primary_key=True)
    value = models.BinaryField(_("check value"))

    class Meta:
        verbose_name = _("key check value")
        verbose_name_plural = _("key check values")
        triggers: ClassVar = [
            append_only("key_check_only_added"),
            no_truncate("key_check_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.name
