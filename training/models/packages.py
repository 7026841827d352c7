"""What packages made elsewhere say of who went through them."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import Membership
from dealers.triggers import never_deleted, no_truncate
from training.models.learning import Enrollment
from training.models.lessons import Lesson


class Claim(models.TextChoices):
    """How a package says that its learner stands."""

    NOTHING = "", _("Nothing yet")
    INCOMPLETE = "incomplete", _("Not finished")
    COMPLETED = "completed", _("Finished")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")


NOTHING_KEPT = "{}"
DONE = (Claim.COMPLETED, Claim.PASSED)


class PackageAttemptQuerySet(models.QuerySet["PackageAttempt"]):
    def of(self, enrollment: Enrollment, lesson: Lesson) -> "PackageAttemptQuerySet":
        return self.filter(enrollment=enrollment, lesson=lesson)

    def running(self) -> "PackageAttemptQuerySet":
        return self.filter(ended_at__isnull=True)

    def to_forget(self, over: datetime) -> "PackageAttemptQuerySet":
        """What keeps something of a person and is not needed since ``over``.

        Those that ended before, and those of people who have had no post since.
        """
        posts = Membership.objects.filter(user=OuterRef("enrollment__user"))
        still = posts.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=over))
        kept = self.exclude(said=NOTHING_KEPT)
        return kept.filter(Q(ended_at__lt=over) | ~Exists(still))

    def finished(self) -> set[int]:
        """The parts that said at some time that their learner was through them."""
        return set(self.filter(completed_at__isnull=False).values_list("part", flat=True))


class PackageAttempt(models.Model):
    """One go at a part of the package of a lesson, which may be left and resumed.

    All of it but the moments is what the package says, and a script can say the same: it is kept as
    a claim, opens the next lesson, and certifies nothing.
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="package_attempts", verbose_name=_("enrollment")
    )
    lesson = models.ForeignKey(
        Lesson, models.PROTECT, related_name="package_attempts", verbose_name=_("lesson")
    )
    # Of a package of several that report by themselves, counted from 1 in their order.
    part = models.PositiveSmallIntegerField(_("part"), default=1, db_default=1)
    number = models.PositiveSmallIntegerField(_("attempt"))
    begun_at = MomentField(_("begun at"), default=timezone.now)
    # How often it was opened; the newest page alone reports. And how often that one did.
    opening = models.PositiveIntegerField(_("opened, times"), default=1)
    reports = models.PositiveIntegerField(_("reports of this opening"), default=0)
    # JSON in ASCII, for packages keep characters that jsonb refuses.
    said = models.TextField(_("what the package keeps"), default=NOTHING_KEPT)
    claim = models.CharField(
        _("what the package reports"), max_length=10, choices=Claim, default=Claim.NOTHING,
        blank=True,
    )  # fmt: skip
    score = models.DecimalField(
        _("score that it reports"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    seconds = models.PositiveIntegerField(
        _("seconds that it reports"), default=0, help_text=_("Of all openings but the last.")
    )
    reported_at = MomentField(_("last report"), null=True, blank=True)
    completed_at = MomentField(_("first reported as finished"), null=True, blank=True)
    ended_at = MomentField(_("ended at"), null=True, blank=True)

    objects = PackageAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt at a package")
        verbose_name_plural = _("attempts at packages")
        ordering = ("enrollment", "lesson", "part", "number")
        constraints: ClassVar = [
            within(
                "package_attempt_between_1990_and_2200",
                moments=["begun_at", "reported_at", "completed_at", "ended_at"],
            ),
            models.UniqueConstraint(
                name="package_attempt_number_used_once",
                fields=["enrollment", "lesson", "part", "number"],
            ),
            models.UniqueConstraint(
                name="package_attempt_one_open_at_a_time",
                fields=["enrollment", "lesson", "part"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="package_attempt_claim_is_known", condition=Q(claim__in=Claim.values)
            ),
            models.CheckConstraint(
                name="package_attempt_counts_from_one",
                condition=Q(number__gte=1, opening__gte=1, part__gte=1),
            ),
            models.CheckConstraint(
                name="package_attempt_says_what_was_reported",
                condition=Q(reported_at__isnull=False)
                | Q(claim="", score__isnull=True, completed_at__isnull=True, ended_at__isnull=True),
            ),
        ]
        triggers: ClassVar = [
            # But what the package kept of a person can be emptied, and is then nothing for good.
            pgtrigger.Protect(
                name="package_attempt_ended_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.ended_at IS NOT NULL AND (NEW.said <> '{NOTHING_KEPT}' OR"
                    " to_jsonb(NEW) - 'said' <> to_jsonb(OLD) - 'said')"
                ),
            ),
            never_deleted("package_attempt_never_deleted"),
            no_truncate("package_attempt_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.lesson} #{self.number}"
