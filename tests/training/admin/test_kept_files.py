"""A file that is kept is named where another one can take its place."""

import pytest
from django.contrib import admin
from django.db.models.fields.files import FieldFile

from training.admin.sessions import SharingSessionAdmin
from training.admin.versions import LessonInline, PictureInline
from training.forms.stories import StoryForm
from training.models import CourseVersion, Lesson, Picture, SharingSession, Story


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
