"""Plans that use the same component code: their rows, pages and files are told apart."""

import csv
import io
import re
from datetime import UTC, date, datetime

import pypdf
import pytest
from django.core.management import call_command
from django.utils import timezone

from incentives.earnings.detail import line_detail
from incentives.earnings.lines import lines
from incentives.earnings.overview import month_overview
from incentives.models import Kind, Statement
from incentives.statements.files import document, statement_csv
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)

pytestmark = pytest.mark.django_db

PAID = {"xa": "20.00", "xb": "40.00", "xc": "5.00"}
NAMES = {"xa": "A flat", "xb": "B percent", "xc": "C units"}


@pytest.fixture
def dealer(store):
    """Two sales of 1,000.00 with 2 and 3 units under three plans that all say ``bonus``."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    terms = {
        "xa": ("10", {"name": NAMES["xa"], "kind": Kind.FLAT, "base": "count"}),
        "xb": ("0.02", {"name": NAMES["xb"]}),
        "xc": ("1", {"name": NAMES["xc"], "kind": Kind.PER_UNIT, "base": "units"}),
    }
    for code, (rate, fields) in terms.items():
        published(percent(rate, code="bonus", places=["own"], **fields), code=code)
    customer = owned_customer(store)
    sale(customer, "1000.00", date(2026, 1, 10), quantity=2)
    sale(customer, "1000.00", date(2026, 1, 11), quantity=3)
    return store.dealer


@pytest.mark.parametrize("closed", [False, True])
def test_each_plan_has_a_row_with_its_name_and_its_lines(dealer, closed):
    if closed:
        close_period(JANUARY)

    shown = month_overview(dealer, JANUARY, timezone.now()).categories

    assert [(each.key, each.name, str(each.amount)) for each in shown] == [
        ("xa.bonus", "A flat", "20.00"),
        ("xb.bonus", "B percent", "40.00"),
        ("xc.bonus", "C units", "5.00"),
    ]
    for each in shown:
        found = lines(dealer, JANUARY, timezone.now(), code=each.key).lines
        assert {line.plan for line in found} == {each.plan}
        assert sum(line.amount for line in found) == each.amount
        event = found[0].event
        detail = line_detail(dealer, JANUARY, each.key, event, timezone.now())
        assert detail.line.plan == each.plan


@pytest.mark.parametrize("closed", [False, True])
def test_the_export_names_the_plan_behind_the_usual_columns(dealer, tmp_path, closed):
    if closed:
        close_period(JANUARY)

    call_command("export_statements", str(tmp_path / "s.csv"), "--period", "2026-01")

    with (tmp_path / "s.csv").open() as file:
        rows = [(r["component"], r["plan"], r["amount"]) for r in csv.DictReader(file)]
    assert rows == [
        *(("bonus", plan, amount) for plan, amount in PAID.items()),
        ("TOTAL", "", "65.00"),
    ]


def test_the_statements_file_names_the_plan_of_each_line(dealer):
    close_period(JANUARY)

    text = statement_csv(Statement.objects.get(dealer=dealer)).decode("utf-8-sig")

    rows = list(csv.DictReader(text.splitlines()))
    paid = {plan: sum(float(r["amount"]) for r in rows if r["plan"] == plan) for plan in PAID}
    assert paid == {plan: float(amount) for plan, amount in PAID.items()}


def test_the_paper_has_a_row_of_each_plan_with_its_amount(dealer):
    close_period(JANUARY)

    paper = document(Statement.objects.get(dealer=dealer), "en")

    pages = pypdf.PdfReader(io.BytesIO(paper)).pages
    said = " ".join("".join(page.extract_text() for page in pages).split())
    for plan, name in NAMES.items():
        assert re.search(rf"{name}.*? ¥?{PAID[plan]}", said), (plan, said)


@pytest.mark.parametrize("plan", PAID)
def test_the_pages_of_each_plan_are_its_own(login, owner, dealer, plan):
    close_period(JANUARY)
    assert owner.dealer == dealer
    owning = login(owner)

    page = owning.get(f"/earnings/2026-01/results/{plan}.bonus/").content.decode()
    assert NAMES[plan] in page
    assert PAID[plan] in page
    month = owning.get("/earnings/2026-01/").content.decode()
    assert f"/earnings/2026-01/results/{plan}.bonus/" in month
    assert owning.get("/earnings/2026-01/results/bonus/").status_code == 200
    assert owning.get(f"/earnings/2026-01/statement/?component={plan}.bonus").status_code == 200
