"""People who are somewhere in the demo's courses."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from dealers.actor import Actor
from dealers.models import Membership
from training import learning, quiz, standings
from training.models import Course, Enrollment, Lesson, Progress, Question


def progress(memberships: Iterable[Membership], *, seed: int, until: datetime) -> None:
    """Let people take the courses of their posts, each as far as people do, before ``until``.

    About half passed (some at the second attempt), a quarter are in the middle, the rest have not
    begun. The same ``seed`` and order of people give the same network of learners. Who has begun
    already is left alone.
    """
    content = _Content()
    for place, membership in enumerate(memberships):
        visible = Course.objects.visible_to(membership.user, membership).order_by("slug")
        for standing in standings.standings(membership.user, membership, visible, at=until):
            slug = standing.course.slug
            dice = random.Random(f"{seed}-{place}-{slug}")  # noqa: S311 - only a demo
            published = standing.version.published_at
            if standing.enrollment is not None or published is None or published >= until:
                continue
            luck = dice.random()
            if luck > 0.78 or (not standing.required and luck > 0.3):
                continue
            first = max(published, membership.starts_at)
            days = max(0.0, (until - first) / timedelta(days=1) - 1)
            begun = first + timedelta(days=dice.uniform(0, min(days, 45)), minutes=1)
            if begun < until - timedelta(hours=1):
                enrollment = learning.enroll(
                    membership.user, standing.version, by=Actor.of(membership), at=begun
                )
                _study(enrollment, standing.lessons, luck, dice, content)


class _Content:
    """The questions of each version, read once for all learners."""

    def __init__(self) -> None:
        self._questions: dict[int, list[Question]] = {}

    def questions(self, version: int) -> list[Question]:
        if version not in self._questions:
            rows = Question.objects.filter(version=version).prefetch_related("choices")
            self._questions[version] = list(rows.order_by("position"))
        return self._questions[version]


def _study(
    enrollment: Enrollment,
    lessons: list[Lesson],
    luck: float,
    dice: random.Random,
    content: _Content,
) -> None:
    """Read lessons and, with enough luck, take the quiz until it is passed."""
    at = enrollment.started_at
    passes = luck < 0.52
    done = len(lessons) if passes else dice.randint(0, len(lessons))
    read = []
    for lesson in lessons[: done + 1]:
        step = Progress(enrollment=enrollment, lesson=lesson, opened_at=at)
        at += timedelta(minutes=lesson.minutes)
        if lesson.position <= done:
            step.done_at = at
        elif lesson.video:
            step.seconds = dice.randint(5, 30)
        read.append(step)
    Progress.objects.bulk_create(read)
    if passes:
        questions = content.questions(enrollment.version_id)
        if luck < 0.15:
            at = _attempt(enrollment, questions, 2, at, dice) + timedelta(minutes=15)
        _attempt(enrollment, questions, 0, at, dice)


def _attempt(
    enrollment: Enrollment, questions: list[Question], wrong: int, at: datetime, dice: random.Random
) -> datetime:
    by = Actor.signed_in(enrollment.user)
    attempt = quiz.start(enrollment, by=by, at=at)
    missed = set(dice.sample(range(len(questions)), wrong))
    for index, question in enumerate(questions):
        right = [choice.pk for choice in question.choices.all() if choice.correct]
        other = [choice.pk for choice in question.choices.all() if not choice.correct]
        attempt.answers[str(question.pk)] = [dice.choice(other)] if index in missed else right
    attempt.save(update_fields=["answers"])
    at += timedelta(minutes=3)
    quiz.submit(attempt, by=by, at=at)
    return at
