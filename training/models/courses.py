"""What a course is, and its versions, published once and for all."""

from typing import ClassVar, Self

import pgtrigger
from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from dealers import publication
from dealers.bounds import MomentField, NameField, at_most, legible, within
from dealers.models import Membership, User
from dealers.publication import (
    MOMENTS,
    Publication,
    PublicationQuerySet,
    published_never_changes,
    steps_in_order,
)
from dealers.sayings import in_language
from dealers.triggers import append_only, no_truncate
from training.models.titles import Titled

LONGEST_CERTIFICATE = 1200  # months


def part_of_published(name: str, *, of_question: bool = False) -> pgtrigger.Trigger:
    """A part of a course version, or with ``of_question`` of one of its questions."""
    through = ("training_question", "question_id") if of_question else None
    return publication.part_of_published(
        name, "training_courseversion", key="version_id", through=through
    )


class CourseQuerySet(models.QuerySet["Course"]):
    def visible_to(self, user: User, membership: Membership | None) -> Self:
        """Published courses of the post, those open to all, what is first, and what was begun."""
        versions = CourseVersion.objects.filter(course=OuterRef("pk"))
        mine = versions.filter(enrollments__user=user)
        visible: Q = Q(Exists(mine))
        if membership is not None:
            assignments = apps.get_model("training", "Assignment")
            assigned = assignments.objects.of_post(membership)
            visible |= Q(Exists(assigned.filter(course=OuterRef("pk"))))
            visible |= Q(Exists(assigned.filter(course__first=OuterRef("pk"))))
            taught = CourseVersion.objects.in_force()
            offered = Course.objects.filter(open_to_all=True, versions__in=taught)
            visible |= Q(open_to_all=True) | Q(Exists(offered.filter(first=OuterRef("pk"))))
        return self.filter(visible, Exists(versions.in_force()))


class Course(Titled):
    """Something that staff learn; what it teaches is in its versions."""

    slug = models.SlugField(_("address"), unique=True)
    title = NameField(_("title (Chinese)"), max_length=120)
    title_en = NameField(_("title (English)"), max_length=120, blank=True)
    summary = models.TextField(_("summary (Chinese)"), blank=True)
    summary_en = models.TextField(_("summary (English)"), blank=True)
    certificate_months = models.PositiveSmallIntegerField(
        _("certificate valid for, months"),
        null=True,
        blank=True,
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CERTIFICATE)],
        help_text=_("Empty: it does not expire."),
    )
    open_to_all = models.BooleanField(
        _("open to everybody"), default=False, db_default=False,
        help_text=_("Everybody with a post finds it in the catalogue and may take it."),
    )  # fmt: skip
    first = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="then",
        verbose_name=_("courses to pass first"),
        help_text=_("Who takes this course finds them beside it. For longer ways, write a track."),
    )

    figure = models.CharField(
        _("figure to change"), max_length=20, blank=True,
        help_text=_("What stores do better once their people have passed it, if it works."),
    )  # fmt: skip

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ("slug",)
        constraints: ClassVar = [
            at_most(
                "course_certificate_ends_within_a_century",
                certificate_months=LONGEST_CERTIFICATE,
            ),
            legible("course_title_is_legible", "title", "title_en"),
            models.CheckConstraint(
                name="course_certificate_is_valid_for_a_time",
                condition=Q(certificate_months__isnull=True) | Q(certificate_months__gte=1),
            ),
        ]

    @property
    def local_summary(self) -> str:
        return in_language(self.summary, self.summary_en)


class CourseVersionQuerySet(PublicationQuerySet["CourseVersion"]):
    """Drafts, what is published, and what of it is still taught."""

    def in_force(self) -> Self:
        """Published and not withdrawn."""
        return self.published().filter(withdrawal__isnull=True)


class CourseVersion(Publication):
    """What a course teaches from a moment on. Published it never changes."""

    course = models.ForeignKey(
        Course, models.PROTECT, related_name="versions", verbose_name=_("course")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    pass_percent = models.PositiveSmallIntegerField(
        _("pass mark, percent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    attempts = models.PositiveSmallIntegerField(
        _("attempts"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as many as needed."),
    )
    retry_minutes = models.PositiveSmallIntegerField(
        _("wait before a retry, minutes"), default=10, help_text=_("0: at once.")
    )
    draw = models.PositiveSmallIntegerField(
        _("questions drawn"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("So many of the bank are asked, by chance. Empty: all of them."),
    )
    shuffle = models.BooleanField(
        _("shuffle"),
        default=False,
        help_text=_("The first attempt asks by chance, too; later ones always do."),
    )
    time_limit = models.PositiveSmallIntegerField(
        _("time for an attempt, minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: no limit. When it is over, what is answered by then counts."),
    )

    objects = CourseVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("course version")
        verbose_name_plural = _("course versions")
        ordering = ("course", "-number")
        constraints: ClassVar = [
            within("course_version_between_1990_and_2200", moments=MOMENTS),
            models.UniqueConstraint(
                name="course_version_number_used_once", fields=["course", "number"]
            ),
            steps_in_order("course_version_steps_in_order"),
            models.CheckConstraint(
                name="course_version_pass_mark_is_percent",
                condition=Q(pass_percent__gte=1, pass_percent__lte=100),
            ),
            models.CheckConstraint(
                name="course_version_can_be_attempted",
                condition=Q(attempts__isnull=True) | Q(attempts__gte=1),
            ),
            models.CheckConstraint(
                name="course_version_draws_a_question",
                condition=Q(draw__isnull=True) | Q(draw__gte=1),
            ),
            models.CheckConstraint(
                name="course_version_leaves_a_minute",
                condition=Q(time_limit__isnull=True) | Q(time_limit__gte=1),
            ),
        ]
        triggers: ClassVar = [
            *published_never_changes("course_version_published"),
            no_truncate("course_version_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.course} v{self.number}"

    @property
    def asked(self) -> int:
        """How many questions an attempt at its quiz asks."""
        bank = self.questions.of_quiz().count()
        return bank if self.draw is None else min(self.draw, bank)

    def needed(self, questions: int) -> int:
        """How many of ``questions`` must be right to pass: the pass mark, rounded up."""
        return -(-self.pass_percent * questions // 100)

    @property
    def is_withdrawn(self) -> bool:
        return hasattr(self, "withdrawal")


class Withdrawal(models.Model):
    """A published version is taught no more, and its certificates prove nothing any more."""

    version = models.OneToOneField(
        CourseVersion, models.PROTECT, related_name="withdrawal", verbose_name=_("course version")
    )
    at = MomentField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.CharField(
        _("reason"), max_length=300, help_text=_("Everybody who took the version reads it.")
    )

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints: ClassVar = [
            within("withdrawal_between_1990_and_2200", moments=["at"]),
            legible("withdrawal_has_a_reason", "reason"),
        ]
        triggers: ClassVar = [
            append_only("withdrawal_only_added"),
            no_truncate("withdrawal_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.at:%Y-%m-%d}"
