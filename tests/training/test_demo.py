from datetime import timedelta

import pytest
from django.utils import timezone

from dealers.models import Role
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory
from tests.factories.stories import frozen_board, owner_of
from training import authoring, demo
from training.demo.courses import FOLDERS
from training.models import (
    Certificate,
    Course,
    CourseVersion,
    Enrollment,
    Lesson,
    LessonKind,
    Question,
    SharingSession,
    Story,
    Track,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def courses():
    return demo.load(by=UserFactory(), at=timezone.now() - timedelta(days=60))


def test_the_courses_are_complete_in_both_languages(courses):
    assert len(courses) == 4
    for version in CourseVersion.objects.published():
        assert authoring.problems(version) == []
        assert authoring.warnings(version) == []


def test_loading_again_changes_nothing(courses):
    lessons = Lesson.objects.count()
    demo.load(by=UserFactory(), at=timezone.now())
    assert Course.objects.count() == 4
    assert Lesson.objects.count() == lessons


def test_people_are_somewhere_in_the_courses_and_a_second_run_adds_nobody(courses):
    staff = MembershipFactory.create_batch(8, starts_at=timezone.now() - timedelta(days=90))
    demo.progress(staff, seed=7, until=timezone.now())
    begun = Enrollment.objects.count()
    assert 0 < Certificate.objects.count() < begun < 8 * 3
    assert not Enrollment.objects.filter(started_at__gt=timezone.now()).exists()
    demo.progress(staff, seed=7, until=timezone.now())
    assert Enrollment.objects.count() == begun


@pytest.mark.usefixtures("courses")
def test_the_courses_show_a_track_a_task_a_checklist_practice_and_a_catalogue():
    demo.load_tracks(at=timezone.now())
    tracks = Track.objects.filter(onboarding=True)
    assert set(tracks.values_list("role", flat=True)) == set(Role.values)
    # A gap of stores has its lesson, and whether that works can be told.
    assert Course.objects.get(figure="contact").slug == "first-follow-up"
    # A package is brought by whoever has one; the demo brings none.
    kinds = set(LessonKind) - {LessonKind.SCORM}
    assert set(Lesson.objects.values_list("kind", flat=True)) == kinds
    assert Question.objects.of_practice().exists()
    clerk = MembershipFactory()
    offered = Course.objects.visible_to(clerk.user, clerk).exclude(assignments__role=clerk.role)
    assert [course.slug for course in offered] == ["reading-the-statement"]


def test_no_lesson_promises_a_customer_what_no_page_does():
    assert list(FOLDERS.rglob("lessons/*.md"))
    for lesson in FOLDERS.rglob("lessons/*.md"):
        text = lesson.read_text(encoding="utf-8")
        for promise in ("要求删除", "撤回同意", "have it deleted", "withdraw"):
            assert promise not in text, lesson


def test_a_store_tells_its_story_and_people_come():
    store = StoreFactory()
    owner_of(store)
    frozen_board(store)
    listeners = StoreFactory()
    people = MembershipFactory.create_batch(9, store=listeners)
    hq, second = (UserFactory(is_staff=True) for _person in range(2))
    for _again in range(2):
        demo.share(store, people=people, hq=hq, second=second, now=timezone.now())

    story = Story.objects.shown().get()
    assert story.named
    assert story.figures.get().rank == 1
    past, coming = SharingSession.objects.order_by("starts_at")
    assert past.seats.filter(attended_at__isnull=False).count() == 6
    assert past.recording_link
    assert past.kudos.count() == 5
    assert story.kudos.count() == 5
    assert past.questions.get().answered_at
    assert coming.seats.taken().count() == 5
    assert coming.named_at
