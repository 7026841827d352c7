"""The lesson's page, the frame of the package, and who may ask for its files."""

import codecs
import html
import json
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Role
from tests.factories.dealers import MembershipFactory, UserFactory
from tests.factories.packages import PAGE, packed, several, zipped
from tests.factories.training import LessonFactory, VersionFactory
from training import authoring, learning
from training.forms import LessonForm
from training.models import Assignment, Lesson, LessonKind, PackageAttempt
from training.scorm import attempts, sandbox, tokens

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

VIDEO = bytes(range(256)) * 40
FILES = {
    "lib/a.js": "let a;", "中文 图.png": b"png", "film.mp4": VIDEO, "data.unknown": b"?",
    "second.htm": "<p>no head", "old.html": "<html><body>宽</body></html>".encode("utf-16"),
}  # fmt: skip


@pytest.fixture
def course():
    draft = VersionFactory()
    draft.lessons.all().delete()
    LessonFactory(
        version=draft, kind=LessonKind.SCORM,
        package=ContentFile(packed(files=FILES), "package.zip"),
    )  # fmt: skip
    LessonFactory(version=draft, position=2)
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    return authoring.publish(draft, by=Actor.hq(UserFactory()), at=now)


@pytest.fixture
def learner(clerk, login, course):
    learning.enroll(clerk.user, course, by=Actor.of(clerk), at=timezone.now() - timedelta(days=1))
    return login(clerk)


def url(name, course, position=1):
    return reverse(f"training:{name}", args=[course.course.slug, position])


def token_of(who, course):
    holder = tokens.Pass(who.user.pk, course.lessons.get(position=1).pk)
    return tokens.give(holder, at=timezone.now())


def file_of(token, name="index.html"):
    return reverse("training:package_file", args=[token, name])


def report(client, course, number=1, *, opening=1, ended="", **said):
    return client.post(
        url("package_report", course),
        {"opening": opening, "number": number, "said": json.dumps(said), "ended": ended},
    )


def test_a_package_is_opened_reported_on_and_leads_on(learner, course):
    page = learner.get(url("lesson", course))
    assert "data-begin-package" in page.text
    opened = learner.post(url("package_begin", course)).json()
    assert opened["opening"] == 1
    assert opened["flags"] == "allow-scripts allow-forms"
    assert opened["state"]["given"]["cmi.core.student_name"] == "Learner"

    answer = report(learner, course, ended="1", **{"cmi.core.lesson_status": "passed"})

    assert answer.status_code == 200
    assert "The package reports: Passed." in answer.json()["said"]
    assert "The package reports: Passed." in " ".join(
        learner.get(url("lesson", course)).text.split()
    )
    finished = learner.post(url("finish", course))
    assert finished.url == url("lesson", course, 2)


def test_the_parts_of_a_package_stand_in_their_order_and_report_each(clerk, login):
    draft = VersionFactory()
    draft.lessons.all().delete()
    files = {"imsmanifest.xml": several("1.2", "安装", "调试"), "2.html": PAGE}
    LessonFactory(
        version=draft, kind=LessonKind.SCORM,
        package=ContentFile(packed(files=files), "package.zip"),
    )  # fmt: skip
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    course = authoring.publish(draft, by=Actor.hq(UserFactory()), at=now)
    learning.enroll(clerk.user, course, by=Actor.of(clerk), at=timezone.now() - timedelta(days=1))
    client = login(clerk)

    page = client.get(url("lesson", course)).text
    assert page.index('aria-label="Begin: 安装"') < page.index("Begin: 调试")
    opened = client.post(url("package_begin", course), {"part": 2}).json()
    assert "/2.html" in opened["address"]
    told = {
        "part": 2, "opening": 1, "number": 1, "ended": "1",
        "said": json.dumps({"cmi.core.lesson_status": "completed"}),
    }  # fmt: skip
    assert client.post(url("package_report", course), told).json()["claim"] == "Finished"
    assert [each.part for each in PackageAttempt.objects.all()] == [2]

    text = " ".join(client.get(url("lesson", course)).text.split())
    assert '<span class="sm" data-claim="2">Finished</span>' in text
    warned = client.post(url("finish", course), follow=True)
    assert "not reported yet that they are finished: 安装" in warned.text
    for part, status in (("3", 409), ("0", 422), ("x", 422)):
        assert client.post(url("package_begin", course), {"part": part}).status_code == status
    hq = login(UserFactory(is_staff=True, is_superuser=True))
    tried = hq.get(reverse("admin:training_courseversion_preview", args=[course.pk]))
    assert tried.text.count("data-begin-package=") == 2


def test_a_part_says_when_it_opens_and_is_refused_until_then(clerk, login):
    draft = VersionFactory()
    draft.lessons.all().delete()
    files = {"imsmanifest.xml": several("1.2", "安装", "调试", before={2: "I-1"}), "2.html": PAGE}
    LessonFactory(
        version=draft, kind=LessonKind.SCORM,
        package=ContentFile(packed(files=files), "package.zip"),
    )  # fmt: skip
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    course = authoring.publish(draft, by=Actor.hq(UserFactory()), at=now)
    learning.enroll(clerk.user, course, by=Actor.of(clerk), at=timezone.now() - timedelta(days=1))
    client = login(clerk)

    assert client.get(url("lesson", course)).text.count("It opens when “安装” is finished.") == 1
    answer = client.post(url("package_begin", course), {"part": 2})
    assert (answer.status_code, answer.json()["said"]) == (
        409, "It opens when “安装” is finished.",
    )  # fmt: skip
    client.post(url("package_begin", course), {"part": 1})
    report(client, course, **{"cmi.core.lesson_status": "completed"})
    assert client.post(url("package_begin", course), {"part": 2}).status_code == 200


def test_a_package_learns_no_name(learner, course, clerk):
    opened = learner.post(url("package_begin", course)).text
    assert clerk.user.name not in opened
    assert str(clerk.user.email) not in opened


def test_the_page_lets_frames_go_nowhere_but_to_packages(learner, course):
    policy = learner.get(url("lesson", course)).headers["Content-Security-Policy"]
    assert "frame-src http://testserver/lesson-packages/;" in f"{policy};"
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy


def test_packages_may_have_a_host_of_their_own(learner, course, clerk, settings):
    settings.PORTAL_PACKAGES_HOST = "packages.test:81"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "packages.test"]
    apart = Client(headers={"host": "packages.test:81"})
    opened = learner.post(url("package_begin", course)).json()
    assert opened["address"].startswith("http://packages.test:81/lesson-packages/")
    assert opened["flags"] == "allow-scripts allow-forms allow-same-origin"
    assert opened["state"]["origin"] == "http://testserver"
    policy = learner.get(url("lesson", course)).headers["Content-Security-Policy"]
    assert "frame-src http://packages.test:81/lesson-packages/;" in f"{policy};"
    path = file_of(token_of(clerk, course))

    answer = apart.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts allow-forms allow-same-origin; default-src")
    assert "connect-src http://packages.test:81/lesson-packages/" in policy
    # Neither is what the other is for.
    for theirs in ("/", "/training/", "/accounts/login/", "/static/js/portal.js", "/admin/"):
        assert apart.get(theirs).status_code == 404
        assert "Set-Cookie" not in apart.get(theirs).headers
    assert learner.get(path).status_code == 404
    assert apart.get("/healthz").status_code == 200


def test_the_files_of_a_package_are_strangers_to_the_portal(learner, course, clerk):
    opened = learner.post(url("package_begin", course)).json()
    assert opened["address"] == "http://testserver" + file_of(token_of(clerk, course))

    answer = Client().get(opened["address"])  # a frame without cookies

    policy = answer.headers["Content-Security-Policy"]
    base = f"http://testserver/lesson-packages/{token_of(clerk, course)}/"
    assert policy.startswith("sandbox allow-scripts allow-forms; default-src 'none';")
    assert f"connect-src {base} data: blob:" in policy
    assert "form-action 'none'" in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    script = f'<head><script src="/lesson-packages/{token_of(clerk, course)}/api.js"></script>'
    assert script in answer.text
    api = Client().get(f"/lesson-packages/{token_of(clerk, course)}/api.js")
    assert "LMSInitialize" in api.text
    assert api.headers["Content-Security-Policy"] == policy


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("lib/a.js", "text/javascript", b"let a;"),
        ("LIB/A.js", "text/javascript", b"let a;"),
        ("中文 图.png", "image/png", b"png"),
        ("data.unknown", "application/octet-stream", b"?"),
    ],
)
@pytest.mark.usefixtures("learner")
def test_each_file_has_its_kind(course, clerk, name, kind, content):
    answer = Client().get(file_of(token_of(clerk, course), name))
    assert (answer.content, answer.headers["Content-Type"]) == (content, kind)
    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")


@pytest.mark.usefixtures("learner")
def test_a_part_of_a_film_is_answered(course, clerk):
    address = file_of(token_of(clerk, course), "film.mp4")
    answer = Client().get(address, headers={"Range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, VIDEO[100:200])
    assert answer.headers["Content-Range"] == f"bytes 100-199/{len(VIDEO)}"
    assert Client().get(address, headers={"Range": "bytes=99999-"}).status_code == 416


@pytest.mark.usefixtures("learner")
def test_the_script_stands_first_in_every_kind_of_page(course, clerk):
    token = token_of(clerk, course)
    assert Client().get(file_of(token, "second.htm")).text.startswith("<script src=")
    wide = Client().get(file_of(token, "old.html")).content.decode("utf-8-sig")
    assert wide.startswith("<html><script src=")
    assert "宽" in wide
    assert sandbox.with_script(b"<!DOCTYPE html>\n<header>", "/a") == (
        b'<!DOCTYPE html><script src="/a"></script>\n<header>'
    )
    assert sandbox.with_script(b'<html lang="zh"><HEAD id=x><title>', "/a") == (
        b'<html lang="zh"><HEAD id=x><script src="/a"></script><title>'
    )


def test_a_page_in_pieces_keeps_the_mark_of_its_encoding_first():
    piece = codecs.BOM_UTF8 + "<p>宽".encode()
    script = b'<script src="/a"></script>'
    assert sandbox.with_script(piece, "/a") == codecs.BOM_UTF8 + script + "<p>宽".encode()


@pytest.mark.parametrize(
    "page", [b"<p>" + b" " * 3000, b"<head " * 8000, b"<html " * 8000, b"<!doctype " * 8000]
)
def test_no_page_holds_up_whoever_asks_for_it(page):
    begun = time.monotonic()

    found = sandbox.with_script(page, "/a")

    assert time.monotonic() - begun < 1
    assert found == b'<script src="/a"></script>' + page


@pytest.mark.usefixtures("learner")
def test_only_a_token_that_is_good_opens_files(course, clerk, rival):
    good = token_of(clerk, course)
    assert Client().get(file_of(good)).status_code == 200
    lesson = course.lessons.get(position=1).pk
    then = timezone.now() - timedelta(hours=24)
    old = tokens.give(tokens.Pass(clerk.user.pk, lesson), at=then)
    foreign = token_of(rival, course)  # who does not take the course
    other = tokens.give(
        tokens.Pass(clerk.user.pk, course.lessons.get(position=2).pk), at=timezone.now()
    )
    author = tokens.give(tokens.Pass(clerk.user.pk, lesson, trial=True), at=timezone.now())
    for token in (f"{good}x", good[:-1], "x", "l-1-1-99999999", old, foreign, other, author):
        assert Client().get(file_of(token)).status_code == 404, token
        api = Client().get(reverse("training:package_api", args=[token]))
        assert api.status_code == 404
    for name in ("none.html", "../imsmanifest.xml", "a/../index.html"):
        assert Client().get(f"/lesson-packages/{good}/files/{name}").status_code == 404
    assert Client().post(file_of(good)).status_code == 405


def test_a_token_lives_for_half_a_day_at_least_and_a_day_at_most():
    now = timezone.now()
    token = tokens.give(tokens.Pass(1, 2), at=now)
    assert tokens.read(token, at=now + timedelta(hours=12)) == tokens.Pass(1, 2)
    assert tokens.read(token, at=now + timedelta(hours=25)) is None


def test_whose_post_has_ended_opens_reports_and_reads_nothing(learner, course, clerk):
    learner.post(url("package_begin", course))
    token = token_of(clerk, course)
    type(clerk).objects.filter(pk=clerk.pk).update(ends_at=timezone.now())

    assert Client().get(file_of(token)).status_code == 404
    assert learner.post(url("package_begin", course)).status_code in {302, 404}
    answer = report(learner, course, **{"cmi.core.lesson_status": "passed"})
    assert answer.status_code in {302, 404}
    assert PackageAttempt.objects.get().claim == ""


def test_nobody_reports_for_somebody_else(learner, course, login):
    learner.post(url("package_begin", course))
    other = MembershipFactory()
    learning.enroll(other.user, course, by=Actor.of(other), at=timezone.now() - timedelta(days=1))

    answer = report(login(other), course, **{"cmi.core.lesson_status": "passed"})

    assert answer.status_code == 409
    assert PackageAttempt.objects.get().claim == ""


def test_two_pages_a_replay_and_nonsense_are_refused_in_words(learner, course):
    learner.post(url("package_begin", course))
    learner.post(url("package_begin", course))
    old = report(learner, course, opening=1)
    assert (old.status_code, old.json()["over"]) == (409, True)
    assert "opened on another page" in old.json()["said"]
    assert report(learner, course, 2, opening=2).status_code == 200
    again = report(learner, course, 1, opening=2)
    assert (again.status_code, again.json()["stale"]) == (409, True)
    assert report(learner, course, 3, opening=2, **{"cmi.evil": "1"}).status_code == 422
    for said in ("", "{", "[" * 5000, "null", '"x"', "NaN"):
        data = {"opening": 2, "number": 4, "said": said}
        assert learner.post(url("package_report", course), data).status_code == 422
    for name in ("opening", "number"):
        data = {"opening": 2, "number": 4, "said": "{}"} | {name: "-1"}
        assert learner.post(url("package_report", course), data).status_code == 422
    assert learner.get(url("package_report", course)).status_code == 405


def test_reports_without_end_are_told_to_come_later(learner, course, clerk):
    learner.post(url("package_begin", course))
    enrollment, lesson = clerk.user.enrollments.get(), course.lessons.get(position=1)
    for _report in range(attempts.A_MINUTE):
        attempts.take_turn(enrollment, lesson)
    refused = report(learner, course, **{"cmi.core.lesson_status": "passed"})
    assert (refused.status_code, refused.json()["again"]) == (429, True)
    assert PackageAttempt.objects.get().claim == ""
    cache.clear()  # a minute later
    assert report(learner, course, **{"cmi.core.lesson_status": "passed"}).status_code == 200


def test_a_lesson_without_a_package_opens_none(learner, course):
    answer = learner.post(url("package_begin", course, 2))
    assert (answer.status_code, answer.json()["said"]) == (409, "The lesson has no package.")


def test_without_its_file_the_page_shows_a_gap(learner, course, clerk):
    stored = course.lessons.get(position=1).package
    stored.storage.delete(stored.name)
    assert "The package is missing at the moment." in learner.get(url("lesson", course)).text
    assert learner.post(url("package_begin", course)).status_code == 409
    assert Client().get(file_of(token_of(clerk, course))).status_code == 404


def test_an_author_tries_a_draft_and_nothing_is_kept(login, hq, course):
    draft = authoring.new_version(course.course, by=Actor.worker("tests"), at=timezone.now())
    page = login(hq).get(reverse("admin:training_courseversion_preview", args=[draft.pk]))
    assert "data-trial" in page.text
    assert "frame-src http://testserver/lesson-packages/" in page.headers["Content-Security-Policy"]
    lesson = draft.lessons.get(position=1)
    token = tokens.give(tokens.Pass(hq.pk, lesson.pk, trial=True), at=timezone.now())
    assert file_of(token) in html.unescape(page.text)
    answer = Client().get(file_of(token))
    assert answer.status_code == 200
    # The author brings the next one, and does not see the old one instead of it.
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert not PackageAttempt.objects.exists()


def test_what_an_author_brings_is_looked_through():
    bringing = modelform_factory(
        Lesson, form=LessonForm, fields=["kind", "title", "minutes", "body", "package"]
    )

    def form(content):
        values = {"kind": "scorm", "title": "包", "body": "文", "minutes": 3}
        return bringing(values, {"package": SimpleUploadedFile("course.zip", content)})

    assert form(zipped({"index.html": PAGE})).errors["package"] == [
        "There is no imsmanifest.xml in the archive, so it is no SCORM package: publish it again as"
        " SCORM 1.2 or SCORM 2004, and bring that ZIP file as it is."
    ]
    assert form(packed("2004")).errors == {}


def test_a_draft_whose_package_is_gone_is_not_published(course):
    draft = authoring.new_version(course.course, by=Actor.worker("tests"), at=timezone.now())
    assert authoring.problems(draft) == []
    stored = draft.lessons.get(position=1).package
    stored.storage.delete(stored.name)
    assert authoring.problems(draft) == ["Lesson 1: The package is missing at the moment."]
