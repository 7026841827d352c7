"""Answering a quiz: attempts, saved answers, the score, and when one may try again.

Every moment is the server's: a phone's clock is not asked.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.actor import Actor
from dealers.words import plain_time
from training import certification, learning, pace
from training.answers import ARRANGED, Answered, QuizRefused, checked, mixed
from training.models import Attempt, CourseVersion, Enrollment, Question

LATE = Actor.worker("late_attempts")  # who hands in for those who never came back


class AttemptClosed(QuizRefused):
    """The attempt is handed in already; its result stands."""


class TimeOver(QuizRefused):
    """The time of the attempt is over; what was answered before counts."""


class Hurried(QuizRefused):
    """It is handed in faster than anybody reads it."""


class NotYet(QuizRefused):
    """Lessons come before the quiz."""


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
        return _("You can try again from %(time)s.") % {"time": plain_time(earliest)}
    return ""


def start(enrollment: Enrollment, *, by: Actor, at: datetime) -> Attempt:
    """Go on with the attempt that is open, or begin the next one.

    One whose time is over is handed in first, and stays so. Raises QuizRefused while lessons are
    missing, after passing, without attempts left, and before the wait between two is over;
    learning.NotTheirs for another's enrollment.
    """
    learning.refuse_others(enrollment.user_id, by)
    running = open_attempt(enrollment)
    if running is not None:
        hand_in_late(running, by=by, at=at)
    return _start(enrollment, at=at)


@transaction.atomic
def _start(enrollment: Enrollment, *, at: datetime) -> Attempt:
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
    if refusal and learning.resume_point(enrollment) is not None:
        raise NotYet(refusal)
    if refusal:
        raise QuizRefused(refusal)
    number = enrollment.attempts.count() + 1
    return enrollment.attempts.create(
        number=number,
        started_at=at,
        order=drawn(enrollment.version, shuffle=number > 1 or enrollment.version.shuffle),
    )


def drawn(version: CourseVersion, *, shuffle: bool) -> list[list[int]]:
    """The questions of an attempt: of each its id and then those of its answers as shown.

    As many as the version draws, by chance. With ``shuffle`` everything is in an order by chance;
    without it as it was written, but for what must not show its answer by its order.
    """
    chance = secrets.SystemRandom()
    asked = list(version.questions.of_quiz().order_by("position").prefetch_related("choices"))
    if version.draw is not None and version.draw < len(asked):
        asked = chance.sample(asked, version.draw)
        asked.sort(key=lambda question: question.position)
    order = []
    for question in asked:
        choices = [choice.pk for choice in question.choices.all()]
        if shuffle or question.kind in ARRANGED:
            chance.shuffle(choices)
        order.append([question.pk, *choices])
    if shuffle:
        chance.shuffle(order)
    return order


def questions(attempt: Attempt) -> list[Answered]:
    """All questions of an attempt in its order, with what was chosen so far."""
    return arranged(attempt, bank(attempt.enrollment.version_id))


def bank(version: CourseVersion | int) -> list[Question]:
    """All questions of a version with their answers."""
    asked = Question.objects.filter(version=version).order_by("position")
    return list(asked.select_related("lesson").prefetch_related("choices"))


def arranged(attempt: Attempt, rows: list[Question]) -> list[Answered]:
    """``questions`` of an attempt, where the ``rows`` of its version's bank are there already."""
    order = {pk: choices for pk, *choices in attempt.order}  # none: as it was written
    if order:
        of_id = {question.pk: question for question in rows}
        rows = [of_id[pk] for pk in order]
    found = []
    for number, question in enumerate(rows, start=1):
        choices = list(question.choices.all())
        named = {choice.pk: choice for choice in choices}
        if order:
            choices = [named[pk] for pk in order[question.pk]]
        picked = attempt.answers.get(str(question.pk), [])
        if question.kind in ARRANGED:
            chosen = [named[pk] for pk in picked]
        else:
            chosen = [choice for choice in choices if choice.pk in picked]
        found.append(Answered(number, question, choices, chosen))
    return found


def first_open(attempt: Attempt) -> int:
    """The number of the first question without an answer, else of the last one."""
    answered = questions(attempt)
    unanswered = [item.number for item in answered if not item.chosen]
    return unanswered[0] if unanswered else len(answered)


def _lock(attempt: Attempt, by: Actor) -> Attempt:
    attempt = (
        Attempt.objects.select_for_update(of=("self",), no_key=True)
        .select_related("enrollment__version__course", "enrollment__user")
        .get(pk=attempt.pk)
    )
    learning.refuse_others(attempt.enrollment.user_id, by)
    if attempt.submitted_at is not None:
        raise AttemptClosed(_("This attempt is handed in already. Its result stands."))
    return attempt


def practice(enrollment: Enrollment) -> list[Answered]:
    """What may be tried before the quiz; each person sees the answers in an order of their own."""
    asked = enrollment.version.questions.of_practice().order_by("position")
    return [
        Answered(number, question, mixed(list(question.choices.all()), f"{enrollment.pk}"), [])
        for number, question in enumerate(
            asked.select_related("lesson").prefetch_related("choices"), start=1
        )
    ]


def judged(item: Answered, chosen: list[int]) -> Answered:
    """A question of practice with its answer. Nothing is kept; raises QuizRefused for no answer."""
    of_id = {choice.pk: choice for choice in item.choices}
    picked = [of_id[pk] for pk in checked(item.question, chosen)]
    return replace(item, chosen=picked)


@transaction.atomic
def answer(
    attempt: Attempt, question: Question, chosen: list[int], *, by: Actor, at: datetime
) -> Attempt:
    """Keep the ids of the chosen answers of one question; until the hand-in they may change.

    Raises AttemptClosed after the hand-in, TimeOver when the time is over, QuizRefused for a
    question that this attempt does not ask, and for what is no answer to it; learning.NotTheirs for
    another's attempt.
    """
    attempt = _lock(attempt, by)
    if attempt.is_over(at):
        raise TimeOver(_("The time is over. What you answered before counts."))
    if question.pk not in {item.question.pk for item in questions(attempt)}:
        raise QuizRefused(_("This question is not part of the quiz."))
    attempt.answers[str(question.pk)] = checked(question, chosen)
    attempt.save(update_fields=["answers"])
    return attempt


@transaction.atomic
def submit(attempt: Attempt, *, by: Actor, at: datetime) -> Attempt:
    """Hand an attempt in: count the right answers and, when they suffice, issue the certificate.

    Raises AttemptClosed when it was handed in already, QuizRefused while questions are open and
    there is time left to answer them, Hurried when nobody can have read them yet,
    learning.NotTheirs for another's attempt.
    """
    attempt = _lock(attempt, by)
    if attempt.is_over(at):
        return _count(attempt, at=attempt.deadline or at)
    items = questions(attempt)
    missing = [item.number for item in items if not item.chosen]
    if missing:
        raise QuizRefused(
            ngettext(
                "Question %(positions)s is not answered yet.",
                "Questions %(positions)s are not answered yet.",
                len(missing),
            )
            % {"positions": _(", ").join(map(str, missing))}
        )
    left = attempt.started_at + pace.of_questions(len(items)) - at
    if left > timedelta():
        raise Hurried(
            ngettext(
                "That was faster than anybody reads. Look again, and hand in after %d second.",
                "That was faster than anybody reads. Look again, and hand in after %d seconds.",
                ceil(left.total_seconds()),
            )
            % ceil(left.total_seconds())
        )
    return _count(attempt, at=at)


def hand_in_late(attempt: Attempt, *, by: Actor, at: datetime) -> Attempt | None:
    """Hand in an attempt whose time is over at ``at``, as of its last moment; else nothing."""
    if not attempt.is_over(at):
        return None
    try:
        return submit(attempt, by=by, at=at)
    except AttemptClosed:  # in another tab, meanwhile
        return None


def hand_in_all_late(*, at: datetime) -> int:
    """Hand in the attempts of who never came back, once their time is over at ``at``; how many.

    Those at a version that was withdrawn meanwhile stay as they are: nothing is certified by it.
    """
    limited = Attempt.objects.filter(
        submitted_at__isnull=True,
        enrollment__version__time_limit__isnull=False,
        enrollment__version__withdrawal__isnull=True,
        started_at__lt=at,
    )
    late = [
        attempt
        for attempt in limited.select_related("enrollment__version").order_by("pk")
        if attempt.is_over(at)
    ]
    return sum(hand_in_late(attempt, by=LATE, at=at) is not None for attempt in late)


def _count(attempt: Attempt, *, at: datetime) -> Attempt:
    answered = questions(attempt)
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
