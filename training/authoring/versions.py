"""Writing courses: what a version needs before people see it, publishing it, beginning the next."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from dealers import markdown, publication
from dealers.actor import Actor
from training import practice_tasks
from training.answers import TRUTHS
from training.models import (
    Choice,
    Course,
    CourseVersion,
    Lesson,
    LessonKind,
    Picture,
    Question,
    QuestionKind,
    QuestionUse,
)
from training.models.lessons import lines
from training.scorm import package

# What a version says about its quiz.
RULES = ("pass_percent", "attempts", "retry_minutes", "draw", "shuffle", "time_limit")
_QUESTION = ("position", "kind", "use", "text", "text_en", "feedback", "feedback_en")
_CHOICE = (
    *("position", "text", "text_en", "pair", "pair_en"),
    *("correct", "feedback", "feedback_en"),
)


class NewVersionRefused(Exception):
    """The message is written for the author."""


def problems(version: CourseVersion) -> list[str]:
    """What keeps ``version`` from being published, a sentence each; empty when it is ready."""
    lessons = list(version.lessons.order_by("position"))
    questions = list(version.questions.order_by("position").prefetch_related("choices"))
    pictures = {picture.name for picture in version.pictures.all()}
    found = []
    if not lessons:
        found.append(_("The version has no lesson."))
    elif [lesson.position for lesson in lessons] != list(range(1, len(lessons) + 1)):
        found.append(_("Number the lessons 1, 2, 3 … without gaps."))
    for lesson in lessons:
        found += _lesson_problems(lesson, pictures)
    asked = sum(question.use != QuestionUse.PRACTICE for question in questions)
    if not asked:
        found.append(_("The quiz has no question."))
    elif [question.position for question in questions] != list(range(1, len(questions) + 1)):
        found.append(_("Number the questions 1, 2, 3 … without gaps."))
    if version.draw is not None and version.draw > asked > 0:
        found.append(
            _("%(draw)d questions are to be drawn, but the quiz has %(asked)d.")
            % {"draw": version.draw, "asked": asked}
        )
    for question in questions:
        found += _question_problems(question)
    return found


def _lesson_problems(lesson: Lesson, pictures: set[str]) -> list[str]:
    place = {"position": lesson.position}
    found = []
    if not lesson.body.strip():
        found.append(_("Lesson %(position)d has no text.") % place)
    match lesson.kind:
        case LessonKind.VIDEO if not (lesson.video and lesson.captions):
            found.append(_("Lesson %(position)d needs a video with captions.") % place)
        case LessonKind.FILE if not lesson.file:
            found.append(_("Lesson %(position)d needs its file.") % place)
        case LessonKind.TASK if lesson.task not in practice_tasks.known():
            said = _("Lesson %(position)d asks for a practice task that nobody counts.")
            found.append(said % place)
        case LessonKind.CHECK if not lines(lesson.checks):
            found.append(_("Lesson %(position)d has nothing to tick.") % place)
        case LessonKind.SCORM:
            found += _package_problems(lesson)
    named = markdown.picture_names(lesson.body) | markdown.picture_names(lesson.body_en)
    found += [
        _("Lesson %(position)d shows the picture “%(name)s”, which is not there.")
        % {"position": lesson.position, "name": name}
        for name in sorted(named - pictures)
    ]
    return found


def _package_problems(lesson: Lesson) -> list[str]:
    try:
        package.of_lesson(lesson)
    except package.PackageRefused as refused:
        return [
            _("Lesson %(position)d: %(fault)s") % {"position": lesson.position, "fault": refused}
        ]
    return []


def _question_problems(question: Question) -> list[str]:
    choices = list(question.choices.all())
    right = sum(choice.correct for choice in choices)
    found = []
    match question.kind:
        case QuestionKind.SINGLE if right != 1:
            found.append(_("Question %(position)d needs exactly one correct answer."))
        case QuestionKind.MULTIPLE if right < 1:
            found.append(_("Question %(position)d needs at least one correct answer."))
        case QuestionKind.TRUTH if len(choices) != 2 or right != 1:
            found.append(_("Question %(position)d is true or false: say which."))
        case QuestionKind.ORDER if len(choices) < 3:
            found.append(_("Question %(position)d needs at least three answers to put in order."))
        case QuestionKind.MATCH if not all(choice.pair for choice in choices):
            found.append(_("Question %(position)d: say what each answer belongs to."))
    if len(choices) < 2 and question.kind in {
        QuestionKind.SINGLE,
        QuestionKind.MULTIPLE,
        QuestionKind.MATCH,
    }:
        found.insert(0, _("Question %(position)d needs at least two answers."))
    return [sentence % {"position": question.position} for sentence in found]


@transaction.atomic
def state(question: Question, *, true: bool) -> None:
    """Say whether the statement of a question is true; its two answers are made of it."""
    choices = list(question.choices.order_by("position"))
    if not choices:
        choices = [
            Choice(question=question, position=place, text=text, text_en=text_en)
            for place, (text, text_en) in enumerate(TRUTHS, start=1)
        ]
    for place, choice in enumerate(choices):
        choice.correct = place == (0 if true else 1)
        choice.save()


def warnings(version: CourseVersion) -> list[str]:
    """English texts that are missing, a sentence each; readers get the Chinese text there."""
    found = []
    if not version.course.title_en:
        found.append(_("The course has no English title."))
    if version.course.summary and not version.course.summary_en:
        found.append(_("The course has no English summary."))
    for lesson in version.lessons.order_by("position"):
        found += _lesson_warnings(lesson)
    for question in version.questions.order_by("position").prefetch_related("choices"):
        if not _is_in_english(question):
            found.append(
                _("Question %(position)d is not fully in English.")
                % {"position": question.position}
            )
    found += [
        _("The picture “%(name)s” has no English description.") % {"name": picture.name}
        for picture in version.pictures.filter(alt_en="").order_by("name")
    ]
    return found


def _lesson_warnings(lesson: Lesson) -> list[str]:
    place = {"position": lesson.position}
    found = []
    short = lesson.kind == LessonKind.CHECK and (
        len(lines(lesson.checks_en)) != len(lines(lesson.checks))
    )
    if short or not (lesson.title_en and lesson.body_en):
        found.append(_("Lesson %(position)d is not fully in English.") % place)
    if lesson.kind == LessonKind.VIDEO and not lesson.captions_en:
        found.append(_("Lesson %(position)d has no English captions.") % place)
    return found


def _is_in_english(question: Question) -> bool:
    """Whether each text of a question and its answers that is there has its English one."""
    texts = [(question.text, question.text_en), (question.feedback, question.feedback_en)]
    for choice in question.choices.all():
        texts += [
            (choice.text, choice.text_en),
            (choice.pair, choice.pair_en),
            (choice.feedback, choice.feedback_en),
        ]
    return all(english for chinese, english in texts if chinese)


def publish(version: CourseVersion, *, by: Actor, at: datetime) -> CourseVersion:
    """Make ``version`` what people who begin the course from ``at`` on learn. It is then final.

    Raises PublicationRefused with everything that is missing.
    """
    return publication.publish(version, by=by, at=at, problems=problems)


@transaction.atomic
def begin_version(course: Course, *, by: Actor, at: datetime, **rules: int | None) -> CourseVersion:
    """An empty draft with the next number; ``rules`` are those of its quiz.

    Raises NewVersionRefused while another draft is open.
    """
    # The course's row is the queue: two authors who click at once get one draft.
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if course.versions.drafts().exists():
        raise NewVersionRefused(_("The course has a draft already. Publish or delete it first."))
    number = (course.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    draft = publication.begun(CourseVersion(course=course, number=number, **rules), by=by, at=at)
    draft.save()
    return draft


@transaction.atomic
def new_version(course: Course, *, by: Actor, at: datetime) -> CourseVersion:
    """A draft with the content of the course's newest version, to be changed and published.

    Raises NewVersionRefused while another draft is open.
    """
    draft = begin_version(course, by=by, at=at)
    source = course.versions.exclude(pk=draft.pk).order_by("-number").first()
    if source is not None:
        for rule in RULES:
            setattr(draft, rule, getattr(source, rule))
        draft.save()
        _copy_content(source, draft)
    return draft


def _copy_content(source: CourseVersion, draft: CourseVersion) -> None:
    # Both versions name the same stored files, which are never written again.
    pictures = [
        Picture(version=draft, **_values(picture, "name", "image", "alt", "alt_en"))
        for picture in source.pictures.all()
    ]
    Picture.objects.bulk_create(pictures)
    originals = list(source.lessons.all())
    copies = Lesson.objects.bulk_create(
        Lesson(
            version=draft,
            **_values(
                lesson,
                *("position", "kind", "title", "title_en", "minutes", "body", "body_en"),
                *("video", "captions", "captions_en", "file", "package"),
                *("task", "target", "checks", "checks_en"),
            ),
        )
        for lesson in originals
    )
    lesson_of = {original.pk: copy for original, copy in zip(originals, copies, strict=True)}
    for question in source.questions.prefetch_related("choices"):
        copy = draft.questions.create(
            lesson=lesson_of[question.lesson_id] if question.lesson_id else None,
            **_values(question, *_QUESTION),
        )
        Choice.objects.bulk_create(
            Choice(question=copy, **_values(choice, *_CHOICE)) for choice in question.choices.all()
        )


def _values(row: Lesson | Picture | Question | Choice, *names: str) -> dict[str, object]:
    values = {name: getattr(row, name) for name in names}
    return {name: getattr(value, "name", value) for name, value in values.items()}
