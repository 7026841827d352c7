"""Every kind of question, drawing from the bank, the time of an attempt, and practice."""

from datetime import timedelta

import pytest

from dealers.actor import Actor
from tests.factories.dealers import UserFactory
from tests.factories.training import (
    MONDAY,
    ChoiceFactory,
    CourseFactory,
    LessonFactory,
    QuestionFactory,
    begun,
    first_try,
    read,
    taker,
)
from training import authoring, certification, quiz
from training.answers import Answered, checked, mixed
from training.forms import AnswerForm
from training.models import Certificate, CourseVersion, Question, QuestionKind, QuestionUse

pytestmark = pytest.mark.django_db


def bank(*kinds, **rules):
    """A draft whose quiz asks a question of each kind, with three answers but for true or false."""
    version = CourseVersion.objects.create(course=CourseFactory(), number=1, **rules)
    LessonFactory(version=version)
    for position, kind in enumerate(kinds, start=1):
        question = QuestionFactory(version=version, position=position, kind=kind)
        if kind == QuestionKind.TRUTH:
            authoring.state(question, true=False)
            continue
        for place in (1, 2, 3):
            ChoiceFactory(
                question=question,
                position=place,
                correct=place == 1 and kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE},
                pair=f"另一边{place}" if kind == QuestionKind.MATCH else "",
            )
    return version


def ready(version):
    """An enrollment in it, published, with its lessons read."""
    authoring.publish(version, by=Actor.hq(UserFactory()), at=MONDAY)
    enrollment = begun(version)
    read(enrollment)
    return enrollment


def give(attempt, item, chosen, at=MONDAY):
    return quiz.answer(
        attempt, item.question, [choice.pk for choice in chosen], by=taker(attempt), at=at
    )


def test_all_kinds_right_pass_and_are_said_in_words():
    attempt = first_try(ready(bank(*QuestionKind)))
    for item in quiz.questions(attempt):
        give(attempt, item, item.correct)
    items = quiz.questions(quiz.submit(attempt, by=taker(attempt), at=MONDAY))
    attempt.refresh_from_db()
    assert (attempt.correct, attempt.questions, attempt.passed) == (5, 5, True)
    assert all(item.right and item.said == item.told for item in items)
    order, match = items[3], items[4]
    assert order.told[0].startswith("1. ")
    assert match.told[0].endswith(f"– {match.written[0].local_pair}")


@pytest.mark.parametrize("kind", [QuestionKind.ORDER, QuestionKind.MATCH])
def test_two_changed_places_are_wrong(kind):
    attempt = first_try(ready(bank(kind)))
    item = quiz.questions(attempt)[0]
    first, second, third = item.correct
    give(attempt, item, [second, first, third])
    assert not quiz.questions(attempt)[0].right
    assert quiz.submit(attempt, by=taker(attempt), at=MONDAY).correct == 0


def test_a_true_or_false_statement_has_one_right_answer():
    question = QuestionFactory(version=bank(), kind=QuestionKind.TRUTH)
    authoring.state(question, true=True)
    assert list(question.choices.values_list("text", "correct")) == [("对", True), ("错", False)]
    authoring.state(question, true=False)
    assert list(question.choices.values_list("text", "correct")) == [("对", False), ("错", True)]


def test_two_answers_that_belong_to_the_same_may_change_places():
    question = QuestionFactory(version=bank(), kind=QuestionKind.MATCH)
    choices = [
        ChoiceFactory(question=question, position=place, pair=pair)
        for place, pair in enumerate(["同", "同", "异"], start=1)
    ]
    first, second, third = choices
    assert Answered(1, question, choices, [second, first, third]).right
    assert not Answered(1, question, choices, [third, first, second]).right


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        (QuestionKind.SINGLE, []),
        (QuestionKind.SINGLE, [0, 1]),
        (QuestionKind.TRUTH, [0, 1]),
        (QuestionKind.ORDER, [0, 1]),
        (QuestionKind.ORDER, [0, 0, 1]),
        (QuestionKind.ORDER, [0, 1, 2, 2]),
        (QuestionKind.MATCH, [0, 1]),
        (QuestionKind.MATCH, [0, 0, 0]),
    ],
)
def test_what_is_no_answer_to_a_question_is_refused(kind, places):
    question = bank(kind).questions.get()
    ids = [choice.pk for choice in question.choices.all()]
    with pytest.raises(quiz.QuizRefused):
        checked(question, [ids[place] for place in places])
    with pytest.raises(quiz.QuizRefused):
        checked(question, [0])


def test_what_is_put_in_order_is_never_shown_as_it_was_written_by_rule():
    question = QuestionFactory(version=bank())
    choices = [ChoiceFactory(question=question, position=place) for place in range(1, 10)]
    item = Answered(1, question, choices, [])
    shown = {tuple(choice.pk for choice in mixed(item.choices, str(each))) for each in range(9)}
    assert len(shown) > 5
    assert mixed(item.choices, "7") == mixed(list(reversed(item.choices)), "7")


@pytest.mark.parametrize("kind", [QuestionKind.ORDER, QuestionKind.MATCH])
def test_no_number_on_the_page_says_what_is_right(kind):
    attempt = first_try(ready(bank(kind, kind)))
    item = quiz.questions(attempt)[1]
    fields = AnswerForm(item=item).fields
    assert list(fields) == ["row-1", "row-2", "row-3"]
    assert [value for value, _label in fields["row-1"].choices] == ["", 1, 2, 3]

    lines, places = item.choices, item.written
    if kind == QuestionKind.MATCH:
        lines, places = item.written, item.choices
    right = {f"row-{row}": places.index(line) + 1 for row, line in enumerate(lines, start=1)}
    form = AnswerForm(right, item=item)
    assert form.is_valid()
    assert form.chosen() == [choice.pk for choice in item.correct]
    give(attempt, item, item.correct)
    attempt.refresh_from_db()
    again = AnswerForm(item=quiz.questions(attempt)[1])
    assert {name: field.initial for name, field in again.fields.items()} == right


def test_so_many_are_drawn_and_the_attempt_keeps_them():
    version = bank(*[QuestionKind.SINGLE] * 8, draw=3, pass_percent=60, retry_minutes=0)
    enrollment = ready(version)
    assert version.asked == 3
    seen = set()
    for hour in range(12):
        at = MONDAY + timedelta(hours=hour)
        attempt = quiz.start(enrollment, by=taker(enrollment), at=at)
        items = quiz.questions(attempt)
        assert len({item.question.pk for item in items}) == 3
        assert quiz.questions(attempt) == items
        seen |= {item.question.pk for item in items}
        for item in items:
            wrong = [choice for choice in item.choices if not choice.correct]
            give(attempt, item, wrong[:1], at)
        assert quiz.submit(attempt, by=taker(attempt), at=at).questions == 3
    assert len(seen) > 3


def test_a_question_that_was_not_drawn_cannot_be_answered():
    attempt = first_try(ready(bank(*[QuestionKind.SINGLE] * 4, draw=2)))
    drawn = {item.question.pk for item in quiz.questions(attempt)}
    other = Question.objects.exclude(pk__in=drawn).first()
    with pytest.raises(quiz.QuizRefused):
        quiz.answer(attempt, other, [other.choices.first().pk], by=taker(attempt), at=MONDAY)


def test_shuffled_is_the_first_attempt_already():
    version = bank(*[QuestionKind.SINGLE] * 9, shuffle=True)
    enrollment = ready(version)
    positions = [
        item.question.position
        for item in quiz.questions(quiz.start(enrollment, by=taker(enrollment), at=MONDAY))
    ]
    assert sorted(positions) == list(range(1, 10))
    assert positions != sorted(positions)  # once in 362 880


def limited(**rules):
    return ready(bank(*[QuestionKind.SINGLE] * 2, time_limit=10, **rules))


def test_after_its_time_nothing_is_answered_and_what_was_counts():
    enrollment = limited(pass_percent=50)
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    first, second = quiz.questions(attempt)
    give(attempt, first, first.correct, MONDAY + timedelta(minutes=9, seconds=59))
    over = MONDAY + timedelta(minutes=10)
    with pytest.raises(quiz.QuizRefused):
        give(attempt, second, second.correct, over)
    assert quiz.hand_in_late(attempt, by=taker(attempt), at=over - timedelta(seconds=1)) is None
    done = quiz.hand_in_late(attempt, by=taker(attempt), at=MONDAY + timedelta(days=3))
    assert (done.correct, done.questions, done.passed) == (1, 2, True)
    assert done.submitted_at == over
    assert Certificate.objects.get().issued_at == over
    assert quiz.hand_in_late(attempt, by=taker(attempt), at=over) is None


def test_the_wait_counts_from_the_end_of_the_time_and_another_attempt_begins():
    enrollment = limited(retry_minutes=10)
    quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    with pytest.raises(quiz.QuizRefused):
        quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(minutes=19))
    assert (
        quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(minutes=20)).number == 2
    )


def test_who_comes_back_late_having_passed_begins_no_other_attempt():
    enrollment = limited(pass_percent=50, retry_minutes=0)
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    first, _second = quiz.questions(attempt)
    give(attempt, first, first.correct)
    with pytest.raises(quiz.QuizRefused):
        quiz.start(enrollment, by=taker(enrollment), at=MONDAY + timedelta(hours=1))
    assert Certificate.objects.count() == 1


def test_who_never_comes_back_has_what_was_answered_handed_in():
    enrollment = limited(pass_percent=50)
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    other = first_try(ready(bank(QuestionKind.SINGLE)))  # without a limit
    first, _second = quiz.questions(attempt)
    give(attempt, first, first.correct)
    over = MONDAY + timedelta(minutes=10)
    assert quiz.hand_in_all_late(at=over - timedelta(seconds=1)) == 0
    assert quiz.hand_in_all_late(at=over + timedelta(minutes=4)) == 1
    assert quiz.hand_in_all_late(at=over + timedelta(minutes=9)) == 0
    assert Certificate.objects.get().issued_at == over
    other.refresh_from_db()
    assert other.submitted_at is None


def test_a_version_that_was_withdrawn_meanwhile_certifies_nobody():
    enrollment = limited(pass_percent=50)
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    first, _second = quiz.questions(attempt)
    give(attempt, first, first.correct)
    certification.withdraw(
        enrollment.version, reason="期限写错了", by=Actor.hq(UserFactory()),
        at=MONDAY + timedelta(minutes=5),
    )  # fmt: skip
    assert quiz.hand_in_all_late(at=MONDAY + timedelta(minutes=15)) == 0
    assert not Certificate.objects.exists()


def test_practice_asks_its_own_questions_and_keeps_nothing():
    version = bank(QuestionKind.SINGLE, QuestionKind.ORDER, QuestionKind.SINGLE)
    uses = (QuestionUse.QUIZ, QuestionUse.PRACTICE, QuestionUse.BOTH)
    for position, use in enumerate(uses, start=1):
        version.questions.filter(position=position).update(use=use)
    enrollment = ready(version)
    items = quiz.practice(enrollment)
    assert [item.question.position for item in items] == [2, 3]
    right = quiz.judged(items[0], [choice.pk for choice in items[0].correct])
    wrong = quiz.judged(items[0], [choice.pk for choice in reversed(items[0].correct)])
    assert (right.right, wrong.right) == (True, False)
    attempt = quiz.start(enrollment, by=taker(enrollment), at=MONDAY)
    assert [item.question.position for item in quiz.questions(attempt)] == [1, 3]
    assert enrollment.attempts.count() == 1


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda v: v.questions.update(use="practice"), "The quiz has no question."),
        (lambda v: setattr(v, "draw", 9), "9 questions are to be drawn, but the quiz has 5."),
        (
            lambda v: v.questions.get(kind="truth").choices.update(correct=True),
            "Question 3 is true or false: say which.",
        ),
        (
            lambda v: v.questions.get(kind="order").choices.filter(position=3).delete(),
            "Question 4 needs at least three answers to put in order.",
        ),
        (
            lambda v: v.questions.get(kind="match").choices.filter(position=3).update(pair=""),
            "Question 5: say what each answer belongs to.",
        ),
    ],
)
def test_what_a_bank_lacks_is_said_before_publishing(english, spoil, problem):
    version = bank(*QuestionKind)
    assert authoring.problems(version) == []
    spoil(version)
    assert authoring.problems(version) == [problem]


def test_the_next_version_has_the_whole_bank():
    version = bank(*QuestionKind, draw=2, shuffle=True, time_limit=5)
    ready(version)
    draft = authoring.new_version(version.course, by=Actor.worker("tests"), at=MONDAY)
    assert (draft.draw, draft.shuffle, draft.time_limit) == (2, True, 5)

    def content(of):
        return [
            (question.kind, question.use, list(question.choices.values_list("pair", "correct")))
            for question in of.questions.order_by("position")
        ]

    assert content(draft) == content(version)
