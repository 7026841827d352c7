"""A course that comes as a folder: taken whole, or refused with what is wrong in which file."""

import shutil
from pathlib import Path

import pytest

from dealers.actor import Actor
from dealers.models import Role
from tests.factories.dealers import UserFactory
from tests.factories.training import MONDAY
from training import authoring
from training.demo.courses import FOLDERS
from training.models import Course, LessonKind, QuestionKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A copy of a course that is right, to be spoiled."""
    return Path(shutil.copytree(FOLDERS / "first-follow-up", tmp_path / "first-follow-up"))


def spoil(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refused(folder):
    with pytest.raises(authoring.FolderRefused) as caught:
        authoring.import_course(folder, at=MONDAY, by=Actor.worker("tests"))
    assert not Course.objects.exists()
    return caught.value.sentences


def test_a_course_is_a_draft_with_all_its_parts_ready_to_publish(folder):
    draft = authoring.import_course(folder, at=MONDAY, by=Actor.worker("tests"))

    assert not draft.is_published
    assert (draft.course.slug, draft.number, draft.pass_percent) == ("first-follow-up", 1, 80)
    assert [lesson.kind for lesson in draft.lessons.order_by("position")] == [
        LessonKind.TEXT,
        LessonKind.VIDEO,
        LessonKind.TEXT,
        LessonKind.CHECK,
    ]
    with draft.lessons.get(position=2).captions_en.open() as captions:
        assert captions.read().startswith(b"WEBVTT")
    first = draft.questions.get(position=1)
    assert (first.kind, first.lesson.position) == (QuestionKind.SINGLE, 1)
    assert [choice.correct for choice in first.choices.order_by("position")].count(True) == 1
    assert Role.ASSOCIATE in draft.course.assignments.values_list("role", flat=True)
    assert authoring.problems(draft) == []
    assert authoring.warnings(draft) == []


def test_a_course_that_is_there_gets_its_next_version_and_keeps_its_titles(folder):
    first = authoring.import_course(folder, at=MONDAY, by=Actor.worker("tests"))
    with pytest.raises(authoring.NewVersionRefused):
        authoring.import_course(folder, at=MONDAY, by=Actor.worker("tests"))
    authoring.publish(first, by=Actor.hq(UserFactory()), at=MONDAY)
    spoil(folder / "course.toml", 'title = "', 'title = "又一个')

    second = authoring.import_course(folder, at=MONDAY, by=Actor.worker("tests"))

    assert (second.number, second.course) == (2, first.course)
    assert second.course.title == first.course.title
    assert second.course.assignments.count() == first.course.assignments.count()


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("course.toml", ("pass_percent = 80", "pass_percent = 0"), "course.toml: pass_percent: "),
        ("course.toml", ("pass_percent = 80", "attempts = 0"), "course.toml: attempts: "),
        ("course.toml", ("pass_percent", "pass_mark"), "course.toml: “pass_mark” is not known."),
        ("course.toml", ("pass_percent = 80", "pass_percent = "), "course.toml: Invalid value"),
        ("course.toml", ('role = "associate"', 'role = "king"'), "course.toml: role: "),
        (
            "course.toml",
            ('figure = "contact"', 'figure = "contcat"'),
            "course.toml: “contcat” is not known.",
        ),
        (
            "lessons/1-why-24-hours.md",
            ("minutes = 2", "minutes = 0"),
            "1-why-24-hours.md: minutes: ",
        ),
        ("course.toml", ("due_days = 14", "due_days = 1.5"), "course.toml: due_days: "),
        ("course.toml", ("due_days", "joined_from = 2024\ndue_days"), "course.toml: joined_from: "),
        (
            "lessons/1-why-24-hours.md",
            ("minutes = 2", "minutes = inf"),
            "1-why-24-hours.md: minutes: ",
        ),
        ("lessons/1-why-24-hours.md", ("+++", ""), "does not begin with lines between +++."),
        ("lessons/2-the-first-call.md", (".mp4", ".mp3"), "media/first-call.mp3 is not there."),
        (
            "lessons/2-the-first-call.md",
            ("first-call.mp4", "../quiz.csv"),
            "../quiz.csv is not there.",
        ),
        ("quiz.csv", ("\n1,", "\n9,"), "question 1: there is no lesson “9”."),
        ("quiz.csv", ("feedback,", "hint,"), "quiz.csv: “hint” is not known."),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[1]),
)
def test_what_is_wrong_is_named_with_its_file(folder, english, file, change, sentence):
    spoil(folder / file, *change)

    assert sentence in " ".join(refused(folder))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("course.toml", "pass_percent = 80", f"pass_percent = {'8' * 5000}"),
        ("lessons/2-the-first-call.md", "first-call.mp4", f"{'a' * 300}.mp4"),
        ("quiz.csv", "\n1,", f"\n{'1' * 5000},"),
    ],
    ids=["number", "file", "lesson"],
)
def test_what_is_far_too_long_is_named_with_its_file(folder, english, file, old, new):
    spoil(folder / file, old, new)

    assert Path(file).name in " ".join(refused(folder))


@pytest.mark.parametrize("table", ["assignments", "pictures"])
def test_what_stands_twice_is_named(folder, english, table):
    toml = folder / "course.toml"
    text = toml.read_text()
    row = text.split(f"[[{table}]]")[1].split("[[")[0]
    toml.write_text(f"{text}\n[[{table}]]{row}")

    assert refused(folder) == [f"course.toml: {table}: The same stands here twice."]


def test_a_file_that_is_not_utf8_is_refused(folder, english):
    (folder / "quiz.csv").write_bytes("问题".encode("gb18030"))

    assert refused(folder) == ["quiz.csv is not UTF-8."]


def test_a_link_out_of_the_folder_is_not_followed(folder, english):
    (folder / "media/steps.png").unlink()
    (folder / "media/steps.png").symlink_to("/etc/hostname")

    assert refused(folder) == ["course.toml: media/steps.png is not there."]


def test_of_two_lessons_with_one_number_none_is_lost(folder, english):
    lessons = folder / "lessons"
    shutil.copy(lessons / "1-why-24-hours.md", lessons / "01-another.md")

    assert refused(folder) == ["1-why-24-hours.md has the same number as 01-another.md."]
