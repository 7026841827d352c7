"""Tasks in a course that are done at work, and counted from what work leaves behind.

Training knows nothing of customers. What can be counted is brought by the layers above: the setting
``PRACTICE_TASKS`` names a sequence of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from dealers.models import Membership
from training.models import Lesson


@dataclass(frozen=True)
class PracticeTask:
    """Something that is done at work; ``count`` says how often since a moment until another."""

    code: str  # stands in lessons, so it never changes
    name: Any  # "Register customers"
    counted: Any  # what counts and what does not, for who does it
    page: str  # the name of the address where it is done
    count: Callable[[Membership, datetime, datetime], int]


def known() -> dict[str, PracticeTask]:
    """What can be counted, by its code."""
    return {task.code: task for task in import_string(settings.PRACTICE_TASKS)}


@dataclass(frozen=True)
class Doing:
    """How far somebody is with the task of a lesson."""

    task: PracticeTask
    done: int
    target: int

    @property
    def left(self) -> int:
        return max(0, self.target - self.done)

    @property
    def counted(self) -> int:
        """What of it was asked for: more than that does no harm, and needs no number."""
        return min(self.done, self.target)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.target)


def of_lesson(
    lesson: Lesson, post: Membership | None, *, since: datetime, at: datetime
) -> Doing | None:
    """How far the holder of ``post`` is with the task of ``lesson``.

    Nothing for a lesson without a task, and for one that nobody counts any more.
    """
    task = known().get(lesson.task)
    if task is None or not lesson.target:
        return None
    done = task.count(post, since, at) if post is not None else 0
    return Doing(task, done, lesson.target)
