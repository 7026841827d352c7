"""Going through a package: resumed, reported, over; and what is refused."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, transaction

from dealers.models import Membership
from tests.factories.packages import PAGE, packed, several
from tests.factories.training import (
    MONDAY,
    LessonFactory,
    VersionFactory,
    go_through,
    person,
    taker,
)
from training import learning
from training.models import Claim, Enrollment, LessonKind, PackageAttempt, Progress
from training.scorm import attempts, package
from training.scorm.attempts import Report
from training.scorm.manifest import Manifest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

OLD = Manifest("1.2", "t", "index.html", "", None, "")
NEW = replace(OLD, version="2004")
LATER = MONDAY + timedelta(minutes=10)
STATUS, EXIT = "cmi.core.lesson_status", "cmi.core.exit"


def enrolled(version="1.2"):
    """Somebody in front of a package, which is the only lesson of its course."""
    course = VersionFactory()
    course.lessons.all().delete()
    content = ContentFile(packed(version), "package.zip")
    lesson = LessonFactory(version=course, kind=LessonKind.SCORM, package=content)
    user = person().user
    return Enrollment.objects.create(user=user, version=course, started_at=MONDAY), lesson


def told(taking, number, said, *, ended=False, opening=1, at=LATER, manifest=OLD):
    return attempts.report(
        *taking, manifest, Report(opening, number, said, ended), by=taker(taking[0]), at=at
    )


def test_what_was_left_is_resumed():
    taking = enrolled()
    first = attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    assert attempts.state(first, OLD)["given"]["cmi.core.entry"] == "ab-initio"
    told(taking, 1, {
        "cmi.core.lesson_location": "7", "cmi.suspend_data": "\0\ud800", STATUS: "incomplete",
        EXIT: "suspend", "cmi.core.session_time": "0000:01:30.00",
    }, ended=True)  # fmt: skip

    again = attempts.begin(*taking, by=taker(taking[0]), at=LATER)

    state = attempts.state(again, OLD)
    assert (again.number, again.opening, again.seconds) == (1, 2, 90)
    assert state["given"]["cmi.core.entry"] == "resume"
    assert state["given"]["cmi.core.total_time"] == "0000:01:30.00"
    assert state["values"] == {
        "cmi.core.lesson_location": "7", "cmi.suspend_data": "\0\ud800", STATUS: "incomplete",
    }  # fmt: skip


@pytest.mark.parametrize("said", [{}, {EXIT: ""}, {EXIT: "time-out"}])
def test_who_is_not_through_goes_on_whatever_the_package_said_on_leaving(said):
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    told(taking, 1, {STATUS: "incomplete", "cmi.suspend_data": "page 3", **said}, ended=True)

    again = attempts.begin(*taking, by=taker(taking[0]), at=LATER)

    assert again.number == 1
    assert json.loads(again.said)["cmi.suspend_data"] == "page 3"


def test_who_is_through_begins_anew_and_stays_through():
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    told(taking, 1, {STATUS: "completed", "cmi.suspend_data": "end"}, ended=True)

    again = attempts.begin(*taking, by=taker(taking[0]), at=LATER)
    told(taking, 1, {STATUS: "incomplete"})

    assert (again.number, json.loads(again.said)) == (2, {})
    assert (
        learning.finish_lesson(*taking, by=taker(taking[0]), at=MONDAY + timedelta(hours=1)) is None
    )


@pytest.mark.parametrize(
    ("said", "ended", "mastery", "claim"),
    [
        ({}, False, None, Claim.NOTHING),
        ({}, True, None, Claim.COMPLETED),
        ({STATUS: "browsed"}, True, None, Claim.INCOMPLETE),
        ({STATUS: "passed"}, False, None, Claim.PASSED),
        ({STATUS: "failed"}, True, None, Claim.FAILED),
        ({STATUS: "completed", "cmi.core.score.raw": "79.5"}, False, 80, Claim.COMPLETED),
        ({STATUS: "completed", "cmi.core.score.raw": "79.5"}, True, 80, Claim.FAILED),
        ({STATUS: "incomplete", "cmi.core.score.raw": "80"}, True, 80, Claim.PASSED),
        ({STATUS: "completed", "cmi.core.score.raw": ""}, True, 80, Claim.COMPLETED),
    ],
)
def test_a_package_of_1_2_claims(said, ended, mastery, claim):
    manifest = replace(OLD, mastery=None if mastery is None else Decimal(mastery))
    assert attempts.claimed(said, manifest, ended=ended) == claim


DONE, WELL, SCORE = "cmi.completion_status", "cmi.success_status", "cmi.score.scaled"


@pytest.mark.parametrize(
    ("said", "ended", "mastery", "claim"),
    [
        ({}, False, None, Claim.INCOMPLETE),
        ({}, True, None, Claim.COMPLETED),
        ({DONE: "incomplete", WELL: "passed"}, True, None, Claim.INCOMPLETE),
        ({DONE: "completed", WELL: "unknown"}, False, None, Claim.COMPLETED),
        ({DONE: "completed", WELL: "failed"}, False, None, Claim.FAILED),
        ({WELL: "passed"}, False, None, Claim.PASSED),
        ({DONE: "completed", SCORE: "0.69"}, False, "0.7", Claim.FAILED),
        ({DONE: "completed", WELL: "failed", SCORE: "0.7"}, False, "0.7", Claim.PASSED),
    ],
)
def test_a_package_of_2004_claims(said, ended, mastery, claim):
    manifest = replace(NEW, mastery=None if mastery is None else Decimal(mastery))
    assert attempts.claimed(said, manifest, ended=ended) == claim


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0001:02:03.99", 3723), ("00:00:00", 0), ("PT1H2M3.5S", 3723), ("P1DT1S", 86401),
     ("P1Y", 31536000), ("P999999999Y", 2_000_000_000), ("", 0), ("P", 0)],
)  # fmt: skip
def test_spans_of_time_are_counted(text, seconds):
    assert attempts.seconds_of(text) == seconds


def test_the_older_of_two_pages_reports_no_more():
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)

    with pytest.raises(attempts.OpenedElsewhere):
        told(taking, 1, {STATUS: "completed"}, opening=1)
    assert told(taking, 1, {STATUS: "incomplete"}, opening=2).claim == Claim.INCOMPLETE


def test_a_report_that_is_sent_again_changes_nothing_and_another_in_its_place_is_refused():
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    told(taking, 1, {STATUS: "incomplete"})
    told(taking, 2, {STATUS: "incomplete", "cmi.core.lesson_location": "2"}, at=LATER)

    same = told(
        taking, 2, {STATUS: "incomplete", "cmi.core.lesson_location": "2"},
        at=LATER + timedelta(1),
    )  # fmt: skip
    for number, said in ((2, {STATUS: "completed"}), (1, {STATUS: "incomplete"})):
        with pytest.raises(attempts.Replayed):
            told(taking, number, said)

    assert (same.reported_at, same.reports) == (LATER, 2)


def test_what_is_over_is_reported_on_no_more():
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    told(taking, 1, {STATUS: "failed"}, ended=True)
    assert told(taking, 1, {STATUS: "failed"}, ended=True).claim == Claim.FAILED
    with pytest.raises(attempts.ReportRefused, match="is over"):
        told(taking, 2, {STATUS: "passed"})


def test_nobody_goes_through_it_without_end(monkeypatch):
    taking = enrolled()
    monkeypatch.setattr(attempts, "MOST", 2)
    go_through(*taking)
    go_through(*taking)
    with pytest.raises(learning.LearningRefused, match="2 times"):
        attempts.begin(*taking, by=taker(taking[0]), at=LATER)


def test_what_was_never_opened_reports_nothing():
    with pytest.raises(attempts.ReportRefused, match="Open the package"):
        told(enrolled(), 1, {STATUS: "passed"})


def test_a_package_of_a_later_lesson_does_not_open():
    enrollment, lesson = enrolled()
    later = LessonFactory(version=enrollment.version, position=2, packaged=True)
    with pytest.raises(learning.LessonAhead):
        attempts.begin(enrollment, later, by=taker(enrollment), at=MONDAY)
    assert not PackageAttempt.objects.exists()
    assert lesson.position == 1


def test_a_lesson_is_done_once_its_package_reports_so_and_its_time_is_over(settings):
    settings.LEARNING_PACE = 1
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    with pytest.raises(learning.LearningRefused, match="has not reported yet"):
        learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER)
    told(taking, 1, {STATUS: "completed"}, at=MONDAY)
    with pytest.raises(learning.TooSoon):
        learning.finish_lesson(*taking, by=taker(taking[0]), at=MONDAY + timedelta(seconds=2))

    learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER)

    assert Progress.objects.get().done_at == LATER


def test_a_score_of_a_package_certifies_nothing():
    enrollment, lesson = enrolled("2004")
    attempts.begin(enrollment, lesson, by=taker(enrollment), at=MONDAY)
    told(
        (enrollment, lesson), 1, {DONE: "completed", WELL: "passed", SCORE: "1"}, ended=True,
        manifest=NEW,
    )  # fmt: skip
    learning.finish_lesson(enrollment, lesson, by=taker(enrollment), at=LATER)
    enrollment.refresh_from_db()
    assert enrollment.passed_at is None
    assert PackageAttempt.objects.get().score == 1


def test_a_score_that_comes_after_the_status_counts_until_the_package_ends():
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    told(taking, 1, {STATUS: "completed", "cmi.core.score.raw": "94"})
    told(taking, 2, {STATUS: "incomplete", "cmi.core.score.raw": "94"})
    kept = told(taking, 3, {STATUS: "completed", "cmi.core.score.raw": "100"}, ended=True)
    assert (kept.claim, kept.score, kept.completed_at) == (Claim.COMPLETED, 100, LATER)


def test_scores_beyond_all_sense_are_left_out():
    taking = enrolled("2004")
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    assert told(taking, 1, {"cmi.score.raw": "9999999999"}, manifest=NEW).score is None


def test_an_attempt_that_is_over_stays_as_it_is():
    taking = enrolled()
    go_through(*taking)
    attempt = PackageAttempt.objects.get()
    for act in (
        lambda: PackageAttempt.objects.update(score=100),
        lambda: PackageAttempt.objects.all().delete(),
        lambda: PackageAttempt.objects.create(
            enrollment=attempt.enrollment, lesson=attempt.lesson, number=1
        ),
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            act()


def test_what_a_package_kept_is_emptied_a_month_after_and_nothing_else():
    taking = enrolled()
    attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
    told(taking, 1, {STATUS: "passed", "cmi.suspend_data": "my words"}, ended=True)
    kept = PackageAttempt.objects.values().get()
    assert "my words" in kept["said"]
    for change in ({"said": '{"cmi.suspend_data": "others"}'}, {"said": "{}", "score": 1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PackageAttempt.objects.update(**change)

    assert attempts.forget(LATER + attempts.KEPT) == 0
    assert attempts.forget(LATER + attempts.KEPT + timedelta(seconds=1)) == 1
    assert PackageAttempt.objects.values().get() == kept | {"said": "{}"}
    assert attempts.forget(LATER + attempts.KEPT + timedelta(days=1)) == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        PackageAttempt.objects.update(said=kept["said"])


def test_what_a_package_keeps_of_who_left_is_emptied_and_who_stays_goes_on():
    takings = [enrolled(), enrolled()]
    for taking in takings:
        attempts.begin(*taking, by=taker(taking[0]), at=MONDAY)
        told(taking, 1, {"cmi.suspend_data": "my words"})
    left = takings[0][0]
    Membership.objects.filter(user=left.user).update(ends_at=LATER)

    assert attempts.forget(LATER + attempts.KEPT - timedelta(seconds=1)) == 0
    assert attempts.forget(LATER + attempts.KEPT) == 1
    (forgotten,) = PackageAttempt.objects.filter(said="{}")
    assert (forgotten.enrollment, forgotten.ended_at) == (left, None)
    for taking, entry in zip(takings, ("ab-initio", "resume"), strict=True):
        again = attempts.begin(*taking, by=taker(taking[0]), at=LATER + attempts.KEPT)
        assert attempts.state(again, OLD)["given"]["cmi.core.entry"] == entry


class TestSeveralParts:
    """Each is gone through by itself, and the lesson is done when all that have to be are."""

    @pytest.fixture
    def waiting(self, settings):
        """Somebody in front of two parts with these prerequisites, by their number."""
        settings.LEARNING_PACE = 0

        def made(before):
            course = VersionFactory()
            course.lessons.all().delete()
            text = several("1.2", "安装", "调试", before=before)
            files = {"imsmanifest.xml": text, "2.html": PAGE}
            content = ContentFile(packed(files=files), "package.zip")
            lesson = LessonFactory(version=course, kind=LessonKind.SCORM, package=content)
            LessonFactory(version=course, position=2)
            user = person().user
            return Enrollment.objects.create(user=user, version=course, started_at=MONDAY), lesson

        return made

    @pytest.fixture
    def taking(self, waiting):
        return waiting({})

    def say(self, taking, part, status, number=1):
        report = Report(1, number, {STATUS: status, "cmi.suspend_data": f"of {part}"}, True, part)
        return attempts.report(
            *taking, package.of_lesson(taking[1], part), report, by=taker(taking[0]), at=LATER
        )

    def test_each_keeps_its_own_and_is_resumed_by_itself(self, taking):
        first = attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        second = attempts.begin(*taking, part=2, by=taker(taking[0]), at=MONDAY)
        self.say(taking, 1, "incomplete")
        self.say(taking, 2, "incomplete")

        again = attempts.begin(*taking, part=1, by=taker(taking[0]), at=LATER)

        assert (first.number, second.number, again.pk, again.opening) == (1, 1, first.pk, 2)
        state = attempts.state(again, package.of_lesson(taking[1], 1))
        assert state["values"]["cmi.suspend_data"] == "of 1"

    def test_the_lesson_is_done_once_all_of_them_are(self, taking):
        attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        self.say(taking, 1, "completed")
        with pytest.raises(learning.LearningRefused, match=r"not reported yet .*: 调试"):
            learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER)

        attempts.begin(*taking, part=2, by=taker(taking[0]), at=LATER)
        with pytest.raises(learning.LearningRefused, match="调试"):
            learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER)
        self.say(taking, 2, "passed")

        assert learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER).position == 2

    def test_one_opens_once_those_before_it_are_finished(self, waiting):
        taking = waiting({2: "I-1"})
        with pytest.raises(learning.LearningRefused, match="opens when “安装” is finished"):
            attempts.begin(*taking, part=2, by=taker(taking[0]), at=MONDAY)
        assert not PackageAttempt.objects.exists()

        attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        self.say(taking, 1, "failed")
        with pytest.raises(learning.LearningRefused, match="opens when"):
            attempts.begin(*taking, part=2, by=taker(taking[0]), at=MONDAY)
        with pytest.raises(learning.LearningRefused, match="安装, 调试"):
            learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER)
        attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        self.say(taking, 1, "passed")
        # Who goes through it once more, and fails, has finished it all the same.
        attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        self.say(taking, 1, "failed")

        assert attempts.begin(*taking, part=2, by=taker(taking[0]), at=MONDAY).part == 2
        self.say(taking, 2, "completed")
        assert learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER).position == 2

    def test_one_that_is_closed_for_good_is_asked_of_nobody(self, waiting):
        taking = waiting({2: "~I-1"})
        attempts.begin(*taking, part=2, by=taker(taking[0]), at=MONDAY)
        attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        self.say(taking, 1, "passed")

        # What was open as it closed is heard still, and opened no more.
        self.say(taking, 2, "incomplete")
        with pytest.raises(learning.LearningRefused, match="“安装” is not finished"):
            attempts.begin(*taking, part=2, by=taker(taking[0]), at=LATER)
        assert learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER).position == 2

    @pytest.mark.parametrize("before", [{2: 'I-1 = "passed"'}, {1: "I-2", 2: "I-1"}])
    def test_prerequisites_of_a_kept_package_that_would_be_refused_close_nothing(
        self, waiting, before
    ):
        taking = waiting(before)
        with (
            taking[1].package.open() as kept,
            pytest.raises(package.PackageRefused, match=r"not understood|never open"),
        ):
            package.check(kept)

        for part in (2, 1):
            attempts.begin(*taking, part=part, by=taker(taking[0]), at=MONDAY)
            self.say(taking, part, "completed")
        assert learning.finish_lesson(*taking, by=taker(taking[0]), at=LATER).position == 2

    def test_one_that_is_not_there_is_neither_opened_nor_heard(self, taking):
        with pytest.raises(package.PackageRefused, match="no such part"):
            package.of_lesson(taking[1], 3)
        attempts.begin(*taking, part=1, by=taker(taking[0]), at=MONDAY)
        with pytest.raises(attempts.ReportRefused, match="Open the package"):
            self.say(taking, 2, "completed")


def test_no_package_is_heard_more_often_than_any_has_to_be():
    taking, other = enrolled(), enrolled()
    for _report in range(attempts.A_MINUTE):
        attempts.take_turn(*taking)
    with pytest.raises(attempts.TooMany, match="more than 120 times a minute"):
        attempts.take_turn(*taking)
    attempts.take_turn(*other)


def test_an_archive_is_read_once_until_it_is_another():
    _enrollment, lesson = enrolled("1.2")
    before = package._read.cache_info()
    assert {package.of_lesson(lesson).version for _report in range(3)} == {"1.2"}
    after = package._read.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)
    Path(lesson.package.path).write_bytes(packed("2004"))
    assert package.of_lesson(lesson).version == "2004"
    Path(lesson.package.path).unlink()
    with pytest.raises(package.PackageRefused, match="missing at the moment"):
        package.of_lesson(lesson)


def test_the_lesson_of_a_package_needs_one():
    with pytest.raises(IntegrityError, match="lesson_kind_has_its_file"), transaction.atomic():
        LessonFactory(version=VersionFactory(), position=3, kind=LessonKind.SCORM)
    assert package.of_lesson(enrolled("2004")[1]).version == "2004"
