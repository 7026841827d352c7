"""The pages of stories: what each role reads and does there."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.factories.dealers import StoreFactory
from tests.factories.sessions import planned
from tests.factories.stories import drafted, frozen_board, picture, shared
from tests.factories.training import published
from training.models import Story

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def test_an_owner_writes_illustrates_agrees_and_withdraws(store, owner, hq, rival, login):
    frozen_board(store)
    client = login(owner)
    sent = {
        "teller": f"store-{store.pk}", "title": "回访三步", "title_en": "Three steps",
        "body": "## 第一步\n\n当天打电话。![门头](1)",
    }  # fmt: skip
    client.post(url("story_new"), sent)
    story = Story.objects.get()
    parts = url("story_part", story.pk)
    client.post(parts, {"do": "picture", "picture": picture(), "alt": "门头"})
    page = client.get(url("story_edit", story.pk))
    ranking = page.context["figure_form"].fields["ranking"].choices[0][0]
    client.post(parts, {"do": "figure", "ranking": ranking})

    page = client.get(url("story", story.pk))
    assert "place 1 of 6" in words(page)
    assert url("story_picture", story.pk, 1) in page.text
    read = re.search(r'name="read" value="([^"]*)"', page.text)[1]
    client.post(url("story_agree", story.pk), {"read": read, "named": "yes"})
    admin = login(hq)
    chosen = {"action": "approve", "_selected_action": story.pk, "confirmed": "1", "found": ""}
    admin.post(reverse("admin:training_story_changelist"), chosen)

    other = login(rival)
    assert store.name in words(other.get(url("story", story.pk)))
    assert store.name in words(other.get(url("stories")))
    assert other.get(url("story_picture", story.pk, 1)).status_code == 200

    assert "cannot be put back" in words(client.get(url("story_withdraw", story.pk)))
    client.post(url("story_withdraw", story.pk))
    for page in (url("story", story.pk), url("story_picture", story.pk, 1)):
        assert other.get(page).status_code == 404
    assert "回访三步" not in other.get(url("stories")).text


def test_others_read_no_name_that_was_not_agreed_to(rival, login):
    store = StoreFactory(
        name="永康街旗舰店", code="YKJ-01", dealer__name="恒益家居", dealer__code="HYJJ"
    )
    story = shared(store)
    client = login(rival)

    page = client.get(url("story", story.pk))

    assert "A benchmark store" in words(page)
    for name in (store.name, store.code, store.dealer.name, store.dealer.code):
        assert name not in page.text


def test_a_draft_is_a_page_for_nobody_else(store, rival, clerk, region_manager, login):
    story = drafted(store)
    for who in (rival, clerk, region_manager):
        assert login(who).get(url("story", story.pk)).status_code == 404
        for page in ("story_edit", "story_agree", "story_withdraw"):
            assert login(who).post(url(page, story.pk)).status_code == 404


def test_a_published_story_is_written_no_more(store, owner, login):
    story = shared(store)

    assert login(owner).get(url("story_edit", story.pk)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": ""}, "This field is required"),
        ({"body": "x" * 8001}, "at most 8000"),
        ({"title": "a\u202eb"}, "invisible character"),
        ({"video": SimpleUploadedFile("a.mp4", b"<html>")}, "not a video"),
        ({"video": SimpleUploadedFile("a.mp4", b"\0\0\0\x18ftypmp42")}, "Add the captions"),
        ({"video": SimpleUploadedFile("a.exe", b"MZ")}, "exe"),
    ],
)
def test_wrong_input_is_refused_in_words(store, owner, login, sent, said):
    story = drafted(store)
    good = {"title": "甲", "body": "乙"}

    page = login(owner).post(url("story_edit", story.pk), good | sent)

    assert page.status_code == 422
    assert said in words(page)


def test_html_in_a_story_is_text(store, owner, login):
    story = drafted(store, body="<script>alert(1)</script>[a](javascript:alert(1))")

    page = login(owner).get(url("story", story.pk))

    assert "<script>alert" not in page.text
    assert 'href="javascript' not in page.text


def test_a_course_shows_the_stories_that_are_tied_to_it(store, clerk, login):
    version = published()
    story = shared(store)
    page = reverse("training:course", args=[version.course.slug])
    client = login(clerk)
    assert story.local_title not in client.get(page).text

    story.courses.add(version.course)
    assert story.local_title in client.get(page).text


def test_pages_without_a_story_say_what_comes(clerk, owner, login):
    assert "No story yet" in login(clerk).get(url("stories")).text
    assert "Nothing written yet" in login(owner).get(url("stories")).text


def test_headquarters_writes_with_figures_and_pictures(store, owner, hq, login):
    frozen_board(store)
    client = login(hq)
    add = reverse("admin:training_story_add")
    sent = {"dealer": store.dealer_id, "store": store.pk, "title": "甲", "body": "乙"}
    assert client.post(add, sent).status_code == 302
    story = Story.objects.get()
    assert story.drafted_by == hq
    change = reverse("admin:training_story_change", args=[story.pk])
    page = client.get(change)
    (offered,) = [
        choice
        for formset in page.context["inline_admin_formsets"]
        for form in [*formset.formset.forms, formset.formset.empty_form]
        if "place" in form.fields
        for choice in form.fields["place"].choices[1:]
    ]
    management = {
        f"{prefix}-{name}": value
        for prefix in ("figures", "pictures")
        for name, value in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 0))
    }
    parts = {"figures-0-place": offered[0], "pictures-0-image": picture(), "pictures-0-alt": "图"}
    answer = client.post(change, {"title": "甲", "body": "乙", **management, **parts})
    assert answer.status_code == 302, answer.context["errors"]

    assert story.figures.get().rank == 1
    assert story.pictures.get().width == 40


def test_who_has_left_finds_no_stories_and_no_sessions(store, clerk, login):
    story, session = shared(store), planned()
    clerk.ends_at = timezone.now()
    clerk.save(update_fields=["ends_at"])
    client = login(clerk)

    for page in (
        url("stories"), url("story", story.pk), url("sessions"), url("session", session.pk),
    ):  # fmt: skip
        assert client.get(page).status_code == 404
