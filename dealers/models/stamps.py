"""Who else says that the root of a day was there by then: time stamps, and tries to get them.

A root is signed by the brand, which might date it as it likes. A stamp is an answer by RFC 3161: an
authority that the brand does not own signs that it was shown a text, and when.
"""

import hashlib
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.receipts import DailyRoot, kept_by_the_worker


class StampOutcome(models.TextChoices):
    """How a try ended: with a stamp, or why without."""

    STAMPED = "stamped", _("Stamped")
    UNREACHABLE = "unreachable", _("The service cannot be reached")
    SLOW = "slow", _("The service answers too slowly")
    REFUSED = "refused", _("The service refuses")
    UNREADABLE = "unreadable", _("The answer cannot be read")
    OTHER_TEXT = "other_text", _("The answer is about something else than this root")
    OTHER_REQUEST = "other_request", _("The answer is one to another request")
    WRONG_TIME = "wrong_time", _("The answer names another time than now")
    EXPIRED = "expired", _("A certificate of the service is out of date")
    UNTRUSTED = "untrusted", _("The answer is not signed by who is trusted here")
    UNUSABLE = "unusable", _("The certificates named in the settings cannot be used")


_STAMPED = Q(outcome=StampOutcome.STAMPED)


class StampAttemptQuerySet(models.QuerySet["StampAttempt"]):
    def stamps(self) -> Self:
        """Those that ended with a stamp."""
        return self.filter(_STAMPED)

    def one_a_root(self) -> Self:
        """The stamp of each root that has any: one from outside before a local one."""
        return self.stamps().order_by("root_id", "local").distinct("root_id")

    def from_outside(self) -> Self:
        """Those of a service that the brand does not own."""
        return self.filter(local=False)


class StampAttempt(models.Model):
    """A try to have the root of a day time-stamped. Added when it is over, and never changed."""

    root = models.ForeignKey(
        DailyRoot, models.PROTECT, db_index=False, related_name="attempts",
        verbose_name=_("root of a day"),
    )  # fmt: skip
    at = MomentField(_("asked at"))
    local = models.BooleanField(_("local, proves nothing"))
    service = models.CharField(_("service"), max_length=200)
    outcome = models.CharField(_("outcome"), max_length=16, choices=StampOutcome)
    detail = models.CharField(_("what was said"), max_length=300, blank=True)
    answer = models.BinaryField(_("answer"), null=True)
    stamped_at = MomentField(_("stamped at"), null=True)
    stamped_by = models.CharField(_("stamped by"), max_length=300, blank=True)
    # By which it was checked then, in PEM: a service renews them, and settings change.
    certificates = models.TextField(_("certificates of the authority"), blank=True)

    objects = StampAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("time stamp of a root")
        verbose_name_plural = _("time stamps of roots")
        ordering = ("-id",)
        constraints: ClassVar = [
            within("stamp_attempt_between_1990_and_2200", moments=["at", "stamped_at"]),
            models.CheckConstraint(
                name="stamp_attempt_outcome_is_known", condition=Q(outcome__in=StampOutcome.values)
            ),
            models.CheckConstraint(
                name="stamp_attempt_with_the_stamp_or_without_any",
                condition=(_STAMPED & Q(answer__isnull=False, stamped_at__isnull=False))
                | (~_STAMPED & Q(answer__isnull=True, stamped_at__isnull=True)),
            ),
            models.UniqueConstraint(
                name="stamp_attempt_one_stamp_a_root", fields=["root", "local"], condition=_STAMPED
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["root"], name="stamp_attempt_of_root")]
        triggers: ClassVar = kept_by_the_worker("stamp_attempt")

    def __str__(self) -> str:
        return f"{self.root} · {self.get_outcome_display()}"

    @property
    def content(self) -> bytes:
        """The answer as it came (DER), which is the file that people take away."""
        return bytes(self.answer or b"")

    @property
    def file_name(self) -> str:
        """What the file with the stamp is called where somebody takes it away."""
        return f"root-{self.root}.tsr"

    @property
    def certificates_name(self) -> str:
        """What the file with the certificates is called beside it."""
        return f"root-{self.root}.pem"

    @property
    def command(self) -> str:
        """What somebody runs to check the stamp, with the certificates of the authority."""
        digest = hashlib.sha256(self.root.line.encode()).hexdigest()
        return (
            f"openssl ts -verify -digest {digest} -in {self.file_name}"
            f" -CAfile {self.certificates_name}"
        )
