"""Who takes which course version, how far they got, and their goes at its quiz."""

from datetime import datetime, timedelta
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import User
from dealers.triggers import no_truncate
from training.models.courses import CourseVersion
from training.models.lessons import Lesson


class Enrollment(models.Model):
    """A person takes one version of a course."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="enrollments", verbose_name=_("person")
    )
    version = models.ForeignKey(
        CourseVersion,
        models.PROTECT,
        related_name="enrollments",
        verbose_name=_("course version"),
    )
    round = models.PositiveSmallIntegerField(
        _("round"), default=1, help_text=_("1; each renewal of the certificate is another one.")
    )
    started_at = MomentField(_("started at"), default=timezone.now)
    passed_at = MomentField(_("passed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ("-started_at", "-id")
        constraints: ClassVar = [
            within("enrollment_between_1990_and_2200", moments=["started_at", "passed_at"]),
            models.UniqueConstraint(
                name="enrollment_once_a_person_version_and_round",
                fields=["user", "version", "round"],
            ),
            models.CheckConstraint(name="enrollment_rounds_from_one", condition=Q(round__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.version}"


class Progress(models.Model):
    """How far a person got in one lesson."""

    enrollment = models.ForeignKey(
        Enrollment,
        models.CASCADE,
        related_name="progress",
        verbose_name=_("enrollment"),
    )
    lesson = models.ForeignKey(
        Lesson, models.PROTECT, related_name="progress", verbose_name=_("lesson")
    )
    opened_at = MomentField(_("opened at"), default=timezone.now)
    seconds = models.PositiveIntegerField(_("position in the video, seconds"), default=0)
    # The lines of a checklist by their places, from 0.
    ticked = models.JSONField(_("ticked off"), default=list, blank=True)
    done_at = MomentField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints: ClassVar = [
            within("progress_between_1990_and_2200", moments=["opened_at", "done_at"]),
            models.UniqueConstraint(
                name="progress_once_a_lesson", fields=["enrollment", "lesson"]
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.lesson}"


class Attempt(models.Model):
    """One go at a quiz: the answers so far, and the score once submitted."""

    enrollment = models.ForeignKey(
        Enrollment,
        models.PROTECT,
        related_name="attempts",
        verbose_name=_("enrollment"),
    )
    number = models.PositiveSmallIntegerField(_("attempt"))
    started_at = MomentField(_("started at"), default=timezone.now)
    # Question id (text) to the list of chosen ids: in their order where that is what was asked, and
    # of pairs whose other side was put beside the first, the second, … answer.
    answers = models.JSONField(_("answers"), default=dict)
    # The questions drawn: of each its id, then those of its answers as they are shown.
    order = models.JSONField(_("order of questions and answers"), default=list, blank=True)
    submitted_at = MomentField(_("submitted at"), null=True, blank=True)
    correct = models.PositiveSmallIntegerField(_("correct answers"), null=True, blank=True)
    questions = models.PositiveSmallIntegerField(_("questions"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        ordering = ("enrollment", "number")
        constraints: ClassVar = [
            within("attempt_between_1990_and_2200", moments=["started_at", "submitted_at"]),
            models.UniqueConstraint(
                name="attempt_number_used_once", fields=["enrollment", "number"]
            ),
            models.UniqueConstraint(
                name="attempt_one_open_at_a_time",
                fields=["enrollment"],
                condition=Q(submitted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="attempt_submitted_has_its_score",
                condition=Q(
                    submitted_at__isnull=True,
                    correct__isnull=True,
                    questions__isnull=True,
                    passed__isnull=True,
                )
                | Q(
                    submitted_at__isnull=False,
                    correct__isnull=False,
                    questions__isnull=False,
                    passed__isnull=False,
                    correct__lte=F("questions"),
                ),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="attempt_submitted_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__submitted_at__isnull=False),
            ),
            no_truncate("attempt_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} #{self.number}"

    @property
    def deadline(self) -> datetime | None:
        """When its time is over; nothing where the quiz has no limit."""
        limit = self.enrollment.version.time_limit
        return None if limit is None else self.started_at + timedelta(minutes=limit)

    def is_over(self, at: datetime) -> bool:
        """Whether nothing can be answered any more at ``at``, though nobody handed it in."""
        return self.deadline is not None and at >= self.deadline
