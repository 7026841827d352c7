"""What headquarters sees of months, statements, books and cohorts, and closes."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.months import next_month
from incentives.books import closing, periods
from incentives.models import (
    Cohort,
    FailedClosing,
    Journal,
    Run,
    StatementDocument,
    WhyNotClosed,
)
from incentives.plans import versions
from incentives.tasks import close_month
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import RegionFactory, StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)
from tests.factories.rewards import promised

pytestmark = pytest.mark.django_db

RUNS = reverse("admin:incentives_run_changelist")


def page_of(model, pk, page="change"):
    return reverse(f"admin:incentives_{model}_{page}", args=[pk])


@pytest.fixture
def january(store):
    """Something to pay for in January."""
    RulebookFactory()
    published(per_registration(), percent())
    sale(owned_customer(store), "100.00", date(2026, 1, 20))


def test_the_first_month_due_is_closed_by_the_worker(
    january, login, author, django_capture_on_commit_callbacks
):
    client = login(author)
    assert JANUARY in client.get(RUNS).context["outlook"].due
    close = reverse("admin:incentives_run_close", args=[2026, 1])
    assert close in client.get(RUNS).text
    assert client.get(close).context["registrations"] == 1
    assert not Run.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(close)
    run = Run.objects.get()
    assert (run.month, run.closed_by) == (JANUARY, author)
    close_month("2026-01-01", author.pk)
    assert Run.objects.get() == run
    assert client.post(close).url == RUNS
    assert client.get(page_of("run", run.pk)).status_code == 200


def test_the_list_of_months_says_which_is_due_when_and_that_it_is_asked_for(january, login, author):
    client = login(author)
    outlook = client.get(RUNS).context["outlook"]
    months = outlook.due
    assert months[0] == JANUARY
    assert outlook.following == next_month(months[-1])
    assert timezone.localtime(outlook.due_at).date() == next_month(outlook.following)
    assert outlook.asked_at is None

    client.post(reverse("admin:incentives_run_close", args=[2026, 1]))

    assert client.get(RUNS).context["outlook"].asked_at
    assert "正在结账" in client.get(RUNS).text


def test_a_closing_that_failed_says_why_where_it_was_asked_for(january, login, author):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE incentives_statement ADD CONSTRAINT none CHECK (total < 0)")
    with pytest.raises(IntegrityError):
        close_month("2026-01-01", author.pk)

    failed = FailedClosing.objects.get()
    assert (failed.month, failed.by, failed.why) == (JANUARY, author, WhyNotClosed.BROKEN)
    assert not Run.objects.exists()
    page = login(author).get(RUNS)
    assert page.context["outlook"].failed == failed
    assert "因意外中断" in page.text


def test_a_month_that_is_not_due_is_kept_as_failed_with_that_reason(january, author):
    following = next_month(timezone.localdate())
    with pytest.raises(closing.ClosingRefused):
        close_month(following.isoformat(), author.pk)
    assert FailedClosing.objects.get().why == WhyNotClosed.NOT_DUE


def test_without_a_plan_the_list_of_months_says_what_is_missing(login, author):
    page = login(author).get(RUNS)
    assert page.context["outlook"].due == []
    assert "还没有发布方案" in page.text


def test_a_later_or_unknown_month_is_not_closed(
    january, login, author, django_capture_on_commit_callbacks
):
    client = login(author)
    with django_capture_on_commit_callbacks(execute=True):
        later = client.post(reverse("admin:incentives_run_close", args=[2026, 2]))
        unknown = client.post(reverse("admin:incentives_run_close", args=[2026, 13]))
    assert later.url == RUNS
    assert unknown.status_code == 404
    assert not Run.objects.exists()


def test_a_statement_shows_its_pdf_and_results(january, login, author):
    statement = close_period(JANUARY).statements.get()
    client = login(author)
    pdf = reverse("admin:incentives_statement_pdf", args=[statement.pk, "zh-hans"])
    assert client.get(pdf).status_code == 404
    StatementDocument.objects.create(
        statement=statement, language="zh-hans", pdf=b"%PDF-1.7", sha256="0" * 64, pages=1
    )
    page = client.get(page_of("statement", statement.pk))
    assert pdf in page.text
    answer = client.get(pdf)
    assert answer.content == b"%PDF-1.7"
    assert answer["Content-Type"] == "application/pdf"


def test_the_pdf_of_a_dealer_with_a_chinese_code_has_a_name(january, store, login, author):
    type(store.dealer).objects.filter(pk=store.dealer.pk).update(code="华东一")
    statement = close_period(JANUARY).statements.get()
    StatementDocument.objects.create(
        statement=statement, language="zh-hans", pdf=b"%PDF-1.7", sha256="0" * 64, pages=1
    )
    pdf = reverse("admin:incentives_statement_pdf", args=[statement.pk, "zh-hans"])
    assert login(author).get(pdf)["Content-Disposition"].startswith("attachment; filename*=utf-8''")


def test_books_are_looked_at_only(january, login, hq):
    run = close_period(JANUARY)
    client = login(hq)
    rows = {"run": run, "statement": run.statements.get(), "journal": Journal.objects.get(),
            "result": run.results.first(), "line": run.results.first().lines.first()}  # fmt: skip
    for model, row in rows.items():
        assert client.get(reverse(f"admin:incentives_{model}_add")).status_code == 404
        assert client.post(page_of(model, row.pk), {}).status_code == 404
        assert client.post(page_of(model, row.pk, "delete"), {"post": "yes"}).status_code == 404


# Cohorts


def test_groups_are_previewed_with_what_is_typed_and_nothing_is_saved(login, author):
    north, south = RegionFactory(), RegionFactory()
    StoreFactory(dealer__region=north, name="北店")
    StoreFactory(dealer__region=south, name="南店")
    client = login(author)
    data = {"unit": "store", "position": 1, "code": "north", "name": "北方", "name_en": "",
            "regions": [north.pk]}  # fmt: skip
    add = reverse("admin:incentives_cohort_add")
    preview = client.post(add, {**data, "_preview": "1"})
    groups = {name: units for name, units, _few in preview.context["groups"]}
    assert groups["北方"] == ["北店"]
    assert ["南店"] in groups.values()
    assert [few for _name, _units, few in preview.context["groups"]] == [True, True]
    assert not Cohort.objects.exists()
    assert not LogEntry.objects.exists()

    client.post(add, {**dict_of(preview), "_save": "1"})
    cohort = Cohort.objects.get()
    changed = {**data, "regions": [south.pk], "size_classes": ["B"]}
    preview = client.post(page_of("cohort", cohort.pk), {**changed, "_preview": "1"})
    assert {n: u for n, u, _few in preview.context["groups"]}["北方"] == ["南店"]
    assert list(Cohort.objects.get().regions.all()) == [north]


def test_groups_are_previewed_by_those_who_may_do_everything(login, hq):
    # What else they may do is asked of the database for the same page.
    data = {"unit": "store", "position": 1, "code": "north", "name": "北方", "name_en": ""}

    page = login(hq).post(reverse("admin:incentives_cohort_add"), {**data, "_preview": "1"})

    assert page.status_code == 200
    assert [name for name, _units, _few in page.context["groups"]] == ["北方"]
    assert not Cohort.objects.exists()


def dict_of(preview):
    found = {}
    for name, value in preview.context["fields"]:
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "dealer", "size_classes": ["A"]},
        {"unit": "dealer", "opened_from": "2025-01-01"},
        {"opened_from": "2025-02-01", "opened_until": "2025-01-01"},
        {"code": "other"},
        {"code": "all"},
    ],
)
def test_a_cohort_that_boards_could_not_show_is_refused(wrong, login, author):
    data = {"unit": "store", "position": 1, "code": "north", "name": "北方", "name_en": ""} | wrong
    page = login(author).post(reverse("admin:incentives_cohort_add"), data)
    assert page.context["errors"]
    assert not Cohort.objects.exists()


def test_a_cohort_that_is_promised_a_reward_keeps_its_name(login, hq, english):
    cohort = Cohort.objects.create(code="large", name="大店", name_en="Large stores", unit="store")
    month = next_month(timezone.localdate())
    promised(timezone.now(), starts_on=next_month(month), cohort="large")
    client, page = login(hq), page_of("cohort", cohort.pk)
    data = {"unit": "store", "position": 1, "code": "large", "name": "大店",
            "name_en": "Large stores"}  # fmt: skip

    for change in ({"code": "big"}, {"name": "小店"}, {"name_en": "Small stores"}):
        answer = client.post(page, data | change)
        assert "stay until these rewards are settled: Stars of sales" in answer.text
    assert client.post(page_of("cohort", cohort.pk, "delete"), {"post": "yes"}).status_code == 404
    assert client.post(page, data | {"position": 2, "size_classes": ["A"]}).status_code == 302
    kept = Cohort.objects.get()
    assert (kept.code, kept.name, kept.name_en, kept.position) == (
        "large", "大店", "Large stores", 2,
    )  # fmt: skip

    other = Cohort.objects.create(code="free", name="其他", unit="store")
    renamed = data | {"code": "freed", "name": "别的", "name_en": ""}
    assert client.post(page_of("cohort", other.pk), renamed).status_code == 302


# Pages with rows inside


def test_pages_take_the_same_queries_for_five_rows_inside_as_for_one(login, hq):
    one = published(tiers(code="c0"), code="one")
    five = published(*[tiers(code=f"c{number}") for number in range(5)], code="five")
    drafts = [
        versions.new_version(version, by=Actor.worker("tests"), at=timezone.now())
        for version in (one, five)
    ]
    for _number in range(3):
        versions.new_version(five, by=Actor.worker("tests"), at=timezone.now())
    client = login(hq)
    for model, rows in (("planversion", (one, five)), ("planversion", drafts),
                        ("plan", (one.plan, five.plan))):  # fmt: skip
        counts = []
        for row in rows:
            page = page_of(model, row.pk)
            client.get(page)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1], model


def test_months_due_are_those_that_ended_at_every_store(january):
    StoreFactory(timezone="America/Los_Angeles")
    at = datetime(2026, 2, 1, 3, tzinfo=UTC)
    assert periods.months_due(at) == []
    assert periods.months_due(datetime(2026, 2, 1, 8, tzinfo=UTC)) == [JANUARY]
