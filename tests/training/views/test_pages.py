import re
import shutil
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Role
from tests.factories.dealers import MembershipFactory, UserFactory
from tests.factories.training import (
    CourseFactory,
    LessonFactory,
    VersionFactory,
    answer_all,
    published,
    read,
    take,
    taker,
)
from training import authoring, learning, quiz
from training.demo.courses import FOLDERS
from training.models import Assignment, Attempt, Certificate, Picture, Progress

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def version():
    return published(timezone.now() - timedelta(days=3))


@pytest.fixture
def learner(clerk, login):
    """The clerk's client."""
    return login(clerk)


def url(name, version, *args):
    return reverse(f"training:{name}", args=[version.course.slug, *args])


def enrolled(clerk, version, *, all_read=False):
    enrollment = learning.enroll(
        clerk.user, version, by=Actor.of(clerk), at=timezone.now() - timedelta(days=2)
    )
    if all_read:
        read(enrollment, timezone.now() - timedelta(days=2))
    return enrollment


def certified(clerk, version):
    enrollment = enrolled(clerk, version, all_read=True)
    take(enrollment, timezone.now() - timedelta(days=1))
    return enrollment.certificate


def pages(version, code):
    """Every address of a course that a person has passed."""
    return [
        url("course", version),
        url("lesson", version, 1),
        url("quiz", version),
        url("result", version, 1),
        reverse("training:certificate", args=[code]),
        reverse("training:certificate_pdf", args=[code]),
        reverse("training:file", args=[version.lessons.get(position=3).pk, "video"]),
        reverse("training:picture", args=[version.pictures.get().pk, "receipt"]),
    ]


@pytest.fixture
def full(clerk):
    """A course with a video and a picture, passed by the clerk."""
    version = VersionFactory()
    LessonFactory(version=version, position=3, with_video=True)
    image = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
        b"\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00"
        b"\x00\x00IEND\xaeB`\x82"
    )
    Picture.objects.create(
        version=version, name="receipt", image=ContentFile(image, "r.png"), alt="凭证"
    )
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=version.course, role=Role.ASSOCIATE, assigned_at=now)
    return authoring.publish(version, by=Actor.hq(UserFactory()), at=now)


def test_the_owner_of_a_course_sees_every_page(clerk, learner, full):
    code = certified(clerk, full).code
    for address in pages(full, code):
        assert learner.get(address).status_code == 200, address


def test_without_its_files_a_course_shows_gaps(clerk, learner, full, settings):
    """After half a restore the texts can be read still."""
    code = certified(clerk, full).code
    shutil.rmtree(settings.MEDIA_ROOT)
    *read, film, picture = pages(full, code)
    for address in [*read, url("lesson", full, 3)]:
        assert learner.get(address).status_code == 200, address
    assert 'class="missing"' in learner.get(url("lesson", full, 3)).text
    assert learner.get(film).status_code == learner.get(picture).status_code == 404


def test_strangers_get_404_everywhere(clerk, login, full, owner):
    code = certified(clerk, full).code
    stranger = login(owner)  # owners are not assigned this course
    for address in pages(full, code):
        assert stranger.get(address).status_code == 404, address
    for name in ("start", "quiz_start", "submit"):
        assert stranger.post(url(name, full)).status_code == 404
    assert stranger.post(url("finish", full, 1)).status_code == 404
    assert stranger.post(url("place", full, 1), {"seconds": 3}).status_code == 404


def test_a_colleague_with_the_course_sees_none_of_my_results(clerk, login, full, rival):
    code = certified(clerk, full).code
    colleague = login(rival)
    enrolled(rival, full, all_read=True)
    assert colleague.get(url("result", full, 1)).status_code == 404
    assert colleague.get(reverse("training:certificate", args=[code])).status_code == 404
    assert colleague.get(reverse("training:certificate_pdf", args=[code])).status_code == 404


def test_visitors_are_sent_to_the_login(clerk, client, full):
    code = certified(clerk, full).code
    for address in [reverse("training:home"), *pages(full, code)]:
        response = client.get(address)
        assert response.status_code == 302, address
        assert "/accounts/login/" in response.url


def test_home_without_courses_says_what_will_come(learner):
    response = learner.get(reverse("training:home"))
    assert response.status_code == 200
    assert response.context["standings"] == []
    assert b'class="empty"' in response.content


def test_home_offers_to_go_on_where_one_stopped(clerk, learner, full):
    enrollment = enrolled(clerk, full)
    first = full.lessons.first()
    learning.open_lesson(enrollment, first, by=taker(enrollment), at=timezone.now())
    learning.finish_lesson(enrollment, first, by=taker(enrollment), at=timezone.now())
    response = learner.get(reverse("training:home"))
    assert response.context["resume"].next_lesson.position == 2
    assert url("lesson", full, 2) in response.text


def test_home_shows_required_before_optional_and_certificates(clerk, learner, version):
    optional = published(timezone.now() - timedelta(days=3))
    Assignment.objects.filter(course=optional.course).update(required=False)
    certificate = certified(clerk, optional)
    context = learner.get(reverse("training:home")).context
    assert [item.course for item in context["required"]] == [version.course]
    assert [item.course for item in context["optional"]] == [optional.course]
    assert [item.certificate for item in context["certificates"]] == [certificate]


def test_the_manager_sees_how_far_the_team_is(clerk, manager, login, version):
    certified(clerk, version)
    MembershipFactory(store=clerk.store, user__name="王浩")
    team = login(manager).get(reverse("training:home")).context["team"]
    assert [(each.passed, each.required) for each in team] == [(0, 1), (1, 1)]
    assert login(clerk).get(reverse("training:home")).context["team"] == []


def test_a_course_says_why_it_is_there(clerk, learner, version):
    why = "Required by headquarters since"
    assert why in learner.get("/training/").text
    assert why in learner.get(f"/training/{version.course.slug}/").text
    Assignment.objects.update(required=False)
    assert "Offered by headquarters since" in learner.get("/training/").text


def test_the_catalogue_has_what_is_open_to_everybody_and_assigned_to_others(clerk, learner):
    offered = published(
        timezone.now() - timedelta(days=3),
        roles=[Role.OWNER], course__open_to_all=True, course__title_en="Read a statement",
    )  # fmt: skip
    before = published(timezone.now() - timedelta(days=3), roles=[])
    offered.course.first.add(before.course)
    published(timezone.now() - timedelta(days=3), roles=[Role.OWNER])  # of owners alone

    page = learner.get(reverse("training:home"))
    assert [item.course for item in page.context["catalogue"]] == [offered.course]
    assert [item.course for item in page.context["optional"]] == [before.course]
    assert "Open to everybody: take it if you like." in page.text
    assert learner.get(url("course", offered)).status_code == 200

    before.course.then.clear()
    assert learner.get(url("course", before)).status_code == 404
    learner.post(url("start", offered))
    context = learner.get(reverse("training:home")).context
    assert (context["catalogue"], context["resume"].course) == ([], offered.course)
    assert [item.course for item in context["optional"]] == [offered.course]


def test_the_first_page_proposes_nothing_of_the_catalogue(clerk, learner):
    before = published(timezone.now() - timedelta(days=3), roles=[])
    offered = published(timezone.now() - timedelta(days=3), roles=[], course__open_to_all=True)
    offered.course.first.add(before.course)

    assert learner.get("/").context["course"] is None
    learner.post(url("start", before))
    assert learner.get("/").context["course"].course == before.course


def test_the_first_page_proposes_a_required_course_whose_certificate_ended(clerk, learner):
    version = published(timezone.now() - timedelta(days=500))
    long_ago = timezone.now() - timedelta(days=400)
    enrollment = learning.enroll(clerk.user, version, by=Actor.of(clerk), at=long_ago)
    read(enrollment, long_ago)
    take(enrollment, long_ago)

    page = learner.get("/")

    assert page.context["course"].course == version.course
    assert "Certificate expired" in page.text
    assert "No course is waiting for you." not in page.text
    Assignment.objects.update(required=False)
    assert learner.get("/").context["course"] is None


def test_what_is_not_taught_opens_no_other_course(clerk, learner):
    before = published(timezone.now() - timedelta(days=3), roles=[])
    draft = CourseFactory(open_to_all=True)
    draft.first.add(before.course)

    assert learner.get(url("course", before)).status_code == 404


def test_the_catalogue_is_for_those_with_a_post(login, hq):
    offered = published(roles=[], course__open_to_all=True)
    assert login(hq).get(url("course", offered)).status_code == 404


@pytest.mark.parametrize("count", [1, 5])
def test_home_query_count(clerk, learner, django_assert_num_queries, count):
    for _course in range(count):
        certified(clerk, published(timezone.now() - timedelta(days=3)))
    learner.get(reverse("training:home"))
    with django_assert_num_queries(14):
        response = learner.get(reverse("training:home"))
    assert len(response.context["required"]) == count


def test_a_course_is_begun_by_a_button_and_opens_its_first_lesson(clerk, learner, version):
    assert learner.get(url("lesson", version, 1)).url == url("course", version)
    assert learner.post(url("start", version)).url == url("lesson", version, 1)
    assert learner.get(url("lesson", version, 1)).status_code == 200


def test_a_lesson_ahead_leads_back_to_the_one_to_read(clerk, learner, version):
    enrolled(clerk, version)
    assert learner.get(url("lesson", version, 2)).url == url("lesson", version, 1)
    assert learner.post(url("finish", version, 2)).url == url("lesson", version, 1)
    assert learner.get(url("lesson", version, 9)).status_code == 404
    assert not Progress.objects.filter(done_at__isnull=False).exists()


def test_finishing_leads_to_the_next_lesson_and_then_to_the_quiz(clerk, learner, version):
    enrolled(clerk, version)
    for position, following in ((1, url("lesson", version, 2)), (2, url("quiz", version))):
        learner.get(url("lesson", version, position))
        assert learner.post(url("finish", version, position)).url == following


def test_the_place_in_a_video_is_kept_and_nonsense_refused(clerk, learner, version):
    enrolled(clerk, version)
    learner.get(url("lesson", version, 1))
    assert learner.post(url("place", version, 1), {"seconds": 80}).status_code == 204
    assert Progress.objects.get().seconds == 80
    for seconds in ("-1", "x", "9" * 20, ""):
        assert learner.post(url("place", version, 1), {"seconds": seconds}).status_code == 400


def test_a_video_is_not_started_and_shows_size_and_captions(clerk, learner, full):
    enrolled(clerk, full, all_read=True)
    text = learner.get(url("lesson", full, 3)).text
    assert 'preload="none"' in text
    assert "autoplay" not in text
    assert '<track kind="captions"' in text
    assert "2.0\xa0KB" in text


def test_the_quiz_cannot_be_reached_before_the_lessons_are_read(clerk, learner, version):
    enrolled(clerk, version)
    assert learner.post(url("quiz_start", version)).url == url("quiz", version)
    for address in (url("question", version, 1), url("review", version)):
        assert learner.get(address).url == url("quiz", version)
    assert not Attempt.objects.exists()


def test_a_quiz_from_question_to_certificate(clerk, learner, version):
    enrollment = enrolled(clerk, version, all_read=True)
    assert learner.post(url("quiz_start", version)).url == url("question", version, 1)
    attempt = Attempt.objects.get()
    for item, following in zip(
        quiz.questions(attempt), (url("question", version, 2), url("review", version)), strict=True
    ):
        response = learner.post(
            url("question", version, item.number),
            {"attempt": attempt.pk, "answer": [choice.pk for choice in item.correct]},
        )
        assert response.url == following
    assert learner.get(url("review", version)).status_code == 200
    response = learner.post(url("submit", version), {"attempt": attempt.pk})
    assert response.url == url("result", version, 1)
    certificate = Certificate.objects.get(enrollment=enrollment)
    assert certificate.code in learner.get(response.url).text


def test_a_question_without_an_answer_shows_what_is_missing(clerk, learner, version):
    attempt = quiz.start(
        enrolled(clerk, version, all_read=True), by=Actor.of(clerk), at=timezone.now()
    )
    response = learner.post(url("question", version, 1), {"attempt": attempt.pk})
    assert response.status_code == 422
    assert b"answer-error" in response.content
    foreign = {"attempt": attempt.pk, "answer": "999999"}
    assert learner.post(url("question", version, 1), foreign).status_code == 422
    assert learner.get(url("question", version, 9)).status_code == 404


def test_a_failed_result_names_lesson_and_time_of_the_next_attempt(clerk, learner):
    draft = VersionFactory()
    draft.questions.update(lesson=draft.lessons.get(position=2), feedback_en="Because it is so.")
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=now)
    take(enrolled(clerk, version, all_read=True), timezone.now() - timedelta(minutes=4), wrong=1)
    response = learner.get(url("result", version, 1))
    assert response.context["retry_at"]
    assert url("lesson", version, 2) in response.text
    assert "disabled" in response.text
    assert learner.post(url("quiz_start", version)).url == url("quiz", version)


def test_who_fails_is_shown_the_lesson_and_who_passes_the_answers(clerk, learner):
    draft = VersionFactory(retry_minutes=0)
    draft.questions.update(lesson=draft.lessons.get(position=2), feedback="因为如此。")
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=now)
    enrollment = enrolled(clerk, version, all_read=True)
    failed = take(enrollment, now, wrong=1)
    [missed] = [item for item in quiz.questions(failed) if not item.right]
    text = learner.get(url("result", version, 1)).text
    assert url("lesson", version, 2) in text
    for told in (missed.correct[0].local_text, "因为如此。"):
        assert told not in text
    take(enrollment, now + timedelta(hours=1))
    text = learner.get(url("result", version, 1)).text
    for told in (missed.correct[0].local_text, "因为如此。"):
        assert told in text


def test_who_fails_where_no_question_names_a_lesson_begins_with_the_first(clerk, learner):
    draft = VersionFactory(retry_minutes=0)
    draft.questions.update(lesson=None)
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=now)
    take(enrolled(clerk, version, all_read=True), now, wrong=1)
    assert url("lesson", version, 1) in learner.get(url("result", version, 1)).text


def test_a_second_tab_cannot_hand_in_or_answer_again(clerk, learner, version):
    enrollment = enrolled(clerk, version, all_read=True)
    attempt = take(enrollment, timezone.now() - timedelta(hours=1), wrong=1)
    result = url("result", version, 1)
    assert learner.post(url("submit", version), {"attempt": attempt.pk}).url == result
    answer = {"attempt": attempt.pk, "answer": "1"}
    assert learner.post(url("question", version, 1), answer).url == result

    # With the next attempt open, the old tab's form still belongs to the old one.
    following = quiz.start(enrollment, by=taker(enrollment), at=timezone.now())
    assert learner.post(url("question", version, 1), answer).url == result
    following.refresh_from_db()
    assert following.answers == {}


def test_handing_in_with_open_questions_leads_back(clerk, learner, version):
    attempt = quiz.start(
        enrolled(clerk, version, all_read=True), by=Actor.of(clerk), at=timezone.now()
    )
    response = learner.post(url("submit", version), {"attempt": attempt.pk})
    assert response.url == url("review", version)


def test_results_of_an_open_attempt_are_not_there(clerk, learner, version):
    attempt = quiz.start(
        enrolled(clerk, version, all_read=True), by=Actor.of(clerk), at=timezone.now()
    )
    answer_all(attempt)
    assert learner.get(url("result", version, 1)).status_code == 404


@pytest.mark.parametrize("count", [1, 5])
def test_question_page_query_count(clerk, learner, django_assert_num_queries, count):
    draft = VersionFactory()
    for position in range(3, 3 + count - 1):
        LessonFactory(version=draft, position=position)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE)
    version = authoring.publish(draft, by=Actor.hq(UserFactory()), at=timezone.now())
    quiz.start(enrolled(clerk, version, all_read=True), by=Actor.of(clerk), at=timezone.now())
    learner.get(url("question", version, 1))
    with django_assert_num_queries(17):
        learner.get(url("question", version, 1))


def test_anybody_may_check_a_certificate(clerk, client, version):
    clerk.user.name = "李敏"
    clerk.user.save()
    certificate = certified(clerk, version)
    for address in (
        reverse("training:verify", args=[certificate.code]),
        reverse("training:verify") + "?code=" + certificate.code.lower(),
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert "李*" in response.text
        assert "李敏" not in response.text
        assert clerk.store.name not in response.text


def test_every_unknown_code_gets_the_same_words(client):
    def words(code):
        response = client.get(reverse("training:verify"), {"code": code})
        assert response.status_code == 404
        text = response.text.replace(code, "CODE")
        return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)

    assert words("C-26-10-AAAAAAA") == words("NONSENSE") == words("C-99-99-2222222")
    assert client.get(reverse("training:verify")).status_code == 200


def test_what_signed_in_people_see_is_kept_by_no_proxy_and_for_nobody_else(clerk, learner, full):
    for address in pages(full, certified(clerk, full).code):
        answer = learner.get(address)
        kept = answer["Cache-Control"]
        assert "private" in kept, address
        assert "public" not in kept, address
        # Who signs in at the same device has another cookie.
        assert "no-store" in kept or "Cookie" in answer["Vary"], address


class TestTheTextWithoutANetwork:
    def test_it_has_the_open_lessons_and_their_pictures_and_no_later_one(
        self, clerk, learner, full
    ):
        learning.enroll(clerk.user, full, by=Actor.of(clerk), at=timezone.now())
        first, second, *_rest = full.lessons.order_by("position")

        kept = learner.get(url("text", full))

        assert kept.headers["Content-Disposition"] == (
            f'attachment; filename="{full.course.slug}.html"'
        )
        assert kept.headers["Content-Type"] == "text/html; charset=utf-8"
        assert first.local_title in kept.text
        assert second.local_title not in kept.text
        assert "http" not in re.sub(r"<meta[^>]*>", "", kept.text)
        page = learner.get(url("course", full))
        assert f'href="{url("text", full)}"' in page.text

    def test_a_picture_is_in_the_file_itself(self, clerk, learner):
        version = VersionFactory()
        LessonFactory(version=version, position=3, body="看这里\n\n![凭证](receipt)", body_en="")
        image = ContentFile((FOLDERS / "first-follow-up/media/steps.png").read_bytes(), "r.png")
        Picture.objects.create(version=version, name="receipt", image=image, alt="凭证")
        now = timezone.now() - timedelta(days=3)
        Assignment.objects.create(course=version.course, role=Role.ASSOCIATE, assigned_at=now)
        authoring.publish(version, by=Actor.hq(UserFactory()), at=now)
        enrolled(clerk, version, all_read=True)

        kept = learner.get(url("text", version)).text

        assert 'src="data:image/png;base64,' in kept
        assert "/lesson-pictures/" not in kept

    def test_who_has_not_begun_has_none(self, learner, version):
        assert learner.get(url("text", version)).status_code == 404
