"""Money in dispute shows as held, beside the totals and on the statement, with its case."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pypdf
import pytest
from django.urls import reverse

from customers.cases import holds
from customers.cases.terms import closed_at_the_latest
from customers.models import CaseOutcome, Order
from dealers.words import money, plain, store_time
from incentives.models import Statement
from incentives.statements.files import document, statement_csv
from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    percent,
    published,
)
from tests.incentives.books.test_holds import BEGAN, EVERYWHERE, SOLD, give_back, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def dispute():
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.10", places=EVERYWHERE, code="all"))
    made = Dispute(began=BEGAN)
    made.sell(None, "S0", "500.00", at=BEGAN + DAY)
    return made


def months(month):
    return reverse("incentives:earnings-month", args=[month])


def test_an_open_month_shows_what_is_held_by_which_case_until_when(dispute, login):
    dispute.sell(None, "S1", at=SOLD)
    client = login(dispute.owner_a)
    assert "Held" not in client.get(months(JANUARY)).text
    case = dispute.open(SOLD + DAY)

    page = client.get(months(JANUARY))

    assert page.context["month"].total == Decimal("50.00")
    [held] = page.context["held"]
    assert (held.by.code, held.by.amount, held.by.orders) == (case.code, Decimal("100.00"), 1)
    until = store_time(closed_at_the_latest(case))
    assert f"Held by case {case.code} since" in page.text
    assert f"until {until} at the latest" in page.text
    line = client.get(held.lines[0].url).text
    assert f"Held by case {case.code} since" in line
    assert f"Why {money(Decimal('100.00'))}" in line
    assert "Booked with the first month that is closed after that" in line
    assert "Month closed, amount confirmed" not in line


def test_a_statement_names_what_is_held_outside_its_sums(dispute, login):
    sale = dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    give_back(sale, "300.00", SOLD + DAY)
    close_period(JANUARY)
    statement = Statement.objects.get(dealer=dispute.a.dealer)

    assert statement.payable == Decimal("50.00")
    page = login(dispute.owner_a).get(statement.get_absolute_url())
    assert f"Held: case {case.code}" in page.text
    assert page.context["held"][0].by.amount == Decimal("70.00")
    rows = list(csv.DictReader(io.StringIO(statement_csv(statement).decode("utf-8-sig"))))
    assert [(row["kind"], row["reference"], row["amount"], row["held"], row["case"])
            for row in rows] == [
        ("sale", "till S0", "50.00", "", ""),
        ("held", "till S1", "", "100.00", case.code),
        ("held", "till R1", "", "-30.00", case.code),
    ]  # fmt: skip
    pages = pypdf.PdfReader(io.BytesIO(document(statement, "en"))).pages
    paper = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert f"Case {case.code}, since" in paper
    assert "Held, and in no total" in paper


def test_nothing_of_it_is_on_a_statement_without_a_hold(dispute):
    close_period(JANUARY)
    first = statement_csv(Statement.objects.get()).decode("utf-8-sig").splitlines()[0]
    assert first.endswith("before_cap,amount")


def test_a_dealer_of_whom_all_is_held_has_a_statement_that_says_so(login):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.10", places=EVERYWHERE, code="all"))
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    [statement] = Statement.objects.all()
    assert (statement.dealer, statement.total, statement.payable) == (dispute.a.dealer, 0, 0)
    client = login(dispute.owner_a)
    assert f"Held by case {case.code}" in client.get(months(JANUARY)).text
    assert f"Held by case {case.code}" in client.get(statement.get_absolute_url()).text


def test_once_the_case_is_closed_the_old_month_says_where_it_was_booked(dispute, login):
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    before = statement_csv(Statement.objects.get())
    settled(case)
    client = login(dispute.owner_a)
    assert "booked with the next month that is closed" in client.get(months(JANUARY)).text
    close_period(FEBRUARY)
    page = client.get(months(JANUARY))
    assert "What was decided is booked in February 2026" in page.text
    assert statement_csv(Statement.objects.earliest("run__month")) == before
    url = page.context["held"][0].lines[0].url
    assert "What was decided is booked in February 2026" in client.get(url).text
    assert plain(Decimal("100.00")) in client.get(months(FEBRUARY)).text


def test_what_was_booked_before_the_case_says_that_nothing_is_held(dispute, login):
    dispute.sell(None, "S1", at=SOLD)
    close_period(JANUARY)
    case = dispute.open(SOLD + DAY)
    client = login(dispute.owner_a)
    page = client.get(months(JANUARY))
    said = f"1 line is in dispute in case {case.code}, but was booked before the case was opened"
    assert said in page.text
    assert page.context["held"] == []
    shown = next(each for each in page.context["lines"] if each.line.disputed)
    assert said in client.get(shown.url).text
    assert f"In dispute: case {case.code}" in page.text


def test_what_comes_back_of_a_sale_before_the_dispute_is_in_no_dispute(dispute, login):
    back = give_back(Order.objects.get(external_id="S0"), "200.00", SOLD)
    case = dispute.open(SOLD + DAY)
    assert holds.held(dispute.a.dealer_id) == {}
    page = login(dispute.owner_a).get(months(JANUARY))
    assert back.pk in {each.line.order_id for each in page.context["lines"]}
    assert page.context["booked_before"] == []
    assert case.code not in page.text


def test_what_a_second_case_holds_again_is_not_said_to_be_booked(dispute, login):
    dispute.sell(None, "S1", at=SOLD)
    first = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    settled(first)
    second = dispute.open(SOLD + 2 * DAY)
    close_period(FEBRUARY)
    client = login(dispute.owner_a)
    [held] = client.get(months(JANUARY)).context["held"]
    assert (held.by.code, held.by.booked_in) == (first.code, None)
    settled(second)
    close_period(MARCH)
    assert "What was decided is booked in March 2026" in client.get(months(JANUARY)).text


def test_the_other_side_and_strangers_see_none_of_it(dispute, login):
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    page = login(dispute.owner_a).get(months(JANUARY))
    url = page.context["held"][0].lines[0].url
    other = login(dispute.owner_b)
    assert case.code not in other.get(months(JANUARY)).text
    assert other.get(url).status_code == 404
    assert other.get(url.replace("all", "none")).status_code == 404
    assert login(dispute.owner_a).get(url.replace("all", "none")).status_code == 404


def test_a_sheet_lists_what_is_held_and_adds_nothing_of_it(dispute, login):
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    text = (
        login(dispute.owner_a).get(months(JANUARY), {"export": "csv"}).content.decode("utf-8-sig")
    )
    head, *_rows, held, total = csv.reader(io.StringIO(text))
    assert head[8:10] == ["Share", "Before the cap"]
    assert held[-2:] == ["", f"held by case {case.code}"]
    assert total[-2] == "50.00"


@pytest.mark.parametrize("outcome", [None, CaseOutcome.MOVE])
def test_the_last_day_of_a_case_is_after_every_deadline_it_had(dispute, outcome):
    case = dispute.open(SOLD + DAY)
    latest = closed_at_the_latest(case)
    closed = settled(case, outcome)
    assert case.evidence_until < closed.appeal_until < latest
    assert closed_at_the_latest(closed) == closed.closed_at
    assert latest - case.opened_at < timedelta(days=60)
