"""What is refused: skipping by address, haste, replaying, two tabs, after the time; and counted."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from tests.factories.dealers import UserFactory
from tests.factories.training import (
    MONDAY,
    VersionFactory,
    answer_all,
    begun,
    published,
    read,
    taker,
)
from training import authoring, learning, pace, quiz
from training.models import (
    Assignment,
    Attempt,
    Irregularity,
    IrregularityKind,
    Progress,
    QuestionUse,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def version():
    return published(timezone.now() - timedelta(days=3), time_limit=30)


@pytest.fixture
def learner(clerk, login):
    return login(clerk)


def url(name, version, *args):
    return reverse(f"training:{name}", args=[version.course.slug, *args])


def enrolled(clerk, version, *, all_read=True):
    enrollment = learning.enroll(
        clerk.user, version, by=Actor.of(clerk), at=timezone.now() - timedelta(days=2)
    )
    if all_read:
        read(enrollment, timezone.now() - timedelta(days=2))
    return enrollment


def counted():
    return dict(Irregularity.objects.values_list("kind", "count"))


def test_skipping_by_address_is_refused_and_counted(clerk, learner, version):
    enrollment = enrolled(clerk, version, all_read=False)
    assert learner.get(url("lesson", version, 2)).url == url("lesson", version, 1)
    assert learner.post(url("finish", version, 2)).url == url("lesson", version, 1)
    assert learner.post(url("quiz_start", version)).url == url("quiz", version)
    assert learner.get(url("question", version, 1)).url == url("quiz", version)
    assert not Attempt.objects.exists()
    assert counted() == {"ahead": 3}
    row = Irregularity.objects.get()
    assert row.enrollment == enrollment
    assert row.last_at > row.first_at


def test_of_two_at_once_the_earlier_may_be_counted_last():
    enrollment = begun(published())
    for moment in (MONDAY, MONDAY - timedelta(milliseconds=1)):
        Irregularity.objects.note(enrollment, IrregularityKind.HURRIED, at=moment)
    row = Irregularity.objects.get()
    assert (row.count, row.first_at, row.last_at) == (2, MONDAY, MONDAY)


def test_a_lesson_is_not_done_before_anybody_has_read_it(clerk, learner, version, settings):
    settings.LEARNING_PACE = 1
    enrolled(clerk, version, all_read=False)
    learner.get(url("lesson", version, 1))
    answer = learner.post(url("finish", version, 1), follow=True)
    assert "Read it first: you can go on in 1" in answer.text
    assert not Progress.objects.filter(done_at__isnull=False).exists()
    assert counted() == {"hurried": 1}


def test_a_lesson_may_be_done_once_its_time_is_over(settings):
    settings.LEARNING_PACE = 1
    enrollment = begun(published())
    lesson = enrollment.version.lessons.get(position=1)
    learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    wait = pace.of_lesson(lesson)
    assert wait == timedelta(seconds=15)
    with pytest.raises(learning.TooSoon):
        learning.finish_lesson(
            enrollment,
            lesson,
            by=taker(enrollment),
            at=MONDAY + wait - timedelta(milliseconds=1),
        )
    following = learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY + wait)
    assert following.position == 2
    # Who opens it again later may go on at once.
    learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY + timedelta(days=1))
    learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=MONDAY + timedelta(days=1))


def test_a_quiz_answered_by_a_script_is_refused_and_counted(clerk, learner, version, settings):
    attempt = quiz.start(enrolled(clerk, version), by=Actor.of(clerk), at=timezone.now())
    settings.LEARNING_PACE = 5
    answer_all(attempt)
    answer = learner.post(url("submit", version), {"attempt": attempt.pk}, follow=True)
    assert "That was faster than anybody reads." in answer.text
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert counted() == {"hurried": 1}
    with pytest.raises(quiz.Hurried):
        quiz.submit(attempt, by=taker(attempt), at=attempt.started_at + timedelta(seconds=9.9))
    assert quiz.submit(
        attempt, by=taker(attempt), at=attempt.started_at + timedelta(seconds=10)
    ).passed


def test_answers_to_an_attempt_that_was_handed_in_change_nothing(clerk, learner, version):
    attempt = quiz.start(enrolled(clerk, version), by=Actor.of(clerk), at=timezone.now())
    answer_all(attempt, wrong=1)
    learner.post(url("submit", version), {"attempt": attempt.pk})
    right = quiz.questions(attempt)[0].correct[0].pk
    result = url("result", version, 1)
    for _replay in range(2):
        sent = {"attempt": attempt.pk, "answer": right}
        assert learner.post(url("question", version, 1), sent).url == result
    assert learner.post(url("submit", version), {"attempt": attempt.pk}).url == result
    attempt.refresh_from_db()
    assert not attempt.passed
    assert counted() == {"replayed": 3}


def test_another_persons_attempt_is_nobodys_answer(clerk, learner, version):
    theirs = begun(version, timezone.now())
    read(theirs, timezone.now())
    foreign = quiz.start(theirs, by=taker(theirs), at=timezone.now())
    attempt = quiz.start(enrolled(clerk, version), by=Actor.of(clerk), at=timezone.now())
    right = quiz.questions(attempt)[0].correct[0].pk
    sent = {"attempt": foreign.pk, "answer": right}
    assert learner.post(url("question", version, 1), sent).status_code == 302
    foreign.refresh_from_db()
    attempt.refresh_from_db()
    assert foreign.answers == attempt.answers == {}


def test_an_answer_after_the_time_hands_in_what_was_there(clerk, learner, version):
    attempt = quiz.start(
        enrolled(clerk, version), by=Actor.of(clerk), at=timezone.now() - timedelta(minutes=31)
    )
    right = quiz.questions(attempt)[0].correct[0].pk
    sent = {"attempt": attempt.pk, "answer": right}
    answer = learner.post(url("question", version, 1), sent, follow=True)
    assert answer.request["PATH_INFO"] == url("result", version, 1)
    assert "The time is over" in answer.text
    attempt.refresh_from_db()
    assert (attempt.correct, attempt.submitted_at) == (0, attempt.deadline)
    assert counted() == {"late": 1}


def test_looking_at_the_quiz_after_its_time_hands_it_in_and_is_nothing_odd(clerk, learner, version):
    quiz.start(enrolled(clerk, version), by=Actor.of(clerk), at=timezone.now() - timedelta(hours=2))
    assert learner.get(url("quiz", version)).url == url("result", version, 1)
    assert counted() == {}


def test_practice_judges_at_once_keeps_nothing_and_is_shut_while_a_quiz_is_open(clerk, learner):
    draft = VersionFactory()
    draft.questions.filter(position=1).update(use=QuestionUse.BOTH, feedback_en="Because it is.")
    Assignment.objects.create(course=draft.course, role=clerk.role)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=timezone.now())
    enrollment = enrolled(clerk, version, all_read=False)
    assert learner.get(url("practice", version, 1)).url == url("course", version)
    read(enrollment, timezone.now())
    page = learner.get(url("practice", version, 1))
    item = page.context["item"]
    wrong = next(choice for choice in item.choices if not choice.correct)
    judged = learner.post(url("practice", version, 1), {"answer": wrong.pk}).text
    assert "Not right" in judged
    assert "Because it is." in judged
    assert item.correct[0].text_en in judged
    assert learner.post(url("practice", version, 1), {}).status_code == 422
    assert learner.get(url("practice", version, 2)).status_code == 404
    assert not Attempt.objects.exists()
    learner.post(url("quiz_start", version))
    assert learner.get(url("practice", version, 1)).url == url("quiz", version)
    assert "Practise first" not in learner.get(url("quiz", version)).text
