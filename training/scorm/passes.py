"""Whom the address of a package's files lets in: its holder, for as long as they may learn."""

from datetime import datetime

from dealers.actor import Actor, acting
from dealers.models import Membership, User
from training.models import Lesson, LessonKind
from training.scorm import tokens


def lesson_of(token: str, *, at: datetime) -> Lesson | None:
    """The lesson whose package a token opens at ``at``; None where it opens nothing any more.

    A learner's holds while they have a post and take the course, an author's while they may look at
    lessons.
    """
    holder = tokens.read(token, at=at)
    if holder is None:
        return None
    with acting(Actor.worker("package")):  # a frame without cookies is nobody
        user = User.objects.filter(pk=holder.user, is_active=True).first()
        if user is None:
            return None
        lessons = Lesson.objects.filter(pk=holder.lesson, kind=LessonKind.SCORM)
        if holder.trial:
            may = user.is_staff and user.has_perm("training.view_lesson")
        else:
            may = Membership.objects.current(at).filter(user=user).exists()
            lessons = lessons.filter(version__enrollments__user=user)
        return lessons.select_related("version").first() if may else None
