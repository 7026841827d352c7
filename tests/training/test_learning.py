from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Role
from tests.factories.dealers import UserFactory
from tests.factories.training import (
    MONDAY,
    CourseFactory,
    LessonFactory,
    VersionFactory,
    answer_all,
    begun,
    first_try,
    person,
    published,
    read,
    take,
    taker,
)
from training import authoring, learning, quiz, standings
from training.models import Assignment, Course, Enrollment, Lesson, Progress
from training.standings import State

pytestmark = pytest.mark.django_db


def standing(membership, version, at=MONDAY):
    return standings.standing(membership.user, membership, version.course, at=at)


def test_a_role_sees_the_published_courses_assigned_to_it():
    associate, owner = person(), person(Role.OWNER)
    mine, other = published(), published(roles=[Role.OWNER])
    Assignment.objects.create(course=VersionFactory().course, role=Role.ASSOCIATE)  # a draft
    assert list(Course.objects.visible_to(associate.user, associate)) == [mine.course]
    assert list(Course.objects.visible_to(owner.user, owner)) == [other.course]


def test_a_course_once_begun_stays_visible_without_the_post():
    member, version = person(), published()
    learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    assert list(Course.objects.visible_to(member.user, None)) == [version.course]
    assert list(Course.objects.visible_to(person().user, None)) == []


def test_a_draft_cannot_be_begun():
    with pytest.raises(learning.LearningRefused):
        begun(VersionFactory())


def test_beginning_twice_is_one_enrollment():
    member, version = person(), published()
    first = learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    again = learning.enroll(
        member.user, version, by=Actor.of(member), at=MONDAY + timedelta(days=1)
    )
    assert (again, again.started_at) == (first, MONDAY)


def test_lessons_open_one_after_the_other():
    enrollment = begun(published())
    first, second = enrollment.version.lessons.all()
    assert learning.resume_point(enrollment) == first
    with pytest.raises(learning.LessonAhead) as ahead:
        learning.open_lesson(enrollment, second, by=taker(enrollment), at=MONDAY)
    assert ahead.value.lesson == first
    with pytest.raises(learning.LessonAhead):
        learning.finish_lesson(enrollment, second, by=taker(enrollment), at=MONDAY)

    learning.open_lesson(enrollment, first, by=taker(enrollment), at=MONDAY)
    assert learning.finish_lesson(enrollment, first, by=taker(enrollment), at=MONDAY) == second
    learning.open_lesson(enrollment, second, by=taker(enrollment), at=MONDAY)
    assert learning.finish_lesson(enrollment, second, by=taker(enrollment), at=MONDAY) is None
    assert learning.resume_point(enrollment) is None


def test_a_lesson_never_opened_is_not_finished():
    enrollment = begun(published())
    with pytest.raises(learning.LearningRefused):
        learning.finish_lesson(
            enrollment, enrollment.version.lessons.first(), by=taker(enrollment), at=MONDAY
        )


def test_finishing_again_keeps_the_first_moment():
    enrollment = begun(published())
    lesson = enrollment.version.lessons.first()
    learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY + timedelta(hours=1))
    assert enrollment.progress.get().done_at == MONDAY


def test_the_place_in_a_video_is_kept():
    enrollment = begun(published())
    lesson = enrollment.version.lessons.first()
    learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    learning.watched(enrollment, lesson, by=taker(enrollment), seconds=80)
    assert learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY).seconds == 80


def test_the_standing_tells_state_progress_and_minutes():
    member, version = person(), published()
    assert (standing(member, version).state, standing(member, version).percent) == (State.NEW, 0)
    enrollment = learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    lesson = version.lessons.first()
    learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    now = standing(member, version)
    assert (now.state, now.done, now.percent, now.minutes_left) == (State.RUNNING, 1, 33, 3)
    assert now.next_lesson == version.lessons.get(position=2)
    read(enrollment)
    take(enrollment)
    assert (standing(member, version).state, standing(member, version).percent) == (
        State.PASSED,
        100,
    )


def test_the_days_count_from_the_later_of_post_and_assignment():
    member, version = person(), published()
    assert standing(member, version).due_on == date(2026, 11, 18)
    member.starts_at = datetime(2026, 10, 25, 4, tzinfo=UTC)
    assert standing(member, version).due_on == date(2026, 11, 24)


def test_a_course_is_overdue_after_its_last_day_until_it_is_passed():
    member, version = person(), published()
    last_minute = datetime(2026, 11, 18, 15, 59, tzinfo=UTC)
    midnight = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
    assert not standing(member, version, last_minute).overdue
    assert standing(member, version, midnight).overdue
    enrollment = learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    read(enrollment)
    take(enrollment)
    assert not standing(member, version, midnight).overdue


def test_the_last_day_is_over_at_headquarters_whoever_asks():
    """In Auckland it is tomorrow in the evening: nobody there is late while reminders wait."""
    member, version = person(), published()
    evening = datetime(2026, 11, 18, 13, tzinfo=UTC)
    with timezone.override("Pacific/Auckland"):
        assert not standing(member, version, evening).overdue


def test_who_began_the_old_version_finishes_it_and_others_begin_the_new():
    member, late, old = person(), person(), published()
    learning.enroll(member.user, old, by=Actor.of(member), at=MONDAY)
    new = authoring.new_version(old.course, by=Actor.worker("tests"), at=MONDAY)
    authoring.publish(new, by=Actor.hq(member.user), at=MONDAY)
    assert standing(member, old).version == old
    assert standing(late, old).version == new


def test_after_expiry_the_newest_version_can_be_begun():
    member, old = person(), published()
    enrollment = learning.enroll(member.user, old, by=Actor.of(member), at=MONDAY)
    read(enrollment)
    take(enrollment)
    later = MONDAY + timedelta(days=400)
    assert standing(member, old, later).state == State.EXPIRED
    assert not standing(member, old, later).can_start
    new = authoring.new_version(old.course, by=Actor.worker("tests"), at=MONDAY)
    authoring.publish(new, by=Actor.hq(member.user), at=later)
    assert standing(member, old, later).version == new
    assert standing(member, old, later).can_start


def test_a_course_without_a_published_version_has_no_standing():
    member = person()
    assert standings.standings(member.user, member, [CourseFactory()], at=MONDAY) == []
    assert not Enrollment.objects.exists()


def test_who_has_used_up_the_attempts_begins_the_next_version():
    member, old = person(), published(attempts=2)
    enrollment = learning.enroll(member.user, old, by=Actor.of(member), at=MONDAY)
    read(enrollment)
    take(enrollment, wrong=1)
    second = MONDAY + timedelta(hours=1)
    attempt = quiz.start(enrollment, by=taker(enrollment), at=second)
    new = authoring.publish(
        authoring.new_version(old.course, by=Actor.worker("tests"), at=MONDAY),
        by=Actor.hq(member.user),
        at=second,
    )

    assert standing(member, old).version == old  # the last attempt is still running

    answer_all(attempt, wrong=1)
    quiz.submit(attempt, by=taker(attempt), at=second)
    now = standing(member, old)
    assert (now.version, now.state, now.can_start) == (new, State.NEW, True)

    again = learning.enroll(member.user, new, by=Actor.of(member), at=second)
    read(again, second)
    take(again, second)
    assert standing(member, old, second).state == State.PASSED


def test_without_a_next_version_used_up_attempts_stay_so():
    member, version = person(), published(attempts=1)
    enrollment = learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    read(enrollment)
    take(enrollment, wrong=1)

    assert (standing(member, version).version, standing(member, version).can_start) == (
        version,
        False,
    )
    assert quiz.why_not(enrollment, at=MONDAY + timedelta(days=1))


@pytest.mark.parametrize("done", [set(), {1}, {2}, {1, 2}, {1, 3}, {2, 3}, {1, 2, 3}])
def test_pages_and_files_open_the_same_lessons(done):
    """The rule and its SQL agree, whichever lessons are done."""
    member, draft = person(), VersionFactory()
    LessonFactory(version=draft, position=3)
    Assignment.objects.create(course=draft.course, role=member.role, assigned_at=MONDAY)
    version = authoring.publish(draft, by=Actor.hq(member.user), at=MONDAY)
    enrollment = learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    for lesson in version.lessons.filter(position__in=done):
        Progress.objects.create(enrollment=enrollment, lesson=lesson, done_at=MONDAY)

    shown = standing(member, version)
    by_rule = {lesson for lesson in shown.lessons if shown.is_open(lesson)}
    assert set(Lesson.objects.visible_to(member.user)) == by_rule
    first = learning.resume_point(enrollment)
    assert (first.position if first else None) == min({1, 2, 3} - done, default=None)


def test_nobody_goes_on_in_somebody_elses_course():
    member, version = person(), published()
    enrollment = learning.enroll(member.user, version, by=Actor.of(member), at=MONDAY)
    lesson = version.lessons.first()
    for other in (Actor.of(person()), Actor.hq(UserFactory(is_staff=True)), Actor.visitor()):
        for step in (
            partial(learning.enroll, member.user, version, at=MONDAY),
            partial(learning.open_lesson, enrollment, lesson, at=MONDAY),
            partial(learning.finish_lesson, enrollment, lesson, at=MONDAY),
            partial(learning.tick, enrollment, lesson, [0]),
            partial(learning.watched, enrollment, lesson, seconds=5),
            partial(quiz.start, enrollment, at=MONDAY),
        ):
            with pytest.raises(learning.NotTheirs):
                step(by=other)
    assert not enrollment.progress.exists()


def test_nobody_answers_somebody_elses_quiz():
    enrollment = begun(published())
    read(enrollment)
    attempt = first_try(enrollment)
    item = quiz.questions(attempt)[0]
    other = Actor.of(person())
    with pytest.raises(learning.NotTheirs):
        quiz.answer(attempt, item.question, [item.correct[0].pk], by=other, at=MONDAY)
    answer_all(attempt)
    with pytest.raises(learning.NotTheirs):
        quiz.submit(attempt, by=other, at=MONDAY + timedelta(hours=1))
