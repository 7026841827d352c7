"""A course on a phone, from the list to the certificate; and HQ's preview."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from dealers.actor import Actor
from dealers.models import Role
from tests.factories.certificates import certified
from tests.factories.dealers import UserFactory
from training import authoring, demo, quiz
from training.models import (
    Assignment,
    Attempt,
    Certificate,
    Course,
    CourseVersion,
    Irregularity,
    IrregularityKind,
    Progress,
)

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = timezone.now() - timedelta(days=1)


@pytest.fixture
def course():
    """A course of the demo with a video, whose quiz may be repeated at once."""
    author = UserFactory()
    demo.load(by=author, at=WRITTEN)
    shown = Course.objects.get(slug="first-follow-up")
    draft = authoring.new_version(shown, by=Actor.worker("tests"), at=timezone.now())
    CourseVersion.objects.filter(pk=draft.pk).update(retry_minutes=0)
    authoring.publish(draft, by=Actor.hq(author), at=WRITTEN)
    Assignment.objects.exclude(course=shown).delete()
    return shown


def answer(page, *, right):
    """Answer every question of the open attempt, all right or all wrong."""
    page.wait_for_url("**/quiz/1/")
    for item in quiz.questions(Attempt.objects.get(submitted_at=None)):
        page.wait_for_url(f"**/quiz/{item.number}/")
        for choice in item.choices:
            if choice.correct == right:
                page.locator(f".choice input[value='{choice.pk}']").check()
        page.get_by_role("button", name="Keep").click()


def test_a_course_is_read_failed_repeated_passed_and_certified(course, clerk, browse, sound):
    page = browse(clerk, width=390, language="en")
    page.goto(reverse("training:home"))
    sound(page)
    page.get_by_role("link", name=course.title_en).click()
    sound(page)
    page.get_by_role("button", name="Begin the course").click()
    for position in (1, 2, 3):
        page.wait_for_url(f"**/{course.slug}/{position}/")
        sound(page)
        page.get_by_role("button", name="next lesson").click()
    page.wait_for_url(f"**/{course.slug}/4/")
    sound(page)
    for line in page.get_by_role("checkbox").all():
        line.check()
    page.get_by_role("button", name="to the quiz").click()

    sound(page)
    page.get_by_role("button", name="Begin the quiz").click()
    sound(page)
    answer(page, right=False)
    sound(page)
    page.get_by_role("button", name="Hand in now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("more to go")
    sound(page)

    page.get_by_role("button", name="Try again").click()
    answer(page, right=True)
    page.get_by_role("button", name="Hand in now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")
    sound(page)

    page.get_by_role("link", name="Open the certificate").click()
    certificate = Certificate.objects.get()
    expect(page.locator(".who")).to_have_text(clerk.user.name)
    sound(page)
    page.set_default_timeout(60_000)  # the first document of a process loads the typesetter
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    assert download.value.suggested_filename == f"{certificate.code}.pdf"

    page.goto(reverse("training:verify", args=[certificate.code]))
    expect(page.get_by_role("heading", name="Genuine and valid")).to_be_visible()
    sound(page)


def test_a_certificate_that_ended_is_renewed_by_taking_the_course_again(
    course, clerk, browse, sound
):
    now = timezone.now()
    version = course.versions.published().latest("number")
    old = certified(clerk, now - timedelta(days=400), now - timedelta(days=1), version)
    page = browse(clerk, width=390, language="en")
    page.goto(reverse("training:verify", args=[old.code]))
    expect(page.get_by_role("heading", name="Genuine, but expired")).to_be_visible()
    sound(page)

    page.goto(reverse("training:course", args=[course.slug]))
    sound(page)
    page.get_by_role("button", name="Renew: take the course once more").click()
    for position in (1, 2, 3):
        page.wait_for_url(f"**/{course.slug}/{position}/")
        page.get_by_role("button", name="next lesson").click()
    for line in page.get_by_role("checkbox").all():
        line.check()
    page.get_by_role("button", name="to the quiz").click()
    page.get_by_role("button", name="Begin the quiz").click()
    answer(page, right=True)
    page.get_by_role("button", name="Hand in now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")

    new = Certificate.objects.exclude(pk=old.pk).get()
    page.goto(reverse("training:verify", args=[new.code]))
    expect(page.get_by_role("heading", name="Genuine and valid")).to_be_visible()
    page.goto(reverse("training:verify", args=[old.code]))
    expect(page.get_by_role("heading", name="Genuine, but expired")).to_be_visible()


# As somebody does who reads how the page is made: each answer is sent, and none was read.
BY_SCRIPT = r"""async (count) => {
    for (let number = 1; number <= count; number++) {
        const address = location.pathname.replace(/\/\d+\/$/, `/${number}/`);
        const page = await (await fetch(address)).text();
        const form = new DOMParser().parseFromString(page, "text/html")
            .querySelector("form:has(.choice)");
        form.querySelector(".choice input").checked = true;
        await fetch(address, { method: "POST", body: new FormData(form) });
    }
}"""


def test_who_skips_hurries_sets_the_clock_or_sends_a_script_is_refused_and_seen(
    course, clerk, hq, browse, settings
):
    settings.LEARNING_PACE = 1
    page = browse(clerk, width=390, language="en")
    page.clock.set_system_time(timezone.now() + timedelta(days=30))  # of the phone
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    page.get_by_role("button", name="next lesson").click()
    expect(page.get_by_text("Read it first")).to_be_visible()
    page.goto(reverse("training:lesson", args=[course.slug, 4]))
    expect(page.get_by_text("First finish lesson 1.")).to_be_visible()
    page.goto(reverse("training:quiz", args=[course.slug]))
    expect(page.get_by_role("button", name="Begin the quiz")).to_have_count(0)

    settings.LEARNING_PACE = 0
    page.goto(reverse("training:lesson", args=[course.slug, 1]))
    for position in (1, 2, 3):
        page.wait_for_url(f"**/{course.slug}/{position}/")
        page.get_by_role("button", name="next lesson").click()
    for line in page.get_by_role("checkbox").all():
        line.check()
    page.get_by_role("button", name="to the quiz").click()
    page.get_by_role("button", name="Begin the quiz").click()
    page.wait_for_url("**/quiz/1/")
    settings.LEARNING_PACE = 5
    attempt = Attempt.objects.get()
    page.evaluate(BY_SCRIPT, len(quiz.questions(attempt)))
    page.reload()
    page.goto(reverse("training:review", args=[course.slug]))
    page.get_by_role("button", name="Hand in now").click()
    expect(page.get_by_text("That was faster than anybody reads.")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.submitted_at is None

    # Another tab, left open with a question, changes nothing once the quiz is handed in.
    second = page.context.new_page()
    second.goto(reverse("training:question", args=[course.slug, 1]))
    settings.LEARNING_PACE = 0
    page.goto(reverse("training:review", args=[course.slug]))
    page.get_by_role("button", name="Hand in now").click()
    expect(page.get_by_role("button", name="Hand in now")).to_have_count(0)
    attempt.refresh_from_db()
    assert attempt.submitted_at is not None
    kept = [item.chosen for item in quiz.questions(attempt)]
    second.locator(".choice input").last.check()
    second.get_by_role("button", name="Keep").click()
    second.wait_for_load_state()
    second.close()
    assert [item.chosen for item in quiz.questions(attempt)] == kept
    assert Attempt.objects.count() == 1

    listed = browse(hq)
    listed.goto(reverse("admin:training_irregularity_changelist"))
    for kind in Irregularity.objects.values_list("kind", flat=True):
        expect(listed.locator("#result_list")).to_contain_text(str(IrregularityKind(kind).label))
    assert {"ahead", "hurried"} <= set(Irregularity.objects.values_list("kind", flat=True))


def test_a_video_goes_on_where_it_was_left(course, clerk, browse):
    page = browse(clerk, width=390, language="en")
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    page.get_by_role("button", name="next lesson").click()
    video = page.locator("video")
    assert video.evaluate("video => video.paused")  # nothing starts by itself
    video.evaluate("video => { video.muted = true; return video.play(); }")
    video.evaluate("video => { video.currentTime = 20; }")
    with page.expect_response("**/place/") as kept:
        video.evaluate("video => video.pause()")
    assert kept.value.status == 204
    assert 19 <= Progress.objects.get(lesson__position=2).seconds <= 22

    page.goto(reverse("training:home"))
    page.get_by_role("link", name="Go on from 0:2").click()
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    assert video.evaluate("video => video.currentTime") >= 19
    assert video.evaluate("video => video.textTracks.length") == 2


def test_a_lesson_ahead_and_an_answer_left_out_are_refused_kindly(course, clerk, browse, sound):
    page = browse(clerk, width=390, language="en")
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    page.goto(reverse("training:lesson", args=[course.slug, 3]))
    assert urlsplit(page.url).path == reverse("training:lesson", args=[course.slug, 1])
    expect(page.get_by_text("First finish lesson 1.")).to_be_visible()
    sound(page)


@pytest.mark.usefixtures("clerk")
def test_the_pages_of_a_manager_are_sound_in_the_dark(course, manager, browse, sound):
    Assignment.objects.get_or_create(course=course, role=Role.STORE_MANAGER)
    page = browse(manager, theme="dark")
    page.goto(reverse("training:home"))
    expect(page.locator("#team")).to_be_visible()
    sound(page)
    page.goto(reverse("training:verify", args=["C-26-10-AAAAAAA"]), wait_until="load")
    page.problems.clear()  # the 404 of an unknown code is on the console
    sound(page)


def test_what_is_missing_in_english_is_flagged_and_written_beside_the_chinese(course, hq, browse):
    draft = authoring.new_version(course, by=Actor.worker("tests"), at=timezone.now())
    draft.lessons.filter(position=1).update(title_en="")
    page = browse(hq, language="en")
    page.goto(reverse("admin:training_courseversion_change", args=[draft.pk]))
    flagged = page.locator(".field-in_english")
    expect(flagged).to_contain_text("Lesson 1 is not fully in English.")

    page.locator("[name=lessons-0-title_en]").fill("Before the first call")
    page.locator("[name=_continue]").click()

    expect(flagged).not_to_contain_text("Lesson 1 ")
    assert draft.lessons.get(position=1).title_en == "Before the first call"


def test_headquarters_sees_a_draft_as_learners_will(course, hq, browse, sound):
    draft = authoring.new_version(course, by=Actor.worker("tests"), at=timezone.now())
    page = browse(hq, language="en")
    page.goto(reverse("admin:training_courseversion_preview", args=[draft.pk]))
    sound(page)
    page.get_by_role("link", name="The first call Video").click()
    expect(page.locator("video")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="What comes first in the first call?").click()
    expect(page.get_by_role("radio")).to_have_count(3)
    sound(page)
    page.goto(reverse("admin:training_courseversion_change", args=[draft.pk]))
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish now").click()
    draft.refresh_from_db()
    assert draft.is_published
