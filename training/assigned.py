"""What is assigned to whom, and which courses they pass before it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import QuerySet

from dealers.models import Membership, User
from training.models import Assignment, Certificate, Course, CourseVersion, Enrollment


def by_course(post: Membership, courses: Iterable[Course]) -> dict[int, Assignment]:
    """The assignment that counts for the holder of ``post``, by its course.

    Of several the one that is required, and of those the one that is due first.
    """
    return {row.course_id: row for row in reversed(to_post(post, courses))}


def to_post(post: Membership, courses: Iterable[Course]) -> list[Assignment]:
    """All assignments of ``courses`` to the post, those that count before the others."""
    rows = Assignment.objects.of_post(post).filter(course__in=courses).select_related("track")
    return sorted(rows, key=lambda each: _weight(each, post))


def _weight(assignment: Assignment, post: Membership) -> tuple[bool, date, int]:
    return not assignment.required, assignment.due_on(post) or date.max, assignment.pk


def last_day(
    assignment: Assignment, post: Membership, held: Certificate | None, *, at: datetime
) -> date | None:
    """Until when the holder of ``post`` passes the course; who ``held`` a certificate, renews it.

    One that was revoked gives nobody time.
    """
    day = assignment.due_on(post)
    if day is None or held is None or held.valid_through is None or held.is_revoked(at):
        return day
    return max(day, held.valid_through)


def first_to_pass(
    user: User, steps: Collection[Assignment], courses: Iterable[Course]
) -> dict[int, list[Course]]:
    """The courses that ``user`` passes before each of ``courses``, by their ids; none passed yet.

    They are those that a course names, and the required ones that come before it in a track of
    which it is one of the ``steps``.
    """
    ids = [course.pk for course in courses]
    before: dict[int, set[int]] = defaultdict(set)
    for course, first in Course.first.through.objects.filter(from_course__in=ids).values_list(
        "from_course", "to_course"
    ):
        before[course].add(first)
    if steps:
        tracks = {step.track_id for step in steps}
        earlier = list(Assignment.objects.filter(track__in=tracks, required=True))
        for step in steps:
            before[step.course_id] |= {
                other.course_id
                for other in earlier
                if other.track_id == step.track_id and (other.position or 0) < (step.position or 0)
            }
    if not before:
        return {}
    # A course that nobody can take yet holds nobody up.
    names = {
        course.pk: course
        for course in Course.objects.filter(
            pk__in=set().union(*before.values()),
            versions__in=CourseVersion.objects.in_force(),
        )
        .exclude(versions__enrollments__in=_passed(user))
        .distinct()
    }
    return {
        course: [names[each] for each in sorted(first) if each in names and each != course]
        for course, first in before.items()
    }


def _passed(user: User) -> QuerySet[Enrollment]:
    """What ``user`` passed; a version that was withdrawn proves nothing any more."""
    return Enrollment.objects.filter(
        user=user, passed_at__isnull=False, version__withdrawal__isnull=True
    )
