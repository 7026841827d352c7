"""What was tried at the door: codes sent, wrong tries, people who got in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within


class TryKind(models.TextChoices):
    SENT = "sent", _("Code sent")
    WRONG = "wrong", _("Wrong try")
    PASSED = "passed", _("Signed in")
    ASKED = "asked", _("Code sent to a customer")
    MISSED = "missed", _("Wrong code of a customer")
    ALARM = "alarm", _("Alarm")


class SignInTry(models.Model):
    """One code sent, one wrong password or code, or one sign-in.

    ``account`` and ``origin`` are keyed digests: of the person, the person's known device or an
    address without an account, and of the network address that a stranger came from.
    """

    kind = models.CharField(_("kind"), max_length=6, choices=TryKind)
    account = models.CharField(_("digest of the account"), max_length=32, blank=True)
    origin = models.CharField(_("digest of the origin"), max_length=32, blank=True)
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("try to sign in")
        verbose_name_plural = _("tries to sign in")
        ordering = ("at", "pk")
        constraints: ClassVar = [
            within("sign_in_try_between_1990_and_2200", moments=["at"]),
            models.CheckConstraint(
                name="sign_in_try_kind_is_known", condition=Q(kind__in=TryKind.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "at"], name="sign_in_tries_of_account"),
            models.Index(
                fields=["origin", "kind", "at"],
                name="sign_in_tries_of_origin",
                condition=~Q(origin=""),
            ),
            models.Index(fields=["at"], name="sign_in_tries_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M:%S}"
