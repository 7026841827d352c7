"""The dealers' keys, by what the installation's keys are known again, and changing them."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import User
from dealers.triggers import append_only, fixed, never_deleted, no_truncate


def _empty(name: str) -> models.Expression:
    length = Func(F(name), function="octet_length", output_field=models.IntegerField())
    return Exact(length, 0)


class DealerKey(models.Model):
    """A key that encrypts a dealer's personal data, itself encrypted with a master key.

    Another one replaces it while it still opens what is not sealed anew; then it is destroyed.
    """

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="data_keys", verbose_name=_("dealer")
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by",
        verbose_name=_("replaces"),
    )  # fmt: skip
    wrapped = models.BinaryField(_("wrapped key"))
    master_key_id = models.CharField(_("master key"), max_length=16)
    created_at = MomentField(_("created at"), default=timezone.now)
    # Nothing was sealed with it any more.
    retired_at = MomentField(_("out of use since"), null=True, blank=True)
    destroyed_at = MomentField(_("destroyed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("dealer key")
        verbose_name_plural = _("dealer keys")
        constraints: ClassVar = [
            within(
                "dealer_key_between_1990_and_2200",
                moments=["created_at", "retired_at", "destroyed_at"],
            ),
            models.UniqueConstraint(
                name="dealer_key_first_once", fields=["dealer"], condition=Q(replaces__isnull=True)
            ),
            models.CheckConstraint(
                name="dealer_key_destroyed_is_empty",
                condition=Q(destroyed_at__isnull=True) & ~_empty("wrapped")
                | Q(destroyed_at__isnull=False) & _empty("wrapped"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["dealer"], name="dealer_keys_of_dealer")]
        triggers: ClassVar = [
            fixed("dealer_key_stays_its_dealers", "dealer", "replaces", "created_at"),
            # Wrapped by another master key, or destroyed for good.
            pgtrigger.Protect(
                name="dealer_key_only_rewrapped",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.destroyed_at IS NOT NULL OR NEW.wrapped <> OLD.wrapped"
                    " AND NEW.destroyed_at IS NULL AND NEW.master_key_id = OLD.master_key_id"
                ),
            ),
            never_deleted("dealer_key_never_deleted"),
            no_truncate("dealer_key_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer} · {self.master_key_id}"


class PortalKey(models.Model):
    """A key of the portal's own that outlives the master key it came from; wrapped with one."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    wrapped = models.BinaryField(_("wrapped key"))
    master_key_id = models.CharField(_("master key"), max_length=16)

    class Meta:
        verbose_name = _("key of the portal")
        verbose_name_plural = _("keys of the portal")
        triggers: ClassVar = [
            never_deleted("portal_key_never_deleted"),
            no_truncate("portal_key_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.name


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


class RotationKind(models.TextChoices):
    MASTER = "master", _("Master key")
    DEALER = "dealer", _("A dealer's key")
    FINGERPRINT = "fingerprint", _("Fingerprint key")


class KeyRotation(models.Model):
    """A key that is being replaced by another, in portions, and how far that has come."""

    kind = models.CharField(_("kind"), max_length=12, choices=RotationKind)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="key_rotations",
        verbose_name=_("dealer"),
    )  # fmt: skip
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("asked for by"),
    )  # fmt: skip
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), default=0)
    started_at = MomentField(_("started at"))
    finished_at = MomentField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of a key")
        verbose_name_plural = _("changes of keys")
        ordering = ("-started_at", "-id")
        constraints: ClassVar = [
            within("key_rotation_between_1990_and_2200", moments=["started_at", "finished_at"]),
            models.CheckConstraint(
                name="key_rotation_kind_is_known", condition=Q(kind__in=RotationKind.values)
            ),
            models.CheckConstraint(
                name="key_rotation_of_a_dealer_names_it",
                condition=Q(kind=RotationKind.DEALER, dealer__isnull=False)
                | ~Q(kind=RotationKind.DEALER) & Q(dealer__isnull=True),
                violation_error_message=_("Name the dealer whose key is to be replaced, or none."),
            ),
            models.UniqueConstraint(
                name="key_rotation_one_at_a_time",
                fields=["kind", "dealer"],
                condition=Q(finished_at__isnull=True),
                nulls_distinct=False,
                violation_error_message=_("This key is being replaced already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.dealer or ''}".strip()
