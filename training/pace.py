"""How fast nobody reads: what is finished sooner was not looked at.

The times are far below what reading takes, so that only scripts and who skips meet them. The
setting ``LEARNING_PACE`` multiplies them; 0 asks for none.
"""

from datetime import timedelta

from django.conf import settings

from training.models import Lesson, LessonKind

OF_MINUTE = timedelta(seconds=5)  # for each minute that a lesson's author gives it
OF_QUESTION = timedelta(seconds=1)


def of_lesson(lesson: Lesson) -> timedelta:
    """The least time from opening a lesson to finishing it."""
    if lesson.kind == LessonKind.TASK:  # that it was done is what counts
        return timedelta()
    return OF_MINUTE * lesson.minutes * settings.LEARNING_PACE


def of_questions(count: int) -> timedelta:
    """The least time from beginning an attempt of so many questions to handing it in."""
    return OF_QUESTION * count * settings.LEARNING_PACE
