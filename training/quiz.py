"""Answering a quiz: attempts, saved answers, the score, and when one may try again."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from training import certification, learning
from training.models import (
    Attempt,
    Choice,
    CourseVersion,
    Enrollment,
    Question,
    QuestionKind,
)


class QuizRefused(Exception):
    """The message is written for the learner."""


class AttemptClosed(QuizRefused):
    """The attempt is handed in already; its result stands."""


@dataclass(frozen=True)
class Answered:
    """One question with what was chosen; ``number`` is its place in the attempt, from 1."""

    number: int
    question: Question
    choices: list[Choice]
    chosen: list[Choice]

    @property
    def right(self) -> bool:
        return bool(self.chosen) and set(self.chosen) == set(self.correct)

    @property
    def correct(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.correct]


def retry_at(enrollment: Enrollment) -> datetime | None:
    """When the next attempt may begin; nothing before the first one was handed in."""
    last = enrollment.attempts.filter(submitted_at__isnull=False).order_by("-number").first()
    if last is None or last.submitted_at is None:
        return None
    return last.submitted_at + timedelta(minutes=enrollment.version.retry_minutes)


def attempts_left(enrollment: Enrollment) -> int | None:
    """How many attempts can still begin; nothing where their number is not limited."""
    if enrollment.version.attempts is None:
        return None
    return max(0, enrollment.version.attempts - enrollment.attempts.count())


def open_attempt(enrollment: Enrollment) -> Attempt | None:
    """The attempt that is not handed in yet."""
    return enrollment.attempts.filter(submitted_at__isnull=True).first()


def why_not(enrollment: Enrollment, *, at: datetime) -> str:
    """Why no new attempt may begin at ``at``; empty when one may."""
    lesson = learning.resume_point(enrollment)
    if lesson is not None:
        return _("First finish lesson %(position)d.") % {"position": lesson.position}
    if enrollment.passed_at is not None:
        return _("You have passed this quiz.")
    if attempts_left(enrollment) == 0:
        return _("All attempts are used. Your manager can ask HQ for help.")
    earliest = retry_at(enrollment)
    if earliest is not None and at < earliest:
        when = date_format(timezone.localtime(earliest), "H:i")
        return _("You can try again from %(time)s.") % {"time": when}
    return ""


@transaction.atomic
def start(enrollment: Enrollment, *, at: datetime) -> Attempt:
    """Go on with the attempt that is open, or begin the next one.

    Raises QuizRefused while lessons are missing, after passing, without attempts left, and before
    the wait between two attempts is over.
    """
    # The enrollment's row is the queue for its attempts: two tabs get the same one.
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("version")
        .get(pk=enrollment.pk)
    )
    running = open_attempt(enrollment)
    if running is not None:
        return running
    refusal = why_not(enrollment, at=at)
    if refusal:
        raise QuizRefused(refusal)
    number = enrollment.attempts.count() + 1
    return enrollment.attempts.create(
        number=number,
        started_at=at,
        order=[] if number == 1 else shuffled(enrollment.version),
    )


def shuffled(version: CourseVersion) -> list[list[int]]:
    """The questions in an order by chance: of each its id and then those of its answers."""
    chance = secrets.SystemRandom()
    order = []
    for question in version.questions.prefetch_related("choices"):
        choices = [choice.pk for choice in question.choices.all()]
        order.append([question.pk, *chance.sample(choices, len(choices))])
    chance.shuffle(order)
    return order


def questions(attempt: Attempt) -> list[Answered]:
    """All questions of an attempt in its order, with what was chosen so far."""
    asked = Question.objects.filter(version=attempt.enrollment.version_id).order_by("position")
    rows = list(asked.select_related("lesson").prefetch_related("choices"))
    order = {pk: choices for pk, *choices in attempt.order}  # none: as it was written
    if order:
        of_id = {question.pk: question for question in rows}
        rows = [of_id[pk] for pk in order]
    found = []
    for number, question in enumerate(rows, start=1):
        choices = list(question.choices.all())
        if order:
            named = {choice.pk: choice for choice in choices}
            choices = [named[pk] for pk in order[question.pk]]
        picked = set(attempt.answers.get(str(question.pk), []))
        chosen = [choice for choice in choices if choice.pk in picked]
        found.append(Answered(number, question, choices, chosen))
    return found


def first_open(attempt: Attempt) -> int:
    """The number of the first question without an answer, else of the last one."""
    answered = questions(attempt)
    unanswered = [item.number for item in answered if not item.chosen]
    return unanswered[0] if unanswered else len(answered)


def _lock(attempt: Attempt) -> Attempt:
    attempt = (
        Attempt.objects.select_for_update(of=("self",), no_key=True)
        .select_related("enrollment__version__course", "enrollment__user")
        .get(pk=attempt.pk)
    )
    if attempt.submitted_at is not None:
        raise AttemptClosed(_("This attempt is handed in already. Its result stands."))
    return attempt


@transaction.atomic
def answer(attempt: Attempt, question: Question, chosen: list[int]) -> Attempt:
    """Keep the ids of the chosen answers of one question; until the hand-in they may change.

    Raises AttemptClosed after the hand-in, QuizRefused when nothing was chosen, more than one of
    a single choice, or an answer of another question.
    """
    attempt = _lock(attempt)
    if question.version_id != attempt.enrollment.version_id:
        raise QuizRefused(_("This question is not part of the quiz."))
    picked = sorted(set(chosen))
    if not picked:
        raise QuizRefused(_("Choose an answer."))
    if question.kind == QuestionKind.SINGLE and len(picked) > 1:
        raise QuizRefused(_("Choose one answer only."))
    if question.choices.filter(pk__in=picked).count() != len(picked):
        raise QuizRefused(_("Choose one of the answers shown."))
    attempt.answers[str(question.pk)] = picked
    attempt.save(update_fields=["answers"])
    return attempt


@transaction.atomic
def submit(attempt: Attempt, *, at: datetime) -> Attempt:
    """Hand an attempt in: count the right answers and, when they suffice, issue the certificate.

    Raises AttemptClosed when it was handed in already, QuizRefused while questions are open.
    """
    attempt = _lock(attempt)
    answered = questions(attempt)
    missing = [item.number for item in answered if not item.chosen]
    if missing:
        raise QuizRefused(
            ngettext(
                "Question %(positions)s is not answered yet.",
                "Questions %(positions)s are not answered yet.",
                len(missing),
            )
            % {"positions": _(", ").join(map(str, missing))}
        )
    enrollment = attempt.enrollment
    attempt.correct = sum(item.right for item in answered)
    attempt.questions = len(answered)
    attempt.passed = attempt.correct >= enrollment.version.needed(len(answered))
    attempt.submitted_at = at
    attempt.save(update_fields=["correct", "questions", "passed", "submitted_at"])
    if attempt.passed:
        Enrollment.objects.filter(pk=enrollment.pk, passed_at__isnull=True).update(passed_at=at)
        certification.issue(enrollment, at=at)
    return attempt
