"""What people tried at a course and were refused, for headquarters to see."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import MomentField, within
from dealers.triggers import never_deleted, no_truncate
from training.models.learning import Enrollment


class IrregularityKind(models.TextChoices):
    AHEAD = "ahead", _("Opened what comes later")
    HURRIED = "hurried", _("Was done faster than anybody reads")
    REPLAYED = "replayed", _("Answered an attempt that was handed in")
    LATE = "late", _("Answered when the time was over")


class IrregularityQuerySet(models.QuerySet["Irregularity"]):
    def note(self, enrollment: Enrollment, kind: IrregularityKind, *, at: datetime) -> None:
        """Count that somebody was refused something of ``kind`` at ``at``."""
        seen = {"first_at": at, "last_at": at}
        row, made = self.get_or_create(enrollment=enrollment, kind=kind, defaults=seen)
        if not made:
            # Of two requests at once the earlier one may come in here last.
            self.filter(pk=row.pk).update(count=F("count") + 1, last_at=Greatest("last_at", at))


class Irregularity(models.Model):
    """How often a person was refused one kind of thing in a course.

    A finger that taps twice comes in here as well: many are worth a question, one is not.
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="irregularities", verbose_name=_("enrollment")
    )
    kind = models.CharField(_("what was refused"), max_length=8, choices=IrregularityKind)
    count = models.PositiveIntegerField(_("times"), default=1)
    first_at = MomentField(_("first"))
    last_at = MomentField(pgettext_lazy("moment", "last"))

    objects = IrregularityQuerySet.as_manager()

    class Meta:
        verbose_name = _("irregularity")
        verbose_name_plural = _("irregularities")
        ordering = ("-last_at", "-pk")
        constraints: ClassVar = [
            within("irregularity_between_1990_and_2200", moments=["first_at", "last_at"]),
            models.UniqueConstraint(name="irregularity_once_a_kind", fields=["enrollment", "kind"]),
            models.CheckConstraint(
                name="irregularity_kind_is_known", condition=Q(kind__in=IrregularityKind.values)
            ),
            models.CheckConstraint(
                name="irregularity_happened", condition=Q(count__gte=1, last_at__gte=F("first_at"))
            ),
        ]
        triggers: ClassVar = [
            never_deleted("irregularity_never_deleted"),
            no_truncate("irregularity_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.get_kind_display()}"
