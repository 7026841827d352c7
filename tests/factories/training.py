"""Courses with lessons and a quiz, and the people who take them."""

from datetime import UTC, datetime, timedelta

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from dealers.actor import Actor
from dealers.models import Membership, Role, User
from tests.factories.dealers import MembershipFactory, OwnerFactory, RegionalManagerFactory
from tests.factories.packages import packed
from training import authoring, learning, quiz
from training.models import (
    Assignment,
    Attempt,
    Choice,
    Course,
    CourseVersion,
    Enrollment,
    Lesson,
    LessonKind,
    Question,
    QuestionKind,
)
from training.scorm import attempts, package

MONDAY = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)  # 10 o'clock in Shanghai


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = Course

    slug = factory.Sequence("course-{:05}".format)  # so that they sort in order
    title = factory.Sequence("课程{:05}".format)
    title_en = factory.Sequence("Course {:05}".format)


class VersionFactory(DjangoModelFactory):
    """A draft that is ready: two lessons, a question of each kind."""

    class Meta:
        model = CourseVersion
        skip_postgeneration_save = True

    course = factory.SubFactory(CourseFactory)
    number = 1
    pass_percent = 100

    @factory.post_generation
    def content(self, *_called):
        for position in (1, 2):
            LessonFactory(version=self, position=position)
        question = QuestionFactory(version=self, position=1)
        ChoiceFactory(question=question, position=1, correct=True)
        ChoiceFactory(question=question, position=2)
        question = QuestionFactory(version=self, position=2, kind=QuestionKind.MULTIPLE)
        ChoiceFactory(question=question, position=1, correct=True)
        ChoiceFactory(question=question, position=2, correct=True)
        ChoiceFactory(question=question, position=3)


class LessonFactory(DjangoModelFactory):
    class Meta:
        model = Lesson

    position = 1
    title = factory.Sequence("第{}节".format)
    title_en = factory.Sequence("Lesson {}".format)
    body = "## 要点\n\n先问，不先卖。"
    body_en = "## In short\n\nAsk first."

    class Params:
        with_video = factory.Trait(
            kind=LessonKind.VIDEO,
            video=factory.LazyFunction(lambda: ContentFile(bytes(range(256)) * 8, "video.mp4")),
            captions=factory.LazyFunction(lambda: ContentFile(b"WEBVTT\n", "video.vtt")),
        )
        sheet = factory.Trait(
            kind=LessonKind.FILE,
            file=factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7", "sheet.pdf")),
        )
        packaged = factory.Trait(
            kind=LessonKind.SCORM,
            package=factory.LazyFunction(lambda: ContentFile(packed(), "package.zip")),
        )


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    position = 1
    text = factory.Sequence("问题{}？".format)
    text_en = factory.Sequence("Question {}?".format)


class ChoiceFactory(DjangoModelFactory):
    class Meta:
        model = Choice

    position = 1
    text = factory.Sequence("答案{}".format)
    text_en = factory.Sequence("Answer {}".format)


def person(role: Role = Role.ASSOCIATE) -> Membership:
    """A person with a post since the first of October 2026, in a network of their own."""
    factories = {Role.OWNER: OwnerFactory, Role.REGIONAL_MANAGER: RegionalManagerFactory}
    return factories.get(role, MembershipFactory)(
        role=role, starts_at=datetime(2026, 10, 1, tzinfo=UTC)
    )


def published(at: datetime = MONDAY, *, roles=(Role.ASSOCIATE,), **fields) -> CourseVersion:
    """A published version that ``roles`` must take within 30 days of ``at``."""
    version = VersionFactory(**fields)
    for role in roles:
        Assignment.objects.get_or_create(
            course=version.course, role=role, defaults={"assigned_at": at}
        )
    author, _created = User.objects.get_or_create(email="author@example.com")
    return authoring.publish(version, by=Actor.hq(author), at=at)


def taker(whose: Enrollment | Attempt) -> Actor:
    """Who takes the course of an enrollment, or of an attempt at its quiz."""
    enrollment = whose.enrollment if isinstance(whose, Attempt) else whose
    return Actor.signed_in(enrollment.user)


def begun(version: CourseVersion, at: datetime = MONDAY) -> Enrollment:
    """A published version that somebody new has begun."""
    post = person()
    return learning.enroll(post.user, version, by=Actor.of(post), at=at)


def first_try(enrollment: Enrollment, at: datetime = MONDAY) -> Attempt:
    """An attempt at the quiz that is open."""
    return quiz.start(enrollment, by=taker(enrollment), at=at)


def read(enrollment: Enrollment, at: datetime = MONDAY) -> None:
    """Read all lessons."""
    for lesson in enrollment.version.lessons.all():
        learning.open_lesson(enrollment, lesson, by=taker(enrollment), at=at)
        if lesson.kind == LessonKind.SCORM:
            go_through(enrollment, lesson, at)
        learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=at)


def go_through(enrollment: Enrollment, lesson: Lesson, at: datetime = MONDAY) -> None:
    """Have the package of a lesson report that it is finished."""
    attempt = attempts.begin(enrollment, lesson, by=taker(enrollment), at=at)
    told = attempts.Report(attempt.opening, 1, {}, ended=True)
    attempts.report(
        enrollment, lesson, package.of_lesson(lesson), told, by=taker(enrollment), at=at
    )


def answer_all(attempt, *, wrong: int = 0) -> None:
    """Answer every question right, but the first ``wrong`` ones."""
    for index, item in enumerate(quiz.questions(attempt)):
        correct = [choice.pk for choice in item.correct]
        other = [choice.pk for choice in item.choices if not choice.correct]
        quiz.answer(
            attempt,
            item.question,
            other[:1] if index < wrong else correct,
            by=taker(attempt),
            at=attempt.started_at + timedelta(minutes=1),
        )


def take(enrollment: Enrollment, at: datetime = MONDAY, *, wrong: int = 0):
    """One attempt from beginning to end."""
    attempt = first_try(enrollment, at)
    answer_all(attempt, wrong=wrong)
    return quiz.submit(attempt, by=taker(attempt), at=at + timedelta(minutes=3))
