import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from tests.factories.training import LessonFactory, VersionFactory, taker
from training import files, learning
from training.models import CourseVersion

pytestmark = pytest.mark.django_db
FILM = bytes(range(256)) * 8


@pytest.fixture
def video(clerk):
    """The address of a video that the clerk may watch."""
    version = VersionFactory(content=None)
    version.lessons.all().delete()
    lesson = LessonFactory(version=version, position=1, with_video=True)
    CourseVersion.objects.filter(pk=version.pk).update(
        **{f"{step}_at": timezone.now() for step in ("tested", "approved", "published")}
    )
    version.refresh_from_db()
    learning.enroll(clerk.user, version, by=Actor.of(clerk), at=timezone.now())
    return reverse("training:file", args=[lesson.pk, "video"])


def test_without_a_range_the_whole_file_comes(clerk, login, video):
    response = login(clerk).get(video)
    assert (response.status_code, response.content) == (200, FILM)
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "private" in response["Cache-Control"]
    assert not response.streaming


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("bytes=0-", range(2048)),
        ("bytes=0-0", range(1)),
        ("bytes=100-199", range(100, 200)),
        ("bytes=2000-9999", range(2000, 2048)),
        ("bytes=-48", range(2000, 2048)),
        ("bytes=-99999", range(2048)),
    ],
)
def test_a_range_is_cut_out(clerk, login, video, asked, given):
    response = login(clerk).get(video, headers={"range": asked})
    assert response.status_code == 206
    assert response.content == FILM[given.start : given.stop]
    assert response["Content-Range"] == f"bytes {given.start}-{given.stop - 1}/2048"


@pytest.mark.parametrize("asked", ["bytes=2048-", "bytes=9999-10000", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(clerk, login, video, asked):
    response = login(clerk).get(video, headers={"range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */2048"


@pytest.mark.parametrize(
    "asked", ["bytes=-", "bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "x", "bytes=0-" + "9" * 5000]
)
def test_a_range_that_makes_no_sense_never_breaks(clerk, login, video, asked):
    assert login(clerk).get(video, headers={"range": asked}).status_code in {200, 416}


def test_one_answer_is_never_longer_than_a_part(clerk, login, video, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_PART", 1000)
    response = login(clerk).get(video, headers={"range": "bytes=0-"})
    assert response["Content-Range"] == "bytes 0-999/2048"


def test_parts_that_the_lesson_lacks_are_not_there(clerk, login, video):
    client = login(clerk)
    for part in ("file", "captions_en", "body", "version"):
        assert client.get(video.replace("video", part)).status_code == 404
    captions = client.get(video.replace("video", "captions"))
    assert captions["Content-Type"] == "text/vtt; charset=utf-8"


def test_a_file_to_take_away_is_an_attachment(clerk, login):
    version = VersionFactory()
    lesson = LessonFactory(version=version, position=3, sheet=True)
    CourseVersion.objects.filter(pk=version.pk).update(
        **{f"{step}_at": timezone.now() for step in ("tested", "approved", "published")}
    )
    version.refresh_from_db()
    enrollment = learning.enroll(clerk.user, version, by=Actor.of(clerk), at=timezone.now())
    address = reverse("training:file", args=[lesson.pk, "file"])
    assert login(clerk).get(address).status_code == 404  # two lessons come before it
    for earlier in version.lessons.filter(position__lt=3):
        learning.open_lesson(enrollment, earlier, by=taker(enrollment), at=timezone.now())
        learning.finish_lesson(enrollment, earlier, by=taker(enrollment), at=timezone.now())
    assert login(clerk).get(address)["Content-Disposition"].startswith("attachment;")


def test_a_file_to_take_away_keeps_its_name_in_any_language(hq, login):
    lesson = LessonFactory(
        version=VersionFactory(), position=3, sheet=True,
        file=ContentFile(b"%PDF-1.7", "价格表.pdf"),
    )  # fmt: skip
    sent = login(hq).get(reverse("training:file", args=[lesson.pk, "file"]))
    assert sent["Content-Disposition"].startswith("attachment; filename*=utf-8''%E4%BB%B7")


def test_headquarters_may_look_at_drafts(hq, login):
    lesson = LessonFactory(version=VersionFactory(), position=3, with_video=True)
    address = reverse("training:file", args=[lesson.pk, "video"])
    assert login(hq).get(address).status_code == 200
