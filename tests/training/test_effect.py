"""Does a course work: never more certain than the stores that can be compared allow."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from django.urls import reverse
from django.utils import timezone

from config.practice import FIGURES
from dealers.actor import Actor
from dealers.models import Store
from dealers.months import add_months, hq_day
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory
from tests.factories.training import MONDAY, begun, published, read, take, taker
from training import effect, learning, quiz
from training.effect import Compared, Counted, Figure, judged
from training.models import Course

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(9, 1.833), (14, 1.761), (29, 1.699), (99, 1.660)]
)
def test_the_interval_is_students(freedom, quantile):
    assert effect._student(freedom) == pytest.approx(quantile, abs=0.002)  # from a printed table


def test_nine_stores_say_nothing_however_much_they_gained():
    found = judged([Compared(0.3, 0.0)] * 9, left_out=2)
    assert (found.stores, found.left_out, found.enough) == (9, 2, False)
    assert not found.helps
    assert judged([Compared(0.3 + place / 1000, 0.0) for place in range(10)]).helps


def test_what_others_gained_as_well_is_taken_off():
    chance = Random(7)
    same = [Compared(0.2 + noise, 0.2) for noise in (chance.gauss(0, 0.05) for _each in range(40))]
    found = judged(same)
    assert found.low < 0 < found.high
    assert not found.helps
    assert not found.hurts
    assert judged([Compared(row.change, 0.4) for row in same]).hurts


def test_nine_times_in_ten_the_difference_lies_within():
    chance = Random(20)
    inside = 0
    for _trial in range(1000):
        found = judged([Compared(chance.gauss(0.1, 0.08), 0.03) for _store in range(12)])
        inside += found.low <= 0.07 <= found.high
    assert 870 <= inside <= 930


def begin(post, version, at, *, wrong=0):
    enrollment = learning.enroll(post.user, version, by=Actor.of(post), at=at)
    read(enrollment, at)
    return take(enrollment, at, wrong=wrong)


def test_half_of_the_people_make_a_store_one_that_took_it():
    version = published(MONDAY)
    store, other = StoreFactory(), StoreFactory()
    posts = [MembershipFactory(store=store) for _each in range(4)]
    lonely = MembershipFactory(store=other)
    for day, post in enumerate(posts[:2]):
        assert effect._stores(version.course, MONDAY + timedelta(days=9))[0] == {}
        begin(post, version, MONDAY + timedelta(days=day))
    taken, untouched = effect._stores(version.course, MONDAY + timedelta(days=9))
    assert taken == {store.pk: (MONDAY + timedelta(days=1)).date()}
    assert untouched == {lonely.store_id}


def test_completion_and_hardest_questions(login, hq):
    version = published(MONDAY)
    for index in range(effect.ASKED):
        post = MembershipFactory()
        begin(post, version, MONDAY, wrong=1 if index < 5 else 0)
    begun(version)
    [row] = effect.completion(version.course)
    assert (row.begun, row.passed, row.percent) == (21, 15, 71)
    [hard] = effect.hardest(version.course)
    assert (hard.question.position, hard.wrong, hard.asked, hard.percent) == (1, 5, 20, 25)
    page = login(hq).get(reverse("admin:training_course_effect", args=[version.course_id])).text
    assert "5 of 20 wrong at the first attempt (25 %)" in page
    assert "The course names no figure that it is to change." in page


def test_a_question_that_few_were_asked_is_not_called_hard():
    version = published(MONDAY)
    for _each in range(effect.ASKED - 1):
        begin(MembershipFactory(), version, MONDAY, wrong=2)
    assert effect.hardest(version.course) == []


def test_what_nobody_came_to_before_the_time_was_over_is_not_called_hard():
    version = published(MONDAY, time_limit=10)
    for _each in range(effect.ASKED):
        enrollment = begun(version)
        read(enrollment, MONDAY)
        attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
        first = quiz.questions(attempt)[0]
        quiz.answer(attempt, first.question, [first.correct[0].pk], by=taker(attempt), at=MONDAY)
        quiz.hand_in_late(attempt, by=taker(attempt), at=MONDAY + timedelta(minutes=10))
    assert effect.hardest(version.course) == []


def test_without_enough_stores_the_page_says_that_nobody_can_tell(login, hq):
    version = published(MONDAY)
    version.course.figure = "contact"
    version.course.save()
    page = login(hq).get(reverse("admin:training_course_effect", args=[version.course_id])).text
    assert "Cannot tell: of the stores that took the course, 0 can be compared." in page
    assert "First contact in time" in page


def _doubled(first: date, _end: date, at: datetime) -> Counted:
    """40 of 100; once it was learned 79 or 81 in stores whose code begins with T."""
    later = first > add_months(hq_day(at), -LEARNED)
    learned = {f"T{number}": 39 + number % 2 * 2 for number in range(effect.ENOUGH)}
    return {
        store.pk: (40 + (learned.get(store.code, 0) if later else 0), 100)
        for store in Store.objects.all()
    }


LEARNED = 4  # months back
DOUBLED = (Figure("doubled", "Doubled", "How often, of a hundred.", _doubled),)


def test_what_stores_gained_that_took_it_is_told_with_its_interval(login, hq, settings):
    settings.LEARNING_FIGURES = f"{__name__}.DOUBLED"
    at = timezone.now()
    then = datetime.combine(add_months(hq_day(at).replace(day=9), -LEARNED), time(4), UTC)
    version = published(then)
    Course.objects.filter(pk=version.course_id).update(figure="doubled")
    for number in range(effect.ENOUGH):
        store = StoreFactory(code=f"T{number}")
        learner = MembershipFactory(store=store, starts_at=then)
        enrollment = learning.enroll(learner.user, version, by=Actor.of(learner), at=then)
        read(enrollment, then)
        take(enrollment, then + timedelta(days=1))
    for number in range(effect.SIMILAR):
        MembershipFactory(store=StoreFactory(code=f"U{number}"), starts_at=then)

    found = effect.of_course(Course.objects.get(), at=at)

    assert (found.stores, found.left_out) == (effect.ENOUGH, 0)
    assert found.change == pytest.approx(0.4)
    assert found.others == pytest.approx(0)
    assert 0.39 < found.low < 0.4 < found.high < 0.41
    assert found.helps
    page = login(hq).get(reverse("admin:training_course_effect", args=[version.course_id])).text
    assert "In 10 stores that took the course the figure changed by +40.0 percentage points" in page
    assert "with 90 % certainty: where it was passed, more was done." in page


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.code)
def test_every_figure_can_be_counted(figure):
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert figure.count(at.date() - timedelta(days=30), at.date(), at) == {}


def test_first_contacts_are_counted_by_the_store_that_won_the_customer():
    RulebookFactory()
    store = StoreFactory()
    made = registered(store, at=datetime(2026, 9, 10, 2, tzinfo=UTC))
    figure = effect.figures()["contact"]
    first, end = made.received_on.replace(day=1), made.received_on.replace(month=10, day=1)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    counted = figure.count(first, end, at)
    assert counted[store.pk][0] == 0
    assert figure.count(end, end + timedelta(days=30), at) == {}
