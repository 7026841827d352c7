"""Taking a course: what is assigned, beginning, reading in order, going on where one stopped."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil

from django.db import transaction
from django.db.models import Count, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dealers.models import Membership, User
from training import pace, practice_tasks
from training.files import size_of
from training.models import (
    Assignment,
    Certificate,
    Course,
    CourseVersion,
    Enrollment,
    Lesson,
    LessonKind,
    Progress,
    Track,
)
from training.models.lessons import is_open, lines, upcoming
from training.readiness import Readiness, readiness


class LearningRefused(Exception):
    """The message is written for the learner."""


class LessonAhead(LearningRefused):
    """The lesson comes later; ``lesson`` is the one to read first."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(_("First finish lesson %(position)d.") % {"position": lesson.position})
        self.lesson = lesson


class TooSoon(LearningRefused):
    """The lesson is finished faster than anybody reads it."""


def clock(seconds: int) -> str:
    """A place in a video as players show it: 1:20."""
    return f"{seconds // 60}:{seconds % 60:02}"


class State(TextChoices):
    """How a person stands with a course."""

    NEW = "new", gettext_lazy("Not started")
    RUNNING = "running", gettext_lazy("In progress")
    PASSED = "passed", gettext_lazy("Passed")
    EXPIRED = "expired", gettext_lazy("Certificate expired")


@dataclass(frozen=True)
class Standing:
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
    first: list[Course] = field(default_factory=list)  # to be passed before this one

    @property
    def state(self) -> State:
        if self.certificate is not None:
            return State.PASSED if self.certificate.is_valid(self.at) else State.EXPIRED
        return State.NEW if self.enrollment is None else State.RUNNING

    @property
    def required(self) -> bool:
        return self.assignment is not None and self.assignment.required

    @property
    def reason(self) -> str:
        """Why this person finds the course, in a sentence; empty where nobody assigned it."""
        if self.assignment is None:
            return ""
        words = {
            "role": self.assignment.get_role_display(),
            "day": date_format(timezone.localtime(self.assignment.assigned_at), "DATE_FORMAT"),
        }
        if self.required:
            return _("Required by headquarters since %(day)s for: %(role)s") % words
        return _("Offered by headquarters since %(day)s to: %(role)s") % words

    @property
    def due_on(self) -> date | None:
        if self.assignment is None or self.membership is None:
            return None
        return self.assignment.due_on(self.membership)

    @property
    def first_names(self) -> str:
        """The courses to be passed before this one, in words."""
        return _(", ").join(map(str, self.first))

    @property
    def track(self) -> Track | None:
        return self.assignment.track if self.assignment is not None else None

    @property
    def overdue(self) -> bool:
        """Whether the course should be passed by now and is not."""
        open_still = self.state in {State.NEW, State.RUNNING}
        return open_still and self.due_on is not None and timezone.localdate(self.at) > self.due_on

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


def standings(
    user: User, membership: Membership | None, courses: Iterable[Course], *, at: datetime
) -> list[Standing]:
    """How ``user`` stands with each of ``courses``; courses that are not published are left out."""
    courses = list(courses)
    assigned = assignments(membership, courses) if membership is not None else {}
    newest: dict[int, CourseVersion] = {}
    for version in CourseVersion.objects.published().filter(course__in=courses).order_by("number"):
        newest[version.course_id] = version
    latest: dict[int, Enrollment] = {}
    spent: set[int] = set()  # enrollments without an attempt left
    for begun in (
        Enrollment.objects.filter(user=user, version__course__in=courses)
        .select_related("version", "certificate")
        .annotate(handed_in=Count("attempts", filter=Q(attempts__submitted_at__isnull=False)))
        .order_by("version__number")
    ):
        latest[begun.version.course_id] = begun
        if _used_up(begun, begun.handed_in):
            spent.add(begun.pk)

    chosen = []
    for course in courses:
        if course.pk not in newest:
            continue
        version = newest[course.pk]
        enrollment = latest.get(course.pk)
        certificate: Certificate | None = getattr(enrollment, "certificate", None)
        if enrollment is not None:
            expired = certificate is not None and not certificate.is_valid(at)
            if version.pk != enrollment.version_id and (expired or enrollment.pk in spent):
                enrollment = None  # the newest version waits to be begun
            else:
                version = enrollment.version
        chosen.append((course, version, enrollment, certificate))

    lessons = defaultdict(list)
    for lesson in (
        Lesson.objects.filter(
            version__in=[version for _course, version, _enrollment, _certificate in chosen]
        )
        .defer("body", "body_en")
        .order_by("position")
    ):
        lessons[lesson.version_id].append(lesson)
    progress: dict[int, dict[int, Progress]] = defaultdict(dict)
    for step in Progress.objects.filter(
        enrollment__in=[enrollment for *_rest, enrollment, _certificate in chosen if enrollment]
    ):
        progress[step.enrollment_id][step.lesson_id] = step

    waits = first_to_pass(user, assigned, [course for course, *_rest in chosen])
    return [
        Standing(
            course=course,
            version=version,
            lessons=lessons[version.pk],
            progress=progress[enrollment.pk] if enrollment else {},
            enrollment=enrollment,
            certificate=certificate,
            assignment=assigned.get(course.pk),
            membership=membership,
            at=at,
            first=waits.get(course.pk, []),
        )
        for course, version, enrollment, certificate in chosen
    ]


def tracks(found: Iterable[Standing]) -> list[tuple[Track, list[Standing]]]:
    """The tracks that courses of a person are steps of, each with them in its order."""
    of_track: dict[Track, list[Standing]] = defaultdict(list)
    for item in found:
        if item.track is not None:
            of_track[item.track].append(item)
    for steps in of_track.values():
        steps.sort(key=lambda item: (item.assignment and item.assignment.position) or 0)
    return sorted(of_track.items(), key=lambda pair: (not pair[0].onboarding, pair[0].pk))


def _used_up(enrollment: Enrollment, handed_in: int) -> bool:
    """Whether none of the attempts passed and no other one may begin."""
    allowed = enrollment.version.attempts
    return enrollment.passed_at is None and allowed is not None and handed_in >= allowed


def standing(
    user: User, membership: Membership | None, course: Course, *, at: datetime
) -> Standing:
    """How ``user`` stands with ``course``, which is published."""
    return standings(user, membership, [course], at=at)[0]


def assignments(post: Membership, courses: Iterable[Course]) -> dict[int, Assignment]:
    """The assignment that counts for the holder of ``post``, by its course.

    Of several the one that is required, and of those the one that is due first.
    """
    found: dict[int, Assignment] = {}
    rows = Assignment.objects.of_post(post).filter(course__in=courses).select_related("track")
    for assignment in sorted(rows, key=lambda each: _weight(each, post)):
        found.setdefault(assignment.course_id, assignment)
    return found


def _weight(assignment: Assignment, post: Membership) -> tuple[bool, date, int]:
    return not assignment.required, assignment.due_on(post) or date.max, assignment.pk


def first_to_pass(
    user: User, assigned: Mapping[int, Assignment], courses: Iterable[Course]
) -> dict[int, list[Course]]:
    """The courses that ``user`` passes before each of ``courses``, by their ids; none passed yet.

    They are those that a course names, and the required ones of its track that come before it.
    """
    ids = [course.pk for course in courses]
    before: dict[int, set[int]] = defaultdict(set)
    for course, first in Course.first.through.objects.filter(from_course__in=ids).values_list(
        "from_course", "to_course"
    ):
        before[course].add(first)
    steps = {pk: assigned[pk] for pk in ids if pk in assigned and assigned[pk].track_id}
    if steps:
        tracks = {step.track_id for step in steps.values()}
        earlier = list(Assignment.objects.filter(track__in=tracks, required=True))
        for course, step in steps.items():
            before[course] |= {
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
            pk__in=set().union(*before.values()), versions__published_at__isnull=False
        )
        .exclude(versions__enrollments__in=_passed(user))
        .distinct()
    }
    return {
        course: [names[each] for each in sorted(first) if each in names and each != course]
        for course, first in before.items()
    }


def _passed(user: User) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(user=user, passed_at__isnull=False)


def enroll(
    user: User, version: CourseVersion, *, at: datetime, first: Sequence[Course] = ()
) -> Enrollment:
    """Begin a published course version; a second time it is the same enrollment.

    Raises LearningRefused while there are others to pass ``first``, as a standing says.
    """
    if not version.is_published:
        raise LearningRefused(_("This version is not published yet."))
    if first:
        raise LearningRefused(
            _("First pass: %(courses)s") % {"courses": _(", ").join(map(str, first))}
        )
    enrollment, _created = Enrollment.objects.get_or_create(
        user=user, version=version, defaults={"started_at": at}
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


def open_lesson(enrollment: Enrollment, lesson: Lesson, *, at: datetime) -> Progress:
    """Note that ``lesson`` was opened, and give back how far the person got in it.

    Raises LessonAhead when an earlier lesson is not done.
    """
    _refuse_ahead(enrollment, lesson)
    progress, _created = Progress.objects.get_or_create(
        enrollment=enrollment, lesson=lesson, defaults={"opened_at": at}
    )
    return progress


@transaction.atomic
def finish_lesson(
    enrollment: Enrollment,
    lesson: Lesson,
    *,
    at: datetime,
    post: Membership | None = None,
) -> Lesson | None:
    """Mark ``lesson`` as done and name the lesson that follows; nothing when the quiz does.

    A practice task counts what was done in ``post`` since the course was begun; a checklist wants
    every line ticked off, as ``tick`` keeps them. Raises LearningRefused while any is missing.

    Raises LessonAhead when an earlier lesson is not done, LearningRefused when this one was never
    opened, TooSoon when nobody can have read it yet. Finishing twice keeps the first moment.
    """
    _refuse_ahead(enrollment, lesson)
    progress = Progress.objects.filter(enrollment=enrollment, lesson=lesson).first()
    if progress is None:
        raise LearningRefused(_("Open the lesson before you finish it."))
    if progress.done_at is None:
        if lesson.kind == LessonKind.CHECK and len(progress.ticked) < len(lines(lesson.checks)):
            raise LearningRefused(_("Tick off every line first."))
        _refuse_undone(enrollment, lesson, post, at)
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


def tick(enrollment: Enrollment, lesson: Lesson, ticked: Collection[int]) -> int:
    """Keep which lines of a checklist are ticked off, by their places; how many are missing."""
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


def watched(enrollment: Enrollment, lesson: Lesson, *, seconds: int) -> None:
    """Keep the place in a lesson's video, in seconds, so that it goes on from there."""
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
