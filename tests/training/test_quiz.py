from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from dealers.actor import Actor
from tests.factories.dealers import UserFactory
from tests.factories.training import (
    MONDAY,
    ChoiceFactory,
    QuestionFactory,
    VersionFactory,
    answer_all,
    begun,
    first_try,
    published,
    read,
    take,
    taker,
)
from training import authoring, quiz
from training.models import Attempt, Certificate, Choice

pytestmark = pytest.mark.django_db


def ready(**fields):
    """An enrollment with all lessons read."""
    enrollment = begun(published(**fields))
    read(enrollment)
    return enrollment


def test_the_quiz_opens_after_the_last_lesson():
    enrollment = begun(published())
    with pytest.raises(quiz.QuizRefused):
        quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    read(enrollment)
    assert quiz.start(enrollment, by=taker(enrollment), at=MONDAY).number == 1


def test_an_open_attempt_goes_on_with_its_answers():
    enrollment = ready()
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    item = quiz.questions(attempt)[0]
    quiz.answer(attempt, item.question, [item.choices[1].pk], by=taker(attempt), at=MONDAY)
    again = quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(days=3))
    assert again == attempt
    assert quiz.questions(again)[0].chosen == [item.choices[1]]


def test_an_answer_may_change_until_the_attempt_is_handed_in():
    enrollment = ready()
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    answer_all(attempt, wrong=2)
    answer_all(attempt)
    assert quiz.submit(attempt, by=taker(attempt), at=MONDAY).passed
    with pytest.raises(quiz.AttemptClosed):
        answer_all(attempt, wrong=1)


def test_all_right_answers_pass_and_bring_the_certificate():
    enrollment = ready()
    attempt = take(enrollment)
    enrollment.refresh_from_db()
    assert (attempt.correct, attempt.questions, attempt.passed) == (2, 2, True)
    assert enrollment.passed_at == attempt.submitted_at
    assert enrollment.certificate.issued_at == attempt.submitted_at


def test_half_of_several_right_answers_is_wrong():
    attempt = first_try(ready())
    answer_all(attempt)
    item = quiz.questions(attempt)[1]
    quiz.answer(attempt, item.question, [item.correct[0].pk], by=taker(attempt), at=MONDAY)
    assert quiz.submit(attempt, by=taker(attempt), at=MONDAY).correct == 1


@pytest.mark.parametrize(("percent", "passed"), [(50, True), (51, False), (1, True)])
def test_the_pass_mark_is_rounded_up_to_whole_questions(percent, passed):
    assert take(ready(pass_percent=percent), wrong=1).passed is passed


def test_a_failed_attempt_brings_no_certificate():
    enrollment = ready()
    assert not take(enrollment, wrong=1).passed
    enrollment.refresh_from_db()
    assert enrollment.passed_at is None
    assert not Certificate.objects.exists()


def test_a_retry_waits_until_the_minutes_are_over():
    enrollment = ready(retry_minutes=10)
    failed = take(enrollment, wrong=1)
    with pytest.raises(quiz.QuizRefused):
        quiz.start(
            enrollment,
            by=taker(enrollment),
            at=failed.submitted_at + timedelta(minutes=9, seconds=59),
        )
    assert (
        quiz.start(
            enrollment, by=taker(enrollment), at=failed.submitted_at + timedelta(minutes=10)
        ).number
        == 2
    )


def test_a_wait_beyond_midnight_is_told_with_its_day():
    enrollment = ready(retry_minutes=1440)
    failed = take(enrollment, wrong=1)
    with override("en"):
        assert "20 Oct 2026" in quiz.why_not(enrollment, at=failed.submitted_at)


def test_the_next_attempt_asks_the_same_in_another_order_and_keeps_it():
    draft = VersionFactory(retry_minutes=0)
    for position in range(3, 11):
        question = QuestionFactory(version=draft, position=position)
        for place in range(1, 7):
            ChoiceFactory(question=question, position=place, correct=place == 1)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=MONDAY)
    enrollment = begun(version)
    read(enrollment)

    def asked(attempt):
        return [(item.question, item.choices) for item in quiz.questions(attempt)]

    first = take(enrollment, wrong=1)
    as_written = asked(first)
    second = quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(hours=1))
    assert [question.position for question, _choices in as_written] == list(range(1, 11))
    assert asked(second) != as_written
    assert {question: set(choices) for question, choices in asked(second)} == {
        question: set(choices) for question, choices in as_written
    }
    assert asked(Attempt.objects.get(pk=second.pk)) == asked(second)
    assert [item.number for item in quiz.questions(second)] == list(range(1, 11))
    answer_all(second)
    assert quiz.submit(second, by=taker(second), at=MONDAY + timedelta(hours=1)).passed


def test_no_attempt_beyond_the_limit():
    enrollment = ready(attempts=2, retry_minutes=0)
    for hour in range(2):
        take(enrollment, MONDAY + timedelta(hours=hour), wrong=1)
    assert quiz.attempts_left(enrollment) == 0
    with pytest.raises(quiz.QuizRefused):
        quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(days=1))


def test_no_attempt_after_passing():
    enrollment = ready()
    take(enrollment)
    with pytest.raises(quiz.QuizRefused):
        quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(days=1))


def test_handing_in_twice_is_refused_and_the_result_stands():
    enrollment = ready()
    attempt = take(enrollment, wrong=1)
    with pytest.raises(quiz.AttemptClosed):
        quiz.submit(attempt, by=taker(attempt), at=MONDAY + timedelta(days=1))
    attempt.refresh_from_db()
    assert attempt.submitted_at == MONDAY + timedelta(minutes=3)


def test_an_attempt_with_open_questions_is_not_handed_in():
    attempt = first_try(ready())
    with pytest.raises(quiz.QuizRefused):
        quiz.submit(attempt, by=taker(attempt), at=MONDAY)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


@pytest.mark.parametrize("chosen", ["nothing", "two", "foreign"])
def test_answers_that_do_not_fit_the_question_are_refused(chosen):
    attempt = first_try(ready())
    single, multiple = quiz.questions(attempt)
    picked = {
        "nothing": [],
        "two": [choice.pk for choice in single.choices],
        "foreign": [multiple.choices[0].pk],
    }[chosen]
    with pytest.raises(quiz.QuizRefused):
        quiz.answer(attempt, single.question, picked, by=taker(attempt), at=MONDAY)
    attempt.refresh_from_db()
    assert attempt.answers == {}


def test_a_question_of_another_course_is_refused():
    attempt = first_try(ready())
    other = Choice.objects.filter(question__version=published(), correct=True).first()
    with pytest.raises(quiz.QuizRefused):
        quiz.answer(attempt, other.question, [other.pk], by=taker(attempt), at=MONDAY)


def test_the_database_keeps_a_submitted_attempt_and_one_open_one():
    enrollment = ready()
    attempt = take(enrollment, wrong=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(passed=True)
    enrollment.attempts.create(number=2)
    with pytest.raises(DatabaseError, match="attempt_one_open"), transaction.atomic():
        enrollment.attempts.create(number=3)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_start_at_once_share_one_attempt():
    enrollment = ready()

    def start():
        try:
            return quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
            waiting = pool.submit(start)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=5) == first
    assert enrollment.attempts.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_arrives_during_the_hand_in_is_refused():
    attempt = first_try(ready())
    answer_all(attempt, wrong=1)

    def correct_it():
        try:
            answer_all(attempt)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            quiz.submit(attempt, by=taker(attempt), at=MONDAY)
            waiting = pool.submit(correct_it)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(quiz.AttemptClosed):
            waiting.result(timeout=5)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.correct) == (False, 1)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_answer_different_questions_lose_neither():
    attempt = first_try(ready())
    first, second = quiz.questions(attempt)

    def answer_second():
        try:
            quiz.answer(
                attempt,
                second.question,
                [choice.pk for choice in second.correct],
                by=taker(attempt),
                at=MONDAY,
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            quiz.answer(
                attempt, first.question, [first.correct[0].pk], by=taker(attempt), at=MONDAY
            )
            waiting = pool.submit(answer_second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        waiting.result(timeout=5)
    assert quiz.submit(attempt, by=taker(attempt), at=MONDAY).passed
