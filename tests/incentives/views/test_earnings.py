"""What an owner reads about the month's money: every page says the same amounts to the cent."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from config import celery_app
from customers.models import Registration
from customers.orders.recording import GivenLine, record_order
from dealers.models import OutboxTask
from incentives.boards.conversion import bought, bought_sql
from incentives.models import Entry, Statement
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    card_of,
    moved,
    number_of,
    registered,
)
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)


@pytest.fixture
def trade(store):
    """Two months: registrations, sales here and elsewhere, a return, a fee; January is closed."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(
        per_registration("15.00"),
        percent("0.03", by_share=True),
        tiers(rows=((0, "0.01"), (2_000, "0.015"), (5_000, "0.02"))),
        name="方案",
    )
    published(
        {"code": "fee", "places": ["own"], "event": "paid_sale", "base": "count", "kind": "flat",
         "rows": [(0, "5.20")]},
        code="fees", direction="dealer_pays",
    )  # fmt: skip
    customer = owned_customer(store)
    other = StoreFactory()
    sold = sale(customer, "3333.33", date(2026, 1, 5), external_id="T-OWN")
    elsewhere = sale(
        customer, "777.77", date(2026, 1, 8), sold_by="other", at=other, share="0.3",
        external_id="T-OTHER",
    )  # fmt: skip
    give_back(sold, "1000.01", date(2026, 1, 20))
    back = give_back(elsewhere, "111.11", date(2026, 1, 25))
    close_period(JANUARY)
    sale(customer, "1234.56", date(2026, 2, 3))
    return {"customer": customer, "sold": sold, "elsewhere": elsewhere, "back": back}


@pytest.fixture
def owning(login, owner):
    return login(owner)


def amounts_in(page, before: str = "</html>") -> list[Decimal]:
    """Every amount with its currency on the page, as far as ``before``."""
    found = re.findall(r"(−?)¥([\d,]+\.\d\d)", page.text.split(before)[0])
    return [Decimal(digits.replace(",", "")) * (-1 if sign else 1) for sign, digits in found]


def every_line(client, path):
    """The lines of all pages, following the link to more."""
    lines, address = [], path
    while address:
        page = client.get(address)
        lines += [each.line for each in page.context["lines"]]
        address = page.context["more"] and f"{path}?{page.context['more']}"
    return lines


def test_the_first_address_leads_to_this_month(owning):
    assert owning.get("/earnings/").url == f"/earnings/{timezone.localdate():%Y-%m}/"


def test_a_line_is_listed_under_its_day_at_the_owners_store(login, db):
    """The evening of a month's last day in New York is the next month's where its owner reads."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"]))
    customer = owned_customer(StoreFactory(timezone="America/New_York"))
    sale(customer, "100.00", date(2026, 1, 31), hour=20)
    owner = login(OwnerFactory(dealer=customer.dealer))

    page = owner.get("/earnings/2026-01/")

    assert [each.line.day for each in page.context["lines"]] == [date(2026, 1, 31)]
    assert '<span class="d">01-31</span>' in page.text


def test_page_lines_file_statement_and_books_agree_to_the_cent(owning, owner, trade):
    page = owning.get("/earnings/2026-01/")
    month = page.context["month"]
    statement = Statement.objects.get(dealer=owner.dealer, run__month=JANUARY)
    rows = csv.DictReader(
        owning.get("/earnings/2026-01/statement.csv").content.decode("utf-8-sig").splitlines()
    )
    books = Entry.objects.filter(journal=statement.journal, account__dealer=owner.dealer)
    lines = every_line(owning, "/earnings/2026-01/")
    tiered = [share.amount for each in month.categories for share in each.shares if share.tiered]

    totals = {
        "headline": month.total,
        "categories": sum(each.amount for each in page.context["categories"]),
        "lines": sum((line.amount for line in lines if line.amount is not None), sum(tiered)),
        "trend": month.trend[-1][1],
        "statement": statement.total,
        "file": sum(Decimal(row["amount"]) for row in rows if row["amount"]),
        "books": sum(entry.amount for entry in books),
    }

    # 15.00 for the registration; 5.20 charged and 1.56 of it given back with the return;
    # 30 % of 3 % of 777.77 is 7.00, of which its return takes 1.00;
    # 1 % of 2,000.00 and 1.5 % of 333.32 are 25.00.
    assert set(totals.values()) == {Decimal("42.36")}, totals
    assert amounts_in(page)[0] == Decimal("42.36")
    assert Decimal("42.36") in amounts_in(owning.get("/earnings/2026-01/statement/"))


def test_a_running_month_is_estimated_and_said_to_be(owning, trade):
    page = owning.get("/earnings/2026-02/")

    assert not page.context["month"].closed
    assert page.context["statement"] is None
    assert page.context["month"].total == Decimal("7.15")  # 1 % of 1,234.56 less the fee
    assert page.context["month"].difference == Decimal("7.15") - Decimal("42.36")


def test_every_line_explains_itself_down_to_its_amount(owning, trade):
    lines = every_line(owning, "/earnings/2026-01/")
    assert len(lines) == 7

    for line in lines:
        page = owning.get(f"/earnings/2026-01/lines/{line.code}/{line.event}/")
        assert page.status_code == 200
        wanted = line.base if line.amount is None else line.amount
        assert amounts_in(page, before='<ol role="list" class="steps')[-1] == wanted


def test_a_line_shows_its_customer_receipt_plan_and_progress(owning, trade):
    page = owning.get(f"/earnings/2026-01/lines/cross/{trade['elsewhere'].pk}/")

    assert page.context["receipt"] == trade["customer"]
    assert trade["customer"].receipt in page.text
    assert card_of(trade["customer"].customer).phone in page.text
    assert "方案 v1" in page.text
    assert [(step.kind, step.state) for step in page.context["progress"]] == [
        ("sale", "done"), ("window", "done"), ("closed", "done"), ("approved", "now"),
        ("paid", ""),
    ]  # fmt: skip


def test_the_receipt_stays_and_it_converts_where_a_sister_store_goes_on(owning, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent(places=["own"]), starts_on=date(2026, 1, 1))
    now = timezone.now()
    customer = owned_customer(store, now - timedelta(days=40))
    sister = StoreFactory(dealer=store.dealer)
    moved(customer, sister, now - timedelta(days=20))
    amount = Decimal("100.00")
    sold = record_order(
        source="till", external_id="T-1", ordered_at=now - timedelta(hours=1), store=sister,
        lines=[GivenLine(1, CategoryFactory(), 1, amount, Decimal(0), amount)],
        phone=number_of(customer.customer),
    )  # fmt: skip

    page = owning.get(f"/earnings/{sold.owned.counts_on:%Y-%m}/lines/cross/{sold.pk}/")

    assert page.context["receipt"] == customer
    assert list(Registration.objects.filter(bought())) == [customer]
    condition = bought_sql("r", "'infinity'", "'2100-01-01'")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM customers_registration AS r WHERE {condition}")
        assert cursor.fetchall() == [(customer.pk,)]


def test_a_line_of_a_running_month_waits_for_its_return_window(owning, owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent(places=["own"]), starts_on=date(2026, 1, 1))
    today = timezone.localdate()
    customer = owned_customer(store, timezone.now() - timedelta(days=40))
    fresh = sale(customer, "100.00", today)
    address = f"/earnings/{today:%Y-%m}/"

    page = owning.get(f"{address}lines/cross/{fresh.pk}/")

    assert [(step.kind, step.state) for step in page.context["progress"]] == [
        ("sale", "done"), ("window", "now"), ("closed", ""),
    ]  # fmt: skip
    assert owning.get(address).context["month"].pending == Decimal("3.00")


def test_a_sale_to_another_dealers_customer_has_a_line_that_waits_as_well(login, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent(by_share=True, to="seller"), starts_on=date(2026, 1, 1))
    customer = owned_customer(store, timezone.now() - timedelta(days=40))
    shop, today = StoreFactory(), timezone.localdate()
    fresh = sale(customer, "100.00", today, sold_by="other", at=shop, share="0.3")
    client = login(OwnerFactory(dealer=shop.dealer))

    page = client.get(f"/earnings/{today:%Y-%m}/lines/cross/{fresh.pk}/")

    assert page.context["place"] == shop
    assert [step.state for step in page.context["progress"]] == ["done", "now", ""]
    assert customer.receipt not in page.text
    assert client.get(f"/earnings/{today:%Y-%m}/").context["month"].pending == Decimal("2.10")


def test_a_tiered_result_shows_its_table_and_the_orders_of_its_base(owning, trade):
    page = owning.get("/earnings/2026-01/results/own/")

    assert page.context["category"].amount == Decimal("25.00")
    assert sum(each.line.base for each in page.context["lines"]) == Decimal("2333.32")
    for amount in ("3333.33", "1000.01", "2333.32", "2000.00", "333.32", "25.00"):
        assert Decimal(amount) in amounts_in(page)


def test_the_lines_of_one_category_alone(owning, trade):
    lines = every_line(owning, ["/earnings/2026-01/", "component=cross"][0])
    only = owning.get("/earnings/2026-01/?component=cross").context

    assert {each.line.code for each in only["lines"]} == {"cross"}
    assert only["line_count"] == len([line for line in lines if line.code == "cross"]) == 2


def test_all_lines_come_once_over_the_pages(owning, owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC),
                    person_minute_limit=None, store_daily_limit=None)  # fmt: skip
    published(per_registration("15.00"))
    moment = datetime(2026, 1, 3, 2, tzinfo=UTC)
    receipts = {registered(store, at=moment + timedelta(minutes=n // 3)).receipt for n in range(60)}

    for closed in (False, True):
        if closed:
            close_period(JANUARY)
        lines = every_line(owning, "/earnings/2026-01/")
        assert len(lines) == 60
        assert {line.event for line in lines} == receipts


def test_a_month_without_earnings_says_what_to_do(owning, owner):
    page = owning.get(f"/earnings/{timezone.localdate():%Y-%m}/")

    assert page.status_code == 200
    assert page.context["chart"] is None
    assert 'href="/customers/?view=followup"' in page.text


def test_the_pdf_is_handed_out_once_the_worker_has_made_it(
    owning, trade, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        waiting = owning.get("/earnings/2026-01/statement.pdf")
    assert waiting.status_code == 202
    assert 'http-equiv="refresh"' in waiting.text

    ready = owning.get("/earnings/2026-01/statement.pdf")

    assert ready["Content-Type"] == "application/pdf"
    assert ready.content.startswith(b"%PDF")
    assert "attachment" in ready["Content-Disposition"]


def test_a_statement_says_first_what_is_paid(owning, trade):
    page = owning.get("/earnings/2026-01/statement/").text

    assert page.index('id="sum"') < page.index('id="by"') < page.index('id="words"')


def test_no_code_of_another_system_reaches_a_dealer(owning, trade):
    pages = [
        owning.get(path).text
        for path in ("/earnings/2026-01/", "/earnings/2026-01/statement/", "/earnings/2026-02/")
    ]

    assert not any("pos S" in page or ">pos " in page or " pos " in page for page in pages)
    assert any("他店收银，单号" in page for page in pages)


def test_a_pdf_is_asked_for_once_however_often_the_page_is_loaded(owning, trade):
    for _ in range(3):
        assert owning.get("/earnings/2026-01/statement.pdf").status_code == 202

    asked = OutboxTask.objects.get(task="incentives.tasks.render_asked_for")
    assert asked.args[1:] == ["zh-hans", "http://testserver"]


def test_a_pdf_that_somebody_waits_for_does_not_queue_behind_the_others():
    queue = {
        task: celery_app.amqp.router.route({}, f"incentives.tasks.{task}")["queue"].name
        for task in ("render_asked_for", "render_statement")
    }

    assert queue == {"render_asked_for": "asked", "render_statement": "documents"}


PATHS = [
    "/earnings/",
    "/earnings/2026-01/",
    "/earnings/2026-02/",
    "/earnings/2026-01/results/own/",
    "/earnings/2026-01/lines/cross/{order}/",
    "/earnings/2026-01/lines/registered/{receipt}/",
    "/earnings/2026-01/statement/",
    "/earnings/2026-01/statement.csv",
    "/earnings/2026-01/statement.pdf",
]


@pytest.fixture
def addresses(trade):
    words = {"order": trade["elsewhere"].pk, "receipt": trade["customer"].receipt}
    return [path.format(**words) for path in PATHS]


@pytest.mark.parametrize("persona", ["clerk", "manager", "region_manager", "rival", "hq"])
def test_earnings_do_not_exist_for_anybody_but_the_owner(login, addresses, persona, request):
    client = login(request.getfixturevalue(persona))

    assert {path: client.get(path).status_code for path in addresses} == dict.fromkeys(
        addresses, 404
    )


def test_another_dealers_owner_finds_nothing_of_this_one(login, addresses, trade):
    client = login(OwnerFactory())

    own_months = addresses[:3]
    assert all(client.get(path).status_code == 404 for path in addresses[3:])
    for path in own_months[1:]:
        page = client.get(path)
        assert page.context["month"].total == 0
        assert trade["customer"].receipt not in page.text


def test_a_foreign_line_and_a_missing_one_answer_alike(login, trade):
    client = login(OwnerFactory())

    answers = [
        client.get(f"/earnings/2026-01/lines/{code}/{event}/")
        for code, event in [
            ("cross", trade["elsewhere"].pk),
            ("cross", "00000000-0000-0000-0000-000000000000"),
            ("registered", trade["customer"].receipt),
            ("registered", "R-XXXXX-XXXXX"),
        ]
    ]

    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize(
    "path",
    [
        "/earnings/2026-13/",
        "/earnings/1999-12/",
        "/earnings/2999-01/",
        "/earnings/2026-01/?component=none",
        "/earnings/2026-01/?after=nonsense",
        "/earnings/2026-01/results/none/",
        "/earnings/2026-02/statement/",
        "/earnings/2026-02/statement.pdf",
    ],
)
def test_what_does_not_exist_is_not_found(owning, trade, path):
    assert owning.get(path).status_code == 404


def test_visitors_are_sent_to_sign_in(client, db):
    for path in PATHS[:3]:
        assert client.get(path).url.startswith("/accounts/login/")


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("closed", [False, True])
def test_the_page_takes_the_same_queries_for_any_number_of_lines(
    owning, store, count, closed, django_assert_num_queries
):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent(places=["own"]))
    customer = owned_customer(store)
    for day in range(count):
        sale(customer, "100.00", date(2026, 1, 5 + day))
    if closed:
        close_period(JANUARY)
    owning.get("/earnings/2026-01/")

    with django_assert_num_queries(22):
        owning.get("/earnings/2026-01/")
