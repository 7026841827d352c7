"""Courses, their versions, who takes them, and the certificates they earn."""

import uuid
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.validators import (
    FileExtensionValidator,
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.models import Membership, Role, User, in_language
from dealers.triggers import append_only

MEGABYTE = 1024 * 1024


def validate_size(file: File) -> None:
    """Uploads stay below what a phone can load and one answer can hold: 60 MB."""
    if file.size > 60 * MEGABYTE:
        raise ValidationError(_("The file is larger than 60 MB."))


def part_of_published(name: str, *, of_question: bool = False) -> pgtrigger.Trigger:
    """A trigger that refuses to add, change or remove a part of a published course version.

    The row names its version, or with ``of_question`` the question that does. The version is locked
    for share: a publication that runs at the same moment comes before or after this row, never
    beside it.
    """
    versions = "OLD.version_id, NEW.version_id"
    if of_question:
        versions = """
            SELECT version_id FROM training_question WHERE id IN (OLD.question_id, NEW.question_id)
        """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        func=f"""
            PERFORM 1 FROM training_courseversion WHERE id IN ({versions}) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_courseversion
                WHERE id IN ({versions}) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A published course version never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: S608 - put together from our own words
    )


class CourseQuerySet(models.QuerySet["Course"]):
    def visible_to(self, user: User, membership: Membership | None) -> Self:
        """Published courses of the post's role, and those that the person has begun."""
        mine = Enrollment.objects.filter(version__course=OuterRef("pk"), user=user)
        visible: Q = Q(Exists(mine))
        if membership is not None:
            assigned = Assignment.objects.filter(course=OuterRef("pk"), role=membership.role)
            visible |= Q(Exists(assigned))
        published = CourseVersion.objects.published().filter(course=OuterRef("pk"))
        return self.filter(visible, Exists(published))


class Course(models.Model):
    """Something that staff learn; what it teaches is in its versions."""

    slug = models.SlugField(_("address"), unique=True)
    title = models.CharField(_("title (Chinese)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    summary = models.TextField(_("summary (Chinese)"), blank=True)
    summary_en = models.TextField(_("summary (English)"), blank=True)
    certificate_months = models.PositiveSmallIntegerField(
        _("certificate valid for, months"),
        null=True,
        blank=True,
        default=12,
        help_text=_("Empty: it does not expire."),
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.local_title

    @property
    def local_title(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def local_summary(self) -> str:
        return in_language(self.summary, self.summary_en)


class CourseVersionQuerySet(models.QuerySet["CourseVersion"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)


class CourseVersion(models.Model):
    """What a course teaches from a moment on. Published it never changes."""

    course = models.ForeignKey(
        Course, models.PROTECT, related_name="versions", verbose_name=_("course")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip
    pass_percent = models.PositiveSmallIntegerField(
        _("pass mark, percent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), null=True, blank=True, help_text=_("Empty: as many as needed.")
    )
    retry_minutes = models.PositiveSmallIntegerField(_("wait before a retry, minutes"), default=10)

    objects = CourseVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("course version")
        verbose_name_plural = _("course versions")
        ordering = ("course", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="course_version_number_used_once", fields=["course", "number"]
            ),
            models.CheckConstraint(
                name="course_version_pass_mark_is_percent",
                condition=Q(pass_percent__gte=1, pass_percent__lte=100),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="course_version_published_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} v{self.number}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def needed(self, questions: int) -> int:
        """How many of ``questions`` must be right to pass: the pass mark, rounded up."""
        return -(-self.pass_percent * questions // 100)


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: User) -> Self:
        """Lessons that the person may read now: every one before it is done. HQ reads all."""
        if user.has_perm("training.view_lesson"):
            return self
        mine = Enrollment.objects.filter(version=OuterRef("version"), user=user)
        done = Progress.objects.filter(
            lesson=OuterRef("pk"), enrollment__user=user, done_at__isnull=False
        )
        waiting = Lesson.objects.filter(
            ~Exists(done), version=OuterRef("version"), position__lt=OuterRef("position")
        )
        return self.filter(Exists(mine), ~Exists(waiting))


class PictureQuerySet(models.QuerySet["Picture"]):
    def visible_to(self, user: User) -> Self:
        """Pictures of the versions that the person takes. HQ sees all."""
        if user.has_perm("training.view_picture"):
            return self
        mine = Enrollment.objects.filter(version=OuterRef("version"), user=user)
        return self.filter(Exists(mine))


class LessonKind(models.TextChoices):
    TEXT = "text", _("Text")
    VIDEO = "video", _("Video")
    FILE = "file", _("File")


class Lesson(models.Model):
    """One step of a course: text with pictures, a short video with captions, or a file."""

    version = models.ForeignKey(
        CourseVersion,
        models.CASCADE,
        related_name="lessons",
        verbose_name=_("course version"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=5, choices=LessonKind, default=LessonKind.TEXT)
    title = models.CharField(_("title (Chinese)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=3)
    body = models.TextField(_("text (Chinese)"), help_text=_("Markdown."))
    body_en = models.TextField(_("text (English)"), blank=True, help_text=_("Markdown."))
    video = models.FileField(
        _("video"),
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["mp4", "webm"]), validate_size],
    )
    captions = models.FileField(
        _("captions (Chinese)"),
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"]), validate_size],
    )
    captions_en = models.FileField(
        _("captions (English)"),
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"]), validate_size],
    )
    file = models.FileField(
        _("file"),
        upload_to="lessons/",
        blank=True,
        validators=[
            FileExtensionValidator(["pdf", "docx", "xlsx", "pptx", "png", "jpg", "jpeg"]),
            validate_size,
        ],
    )

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ("version", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="lesson_position_used_once", fields=["version", "position"]
            ),
            models.CheckConstraint(
                name="lesson_kind_has_its_file",
                condition=Q(kind=LessonKind.TEXT)
                | Q(kind=LessonKind.VIDEO) & ~Q(video="") & ~Q(captions="")
                | Q(kind=LessonKind.FILE) & ~Q(file=""),
                violation_error_message=_(
                    "A video lesson needs a video with captions, a file lesson a file."
                ),
            ),
        ]
        triggers: ClassVar = [part_of_published("lesson_of_published_never_changes")]

    def __str__(self) -> str:
        return self.local_title

    @property
    def local_title(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def local_body(self) -> str:
        return in_language(self.body, self.body_en)


class Picture(models.Model):
    """A picture that the lessons of a version show in their text, by name."""

    version = models.ForeignKey(
        CourseVersion,
        models.CASCADE,
        related_name="pictures",
        verbose_name=_("course version"),
    )
    name = models.CharField(
        _("short name"),
        max_length=40,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9-]*\Z",
                _("Small letters, digits and hyphens only."),
            )
        ],
        help_text=_("Written in the text as ![description](short-name)."),
    )
    image = models.ImageField(
        _("picture"),
        upload_to="pictures/",
        validators=[
            FileExtensionValidator(["png", "jpg", "jpeg", "webp"]),
            validate_size,
        ],
    )
    alt = models.CharField(_("description (Chinese)"), max_length=200)
    alt_en = models.CharField(_("description (English)"), max_length=200, blank=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("version", "name")
        constraints: ClassVar = [
            models.UniqueConstraint(name="picture_name_used_once", fields=["version", "name"]),
        ]
        triggers: ClassVar = [part_of_published("picture_of_published_never_changes")]

    def __str__(self) -> str:
        return self.name

    @property
    def local_alt(self) -> str:
        return in_language(self.alt, self.alt_en)


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("One answer")
    MULTIPLE = "multiple", _("Several answers")


class Question(models.Model):
    """A question of a course version's quiz."""

    version = models.ForeignKey(
        CourseVersion,
        models.CASCADE,
        related_name="questions",
        verbose_name=_("course version"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(
        _("kind"), max_length=8, choices=QuestionKind, default=QuestionKind.SINGLE
    )
    text = models.TextField(_("question (Chinese)"))
    text_en = models.TextField(_("question (English)"), blank=True)
    feedback = models.TextField(_("explanation (Chinese)"), blank=True)
    feedback_en = models.TextField(_("explanation (English)"), blank=True)
    lesson = models.ForeignKey(
        Lesson, models.SET_NULL, null=True, blank=True, related_name="questions",
        verbose_name=_("lesson to read again"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("version", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="question_position_used_once", fields=["version", "position"]
            ),
            models.CheckConstraint(
                name="question_kind_is_known", condition=Q(kind__in=QuestionKind.values)
            ),
        ]
        triggers: ClassVar = [part_of_published("question_of_published_never_changes")]

    def __str__(self) -> str:
        return self.local_text

    @property
    def local_text(self) -> str:
        return in_language(self.text, self.text_en)

    @property
    def local_feedback(self) -> str:
        return in_language(self.feedback, self.feedback_en)


class Choice(models.Model):
    """One of the answers that a question offers."""

    question = models.ForeignKey(
        Question, models.CASCADE, related_name="choices", verbose_name=_("question")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("answer (Chinese)"), max_length=300)
    text_en = models.CharField(_("answer (English)"), max_length=300, blank=True)
    correct = models.BooleanField(_("correct"), default=False)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ("question", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="choice_position_used_once", fields=["question", "position"]
            ),
        ]
        triggers: ClassVar = [
            part_of_published("choice_of_published_never_changes", of_question=True),
        ]

    def __str__(self) -> str:
        return self.local_text

    @property
    def local_text(self) -> str:
        return in_language(self.text, self.text_en)


class Assignment(models.Model):
    """A course that everybody with a role takes, by when after they started."""

    course = models.ForeignKey(
        Course, models.CASCADE, related_name="assignments", verbose_name=_("course")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    required = models.BooleanField(_("required"), default=True)
    due_days = models.PositiveSmallIntegerField(
        _("due after, days"), null=True, blank=True, default=30
    )
    # The days count from here for people who were there before the course was assigned.
    assigned_at = models.DateTimeField(_("assigned at"), default=timezone.now)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ("course", "role")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="assignment_once_a_course_and_role", fields=["course", "role"]
            ),
            models.CheckConstraint(
                name="assignment_role_is_known", condition=Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} · {self.get_role_display()}"


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
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    passed_at = models.DateTimeField(_("passed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ("-started_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="enrollment_once_a_person_and_version", fields=["user", "version"]
            ),
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
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    seconds = models.PositiveIntegerField(_("position in the video, seconds"), default=0)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints: ClassVar = [
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
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    # Question id (text) to the list of chosen ids.
    answers = models.JSONField(_("answers"), default=dict)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    correct = models.PositiveSmallIntegerField(_("correct answers"), null=True, blank=True)
    questions = models.PositiveSmallIntegerField(_("questions"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        ordering = ("enrollment", "number")
        constraints: ClassVar = [
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
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} #{self.number}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> Self:
        """A certificate's page is its holder's own."""
        return self.filter(enrollment__user=user)

    def valid(self, at: datetime) -> Self:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at))


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
    holder = models.CharField(_("name"), max_length=80)
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ("-issued_at",)
        indexes: ClassVar = [models.Index(fields=["-issued_at"], name="certificate_newest")]
        triggers: ClassVar = [append_only("certificate_only_added")]

    def __str__(self) -> str:
        return self.code

    @property
    def issued_on(self) -> date:
        return timezone.localdate(self.issued_at, timezone.get_default_timezone())

    @property
    def valid_through(self) -> date | None:
        """The last day on which it is valid; nothing where it does not expire."""
        if self.valid_until is None:
            return None
        end = timezone.localdate(self.valid_until, timezone.get_default_timezone())
        return end - timedelta(days=1)

    def is_valid(self, at: datetime) -> bool:
        return self.valid_until is None or at < self.valid_until
