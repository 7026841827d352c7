"""Taking a course: what is assigned, beginning, reading in order, going on where one stopped."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.actor import WORKER, Actor
from dealers.models import Membership, User
from dealers.words import listed
from training import pace, practice_tasks
from training.models import (
    Course,
    CourseVersion,
    Enrollment,
    Lesson,
    LessonKind,
    PackageAttempt,
    Progress,
)
from training.models.lessons import is_open, lines, upcoming
from training.readiness import Readiness, readiness
from training.scorm import package, prerequisites


class LearningRefused(Exception):
    """The message is written for the learner."""


class LessonAhead(LearningRefused):
    """The lesson comes later; ``lesson`` is the one to read first."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(_("First finish lesson %(position)d.") % {"position": lesson.position})
        self.lesson = lesson


class TooSoon(LearningRefused):
    """The lesson is finished faster than anybody reads it."""


class NotTheirs(Exception):
    """Somebody was to go on in another's course, where no page leads."""


def refuse_others(user_id: int, by: Actor) -> None:
    """Raises NotTheirs for all but who takes the course, and the worker where a time is over."""
    if by.role != WORKER and by.user_id != user_id:
        raise NotTheirs(f"{by} is not user {user_id}.")


def enroll(
    user: User,
    version: CourseVersion,
    *,
    by: Actor,
    at: datetime,
    first: Sequence[Course] = (),
    renew: bool = False,
) -> Enrollment:
    """Begin a published course version; a second time it is the same enrollment.

    With ``renew`` it is a round of its own, once the certificate of the last one ends. Raises
    LearningRefused before that, and while there are others to pass ``first``, as a standing says;
    NotTheirs for who begins it for somebody else.
    """
    refuse_others(user.pk, by)
    if not version.is_published:
        raise LearningRefused(_("This version is not published yet."))
    if first:
        raise LearningRefused(
            _("First pass: %(courses)s") % {"courses": _(", ").join(map(str, first))}
        )
    if version.is_withdrawn:
        raise LearningRefused(_("This version was withdrawn."))
    last = Enrollment.objects.filter(user=user, version=version).order_by("round").last()
    round_ = last.round if last is not None else 1
    if renew and last is not None and last.passed_at is not None:
        if not last.certificate.may_be_renewed(at):
            raise LearningRefused(_("Your certificate does not end soon."))
        round_ += 1
    enrollment, _created = Enrollment.objects.get_or_create(
        user=user, version=version, round=round_, defaults={"started_at": at}
    )
    return enrollment


def resume_point(enrollment: Enrollment) -> Lesson | None:
    """The first lesson that is not done; nothing when only the quiz is left."""
    done = Progress.objects.filter(enrollment=enrollment, done_at__isnull=False)
    return upcoming(enrollment.version.lessons.all(), set(done.values_list("lesson", flat=True)))


def _refuse_ahead(enrollment: Enrollment, lesson: Lesson) -> None:
    first = resume_point(enrollment)
    if first is not None and not is_open(lesson, first):
        raise LessonAhead(first)


def open_lesson(enrollment: Enrollment, lesson: Lesson, *, by: Actor, at: datetime) -> Progress:
    """Note that ``lesson`` was opened, and give back how far the person got in it.

    Raises LessonAhead when an earlier lesson is not done, NotTheirs for another's enrollment.
    """
    refuse_others(enrollment.user_id, by)
    _refuse_ahead(enrollment, lesson)
    progress, _created = Progress.objects.get_or_create(
        enrollment=enrollment, lesson=lesson, defaults={"opened_at": at}
    )
    return progress


@transaction.atomic
def finish_lesson(
    enrollment: Enrollment, lesson: Lesson, *, by: Actor, at: datetime
) -> Lesson | None:
    """Mark ``lesson`` as done and name the lesson that follows; nothing when the quiz does.

    A practice task counts what was done in the post of ``by`` since the course was begun; a
    checklist wants every line ticked off, as ``tick`` keeps them; a package has to report that it
    is finished, each of its parts that has to be. Raises LearningRefused while any is missing.

    Raises LessonAhead when an earlier lesson is not done, LearningRefused when this one was never
    opened, TooSoon when nobody can have read it yet, NotTheirs for another's enrollment. Finishing
    twice keeps the first moment.
    """
    refuse_others(enrollment.user_id, by)
    _refuse_ahead(enrollment, lesson)
    progress = Progress.objects.filter(enrollment=enrollment, lesson=lesson).first()
    if progress is None:
        raise LearningRefused(_("Open the lesson before you finish it."))
    if progress.done_at is None:
        if lesson.kind == LessonKind.CHECK and len(progress.ticked) < len(lines(lesson.checks)):
            raise LearningRefused(_("Tick off every line first."))
        _refuse_undone(enrollment, lesson, by.membership, at)
        _refuse_unreported(enrollment, lesson)
        left = ceil((progress.opened_at + pace.of_lesson(lesson) - at).total_seconds())
        if left > 0:
            raise TooSoon(
                ngettext(
                    "Read it first: you can go on in %d second.",
                    "Read it first: you can go on in %d seconds.",
                    left,
                )
                % left
            )
        Progress.objects.filter(pk=progress.pk, done_at__isnull=True).update(done_at=at)
    return enrollment.version.lessons.filter(position__gt=lesson.position).first()


def tick(enrollment: Enrollment, lesson: Lesson, ticked: Collection[int], *, by: Actor) -> int:
    """Keep which lines of a checklist are ticked off, by their places; how many are missing.

    Raises NotTheirs for another's enrollment.
    """
    refuse_others(enrollment.user_id, by)
    places = set(range(len(lines(lesson.checks))))
    kept = sorted(places & set(ticked))
    Progress.objects.filter(enrollment=enrollment, lesson=lesson, done_at__isnull=True).update(
        ticked=kept
    )
    return len(places) - len(kept)


def _refuse_undone(
    enrollment: Enrollment, lesson: Lesson, post: Membership | None, at: datetime
) -> None:
    doing = practice_tasks.of_lesson(lesson, post, since=enrollment.started_at, at=at)
    if lesson.kind == LessonKind.TASK and doing is not None and doing.left:
        raise LearningRefused(
            _("%(done)d of %(target)d so far. Come back when the others are done.")
            % {"done": doing.done, "target": doing.target}
        )


def _refuse_unreported(enrollment: Enrollment, lesson: Lesson) -> None:
    if lesson.kind != LessonKind.SCORM:
        return
    attempts = PackageAttempt.objects.of(enrollment, lesson)
    finished = attempts.finished()
    try:
        parts = package.parts_of(lesson)
    except package.PackageRefused:  # its file is away: what was begun of it is what there is
        parts = ()
        left = set(attempts.values_list("part", flat=True)) - finished or not finished
        missing = [lesson.local_title] if left else []
    else:
        # What is closed for good, because of what is finished, is asked of nobody.
        left = prerequisites.within_reach([part.opens for part in parts], finished) - finished
        each = enumerate(parts, 1)
        missing = [part.title for n, part in each if part.required and n in left]
    if missing and len(parts) > 1:
        raise LearningRefused(
            _("These parts of the package have not reported yet that they are finished: %(parts)s.")
            % {"parts": listed(missing)}
        )
    if missing:
        raise LearningRefused(
            _("The package has not reported yet that it is finished: go through it to its end.")
        )


def watched(enrollment: Enrollment, lesson: Lesson, *, seconds: int, by: Actor) -> None:
    """Keep the place in a lesson's video, in seconds, so that it goes on from there.

    Raises NotTheirs for another's enrollment.
    """
    refuse_others(enrollment.user_id, by)
    Progress.objects.filter(enrollment=enrollment, lesson=lesson).update(seconds=seconds)


@dataclass(frozen=True)
class Associate:
    """How far one person of a team is with the courses that their posts require."""

    user: User
    readiness: Readiness

    @property
    def passed(self) -> int:
        return len(self.readiness.passed)

    @property
    def required(self) -> int:
        return len(self.readiness.required)

    @property
    def percent(self) -> int:
        return self.readiness.percent


def team(membership: Membership, *, at: datetime) -> list[Associate]:
    """The people whom the holder of a post looks after, those with most to learn first.

    Who must take no course is left out.
    """
    posts = [
        post
        for post in Membership.objects.current(at).staff_of(membership).select_related("user")
        if post.user_id != membership.user_id
    ]
    of_post = readiness(posts, at=at)
    of_person: dict[User, Readiness] = defaultdict(Readiness)
    for post in posts:
        of_person[post.user] |= of_post[post.pk]
    associates = [Associate(user, ready) for user, ready in of_person.items() if ready.required]
    return sorted(associates, key=lambda each: (each.percent, each.user.name))
