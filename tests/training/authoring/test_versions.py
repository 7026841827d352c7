from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from dealers.actor import Actor
from dealers.models import User
from dealers.publication import PublicationRefused
from tests.factories.training import (
    MONDAY,
    ChoiceFactory,
    LessonFactory,
    QuestionFactory,
    VersionFactory,
    published,
)
from training import authoring
from training.models import Choice, CourseVersion, Picture, QuestionKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    return User.objects.create_user("author@example.com", "secret", name="课程部")


def refusal(version, author) -> list[str]:
    with pytest.raises(PublicationRefused) as refused:
        authoring.publish(version, by=Actor.hq(author), at=MONDAY)
    return refused.value.sentences


def test_a_ready_draft_is_published_with_its_author_and_moment(author):
    version = authoring.publish(VersionFactory(), by=Actor.hq(author), at=MONDAY)
    assert (version.published_at, version.published_by) == (MONDAY, author)


def test_publishing_twice_is_refused(author):
    version = authoring.publish(VersionFactory(), by=Actor.hq(author), at=MONDAY)
    assert len(refusal(version, author)) == 1
    version.refresh_from_db()
    assert version.published_at == MONDAY


def test_an_empty_draft_is_refused_with_both_reasons(author):
    version = CourseVersion.objects.create(course=VersionFactory().course, number=2)
    assert len(refusal(version, author)) == 2


@pytest.mark.parametrize("model", ["lessons", "questions"])
def test_positions_with_a_gap_are_refused(author, model):
    version = VersionFactory()
    getattr(version, model).filter(position=2).update(position=3)
    assert len(refusal(version, author)) == 1


def test_a_lesson_without_text_is_refused(author):
    version = VersionFactory()
    version.lessons.filter(position=1).update(body=" ")
    assert len(refusal(version, author)) == 1


def test_a_picture_that_is_not_there_is_refused_by_name(author):
    version = VersionFactory()
    version.lessons.filter(position=2).update(body="![凭证](receipt)")
    (sentence,) = refusal(version, author)
    assert "receipt" in sentence
    Picture.objects.create(version=version, name="receipt", image="x.png", alt="凭证")
    assert authoring.problems(version) == []


@pytest.mark.parametrize("right", [0, 2])
def test_a_single_choice_has_exactly_one_correct_answer(author, right):
    version = VersionFactory()
    choices = Choice.objects.filter(question__version=version, question__position=1)
    choices.update(correct=right == 2)
    assert len(refusal(version, author)) == 1


def test_a_multiple_choice_has_at_least_one_correct_answer(author):
    version = VersionFactory()
    Choice.objects.filter(question__version=version, question__position=2).update(correct=False)
    assert len(refusal(version, author)) == 1


def test_a_question_offers_at_least_two_answers(author):
    version = VersionFactory()
    ChoiceFactory(question=QuestionFactory(version=version, position=3), correct=True)
    assert len(refusal(version, author)) == 1


def test_missing_english_is_a_warning_and_no_refusal(author):
    version = VersionFactory()
    assert authoring.warnings(version) == []
    version.lessons.filter(position=1).update(body_en="")
    version.questions.filter(position=1).update(text_en="")
    assert len(authoring.warnings(version)) == 2
    assert authoring.publish(version, by=Actor.hq(author), at=MONDAY).is_published


def test_what_is_read_beside_the_lessons_is_missed_in_english_too():
    version = VersionFactory()
    Picture.objects.create(version=version, name="receipt", image="x.png", alt="凭证")
    Picture.objects.create(
        version=version, name="counter", image="y.png", alt="柜台", alt_en="A counter"
    )
    version.course.summary, version.course.summary_en = "第一通电话", ""

    with override("en"):
        assert authoring.warnings(version) == [
            "The course has no English summary.",
            "The picture “receipt” has no English description.",
        ]

    version.course.summary = ""  # what nobody wrote is not missing
    assert len(authoring.warnings(version)) == 1


def test_a_new_version_is_a_draft_with_the_same_content(author):
    first = VersionFactory(pass_percent=70, attempts=3)
    first.questions.filter(position=1).update(lesson=first.lessons.get(position=2))
    Picture.objects.create(version=first, name="receipt", image="x.png", alt="凭证")
    authoring.publish(first, by=Actor.hq(author), at=MONDAY)

    draft = authoring.new_version(first.course, by=Actor.worker("tests"), at=MONDAY)

    assert (draft.number, draft.is_published) == (2, False)
    assert (draft.pass_percent, draft.attempts) == (70, 3)
    assert [lesson.body for lesson in draft.lessons.all()] == [
        lesson.body for lesson in first.lessons.all()
    ]
    assert draft.questions.get(position=1).lesson == draft.lessons.get(position=2)
    assert draft.pictures.get().image.name == "x.png"
    assert authoring.problems(draft) == []


def test_a_new_version_names_the_same_stored_files():
    version = VersionFactory()
    LessonFactory(version=version, position=3, with_video=True)
    copied = authoring.new_version(
        authoring.publish(
            version, by=Actor.hq(User.objects.create(email="a@b.c")), at=MONDAY
        ).course,
        by=Actor.worker("tests"),
        at=MONDAY,
    )
    assert copied.lessons.get(position=3).video.name == version.lessons.get(position=3).video.name


def test_a_second_draft_is_refused():
    version = published()
    authoring.new_version(version.course, by=Actor.worker("tests"), at=MONDAY)
    with pytest.raises(authoring.NewVersionRefused):
        authoring.new_version(version.course, by=Actor.worker("tests"), at=MONDAY)


@pytest.mark.parametrize(
    "change",
    [
        lambda version: CourseVersion.objects.filter(pk=version.pk).update(pass_percent=1),
        lambda version: version.lessons.update(title="别的"),
        lambda version: version.lessons.all().delete(),
        lambda version: LessonFactory(version=version, position=9),
        lambda version: version.questions.update(kind=QuestionKind.SINGLE),
        lambda version: version.questions.all().delete(),
        lambda version: Choice.objects.filter(question__version=version).update(correct=True),
        lambda version: ChoiceFactory(question=version.questions.first(), position=9),
        lambda version: Picture.objects.create(version=version, name="x", image="x.png", alt="x"),
        lambda version: version.delete(),
    ],
)
def test_the_database_refuses_to_change_what_was_published(change):
    version = published()
    with pytest.raises(DatabaseError, match=r"never changes|Cannot update"), transaction.atomic():
        change(version)


def test_a_lesson_cannot_move_out_of_a_published_version():
    version, draft = published(), VersionFactory()
    draft.lessons.all().delete()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        version.lessons.filter(position=1).update(version=draft)


@pytest.mark.django_db(transaction=True)
def test_a_lesson_added_while_the_version_is_published_waits_and_is_refused():
    version = VersionFactory()
    author = User.objects.create_user("author@example.com", "secret")

    def add():
        try:
            LessonFactory(version=version, position=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            authoring.publish(version, by=Actor.hq(author), at=MONDAY)
            waiting = pool.submit(add)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(DatabaseError, match="never changes"):
            waiting.result(timeout=5)
    assert version.lessons.count() == 2
