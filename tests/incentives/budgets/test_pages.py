"""Budgets of plans in the admin: set, read, counted, withdrawn, taken as a file."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from dealers.models import OutboxTask
from incentives.budgets import counting
from incentives.models import Plan, PlanBudget
from tests.factories.budgets import budget_of
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, member_of
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

LIST = "/admin/incentives/planbudget/"
FEBRUARY_10 = datetime(2026, 2, 10, 4, tzinfo=UTC)
SPENT = "CNY\u00a030.00"


@pytest.fixture
def plan():
    """Of which January gave 30.00."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"]), code="own")
    sale(owned_customer(StoreFactory()), "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    return Plan.objects.get(code="own")


@pytest.mark.parametrize("group", ["incentives", "program"])
def test_a_budget_is_set_counted_read_and_withdrawn(login, plan, group):
    client = login(member_of(group))
    form = {"plan": plan.pk, "first": "2026-01", "last": "2026-03", "amount": "33.00"}

    assert client.post(f"{LIST}add/", form).status_code == 302
    budget = PlanBudget.objects.get()
    page = client.get(f"{LIST}{budget.pk}/change/").text
    assert "The worker has not counted this budget yet" in page
    assert OutboxTask.objects.filter(task="incentives.tasks.count_budgets").exists()

    counting.count(FEBRUARY_10)
    page = client.get(f"{LIST}{budget.pk}/change/").text
    standing = PlanBudget.objects.get().standing
    assert f"÷ {standing.days_over} × {standing.days} working days" in page
    assert "90.91% of CNY\u00a033.00 is used" in page
    listed = client.get(LIST).text
    assert SPENT in listed
    assert "80 % used" in listed
    assert "1 budget to look at" in client.get("/admin/").text

    file = client.get(f"{LIST}budgets.csv")
    head, row = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    found = dict(zip(head, row, strict=True))
    assert (found["plan"], found["booked"], found["used"]) == ("own", "30.00", "0.9091")

    assert "stays to be seen" in client.get(f"{LIST}{budget.pk}/withdraw/").text
    client.post(f"{LIST}{budget.pk}/withdraw/")
    assert "Withdrawn" in client.get(LIST).text
    assert client.get(f"{LIST}{budget.pk}/withdraw/").status_code == 404
    assert "budget to look at" not in client.get("/admin/").text


def test_a_wrong_budget_is_refused_with_what_was_typed(login, plan):
    client = login(member_of("program"))
    budget_of(plan, "10.00")
    form = {"plan": plan.pk, "first": "2026-03", "last": "2026-04", "amount": "33.00"}
    wrongs = {
        "Withdraw it first": form,
        "Write the month like 2026-10": {**form, "first": "March"},
        "before the first": {**form, "last": "2026-01"},
        "more than zero": {**form, "first": "2026-04", "amount": "-1"},
        "too large": {**form, "first": "2026-04", "amount": "1000000000000.01"},
    }

    for said, wrong in wrongs.items():
        page = client.post(f"{LIST}add/", wrong)
        assert (page.status_code, said in page.text) == (200, True), said
    assert PlanBudget.objects.count() == 1


def test_counting_is_asked_for_once_more(login, plan):
    client = login(member_of("incentives"))
    budget_of(plan, "10.00")
    OutboxTask.objects.all().delete()

    assert "counted every night" in client.get(f"{LIST}count/").text
    client.post(f"{LIST}count/")

    assert OutboxTask.objects.get().task == "incentives.tasks.count_budgets"


def test_who_only_looks_on_sets_nothing(login, plan):
    budget = budget_of(plan, "10.00", counted_at=FEBRUARY_10)
    client = login(member_of("audit"))

    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}budgets.csv").status_code == 200
    for path in (f"{LIST}add/", f"{LIST}count/", f"{LIST}{budget.pk}/withdraw/"):
        assert client.get(path).status_code in {403, 404}, path
        assert client.post(path).status_code in {403, 404}, path
    assert PlanBudget.objects.in_force().exists()


def test_nobody_of_a_dealer_reads_it(login, plan, owner):
    budget = budget_of(plan, "10.00", counted_at=FEBRUARY_10)
    client = login(owner)

    for path in (LIST, f"{LIST}{budget.pk}/change/", f"{LIST}budgets.csv"):
        assert client.get(path).status_code in {302, 404}, path
