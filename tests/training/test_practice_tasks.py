"""Lessons that are done by doing: counted at work, or ticked off line by line."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from config.practice import TASKS
from customers.models import Activity
from dealers.actor import Actor
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import UserFactory
from tests.factories.training import MONDAY, LessonFactory, VersionFactory
from training import authoring, learning, practice_tasks
from training.authoring import parcel
from training.models import Assignment, LessonKind, Progress

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def now():
    return timezone.now()


def course(clerk, at, **fields):
    """A published course whose one lesson is of a kind, begun by the clerk at ``at``."""
    draft = VersionFactory()
    draft.lessons.all().delete()
    LessonFactory(version=draft, position=1, **fields)
    Assignment.objects.create(course=draft.course, role=clerk.role)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=at - timedelta(days=1))
    learning.enroll(clerk.user, version, by=Actor.of(clerk), at=at)
    return version


def url(name, version, *args):
    return reverse(f"training:{name}", args=[version.course.slug, *args])


def test_a_task_counts_what_was_done_since_the_course_was_begun(clerk, login, now):
    RulebookFactory()
    begun = now - timedelta(hours=5)
    registered(clerk.store, staff=clerk.user, at=begun - timedelta(minutes=1))
    version = course(clerk, begun, kind=LessonKind.TASK, task="registered", target=2)
    client = login(clerk)
    page = client.get(url("lesson", version, 1)).text
    assert "0 of 2 done" in page
    assert reverse("customers:capture") in page
    registered(clerk.store, staff=clerk.user, at=begun + timedelta(minutes=1))
    registered(clerk.store, staff=UserFactory(), at=begun + timedelta(minutes=2))
    answer = client.post(url("finish", version, 1), follow=True)
    assert "1 of 2 so far." in answer.text
    assert not Progress.objects.filter(done_at__isnull=False).exists()
    for minutes in (3, 4):
        registered(clerk.store, staff=clerk.user, at=begun + timedelta(minutes=minutes))
    assert "2 of 2 done" in client.get(url("lesson", version, 1)).text
    assert client.post(url("finish", version, 1)).url == url("quiz", version)
    assert Progress.objects.get().done_at is not None


def test_follow_ups_count_once_each_with_their_result(clerk, now):
    RulebookFactory()
    begun = now - timedelta(hours=5)
    customer = registered(clerk.store, staff=clerk.user, at=begun)
    counted = practice_tasks.known()["followed_up"].count
    for kind, outcome in (("call", "reached"), ("note", ""), ("call", "no_answer")):
        Activity.objects.create(
            customer_id=customer.customer_id, dealer=clerk.dealer, store=clerk.store,
            staff=clerk.user, kind=kind, outcome=outcome, at=now,
        )  # fmt: skip
    assert counted(clerk, begun, timezone.now()) == 2
    assert counted(clerk, timezone.now() + timedelta(minutes=1), now + timedelta(days=1)) == 0


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.code)
def test_every_task_can_be_counted_and_has_its_page(clerk, now, task):
    assert task.count(clerk, now - timedelta(days=1), now) == 0
    assert reverse(task.page)
    assert str(task.name)
    assert str(task.counted)


def test_a_task_that_nobody_counts_is_said_before_publishing():
    draft = VersionFactory()
    LessonFactory(version=draft, position=3, kind=LessonKind.TASK, task="sang", target=1)
    assert authoring.problems(draft) == ["Lesson 3 asks for a practice task that nobody counts."]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": LessonKind.TASK},
        {"kind": LessonKind.TASK, "task": "registered"},
        {"kind": LessonKind.TASK, "target": 3},
        {"kind": LessonKind.TASK, "task": "registered", "target": 0},
        {"kind": LessonKind.CHECK},
    ],
)
def test_a_lesson_by_doing_says_what(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        LessonFactory(version=VersionFactory(), position=3, **fields)
    with pytest.raises(ValidationError):
        LessonFactory.build(version=VersionFactory(), position=3, **fields).full_clean()


def test_a_checklist_wants_every_line_and_keeps_what_was_ticked(clerk, login, now):
    version = course(
        clerk,
        now,
        kind=LessonKind.CHECK,
        checks="问好\n\n 登记 \n约时间",
        checks_en="Greet\nNote\nMeet",
    )
    client = login(clerk)
    page = client.get(url("lesson", version, 1)).text
    assert page.count('name="tick"') == 3
    assert "Greet" in page
    for sent in (["0", "2"], ["0", "2", "7", "x", "-1", "9" * 30]):
        answer = client.post(url("finish", version, 1), {"tick": sent}, follow=True)
        assert "Tick off every line first." in answer.text
        assert Progress.objects.get().ticked == [0, 2]
    assert answer.text.count("checked") == 2
    sent = {"tick": ["0", "1", "2"]}
    assert client.post(url("finish", version, 1), sent).url == url("quiz", version)
    # What is done stays done, whatever is sent later.
    client.post(url("finish", version, 1), {})
    assert Progress.objects.get().ticked == [0, 1, 2]


def test_a_checklist_that_is_shorter_in_english_is_flagged():
    draft = VersionFactory()
    draft.course.title_en = "Course"
    lesson = LessonFactory(
        version=draft, position=3, kind=LessonKind.CHECK, checks="一\n二", checks_en="one"
    )
    assert authoring.warnings(draft) == ["Lesson 3 is not fully in English."]
    # Who reads English finds as many lines as are to be ticked off.
    assert lesson.local_checks == ["一", "二"]


def test_both_go_into_the_next_version_and_out_and_in_as_files():
    draft = VersionFactory()
    LessonFactory(version=draft, position=3, kind=LessonKind.TASK, task="dispatches", target=3)
    LessonFactory(
        version=draft, position=4, kind=LessonKind.CHECK, checks="一\n二", checks_en="one\ntwo"
    )
    fields = ("kind", "task", "target", "checks", "checks_en")
    before = list(draft.lessons.order_by("position").values_list(*fields))
    packed = io.BytesIO(parcel.pack(draft))
    authoring.publish(draft, by=Actor.hq(UserFactory()), at=MONDAY)
    copy = authoring.new_version(draft.course, by=Actor.worker("tests"), at=MONDAY)
    assert list(copy.lessons.order_by("position").values_list(*fields)) == before
    copy.delete()
    again = parcel.unpack(packed, "x.zip", at=MONDAY, by=Actor.worker("tests"))
    assert list(again.lessons.order_by("position").values_list(*fields)) == before
