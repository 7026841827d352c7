"""The questions of a quiz as a CSV file, as people write it in a spreadsheet.

A row per question: ``lesson`` (a number, or empty), ``kind`` and ``use`` by their names in
``training.models.quizzes``, ``right`` (``1`` or ``1 3``), ``text``, ``feedback``, and of each
answer ``answer_1``, ``pair_1`` and ``feedback_1``; texts again as ``…_en``. Without ``kind`` a
question has one answer or several, by how many are right; without ``use`` it is asked in the quiz
only. Answers to put in order stand in the right order, and pairs beside each other; neither needs
``right``. The statement of a question that is true or false needs no answers: 1 is true, 2 is
false.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.publication import written
from dealers.spreadsheets import as_csv, not_inert
from training.answers import ARRANGED, TRUTHS
from training.authoring.order import behind
from training.models import Choice, CourseVersion, Lesson, Question, QuestionKind, QuestionUse

TEXTS = ("text", "text_en", "feedback", "feedback_en")
QUESTION = ("lesson", "kind", "use", "right", *TEXTS)
ANSWERS = 9  # so many an author can number with one digit
PARTS = ("answer", "pair", "feedback")
COLUMNS = (
    *QUESTION,
    *(
        f"{part}_{number}{language}"
        for number in range(1, ANSWERS + 1)
        for part in PARTS
        for language in ("", "_en")
    ),
)
NUMBERS = re.compile(r"[1-9]( [1-9])*\Z")


class QuizFileRefused(Exception):
    """``sentences`` say what is wrong in which row, for the author."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def faults(row: models.Model, name: str, *, without: tuple[str, ...]) -> list[str]:
    """What a row's fields and constraints refuse, as a form of the admin would; ``name``: whose."""
    if any("\0" in value for value in vars(row).values() if isinstance(value, str)):
        return [
            f"{name}: "
            + _("There is an invisible character in it. Type it by hand instead of pasting it.")
        ]
    try:
        row.clean_fields(exclude=without)
    except ValidationError as error:
        return [
            f"{name}: {each}: {sentence}"
            for each, sentences in error.message_dict.items()
            for sentence in sentences
        ]
    try:
        row.validate_constraints(exclude=set(without))
    except ValidationError as error:
        return [f"{name}: {sentence}" for sentence in error.messages]
    return []


@dataclass
class Read:
    """The questions of a file as rows that are not stored yet, and what is wrong with it."""

    questions: list[tuple[Question, list[Choice]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def check(self, row: models.Model, name: str, *, without: tuple[str, ...]) -> None:
        self.wrong += faults(row, name, without=without)


def read(text: str, lessons: Sequence[Lesson], name: str = "quiz.csv") -> Read:
    """The questions of a file; ``lessons`` are those that they name by their place."""
    found = Read()
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        columns = [column or "" for column in rows.fieldnames or []]
        found.wrong += [
            _("%(file)s: “%(name)s” is not known.") % {"file": name, "name": column}
            for column in columns
            if column not in COLUMNS
        ]
        if "text" not in columns:
            found.wrong.append(_("%(file)s: the column “text” is missing.") % {"file": name})
        if found.wrong:
            return found
        for position, row in enumerate(rows, start=1):
            _read(_Row(row), position, lessons, found, name)
    except csv.Error as error:
        found.wrong.append(f"{name}: {error}")
    return found


class _Row:
    """The cells of a row as they were written, without blanks around them."""

    def __init__(self, row: dict[str, str | None]) -> None:
        # What stands behind the last column comes as a list: it has no name, and is not read.
        self._cells = {
            key: not_inert(cell).strip() for key, cell in row.items() if isinstance(cell, str)
        }

    def __getitem__(self, name: str) -> str:
        return self._cells.get(name, "")

    def assume(self, cells: dict[str, str]) -> None:
        self._cells |= cells


def _read(row: _Row, position: int, lessons: Sequence[Lesson], found: Read, file: str) -> None:
    name = _("%(file)s, question %(position)d") % {"file": file, "position": position}
    named = row["lesson"]
    lesson = int(named) if named.isdecimal() and len(named) < 10 else 0
    if named and not 1 <= lesson <= len(lessons):
        found.wrong.append(_("%(name)s: there is no lesson “%(lesson)s”.") % {
            "name": name, "lesson": named
        })  # fmt: skip
        return
    if row["right"] and not NUMBERS.match(row["right"]):
        found.wrong.append(
            _("%(name)s: “right” names answers by their numbers, as in “1 3”.") % {"name": name}
        )
        return
    right = row["right"].split()
    kind = row["kind"] or (QuestionKind.MULTIPLE if len(right) > 1 else QuestionKind.SINGLE)
    if kind == QuestionKind.TRUTH and not row["answer_1"]:
        for number, (text, text_en) in enumerate(TRUTHS, start=1):
            row.assume({f"answer_{number}": text, f"answer_{number}_en": text_en})
    question = Question(
        position=position,
        kind=kind,
        use=row["use"] or QuestionUse.QUIZ,
        lesson=lessons[lesson - 1] if lesson else None,
        **{each: row[each] for each in TEXTS},
    )
    found.check(question, name, without=("version", "lesson"))
    choices = [
        Choice(
            position=number,
            text=row[f"answer_{number}"],
            text_en=row[f"answer_{number}_en"],
            pair=row[f"pair_{number}"],
            pair_en=row[f"pair_{number}_en"],
            feedback=row[f"feedback_{number}"],
            feedback_en=row[f"feedback_{number}_en"],
            correct=str(number) in right,
        )
        for number in range(1, ANSWERS + 1)
        if row[f"answer_{number}"]
    ]
    for choice in choices:
        found.check(choice, name, without=("question",))
    if missing := [number for number in right if not row[f"answer_{number}"]]:
        found.wrong.append(
            _("%(name)s: answer %(number)s is right, but is not there.")
            % {"name": name, "number": missing[0]}
        )
    found.questions.append((question, choices))


def write(version: CourseVersion) -> str:
    """The questions of a version as a file that ``read`` takes again."""
    questions = version.questions.order_by("position").select_related("lesson")
    rows = [_cells(question) for question in questions.prefetch_related("choices")]
    used = [name for name in COLUMNS if name in QUESTION or any(row.get(name) for row in rows)]
    return as_csv([used, *([row.get(name, "") for name in used] for row in rows)])


def _cells(question: Question) -> dict[str, str]:
    choices = list(question.choices.all())
    right = [str(number) for number, choice in enumerate(choices, start=1) if choice.correct]
    cells = {
        "lesson": str(question.lesson.position) if question.lesson else "",
        "kind": question.kind,
        "use": question.use,
        "right": "" if question.kind in ARRANGED else " ".join(right),
        **{each: getattr(question, each) for each in TEXTS},
    }
    for number, choice in enumerate(choices, start=1):
        for part, attribute in zip(PARTS, ("text", "pair", "feedback"), strict=True):
            for language in ("", "_en"):
                cells[f"{part}_{number}{language}"] = getattr(choice, attribute + language)
    return cells


@transaction.atomic
def take(
    version: CourseVersion, text: str, *, name: str, instead: bool, by: Actor, at: datetime
) -> int:
    """Add the questions of a file to a draft, or have them ``instead`` of its own; how many.

    Raises QuizFileRefused with everything that is wrong, also for a file without a question.
    """
    lessons = list(version.lessons.order_by("position"))
    found = read(text, lessons, name)
    if not found.questions and not found.wrong:
        found.wrong.append(_("%(file)s has no question.") % {"file": name})
    if found.wrong:
        raise QuizFileRefused(found.wrong)
    if instead:
        version.questions.all().delete()
    first = behind(version.questions.all())
    for number, (question, choices) in enumerate(found.questions):
        question.version, question.position = version, first + number
        question.save()
        for choice in choices:
            choice.question = question
        Choice.objects.bulk_create(choices)
    version.save(update_fields=written(version, by=by, at=at))
    return len(found.questions)
