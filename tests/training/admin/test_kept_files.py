"""A kept file is named where another one can take its place, and linked where it is only read."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from tests.factories.dealers import UserFactory
from tests.factories.sessions import planned
from tests.factories.stories import drafted, owner_of, picture
from tests.factories.training import LessonFactory, VersionFactory
from training import stories
from training.admin.sessions import SharingSessionAdmin
from training.admin.version_parts import LessonInline, PictureInline
from training.forms.stories import StoryForm
from training.models import CourseVersion, Lesson, Picture, SharingSession, Story
from training.sessions import planning


@pytest.mark.parametrize(
    ("page", "above", "model", "name"),
    [
        (LessonInline, CourseVersion, Lesson, "video"),
        (LessonInline, CourseVersion, Lesson, "package"),
        (PictureInline, CourseVersion, Picture, "image"),
        (SharingSessionAdmin, SharingSession, SharingSession, "recording"),
    ],
)
def test_a_page_of_the_admin_links_no_stored_file(page, above, model, name):
    column = model._meta.get_field(name)
    widget = page(above, admin.site).formfield_for_dbfield(column, None).widget
    shown = widget.render(name, FieldFile(model(), column, "kept/one.bin"))
    assert "kept/one.bin" in shown
    assert f'name="{name}"' in shown
    assert "href" not in shown


def test_a_story_links_no_stored_file_and_lets_it_be_taken_out():
    form = StoryForm(instance=Story(video="kept/one.mp4", captions="kept/one.vtt"))
    shown = str(form["video"])
    assert "kept/one.mp4" in shown
    assert "href" not in shown
    assert 'name="video-clear"' in shown
    assert 'accept=".mp4,.webm"' in shown


def links(page):
    """Where the page leads, by what it says there."""
    return {name: where for where, name in re.findall(r'<a href="([^"]*)">([^<]*)</a>', page.text)}


@pytest.mark.django_db
def test_a_published_lesson_leads_to_its_files_and_names_its_package(hq, login):
    version = VersionFactory(content=None)
    version.lessons.all().delete()
    film = LessonFactory(version=version, position=1, with_video=True)
    sheet = LessonFactory(version=version, position=2, sheet=True)
    played = LessonFactory(version=version, position=3, packaged=True)
    shown = Picture.objects.create(version=version, name="door", image=picture())
    CourseVersion.objects.filter(pk=version.pk).update(
        **{f"{step}_at": timezone.now() for step in ("tested", "approved", "published")}
    )
    client = login(hq)

    page = client.get(reverse("admin:training_courseversion_change", args=[version.pk]))

    assert "/media/" not in page.text
    found = links(page)
    for file in (film.video, film.captions, sheet.file, shown.image):
        assert client.get(found[file.name]).status_code == 200
    assert played.package.name in page.text
    assert played.package.name not in found


@pytest.mark.django_db
def test_a_published_story_leads_to_its_video_and_its_pictures(store, hq, login):
    draft = drafted(store, video=ContentFile(b"0123", "a.mp4"), captions=ContentFile(b"W", "a.vtt"))
    client, page = login(hq), reverse("admin:training_story_change", args=[draft.pk])
    by, at = Actor.of(owner_of(store)), timezone.now()
    told = stories.add_picture(draft, picture(), "门头", by=by, at=at)
    drawn = links(client.get(page))
    assert client.get(drawn[told.image.name]).status_code == 200
    agreed = stories.agree(draft, named=False, by=by, at=at)
    stories.approve(agreed, by=Actor.hq(UserFactory(is_staff=True)), at=at)

    shown = client.get(page)

    assert "/media/" not in shown.text
    found = links(shown)
    for file in (draft.video, draft.captions, told.image):
        assert client.get(found[file.name]).status_code == 200


@pytest.mark.django_db
def test_a_recording_is_linked_for_who_only_looks_until_the_session_is_cancelled(hq, login):
    session = planned(recording=ContentFile(b"0123456789", "a.mp4"))
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_sharingsession"))
    client, page = login(reader), reverse("admin:training_sharingsession_change", args=[session.pk])

    found = links(client.get(page))
    assert client.get(found[session.recording.name]).status_code == 200
    planning.cancel(session, by=Actor.hq(hq), at=timezone.now())

    shown = client.get(page)
    assert session.recording.name in shown.text
    assert session.recording.name not in links(shown)
    assert "/media/" not in shown.text
