"""A course and its quiz as files: what goes out comes in again, and nothing else does."""

import io
import shutil
import zipfile

import pytest
from django.core.files.base import ContentFile

from dealers.actor import Actor
from tests.factories.dealers import UserFactory
from tests.factories.packages import zipped
from tests.factories.training import (
    MONDAY,
    ChoiceFactory,
    LessonFactory,
    QuestionFactory,
    VersionFactory,
)
from training import authoring
from training.authoring import parcel, quiz_file
from training.demo.courses import FOLDERS
from training.models import Assignment, Course, LessonKind, QuestionKind, QuestionUse
from training.scorm import package as scorm

pytestmark = pytest.mark.django_db

TEXTS = ("kind", "use", "text", "text_en", "feedback", "feedback_en", "lesson__position")
ANSWERS = ("text", "text_en", "pair", "pair_en", "feedback", "feedback_en", "correct")


def asked(version):
    return [
        (values, list(question.choices.order_by("position").values_list(*ANSWERS)))
        for question, values in zip(
            version.questions.order_by("position"),
            version.questions.order_by("position").values_list(*TEXTS),
            strict=True,
        )
    ]


def full():
    """A draft with everything that a course can have, and words that are hard to write down."""
    version = VersionFactory(draw=2, shuffle=True, time_limit=15, attempts=3, retry_minutes=0)
    Course.objects.filter(pk=version.course.pk).update(
        summary='他说："先问" \\ 再答\n第二行\x7f', certificate_months=None
    )
    version.course.refresh_from_db()
    Assignment.objects.create(course=version.course, role="associate", due_days=None)
    LessonFactory(version=version, position=3, with_video=True, title_en="")
    LessonFactory(version=version, position=4, sheet=True, body_en="", title="= 1 + 1")
    LessonFactory(version=version, position=5, packaged=True)
    picture = (FOLDERS / "first-follow-up/media/steps.png").read_bytes()
    version.pictures.create(name="steps", image=ContentFile(picture, "video.png"), alt="步骤")
    truth = QuestionFactory(version=version, position=3, kind=QuestionKind.TRUTH, feedback="因为")
    authoring.state(truth, true=False)
    order = QuestionFactory(version=version, position=4, kind=QuestionKind.ORDER, text="=排序")
    match = QuestionFactory(
        version=version, position=5, kind=QuestionKind.MATCH, use=QuestionUse.BOTH,
        lesson=version.lessons.get(position=2),
    )  # fmt: skip
    for place in (1, 2, 3):
        ChoiceFactory(question=order, position=place, text=f"-{place}", feedback=f"“{place}”\n好")
        ChoiceFactory(question=match, position=place, pair=f"@另{place}", pair_en=f"other {place}")
    return version


def test_what_was_taken_out_comes_in_with_everything():
    version = full()
    packed = parcel.pack(version)
    course = version.course
    before, facts = asked(version), (course.summary, course.certificate_months, version.draw)
    lessons = list(version.lessons.values_list("kind", "title", "title_en", "body", "body_en"))
    slug = course.slug
    course.versions.get().delete()
    course.assignments.all().delete()
    course.delete()

    draft = parcel.unpack(io.BytesIO(packed), "whatever.zip", at=MONDAY, by=Actor.worker("tests"))

    assert draft.course.slug == slug
    assert asked(draft) == before
    assert (draft.course.summary, draft.course.certificate_months, draft.draw) == facts
    assert (draft.shuffle, draft.time_limit, draft.attempts, draft.retry_minutes) == (
        True, 15, 3, 0,
    )  # fmt: skip
    found = list(draft.lessons.values_list("kind", "title", "title_en", "body", "body_en"))
    assert found == lessons
    assert draft.course.assignments.get().due_days is None
    assert draft.pictures.get().image.width > 0
    with draft.lessons.get(position=3).video.open() as film:
        assert film.read() == bytes(range(256)) * 8
    assert scorm.of_lesson(draft.lessons.get(position=5)).title == "安装要点"


def test_the_courses_to_pass_first_come_in_with_it():
    version, before = VersionFactory(), VersionFactory().course
    version.course.first.add(before)
    packed = parcel.pack(version)
    Course.objects.filter(pk=version.course_id).update(slug="gone")

    draft = parcel.unpack(io.BytesIO(packed), "a.zip", at=MONDAY, by=Actor.worker("tests"))

    assert draft.course.pk != version.course_id
    assert list(draft.course.first.all()) == [before]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("change", "said"),
    [({"slug": "away"}, "“before” is not known."), ({}, "waits for another course itself")],
)
def test_a_course_to_pass_first_that_cannot_be_is_named(change, said):
    version, before, earlier = VersionFactory(), VersionFactory().course, VersionFactory().course
    Course.objects.filter(pk=before.pk).update(slug="before")
    version.course.first.add(before)
    packed = parcel.pack(version)
    Course.objects.filter(pk=version.course_id).update(slug="gone")
    before.first.add(earlier)
    Course.objects.filter(pk=before.pk).update(**change)

    with pytest.raises(authoring.FolderRefused, match=said):
        parcel.unpack(io.BytesIO(packed), "a.zip", at=MONDAY, by=Actor.worker("tests"))
    assert Course.objects.count() == 3


def test_a_checklist_or_task_with_a_file_beside_it_stays_one():
    version = VersionFactory()
    kinds = {
        LessonKind.CHECK: {"checks": "问好"},
        LessonKind.TASK: {"task": "registered", "target": 2},
    }
    for position, (kind, fields) in enumerate(kinds.items(), start=3):
        sheet = ContentFile(b"%PDF-1.7", "sheet.pdf")
        LessonFactory(version=version, position=position, kind=kind, file=sheet, **fields)
    packed = parcel.pack(version)
    Course.objects.filter(pk=version.course_id).update(slug="gone")

    draft = parcel.unpack(io.BytesIO(packed), "a.zip", at=MONDAY, by=Actor.worker("tests"))

    found = draft.lessons.filter(position__gte=3).order_by("position")
    assert list(found.values_list("kind", flat=True)) == list(kinds)
    assert all(lesson.file for lesson in found)


@pytest.mark.usefixtures("english")
def test_a_package_in_a_course_is_looked_through():
    version = VersionFactory()
    brought = ContentFile(zipped({"index.html": "no manifest"}), "package.zip")
    LessonFactory(version=version, position=3, kind=LessonKind.SCORM, package=brought)
    packed = parcel.pack(version)
    Course.objects.filter(pk=version.course_id).update(slug="gone")

    with pytest.raises(authoring.FolderRefused) as refused:
        parcel.unpack(io.BytesIO(packed), "a.zip", at=MONDAY, by=Actor.worker("tests"))

    [said] = refused.value.sentences
    assert said.startswith("3-")
    assert "There is no imsmanifest.xml in the archive" in said


def test_an_archive_that_lost_its_beginning_is_refused():
    packed = parcel.pack(VersionFactory())
    with pytest.raises(authoring.FolderRefused):
        parcel.unpack(io.BytesIO(packed[30:]), "a.zip", at=MONDAY, by=Actor.worker("tests"))


@pytest.mark.parametrize("slug", ["ownership", "first-follow-up"])
def test_the_folders_of_the_demo_can_be_packed_by_hand(slug, tmp_path):
    made = shutil.make_archive(str(tmp_path / slug), "zip", FOLDERS, slug)
    with open(made, "rb") as file:
        draft = parcel.unpack(file, "x.zip", at=MONDAY, by=Actor.worker("tests"))
    assert draft.course.slug == slug
    again = io.BytesIO(parcel.pack(draft))
    with zipfile.ZipFile(again) as archive:
        assert f"{slug}/course.toml" in archive.namelist()


def archive(entries):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    made.seek(0)
    return made


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({}, "more than the folder of one course"),
        ({"a/course.toml": "", "b/course.toml": ""}, "more than the folder of one course"),
        ({"a/course.toml": "", "a/../../evil.md": ""}, "has no place in a course"),
        ({"a/course.toml": "", "a/media/../x.png": ""}, "has no place in a course"),
        ({"/etc/cron.d/x": ""}, "cannot be the address of a course"),
        ({"course.toml": "", "media/.htaccess": ""}, "has no place in a course"),
        ({"A Course/course.toml": ""}, "cannot be the address of a course"),
        ({f"a/media/{n}.png": "" for n in range(501)}, "more than the folder of one course"),
        ({"a/quiz.csv": ""}, "course.toml is missing"),
    ],
)
def test_an_archive_that_is_no_course_is_refused(english, entries, sentence):
    with pytest.raises(authoring.FolderRefused) as refused:
        parcel.unpack(archive(entries), "a.zip", at=MONDAY, by=Actor.worker("tests"))
    assert sentence in str(refused.value)
    assert not Course.objects.exists()


def test_a_bomb_is_refused_by_what_comes_out_of_it(english, monkeypatch):
    monkeypatch.setattr(parcel, "LARGEST", 3 << 20)
    bomb = archive({"a/course.toml": "", "a/media/x.mp4": bytes(4 << 20)})
    assert len(bomb.getvalue()) < 10_000
    with pytest.raises(authoring.FolderRefused, match="larger than 300 MB"):
        parcel.unpack(bomb, "a.zip", at=MONDAY, by=Actor.worker("tests"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half of it", b"no archive"])
def test_what_cannot_be_read_is_refused(english, content):
    with pytest.raises(authoring.FolderRefused, match="cannot be read as a ZIP archive"):
        parcel.unpack(io.BytesIO(content), "a.zip", at=MONDAY, by=Actor.worker("tests"))


def test_a_damaged_archive_is_refused(english):
    packed = bytearray(archive({"a/course.toml": "x" * 5000}).getvalue())
    place = packed.index(b"course.toml") + len(b"course.toml")
    packed[place : place + 8] = bytes(8)
    with pytest.raises(authoring.FolderRefused, match="cannot be read as a ZIP archive"):
        parcel.unpack(io.BytesIO(bytes(packed)), "a.zip", at=MONDAY, by=Actor.worker("tests"))


@pytest.mark.parametrize(
    ("lesson", "sentence"),
    [
        ('title = "a\\u0000b"', "invisible character"),
        ('title = "练习"\ntask = "registered"', "01-a.md"),
    ],
)
def test_what_a_form_would_refuse_of_a_lesson_is_named(english, lesson, sentence):
    course = archive(
        {
            "a/course.toml": 'title = "课"\n',
            "a/lessons/01-a.md": f"+++\n{lesson}\n+++\n\n正文\n",
            "a/quiz.csv": "text\n",
        }
    )
    with pytest.raises(authoring.FolderRefused, match=sentence):
        parcel.unpack(course, "a.zip", at=MONDAY, by=Actor.worker("tests"))
    assert not Course.objects.exists()


def test_one_pair_of_brackets_is_a_slip_and_no_error(english):
    toml = 'title = "课"\n[assignments]\nrole = "associate"\n'
    with pytest.raises(authoring.FolderRefused, match="assignments"):
        parcel.unpack(
            archive({"a/course.toml": toml, "a/quiz.csv": "text\n"}),
            "a.zip",
            at=MONDAY,
            by=Actor.worker("tests"),
        )


def test_no_lesson_is_left_out_in_silence(english):
    version = VersionFactory()
    version.lessons.filter(position=1).update(title_en="Follow_up")
    course = version.course.slug
    packed = parcel.pack(version)
    Course.objects.filter(slug=course).update(slug="gone")

    made = parcel.unpack(io.BytesIO(packed), "a.zip", at=MONDAY, by=Actor.worker("tests"))

    assert made.lessons.count() == version.lessons.count()
    with pytest.raises(authoring.FolderRefused, match="has no place in a course"):
        parcel.unpack(
            archive({"b/course.toml": "", "b/lessons/a.md": "x", "b/quiz.csv": "text\n"}),
            "b.zip", at=MONDAY, by=Actor.worker("tests"))  # fmt: skip


def test_dust_of_computers_is_left_behind():
    entries = {"__MACOSX/a/._x": "", "ownership/.DS_Store": "x", "ownership/lessons/": ""}
    for path in (FOLDERS / "ownership").rglob("*.*"):
        entries[str(path.relative_to(FOLDERS))] = path.read_bytes()
    assert (
        parcel.unpack(
            archive(entries), "a.zip", at=MONDAY, by=Actor.worker("tests")
        ).lessons.count()
        == 4
    )


def test_a_quiz_file_is_read_as_it_was_written():
    version = full()
    before = asked(version)
    text = quiz_file.write(version)
    assert "'=排序" in text  # no spreadsheet runs it
    count = quiz_file.take(
        version, text, name="q.csv", instead=True, by=Actor.worker("tests"), at=MONDAY
    )
    assert count == 5
    assert asked(version) == before
    assert version.edited_at == MONDAY
    quiz_file.take(version, text, name="q.csv", instead=False, by=Actor.worker("tests"), at=MONDAY)
    assert asked(version) == before + before
    assert list(version.questions.order_by("position").values_list("position", flat=True)) == list(
        range(1, 11)
    )


def test_a_row_needs_little(english):
    version = VersionFactory()
    quiz_file.take(
        version,
        "kind,right,text,answer_1,answer_2,answer_3\r\n"
        ',2,"一,二",甲,乙,\r\n'
        ",1 3,多选,甲,乙,丙\r\n"
        "truth,2,说法,,,\r\n"
        "order,,排序,一,二,三\r\n",
        name="q.csv",
        instead=True,
        by=Actor.worker("tests"),
        at=MONDAY,
    )
    assert [(kind, text) for (kind, _use, text, *_rest), _answers in asked(version)] == [
        ("single", "一,二"), ("multiple", "多选"), ("truth", "说法"), ("order", "排序"),
    ]  # fmt: skip
    assert authoring.problems(version) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "q.csv: the column “text” is missing."),
        ("text,answer_1\n", "q.csv has no question."),
        ("text,color\nx,y\n", "q.csv: “color” is not known."),
        ("text,kind\nx,poem\n", "q.csv, question 1: kind: "),
        ("text,use\nx,never\n", "q.csv, question 1: use: "),
        ("text,right,answer_1\nx,2,a\n", "q.csv, question 1: answer 2 is right, but is not there."),
        ("text,right,answer_1\nx,a,a\n", "q.csv, question 1: “right” names answers"),
        ("text,lesson\nx,7\n", "q.csv, question 1: there is no lesson “7”."),
        ('text\n""\n', "q.csv, question 1: text: "),
        ('text,answer_1\n"x,a\ny,b\n', "q.csv: unexpected end of data"),
    ],
)
def test_what_is_wrong_in_a_quiz_file_is_named_and_nothing_changes(english, text, sentence):
    version = VersionFactory()
    before = asked(version)
    with pytest.raises(authoring.QuizFileRefused) as refused:
        quiz_file.take(
            version, text, name="q.csv", instead=True, by=Actor.worker("tests"), at=MONDAY
        )
    assert sentence in str(refused.value)
    assert asked(version) == before


def test_questions_of_a_published_version_stay(english):
    version = VersionFactory()
    text = quiz_file.write(version)
    authoring.publish(version, by=Actor.hq(UserFactory()), at=MONDAY)
    with pytest.raises(Exception, match="published_never_changes"):
        quiz_file.take(
            version, text, name="q.csv", instead=True, by=Actor.worker("tests"), at=MONDAY
        )
