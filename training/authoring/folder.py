"""A course as a folder, as authors write it outside the portal:

    course.toml                 titles, summaries, rules of the quiz, who must take it, pictures,
                                ``first``: the addresses of the courses to pass before it
    lessons/1-welcome.md        front matter in TOML between two lines of +++, then Markdown
    lessons/1-welcome.en.md     the same lesson in English; its front matter is the title
    quiz.csv                    a row per question, see ``quiz_file``
    media/                      what the front matter and the pictures name

Texts are UTF-8. The number before a lesson's name is its position. A lesson that names no ``kind``
is what it brings: a file, a video, a task, a checklist, a SCORM package, or else a text.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.models import Region, Store
from training import effect
from training.authoring import quiz_file
from training.authoring.versions import RULES, begin_version
from training.models import (
    Assignment,
    Choice,
    Course,
    CourseVersion,
    Lesson,
    LessonKind,
    Picture,
    Question,
)
from training.scorm import package

LESSON_NAME = re.compile(r"(\d{1,3})-[a-z0-9-]+\.md\Z")
FRONT_MATTER = re.compile(r"\+\+\+\n(.*?\n)\+\+\+\n(.*)\Z", re.DOTALL)
MEDIA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}\Z")  # as long as a disk takes
COURSE = (
    *("title", "title_en", "summary", "summary_en", "certificate_months"),
    *("open_to_all", "figure"),
)
VERSION = RULES
PEOPLE = ("role", "region", "store", "joined_from", "joined_until")
ASSIGNMENT = (*PEOPLE, "required", "due_days")
PICTURE = ("name", "file", "alt", "alt_en")
FILES = ("video", "captions", "captions_en", "file", "package")
LESSON = ("title", "kind", "minutes", "task", "target", "checks", *FILES)


class FolderRefused(Exception):
    """``sentences`` say what is wrong in which file, for the author."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass
class _Content:
    """What was read, as rows that are not stored yet, and what is wrong with it."""

    course: Course
    version: CourseVersion
    first: list[Course] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    questions: list[tuple[Question, list[Choice]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def check(self, row: models.Model, name: str, *, without: tuple[str, ...]) -> None:
        """Note what the fields of a row refuse, as a form of the admin would."""
        self.wrong += quiz_file.faults(row, name, without=without)


@transaction.atomic
def import_course(folder: Path, *, by: Actor, at: datetime) -> CourseVersion:
    """Store the course of a folder as a draft, and give the draft.

    The folder's name is the course's address. A new course gets its titles, the courses to pass
    first and assignments, which count from ``at``; one that is there keeps its own and gets a new
    version. Raises FolderRefused with everything that is wrong, NewVersionRefused while another
    draft is open.
    """
    content = _read(folder)
    if content.wrong:
        raise FolderRefused(content.wrong)
    course, created = Course.objects.get_or_create(
        slug=folder.name, defaults={name: getattr(content.course, name) for name in COURSE}
    )
    rules = {name: getattr(content.version, name) for name in VERSION}
    draft = begin_version(course, by=by, at=at, **rules)
    for picture in content.pictures:
        picture.version = draft
        picture.save()
    for lesson in content.lessons:
        lesson.version = draft
        lesson.save()
    for question, choices in content.questions:
        question.version = draft
        question.save()
        for choice in choices:
            choice.question = question
        Choice.objects.bulk_create(choices)
    if created:
        course.first.set(content.first)
        for assignment in content.assignments:
            assignment.course, assignment.assigned_at = course, at
        Assignment.objects.bulk_create(content.assignments)
    return draft


def _read(folder: Path) -> _Content:
    name = "course.toml"
    facts = _toml(folder / name, _text(folder / name))
    if facts.get("certificate_months") == 0:  # TOML has no word for nothing: it does not expire
        facts["certificate_months"] = None
    assignments, pictures = _tables(facts, "assignments", name), _tables(facts, "pictures", name)
    first = _first(facts, name)
    _known(facts, COURSE + VERSION, name)
    content = _Content(
        course=Course(slug=folder.name, **{key: facts[key] for key in COURSE if key in facts}),
        version=CourseVersion(number=1, **{key: facts[key] for key in VERSION if key in facts}),
    )
    content.first = first
    content.check(content.course, name, without=())
    figure = content.course.figure
    if figure and str(figure) not in effect.figures():
        content.wrong.append(_unknown(name, figure))
    content.check(content.version, name, without=("course",))
    for each in assignments:
        # TOML has no word for nothing: without a number of days there is no last day.
        each.setdefault("due_days", None)
        _known(each, ASSIGNMENT, name)
        _placed(each, name)
        content.assignments.append(Assignment(**each))
        content.check(content.assignments[-1], name, without=("course",))
    for each in pictures:
        image = _media(folder, str(_known(each, PICTURE, name).pop("file", "")), name)
        content.pictures.append(Picture(**each, image=image))
        content.check(content.pictures[-1], name, without=("version",))
    content.wrong += _twice(content.assignments, PEOPLE, f"{name}: assignments")
    content.wrong += _twice(content.pictures, ("name",), f"{name}: pictures")
    for position, path in enumerate(_lesson_files(folder), 1):
        lesson = _lesson(folder, path, position)
        content.check(lesson, path.name, without=("version",))
        if lesson.package:
            content.wrong += _package_faults(lesson, path.name)
        content.lessons.append(lesson)
    _read_quiz(folder, content)
    return content


def _first(facts: dict[str, Any], file: str) -> list[Course]:
    """Takes out the addresses of the courses to pass first, and gives the courses.

    None of them waits for another itself: longer ways are tracks.
    """
    named = facts.pop("first", [])
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise FolderRefused([_unknown(file, "first")])
    found = {course.slug: course for course in Course.objects.filter(slug__in=named)}
    for slug in named:
        if slug not in found:
            raise FolderRefused([_unknown(file, slug)])
        if found[slug].first.exists():
            sentence = _("“%(course)s” waits for another course itself. Write a track instead.")
            raise FolderRefused([f"{file}: {sentence % {'course': found[slug]}}"])
    return list(found.values())


def _tables(facts: dict[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    """Takes out the tables of that name; one pair of brackets instead of two is a usual slip."""
    found = facts.pop(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise FolderRefused([_unknown(file, name)])
    return found


def _twice(rows: Sequence[models.Model], names: tuple[str, ...], where: str) -> list[str]:
    """A sentence for each row that is about the same as one before it."""
    about = [[getattr(row, name) for name in names] for row in rows]
    repeated = [each for place, each in enumerate(about) if each in about[:place]]
    return [f"{where}: {_('The same stands here twice.')}" for _each in repeated]


def _placed(values: dict[str, Any], file: str) -> None:
    """Puts region and store in the place of their codes."""
    places: dict[str, type[Region] | type[Store]] = {"region": Region, "store": Store}
    for name, model in places.items():
        if name in values:
            code = values[name]
            values[name] = model.objects.filter(code=code).first()
            if values[name] is None:
                raise FolderRefused([_unknown(file, code)])


def _known(values: dict[str, Any], names: tuple[str, ...], file: str) -> dict[str, Any]:
    """The values, if all their names are known: else it is the author's slip.

    Numbers as text, which fields read with care: half a minute, a year for a day.
    """
    for name, value in values.items():
        if name not in names:
            raise FolderRefused([_unknown(file, name)])
        if not isinstance(value, str | date | None):
            values[name] = str(value)
    return values


def _unknown(file: str, name: object) -> str:
    return _("%(file)s: “%(name)s” is not known.") % {"file": file, "name": name}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FolderRefused([_("%(file)s is missing.") % {"file": path.name}]) from None
    except UnicodeDecodeError:
        raise FolderRefused([_("%(file)s is not UTF-8.") % {"file": path.name}]) from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FolderRefused([f"{path.name}: {error}"]) from None
    except ValueError:
        words = {"place": path.name, "right": _("a number in it has too many digits")}
        raise FolderRefused([_("%(place)s: %(right)s.") % words]) from None


def _lesson_files(folder: Path) -> Iterator[Path]:
    """The lessons' files in Chinese, by the number before their name."""
    found: dict[int, Path] = {}
    for path in sorted((folder / "lessons").glob("*.md")):
        if match := LESSON_NAME.match(path.name):
            other = found.setdefault(int(match[1]), path)
            if other != path:
                sentence = _("%(file)s has the same number as %(other)s.")
                raise FolderRefused([sentence % {"file": path.name, "other": other.name}])
        elif not path.name.endswith(".en.md"):
            raise FolderRefused([_("%(file)s has no place in a course.") % {"file": path.name}])
    return iter([found[number] for number in sorted(found)])


def _parts(path: Path) -> tuple[dict[str, Any], str]:
    """The front matter of a lesson and its Markdown."""
    match = FRONT_MATTER.match(_text(path))
    if match is None:
        raise FolderRefused(
            [_("%(file)s does not begin with lines between +++.") % {"file": path.name}]
        )
    return _toml(path, match[1]), match[2].strip()


def _lesson(folder: Path, path: Path, position: int) -> Lesson:
    facts, body = _parts(path)
    _known(facts, LESSON, path.name)
    for name in FILES:
        if name in facts:
            facts[name] = _media(folder, str(facts[name]), path.name)
    kinds = {
        "file": LessonKind.FILE,
        "video": LessonKind.VIDEO,
        "task": LessonKind.TASK,
        "checks": LessonKind.CHECK,
        "package": LessonKind.SCORM,
    }
    kind = next((kind for name, kind in kinds.items() if name in facts), LessonKind.TEXT)
    lesson = Lesson(position=position, body=body, **{"kind": kind} | facts)
    english = path.with_suffix(".en.md")
    if english.exists():
        facts, lesson.body_en = _parts(english)
        _known(facts, ("title", "checks"), english.name)
        lesson.title_en, lesson.checks_en = facts.get("title", ""), facts.get("checks", "")
    return lesson


def _package_faults(lesson: Lesson, file: str) -> list[str]:
    try:
        package.check(lesson.package.file)
    except package.PackageRefused as refused:
        return [f"{file}: {refused}"]
    return []


def _media(folder: Path, name: str, file: str) -> ContentFile:
    """A file of the course's media folder, and of no other."""
    path = folder / "media" / name
    if not MEDIA_NAME.match(name) or path.is_symlink() or not path.is_file():
        raise FolderRefused(
            [_("%(file)s: media/%(name)s is not there.") % {"file": file, "name": name}]
        )
    return ContentFile(path.read_bytes(), name)


def _read_quiz(folder: Path, content: _Content) -> None:
    read = quiz_file.read(_text(folder / "quiz.csv"), content.lessons)
    content.questions += read.questions
    content.wrong += read.wrong
