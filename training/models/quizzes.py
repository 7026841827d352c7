"""What a course version asks: questions and the answers that they offer."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.sayings import in_language
from training.models.courses import CourseVersion, part_of_published
from training.models.lessons import Lesson


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("One answer")
    MULTIPLE = "multiple", _("Several answers")
    TRUTH = "truth", _("True or false")
    ORDER = "order", _("Put in order")
    MATCH = "match", _("Find the pairs")


class QuestionUse(models.TextChoices):
    """Where a question is asked: practice says at once what is right, a quiz does not."""

    QUIZ = "quiz", _("In the quiz only")
    PRACTICE = "practice", _("In practice only")
    BOTH = "both", _("In the quiz and in practice")


class QuestionQuerySet(models.QuerySet["Question"]):
    def of_quiz(self) -> Self:
        """What counts for the certificate."""
        return self.exclude(use=QuestionUse.PRACTICE)

    def of_practice(self) -> Self:
        """What may be tried before, with its answer told at once."""
        return self.exclude(use=QuestionUse.QUIZ)


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
    use = models.CharField(
        _("asked"),
        max_length=8,
        choices=QuestionUse,
        default=QuestionUse.QUIZ,
        help_text=_("Practice tells the right answer at once, whoever asks."),
    )
    text = models.TextField(_("question (Chinese)"))
    text_en = models.TextField(_("question (English)"), blank=True)
    feedback = models.TextField(_("explanation (Chinese)"), blank=True)
    feedback_en = models.TextField(_("explanation (English)"), blank=True)
    lesson = models.ForeignKey(
        Lesson, models.SET_NULL, null=True, blank=True, related_name="questions",
        verbose_name=_("lesson to read again"),
    )  # fmt: skip

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("version", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="question_position_used_once",
                fields=["version", "position"],
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                name="question_kind_is_known", condition=Q(kind__in=QuestionKind.values)
            ),
            models.CheckConstraint(
                name="question_use_is_known", condition=Q(use__in=QuestionUse.values)
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
    pair = models.CharField(
        _("belongs to (Chinese)"),
        max_length=300,
        blank=True,
        help_text=_("Only to find pairs: what stands on the other side."),
    )
    pair_en = models.CharField(_("belongs to (English)"), max_length=300, blank=True)
    correct = models.BooleanField(_("correct"), default=False)
    feedback = models.CharField(
        _("what to say to who chose it (Chinese)"), max_length=500, blank=True
    )
    feedback_en = models.CharField(
        _("what to say to who chose it (English)"), max_length=500, blank=True
    )

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ("question", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="choice_position_used_once",
                fields=["question", "position"],
                deferrable=models.Deferrable.IMMEDIATE,
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

    @property
    def local_pair(self) -> str:
        return in_language(self.pair, self.pair_en)

    @property
    def local_feedback(self) -> str:
        return in_language(self.feedback, self.feedback_en)
