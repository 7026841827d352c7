import pytest
from django.core.files import File
from django.urls import reverse

from dealers.actor import Actor
from tests.factories.dealers import UserFactory, member_of
from tests.factories.training import MONDAY, VersionFactory, begun, person, published, read, take
from training import learning
from training.models import Attempt, Choice, Course, CourseVersion, Enrollment, Lesson

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(hq, login):
    """Headquarters' client."""
    return login(hq)


def url(name, *args):
    return reverse(f"admin:training_{name}", args=args)


def test_a_new_course_comes_with_an_empty_draft(office, hq):
    response = office.post(
        url("course_add"),
        {
            "slug": "filters",
            "title": "滤芯",
            "certificate_months": "12",
            "assignments-TOTAL_FORMS": "0",
            "assignments-INITIAL_FORMS": "0",
        },
    )
    draft = Course.objects.get().versions.drafts().get()
    assert (draft.number, draft.drafted_by, draft.edited_by) == (1, hq, hq)
    assert response["Location"] == url("courseversion_change", draft.pk)


def test_the_address_of_a_course_is_made_of_its_name(office):
    rows = {"assignments-TOTAL_FORMS": "0", "assignments-INITIAL_FORMS": "0"}
    for _each in range(2):
        office.post(url("course_add"), {"title": "智能锁", "certificate_months": "", **rows})
    assert Course.objects.get().slug == "zhi-neng-suo"


def test_a_draft_that_is_not_ready_says_why_and_stays_a_draft(office):
    version = VersionFactory()
    Choice.objects.filter(question__version=version).update(correct=False)
    page = office.get(url("courseversion_publish", version.pk))
    assert len(page.context["problems"]) == 2
    assert "Publish now" not in page.text
    office.post(url("courseversion_publish", version.pk))
    version.refresh_from_db()
    assert not version.is_published


def test_a_ready_draft_is_published_by_whom_asked(office, hq):
    version = VersionFactory()
    page = office.get(url("courseversion_publish", version.pk))
    assert page.context["problems"] == []
    assert office.post(url("courseversion_publish", version.pk)).status_code == 302
    version.refresh_from_db()
    assert version.is_published
    assert version.published_by == hq


def test_a_published_version_can_be_read_not_changed_or_deleted(office):
    version = published()
    page = office.get(url("courseversion_change", version.pk))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert office.post(url("courseversion_change", version.pk), {}).status_code == 404
    assert office.get(url("courseversion_delete", version.pk)).status_code == 404
    assert office.get(url("course_delete", version.course.pk)).status_code == 404
    question = version.questions.first()
    assert office.get(url("question_change", question.pk)).status_code == 200
    assert office.post(url("question_change", question.pk), {}).status_code == 404


def test_the_next_version_begins_with_the_content_of_the_last(office):
    version = published()
    response = office.post(url("courseversion_next", version.pk))
    draft = CourseVersion.objects.drafts().get()
    assert response.url == url("courseversion_change", draft.pk)
    assert draft.lessons.count() == 2
    assert office.get(url("courseversion_change", draft.pk)).status_code == 200
    office.post(url("courseversion_next", version.pk))
    assert CourseVersion.objects.drafts().count() == 1
    assert office.get(url("courseversion_next", version.pk)).status_code == 404


def test_the_preview_shows_lessons_and_questions_and_records_nothing(office):
    version = VersionFactory()
    base = url("courseversion_preview", version.pk)
    assert version.lessons.get(position=1).title in office.get(base).text
    assert version.lessons.get(position=2).title in office.get(base, {"lesson": 2}).text
    assert version.questions.get(position=2).text in office.get(base, {"question": 2}).text
    for query in ({"lesson": 3}, {"lesson": "x"}, {"question": 0}):
        assert office.get(base, query).status_code == 404
    assert not Enrollment.objects.exists()
    assert not Attempt.objects.exists()


def test_an_empty_draft_can_be_previewed(office):
    version = CourseVersion.objects.create(course=VersionFactory().course, number=2)
    assert office.get(url("courseversion_preview", version.pk)).status_code == 200


def test_people_without_the_right_reach_none_of_it(login, clerk):
    version = VersionFactory()
    without = UserFactory(is_staff=True)
    for name in ("courseversion_preview", "courseversion_publish", "courseversion_change"):
        assert login(without).get(url(name, version.pk)).status_code == 404
        assert login(clerk).get(url(name, version.pk)).status_code in {302, 404}
    assert login(without).post(url("courseversion_publish", version.pk)).status_code == 404
    version.refresh_from_db()
    assert not version.is_published


def test_who_only_looks_on_is_offered_no_publishing(login, office):
    auditor = member_of("audit")
    offered = [(VersionFactory(), "publish"), (published(), "next"), (published(), "withdraw")]
    for version, step in offered:
        page, button = url("courseversion_change", version.pk), f"/{version.pk}/{step}/"
        assert button in office.get(page).text
        assert button not in login(auditor).get(page).text


@pytest.mark.parametrize("count", [1, 5])
def test_lists_query_count(office, django_assert_max_num_queries, count):
    for _row in range(count):
        enrollment = begun(published())
        read(enrollment)
        take(enrollment)
    lists = ("course", "courseversion", "question", "assignment", "enrollment", "attempt")
    for name in (*lists, "certificate"):
        with django_assert_max_num_queries(13):
            response = office.get(url(f"{name}_changelist"))
        assert response.status_code == 200


def test_what_learners_did_is_read_only(office):
    enrollment = begun(published())
    read(enrollment)
    take(enrollment)
    rows = {
        "enrollment": enrollment.pk,
        "attempt": enrollment.attempts.get().pk,
        "certificate": enrollment.certificate.pk,
    }
    for name, key in rows.items():
        assert office.get(url(f"{name}_change", key)).status_code == 200
        assert office.get(url(f"{name}_add")).status_code == 404
        assert office.post(url(f"{name}_change", key), {}).status_code == 404
        assert office.get(url(f"{name}_delete", key)).status_code == 404


def test_an_attempt_says_what_was_asked_and_chosen(office):
    version = published()
    enrollment = begun(version)
    read(enrollment)
    take(enrollment)

    page = office.get(url("attempt_change", enrollment.attempts.get().pk)).text

    for question in version.questions.all():
        assert question.text in page
        assert any(choice.text in page for choice in question.choices.all())
    assert "答对：" in page


def test_a_lesson_is_written_on_the_page_of_its_version(office, hq):
    version = VersionFactory()
    page = office.get(url("courseversion_change", version.pk))
    data = {}
    for formset in page.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        data |= {f"{management.prefix}-{key}": value for key, value in management.initial.items()}
        for form in formset.formset.initial_forms:
            for field in form:
                value = field.value()
                data[field.html_name] = "" if value is None or isinstance(value, File) else value
    form = page.context["adminform"].form
    data |= {field.html_name: field.value() or "" for field in form}
    data["lessons-0-title"] = "新的标题"
    assert office.post(url("courseversion_change", version.pk), data).status_code == 302
    assert Lesson.objects.get(version=version, position=1).title == "新的标题"
    version.refresh_from_db()
    assert (version.drafted_by, version.edited_by) == (None, hq)
    page = office.get(url("courseversion_change", version.pk), headers={"accept-language": "en"})
    assert f"Last edited by {hq}" in page.text


def test_learners_are_found_by_their_whole_address(office):
    mine, other = person(), person()
    version = published()
    for membership in (mine, other):
        enrollment = learning.enroll(membership.user, version, by=Actor.of(membership), at=MONDAY)
        read(enrollment)
        take(enrollment)
    for name in ("enrollment", "attempt", "certificate"):
        page = office.get(url(f"{name}_changelist"), {"q": mine.user.email})
        assert page.context["cl"].result_count == 1
    code = enrollment.certificate.code
    page = office.get(url("certificate_changelist"), {"q": code.lower()})
    assert page.context["cl"].result_count == 1
