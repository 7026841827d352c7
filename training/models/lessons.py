"""What a course version teaches: lessons with their files, and the pictures in their texts."""

from collections.abc import Collection, Iterable
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.validators import FileExtensionValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import NameField, legible
from dealers.models import User
from dealers.sayings import in_language
from training.models.courses import CourseVersion, part_of_published
from training.models.titles import Titled

MEGABYTE = 1024 * 1024


def validate_size(file: File) -> None:
    """Uploads stay below what a phone can load and one answer can hold: 60 MB."""
    if file.size > 60 * MEGABYTE:
        raise ValidationError(_("The file is larger than 60 MB."))


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def taken_by(user: User) -> models.QuerySet[CourseVersion]:
    """The outer row's course version, if ``user`` takes it."""
    return CourseVersion.objects.filter(pk=OuterRef("version"), enrollments__user=user)


def upcoming(lessons: Iterable["Lesson"], done: Collection[int]) -> "Lesson | None":
    """The first lesson that is not among the ``done`` ids: lessons are read in their order."""
    open_still = (lesson for lesson in lessons if lesson.pk not in done)
    return min(open_still, key=lambda lesson: lesson.position, default=None)


def is_open(lesson: "Lesson", first: "Lesson | None") -> bool:
    """Whether a lesson may be read while ``first`` is the first that is not done."""
    return first is None or lesson.position <= first.position


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: User) -> Self:
        """Lessons that the person may read now, as ``is_open`` says. HQ reads all."""
        if user.has_perm("training.view_lesson"):
            return self
        done = Lesson.objects.filter(
            pk=OuterRef("pk"), progress__enrollment__user=user, progress__done_at__isnull=False
        )
        waiting = Lesson.objects.filter(
            ~Exists(done), version=OuterRef("version"), position__lt=OuterRef("position")
        )
        return self.filter(Exists(taken_by(user)), ~Exists(waiting))


class PictureQuerySet(models.QuerySet["Picture"]):
    def visible_to(self, user: User) -> Self:
        """Pictures of the versions that the person takes. HQ sees all."""
        if user.has_perm("training.view_picture"):
            return self
        return self.filter(Exists(taken_by(user)))


class LessonKind(models.TextChoices):
    TEXT = "text", _("Text")
    VIDEO = "video", _("Video")
    FILE = "file", _("File")
    TASK = "task", _("Practice task")
    CHECK = "check", _("Checklist")
    SCORM = "scorm", _("SCORM package")


class Lesson(Titled):
    """One step of a course: text with pictures, a video with captions, a file or a package."""

    version = models.ForeignKey(
        CourseVersion,
        models.CASCADE,
        related_name="lessons",
        verbose_name=_("course version"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=5, choices=LessonKind, default=LessonKind.TEXT)
    title = NameField(_("title (Chinese)"), max_length=120)
    title_en = NameField(_("title (English)"), max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=3, validators=[MinValueValidator(1)]
    )
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

    task = models.CharField(
        _("practice task"), max_length=20, blank=True,
        help_text=_("What is done at work, and counted from the moment the course was begun."),
    )  # fmt: skip
    target = models.PositiveSmallIntegerField(
        _("how often"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    checks = models.TextField(
        _("checklist (Chinese)"), blank=True, help_text=_("A line for each thing to tick off.")
    )
    checks_en = models.TextField(_("checklist (English)"), blank=True)
    package = models.FileField(
        _("SCORM package"),
        upload_to="lessons/",
        blank=True,
        validators=[FileExtensionValidator(["zip"]), validate_size],
        help_text=_("A ZIP file of SCORM 1.2 or 2004 with one part that reports (SCO)."),
    )

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ("version", "position")
        constraints: ClassVar = [
            legible("lesson_title_is_legible", "title", "title_en"),
            models.UniqueConstraint(
                name="lesson_position_used_once",
                fields=["version", "position"],
                deferrable=models.Deferrable.IMMEDIATE,  # one statement numbers them anew
            ),
            models.CheckConstraint(
                name="lesson_takes_a_minute",
                condition=Q(minutes__gte=1),
            ),
            models.CheckConstraint(
                name="lesson_kind_has_its_file",
                condition=Q(kind=LessonKind.TEXT)
                | Q(kind=LessonKind.VIDEO) & ~Q(video="") & ~Q(captions="")
                | Q(kind=LessonKind.FILE) & ~Q(file="")
                | Q(kind=LessonKind.TASK, target__isnull=False, target__gte=1) & ~Q(task="")
                | Q(kind=LessonKind.CHECK) & ~Q(checks="")
                | Q(kind=LessonKind.SCORM) & ~Q(package=""),
                violation_error_message=_(
                    "A video lesson needs a video with captions, a file lesson a file, a practice"
                    " task what is done how often, a checklist its lines, a SCORM package its ZIP"
                    " file."
                ),
            ),
        ]
        triggers: ClassVar = [part_of_published("lesson_of_published_never_changes")]

    @property
    def local_checks(self) -> list[str]:
        """The lines to tick off; in Chinese where the translation has not as many."""
        own, local = lines(self.checks), lines(in_language(self.checks, self.checks_en))
        return local if len(local) == len(own) else own

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
    alt = NameField(_("description (Chinese)"), max_length=200)
    alt_en = NameField(_("description (English)"), max_length=200, blank=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("version", "name")
        constraints: ClassVar = [
            legible("picture_description_is_legible", "alt", "alt_en"),
            models.UniqueConstraint(name="picture_name_used_once", fields=["version", "name"]),
        ]
        triggers: ClassVar = [part_of_published("picture_of_published_never_changes")]

    def __str__(self) -> str:
        return self.name

    @property
    def local_alt(self) -> str:
        return in_language(self.alt, self.alt_en)
