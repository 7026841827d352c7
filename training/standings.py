"""How people stand with courses: how far they are, and what they find beside them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter

from django.db.models import Count, Q, TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.models import Membership, User
from dealers.months import hq_day
from training.assigned import first_to_pass, last_day, to_post
from training.files import size_of
from training.models import (
    Assignment,
    Certificate,
    Course,
    CourseVersion,
    Enrollment,
    Lesson,
    Progress,
    Track,
)
from training.models.lessons import is_open, upcoming


def clock(seconds: int) -> str:
    """A place in a video as players show it: 1:20."""
    return f"{seconds // 60}:{seconds % 60:02}"


class State(TextChoices):
    """How a person stands with a course."""

    NEW = "new", gettext_lazy("Not started")
    RUNNING = "running", gettext_lazy("In progress")
    PASSED = "passed", gettext_lazy("Passed")
    EXPIRED = "expired", gettext_lazy("Certificate expired")
    REVOKED = "revoked", gettext_lazy("Certificate revoked")


@dataclass(frozen=True)
class CourseStanding:
    """How one person stands with one course at one moment."""

    course: Course
    version: CourseVersion
    lessons: list[Lesson]
    progress: dict[int, Progress]  # by lesson
    enrollment: Enrollment | None
    certificate: Certificate | None
    assignment: Assignment | None
    membership: Membership | None
    at: datetime
    newest: CourseVersion  # what is taught to who begins now
    first: list[Course] = field(default_factory=list)  # to be passed before this one
    steps: list[Assignment] = field(default_factory=list)  # of tracks that this course is one of

    @property
    def state(self) -> State:
        if self.enrollment is not None and self.enrollment.passed_at is None:
            return State.RUNNING
        if self.certificate is None:
            return State.NEW if self.enrollment is None else State.RUNNING
        if self.certificate.is_valid(self.at):
            return State.PASSED
        return State.REVOKED if self.certificate.is_revoked(self.at) else State.EXPIRED

    @property
    def is_certified(self) -> bool:
        """Whether a certificate is valid, also while it is being renewed."""
        return self.certificate is not None and self.certificate.is_valid(self.at)

    @property
    def is_revoked(self) -> bool:
        return self.certificate is not None and self.certificate.is_revoked(self.at)

    @property
    def can_renew(self) -> bool:
        """Whether the course may be taken once more, for a certificate that ends or has ended."""
        return (
            self.certificate is not None
            and self.enrollment is not None
            and self.enrollment.passed_at is not None
            and self.certificate.may_be_renewed(self.at)
        )

    @property
    def required(self) -> bool:
        return self.assignment is not None and self.assignment.required

    @property
    def reason(self) -> str:
        """Why this person finds the course, in a sentence; empty where it is only first."""
        if self.assignment is None:
            return _("Open to everybody: take it if you like.") if self.course.open_to_all else ""
        words = {
            "role": self.assignment.get_role_display(),
            "day": date_format(hq_day(self.assignment.assigned_at), "DATE_FORMAT"),
        }
        if self.required:
            return _("Required by headquarters since %(day)s for: %(role)s") % words
        return _("Offered by headquarters since %(day)s to: %(role)s") % words

    @property
    def only_offered(self) -> bool:
        """Whether the person could take the course, but nobody asked them to and they have not."""
        untouched = self.enrollment is None and self.certificate is None
        return self.course.open_to_all and self.assignment is None and untouched

    @property
    def due_on(self) -> date | None:
        if self.assignment is None or self.membership is None:
            return None
        return last_day(self.assignment, self.membership, self.certificate, at=self.at)

    @property
    def first_names(self) -> str:
        """The courses to be passed before this one, in words."""
        return _(", ").join(map(str, self.first))

    @property
    def overdue(self) -> bool:
        """Whether the course should be passed by now and is not."""
        open_still = not self.is_certified and self.state in {State.NEW, State.RUNNING}
        return open_still and self.due_on is not None and hq_day(self.at) > self.due_on

    @property
    def can_start(self) -> bool:
        """Whether there is something to begin: a new course, or a new version of it.

        That comes after the certificate has expired, or once no attempt of the old one is left.
        """
        return self.enrollment is None and not self.first

    @property
    def done(self) -> int:
        return sum(1 for lesson in self.lessons if self.is_done(lesson))

    @property
    def percent(self) -> int:
        """Lessons done in percent, the quiz counting as one more step; 100 is passed."""
        if self.state in {State.PASSED, State.EXPIRED}:
            return 100
        return 100 * self.done // (len(self.lessons) + 1)

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def minutes_left(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons if not self.is_done(lesson))

    @property
    def next_lesson(self) -> Lesson | None:
        """The first lesson that is not done; nothing once the quiz is next."""
        done = {lesson for lesson, step in self.progress.items() if step.done_at is not None}
        return upcoming(self.lessons, done)

    @property
    def seconds(self) -> int:
        """Where the video of the next lesson was left, in seconds."""
        lesson = self.next_lesson
        progress = self.progress.get(lesson.pk) if lesson else None
        return progress.seconds if progress else 0

    @property
    def place(self) -> str:
        return clock(self.seconds)

    @property
    def last_seen(self) -> datetime | None:
        """When the person last opened something of this course."""
        if self.enrollment is None:
            return None
        moments = [progress.opened_at for progress in self.progress.values()]
        return max([self.enrollment.started_at, *moments])

    @property
    def has_video(self) -> bool:
        return any(lesson.video for lesson in self.lessons)

    @property
    def video_bytes(self) -> int:
        """What all videos together weigh, as far as their files are there."""
        return sum(size_of(lesson.video) or 0 for lesson in self.lessons if lesson.video)

    def is_done(self, lesson: Lesson) -> bool:
        progress = self.progress.get(lesson.pk)
        return progress is not None and progress.done_at is not None

    def is_open(self, lesson: Lesson) -> bool:
        """Whether the person may read ``lesson`` now: every lesson before it is done."""
        return self.enrollment is not None and is_open(lesson, self.next_lesson)


def newest_certificates(user: User, courses: list[Course]) -> dict[int, Certificate]:
    """The newest certificate of each course, by the course's id."""
    found: dict[int, Certificate] = {}
    for issued in (
        Certificate.objects.filter(enrollment__user=user, enrollment__version__course__in=courses)
        .select_related("enrollment__version__withdrawal")
        .order_by("issued_at", "enrollment__round")
    ):
        about = issued.enrollment.version
        kept = found.get(about.course_id)
        # One of a withdrawn version hides none that still counts.
        if kept is None or kept.enrollment.version.is_withdrawn or not about.is_withdrawn:
            found[about.course_id] = issued
    return found


@dataclass(frozen=True, slots=True)
class _Taught:
    """What a person learns of a course, or would begin with, and what they hold of it."""

    course: Course
    version: CourseVersion
    enrollment: Enrollment | None
    certificate: Certificate | None


def standings(
    user: User, membership: Membership | None, courses: Iterable[Course], *, at: datetime
) -> list[CourseStanding]:
    """How ``user`` stands with each of ``courses``; courses that are not published are left out."""
    courses = list(courses)
    rows = to_post(membership, courses) if membership is not None else []
    assigned = {row.course_id: row for row in reversed(rows)}
    steps = [row for row in rows if row.track_id is not None]
    newest = _newest_versions(courses)
    found = _taught(user, courses, newest, at)
    lessons = defaultdict(list)
    for lesson in (
        Lesson.objects.filter(version__in=[each.version for each in found])
        .defer("body", "body_en")
        .order_by("position")
    ):
        lessons[lesson.version_id].append(lesson)
    progress: dict[int, dict[int, Progress]] = defaultdict(dict)
    for step in Progress.objects.filter(
        enrollment__in=[each.enrollment for each in found if each.enrollment]
    ):
        progress[step.enrollment_id][step.lesson_id] = step

    waits = first_to_pass(user, steps, [each.course for each in found])
    return [
        CourseStanding(
            course=each.course,
            version=each.version,
            lessons=lessons[each.version.pk],
            progress=progress[each.enrollment.pk] if each.enrollment else {},
            enrollment=each.enrollment,
            certificate=each.certificate,
            assignment=assigned.get(each.course.pk),
            membership=membership,
            at=at,
            newest=newest[each.course.pk],
            first=waits.get(each.course.pk, []),
            steps=[step for step in steps if step.course_id == each.course.pk],
        )
        for each in found
    ]


def _newest_versions(courses: list[Course]) -> dict[int, CourseVersion]:
    """What is taught to who begins now, by the course's id."""
    versions = CourseVersion.objects.in_force().filter(course__in=courses).order_by("number")
    return {version.course_id: version for version in versions}


def _taught(
    user: User, courses: list[Course], newest: dict[int, CourseVersion], at: datetime
) -> list[_Taught]:
    """The courses that are taught, each in the version that this person learns."""
    latest, spent = _latest_enrollments(user, courses)
    certificates = newest_certificates(user, courses)
    found = []
    for course in courses:
        if course.pk not in newest:
            continue
        version = newest[course.pk]
        enrollment = latest.get(course.pk)
        certificate = certificates.get(course.pk)
        if enrollment is not None:
            over = enrollment.passed_at is not None and not (
                certificate is not None and certificate.is_valid(at)
            )
            newer = version.pk != enrollment.version_id and (over or enrollment.pk in spent)
            if newer:
                enrollment = None  # the newest version waits to be begun
            else:
                version = enrollment.version
        found.append(_Taught(course, version, enrollment, certificate))
    return found


def _latest_enrollments(
    user: User, courses: list[Course]
) -> tuple[dict[int, Enrollment], set[int]]:
    """The last enrollment in each course, by the course's id, and which have no attempt left.

    Not those in a withdrawn version: what is taught instead is begun anew.
    """
    latest: dict[int, Enrollment] = {}
    spent: set[int] = set()
    for begun in (
        Enrollment.objects.filter(user=user, version__course__in=courses)
        .select_related("version__withdrawal")
        .annotate(handed_in=Count("attempts", filter=Q(attempts__submitted_at__isnull=False)))
        .order_by("version__number", "round")
    ):
        if begun.version.is_withdrawn:
            continue
        latest[begun.version.course_id] = begun
        if _used_up(begun, begun.handed_in):
            spent.add(begun.pk)
    return latest, spent


def tracks(found: Iterable[CourseStanding]) -> list[tuple[Track, list[CourseStanding]]]:
    """The tracks that courses of a person are steps of, each with them in its order."""
    of_track: dict[Track, list[tuple[int, CourseStanding]]] = defaultdict(list)
    for item in found:
        for step in item.steps:
            if step.track is not None:
                of_track[step.track].append((step.position or 0, item))
    ordered = sorted(of_track.items(), key=lambda pair: (not pair[0].onboarding, pair[0].pk))
    return [
        (track, [item for _place, item in sorted(steps, key=itemgetter(0))])
        for track, steps in ordered
    ]


def _used_up(enrollment: Enrollment, handed_in: int) -> bool:
    """Whether none of the attempts passed and no other one may begin."""
    allowed = enrollment.version.attempts
    return enrollment.passed_at is None and allowed is not None and handed_in >= allowed


def standing(
    user: User, membership: Membership | None, course: Course, *, at: datetime
) -> CourseStanding:
    """How ``user`` stands with ``course``, which is published."""
    return standings(user, membership, [course], at=at)[0]
