"""The certificates that passing a course version earns."""

import uuid
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, NameField, legible, within
from dealers.models import User
from dealers.months import hq_day
from dealers.triggers import append_only, no_truncate
from training.models.learning import Enrollment

RENEWAL = timedelta(days=30)  # so long before its end a certificate may be renewed


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> Self:
        """A certificate's page is its holder's own."""
        return self.filter(enrollment__user=user)

    def valid(self, at: datetime) -> Self:
        """Those that have not ended at ``at``, nor with their version."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at)).exclude(
            enrollment__version__withdrawal__at__lte=at
        )


# When somebody who worked for a dealer held a valid certificate: ``dealer_id``, and from
# ``starts_at`` to ``ends_at``, not included. Times of several people overlap. It ends with the
# certificate, with its version, or with the post, whichever comes first.
CERTIFIED_TIMES = """
    SELECT post.dealer_id, greatest(post.starts_at, given.issued_at) AS starts_at,
        coalesce(least(post.ends_at, given.valid_until, withdrawn.at), 'infinity') AS ends_at
    FROM training_certificate AS given
    JOIN training_enrollment AS taken ON taken.id = given.enrollment_id
    JOIN dealers_membership AS post ON post.user_id = taken.user_id
        AND post.dealer_id IS NOT NULL
    LEFT JOIN training_withdrawal AS withdrawn ON withdrawn.version_id = taken.version_id
    WHERE greatest(post.starts_at, given.issued_at)
        < coalesce(least(post.ends_at, given.valid_until, withdrawn.at), 'infinity')"""


class Certificate(models.Model):
    """Proof that a person passed a course version, until when. Only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrollment = models.OneToOneField(
        Enrollment,
        models.PROTECT,
        related_name="certificate",
        verbose_name=_("enrollment"),
    )
    code = models.CharField(_("code"), max_length=16, unique=True)
    # As printed: a later change of name does not rewrite what was certified.
    holder = NameField(_("name"), max_length=80)
    issued_at = MomentField(_("issued at"), default=timezone.now)
    valid_until = MomentField(_("valid until"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ("-issued_at",)
        constraints: ClassVar = [
            within("certificate_between_1990_and_2200", moments=["issued_at", "valid_until"]),
            legible("certificate_holder_is_legible", "holder"),
        ]
        indexes: ClassVar = [models.Index(fields=["-issued_at"], name="certificate_newest")]
        triggers: ClassVar = [
            append_only("certificate_only_added"),
            no_truncate("certificate_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def issued_on(self) -> date:
        return hq_day(self.issued_at)

    @property
    def valid_through(self) -> date | None:
        """The last day on which it is valid; nothing where it does not expire."""
        if self.valid_until is None:
            return None
        return hq_day(self.valid_until) - timedelta(days=1)

    def is_valid(self, at: datetime) -> bool:
        return not self.is_revoked(at) and (self.valid_until is None or at < self.valid_until)

    def is_revoked(self, at: datetime) -> bool:
        """Whether the version that it is about was withdrawn by ``at``."""
        version = self.enrollment.version
        return version.is_withdrawn and version.withdrawal.at <= at

    def may_be_renewed(self, at: datetime) -> bool:
        """Whether it ends soon, or has ended: then another one may be earned."""
        return self.valid_until is not None and at >= self.valid_until - RENEWAL
