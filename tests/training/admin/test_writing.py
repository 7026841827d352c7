"""Writing a course: numbers by themselves, answers beside their question, back to the course."""

import pytest
from django.urls import reverse

from tests.factories.training import VersionFactory, published
from training.authoring import order
from training.models import Choice, CourseVersion, Lesson, Question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def office(hq, login):
    return login(hq)


@pytest.fixture
def version(db):
    return VersionFactory()


def change(version):
    return reverse("admin:training_courseversion_change", args=[version.pk])


def add(version):
    return f"{reverse('admin:training_question_add')}?version={version.pk}"


def filled(page):
    """What a browser would send from the form of a page of the admin."""
    data = {}
    for inline in page.context["inline_admin_formsets"]:
        management = inline.formset.management_form
        data |= {f"{management.prefix}-{key}": value for key, value in management.initial.items()}
        for form in inline.formset.initial_forms:
            for field in form:
                value = field.value()
                if value is False or value is None or hasattr(value, "open"):
                    value = ""
                data[field.html_name] = value
    for field in page.context["adminform"].form:
        data[field.html_name] = field.value() or ""
    return data


def titles(version):
    return list(version.lessons.order_by("position").values_list("position", "title"))


def test_a_new_lesson_is_numbered_by_itself(office, version):
    data = filled(office.get(change(version)))
    data |= {
        "lessons-TOTAL_FORMS": 3,
        "lessons-2-kind": "text",
        "lessons-2-minutes": 3,
        "lessons-2-title": "新的一课",
        "lessons-2-body": "先问。",
    }
    assert office.post(change(version), data).status_code == 302
    assert titles(version)[2] == (3, "新的一课")


def test_a_lesson_that_goes_leaves_no_gap(office, version):
    kept = version.lessons.get(position=2)
    data = filled(office.get(change(version))) | {"lessons-0-DELETE": "on"}
    assert office.post(change(version), data).status_code == 302
    assert titles(version) == [(1, kept.title)]


def test_an_arrow_saves_the_page_and_moves_a_lesson(office, version):
    first, second = version.lessons.order_by("position")
    page = office.get(change(version))
    assert f'value="lesson-{first.pk}-down"' in page.text
    data = filled(page) | {"lessons-0-title": "改过", "_move": f"lesson-{first.pk}-down"}
    answer = office.post(change(version), data)
    assert answer.url == f"{change(version)}#lessons-group"
    assert titles(version) == [(1, second.title), (2, "改过")]


def test_an_arrow_moves_a_question(office, version):
    first, second = version.questions.order_by("position")
    data = filled(office.get(change(version))) | {"_move": f"question-{second.pk}-up"}
    assert office.post(change(version), data).url.endswith("#questions-group")
    assert list(version.questions.order_by("position")) == [second, first]


@pytest.mark.parametrize(
    "sent", ["", "lesson", "lesson-x-up", "lesson-9-up", "choice-1-up", "-" * 9]
)
def test_an_invented_arrow_moves_nothing(office, version, sent):
    before = titles(version)
    data = filled(office.get(change(version))) | {"_move": sent}
    assert office.post(change(version), data).status_code == 302
    assert titles(version) == before


def test_the_first_stays_first_and_the_last_last(version):
    first, second = version.lessons.order_by("position")
    rows = version.lessons.all()
    assert not order.move(rows, first.pk, -1)
    assert not order.move(rows, second.pk, 1)
    assert not order.move(rows, 0, 1)
    assert order.move(rows, second.pk, -1)
    assert list(rows.order_by("position")) == [second, first]


def test_a_question_is_written_with_its_answers_and_leads_back(office, version):
    data = filled(office.get(change(version))) | {"_question": ""}
    assert office.post(change(version), data).url == add(version)
    page = office.get(add(version))
    lesson, newest = version.lessons.first(), version.lessons.last()
    assert f'<option value="{newest.pk}" selected' in page.text
    data = filled(page) | {
        "kind": "single",
        "text": "什么时候回访？",
        "lesson": lesson.pk,
        "choices-TOTAL_FORMS": 2,
        "choices-0-text": "24 小时内",
        "choices-0-correct": "on",
        "choices-1-text": "随便",
    }
    assert office.post(add(version), data).url == f"{change(version)}#questions-group"
    made = Question.objects.get(version=version, position=3)
    assert (made.lesson, list(made.choices.values_list("position", "text", "correct"))) == (
        lesson,
        [(1, "24 小时内", True), (2, "随便", False)],
    )
    assert office.post(add(version), data | {"_addanother": ""}).url == add(version)


def test_answers_move_on_the_page_of_their_question(office, version):
    question = version.questions.get(position=1)
    address = reverse("admin:training_question_change", args=[question.pk])
    first, second = question.choices.order_by("position")
    data = filled(office.get(address)) | {"_move": f"choice-{first.pk}-down"}
    assert office.post(address, data).url == address
    assert list(question.choices.order_by("position")) == [second, first]
    assert office.post(address, filled(office.get(address))).url == (
        f"{change(version)}#questions-group"
    )


def test_questions_begin_at_a_draft_only(office, version):
    done = published()
    page = reverse("admin:training_question_add")
    for address in (page, f"{page}?version={done.pk}", f"{page}?version=x", f"{page}?version=0"):
        assert office.get(address).status_code in {403, 404}
        assert office.post(address, {}).status_code in {403, 404}
    assert 'name="_question"' not in office.get(change(done)).text
    assert 'name="_move"' not in office.get(change(done)).text


def test_help_stands_beside_the_text(office, version):
    assert "How to write headings, lists, links and pictures" in office.get(change(version)).text


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_of_a_version_needs_the_same_queries(office, count, django_assert_num_queries):
    version = CourseVersion.objects.create(course=VersionFactory().course, number=2)
    for position in range(1, count + 1):
        Lesson.objects.create(version=version, position=position, title="课", body="文")
        question = version.questions.create(position=position, text="问")
        Choice.objects.create(question=question, position=1, text="答", correct=True)
    office.get(change(version))
    with django_assert_num_queries(22):
        office.get(change(version))


def test_a_text_is_shown_as_it_is_written_and_nothing_is_kept(office, version, client):
    page = reverse("admin:training_courseversion_markdown", args=[version.pk])
    assert page in office.get(change(version)).text
    before = list(version.lessons.values_list("body", flat=True))
    shown = office.post(
        page, {"text": "## 要点\n\n**先问** <script>x</script> ![图](nothing)"}
    ).text
    assert "<h3>要点</h3>" in shown
    assert "<strong>先问</strong>" in shown
    assert "<script>" not in shown
    assert "<img" not in shown
    assert list(version.lessons.values_list("body", flat=True)) == before
    assert office.get(page).status_code == 404
    assert client.post(page, {"text": "x"}).status_code in {302, 404}


@pytest.mark.parametrize("sent", ["x'\";<b>", "٣", "99999999999999999999", ""])
def test_what_is_no_row_is_refused_on_the_page(office, version, sent):
    several = {"first": sent, "title": "课", "assignments-0-region": sent}
    for address, typed in (
        (reverse("admin:training_course_change", args=[version.course_id]), several),
        (reverse("admin:training_track_add"), {"assignments-0-course": sent, "title": "路"}),
    ):
        page = office.get(address)
        answer = office.post(address, filled(page) | {"assignments-TOTAL_FORMS": "1"} | typed)

        assert answer.status_code == 200
        assert answer.context["errors"]
    assert office.get(f"{reverse('admin:training_course_add')}?first={sent}").status_code == 200
