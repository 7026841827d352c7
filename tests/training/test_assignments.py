"""Whom a course is for, what is passed before it, the way of a role, and the last day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Membership, Notice, OutboxTask, Role
from tests.factories.dealers import RegionFactory, StoreFactory
from tests.factories.training import MONDAY, person, published, read, take
from training import completion, learning, onboarding, standings
from training.admin.courses import CourseForm
from training.models import Assignment, Course, Enrollment, Reminder, Track
from training.readiness import readiness

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    """A clerk's post since the first of October."""
    return person()


def only(version, **fields):
    """The course's one assignment, made narrower."""
    Assignment.objects.filter(course=version.course).update(**fields)
    return version


def has(post, version):
    """Whether the post has the course, as all readers of it agree."""
    assignment = Assignment.objects.get(course=version.course)
    region = post.dealer.region_id if post.dealer_id else post.region_id
    answers = {
        Assignment.objects.of_post(post).filter(course=version.course).exists(),
        assignment.is_for(post, region),
        version.course_id in readiness([post], at=MONDAY)[post.pk].required,
        Course.objects.visible_to(post.user, post).filter(pk=version.course_id).exists(),
    }
    assert len(answers) == 1
    return answers.pop()


def test_a_course_is_for_a_role_at_a_place_since_a_day(post):
    version = published()
    region, store = post.dealer.region, post.store
    cases = [
        ({}, True),
        ({"region": region}, True),
        ({"region": RegionFactory()}, False),
        ({"region": None, "store": store}, True),
        ({"store": StoreFactory(dealer=post.dealer)}, False),
        ({"store": None, "joined_from": date(2026, 10, 1)}, True),
        ({"joined_from": date(2026, 10, 2)}, False),
        ({"joined_from": None, "joined_until": date(2026, 10, 1)}, True),
        ({"joined_until": date(2026, 9, 30)}, False),
        ({"joined_until": None, "role": Role.OWNER}, False),
    ]
    for fields, expected in cases:
        assert has(post, only(version, **fields)) is expected, fields


def test_a_post_began_on_the_day_of_headquarters_whoever_asks(post):
    """As the second begins in Auckland it is still the first at headquarters."""
    post.starts_at = datetime(2026, 10, 1, 11, tzinfo=UTC)
    version = only(published(), joined_until=date(2026, 10, 1), assigned_at=post.starts_at)

    with timezone.override("Pacific/Auckland"):
        assert has(post, version)
        due = Assignment.objects.get(course=version.course).due_on(post)

    assert due == date(2026, 10, 31)


def test_a_regional_manager_has_the_courses_of_the_region():
    manager = person(Role.REGIONAL_MANAGER)
    version = published(roles=[Role.REGIONAL_MANAGER])
    assert has(manager, only(version, region=manager.region))
    assert not has(manager, only(version, region=RegionFactory()))


def test_readiness_of_many_posts_takes_the_same_queries(django_assert_num_queries):
    version = published()
    posts = [person() for _each in range(4)]
    only(version, region=posts[0].dealer.region)
    posts = list(Membership.objects.filter(pk__in=[post.pk for post in posts]).order_by("pk"))
    with django_assert_num_queries(3):
        ready = readiness(posts, at=MONDAY)
    assert [len(ready[post.pk].required) for post in posts] == [1, 0, 0, 0]


def test_of_several_assignments_the_required_one_that_is_due_first_counts(post):
    version = published()
    only(version, required=False, due_days=1)
    for days in (20, 10, None):
        Assignment.objects.create(
            course=version.course, role=post.role, due_days=days, assigned_at=MONDAY,
            store=post.store if days == 10 else None,
            region=post.dealer.region if days == 20 else None,
            joined_from=None if days else date(2026, 1, 1),
        )  # fmt: skip
    standing = standings.standing(post.user, post, version.course, at=MONDAY)
    assert (standing.required, standing.due_on) == (True, date(2026, 10, 29))


def test_the_same_assignment_stands_once(post):
    version = published()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(course=version.course, role=post.role)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            course=version.course, role=Role.OWNER,
            joined_from=date(2026, 2, 1), joined_until=date(2026, 1, 1),
        )  # fmt: skip


def passed(post, version):
    enrollment = learning.enroll(post.user, version, by=Actor.of(post), at=MONDAY)
    read(enrollment)
    take(enrollment)
    return enrollment


def test_a_course_waits_until_the_one_before_it_is_passed(post, login, english):
    first, second = published(roles=[]), published()
    second.course.first.add(first.course)
    page = reverse("training:course", args=[second.course.slug])
    client = login(post)
    assert first.course.title_en in client.get(page).text
    assert client.get(reverse("training:course", args=[first.course.slug])).status_code == 200
    answer = client.post(reverse("training:start", args=[second.course.slug]), follow=True)
    assert f"First pass: {first.course.title_en}" in answer.text
    assert not Enrollment.objects.exists()
    passed(post, first)
    assert client.post(reverse("training:start", args=[second.course.slug])).status_code == 302
    assert Enrollment.objects.filter(version=second).exists()


def test_who_began_goes_on_whatever_comes_before_it_later(post):
    first, second = published(), published()
    learning.enroll(post.user, second, by=Actor.of(post), at=MONDAY)
    second.course.first.add(first.course)
    standing = standings.standing(post.user, post, second.course, at=MONDAY)
    assert standing.next_lesson.position == 1
    assert not standing.can_start
    assert standing.is_open(standing.next_lesson)


def test_a_course_before_another_that_nobody_can_take_holds_nobody_up(post):
    from tests.factories.training import VersionFactory

    second = published()
    second.course.first.add(VersionFactory().course)
    assert standings.standing(post.user, post, second.course, at=MONDAY).can_start


def test_what_waits_itself_comes_before_nothing(english):
    first, second, third = published().course, published().course, published().course
    second.first.add(first)
    form = CourseForm.__new__(CourseForm)
    for course, chosen, wrong in [
        (third, [second], "waits for another course itself"),
        (first, [third], "Another course waits for this one"),
        (third, [third], "waits for another course itself"),
    ]:
        form.instance, form.cleaned_data = course, {"first": chosen}
        with pytest.raises(ValidationError, match=wrong):
            form.clean_first()
    form.instance, form.cleaned_data = third, {"first": [first]}
    assert form.clean_first() == [first]


def track(*versions, role=Role.ASSOCIATE, onboarding=False, required=None):
    made = Track.objects.create(title="入门", title_en="Way in", role=role, onboarding=onboarding)
    for position, version in enumerate(versions, start=1):
        Assignment.objects.create(
            track=made, position=position, course=version.course, role=role, assigned_at=MONDAY,
            required=position in required if required else True, due_days=10 * position,
        )  # fmt: skip
    return made


def test_a_track_opens_step_by_step(post, login, english):
    versions = [published(roles=[]) for _each in range(3)]
    track(*versions, required=[1, 3])
    courses = [version.course for version in versions]

    def open_now():
        found = standings.standings(post.user, post, courses, at=MONDAY)
        return [item.can_start for item in found]

    assert open_now() == [True, False, False]
    passed(post, versions[0])
    assert open_now() == [False, True, True]  # the second is offered only, and holds nothing up
    page = login(post).get(reverse("training:home")).text
    assert "Way in" in page
    assert page.index(courses[0].title_en) < page.index(courses[2].title_en)


def test_the_track_begins_by_itself_at_the_first_sign_in_once(post):
    versions = [published(roles=[]) for _each in range(2)]
    track(*versions, onboarding=True)
    begun = onboarding.begin(post.user, at=MONDAY)
    assert begun.version == versions[0]
    assert Notice.objects.get(user=post.user).kind == "training"
    assert onboarding.begin(post.user, at=MONDAY + timedelta(days=1)) is None
    assert Enrollment.objects.count() == 1
    assert onboarding.begin(person(Role.OWNER).user, at=MONDAY) is None


def test_signing_in_begins_it(clerk):
    version = published(roles=[])
    track(version, onboarding=True, role=clerk.role)
    Client().force_login(clerk.user)
    assert Enrollment.objects.get().user == clerk.user


def test_one_track_of_a_role_begins_by_itself():
    track(published(), onboarding=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        track(published(), onboarding=True)
    track(published())


def test_who_is_due_is_reminded_three_days_before_and_not_twice_a_week(post):
    version = published()
    only(version, due_days=10, assigned_at=MONDAY)
    owner = person(Role.OWNER)
    due = datetime(2026, 10, 29, 1, 30, tzinfo=UTC)
    assert completion.remind_who_is_due(at=due - timedelta(days=4)) == 0
    assert completion.remind_who_is_due(at=due - timedelta(days=3)) == 1
    reminder = Reminder.objects.get()
    assert (reminder.user, reminder.by) == (post.user, None)
    assert OutboxTask.objects.filter(task=completion.TASK).count() == 1
    completion.send(reminder.pk, at=due - timedelta(days=3))
    assert Notice.objects.get(user=post.user).kind == "training"
    assert completion.remind_who_is_due(at=due) == 0
    assert completion.remind_who_is_due(at=due + timedelta(days=5)) == 1
    passed(post, version)
    assert completion.remind_who_is_due(at=due + timedelta(days=20)) == 0
    assert not Reminder.objects.filter(user=owner.user).exists()


def test_a_course_of_a_track_that_is_assigned_besides_is_its_step_still(post):
    versions = [published(), published()]
    track(*versions)
    Assignment.objects.filter(track=None).update(due_days=1)
    found = standings.standings(
        post.user, post, [version.course for version in versions], at=MONDAY
    )
    assert [item.due_on for item in found] == [date(2026, 10, 20)] * 2
    assert [item.can_start for item in found] == [True, False]
    [(_track, steps)] = standings.tracks(found)
    assert steps == found


def test_steps_with_the_same_number_may_be_taken_in_any_order(post):
    versions = [published(roles=[]) for _each in range(3)]
    track(*versions)
    Assignment.objects.filter(course=versions[1].course).update(position=1)
    courses = [version.course for version in versions]
    found = standings.standings(post.user, post, courses, at=MONDAY)
    assert [item.can_start for item in found] == [True, True, False]
    assert len(found[2].first) == 2
