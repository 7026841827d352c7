"""Which rate spends a budget: by halving, exact, and said where none does."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from incentives.admin.solving import said
from incentives.forms.whatif import SolveForm
from incentives.models import Journal, Program, Result
from incentives.plans import solve
from incentives.plans.solve import highest
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    drafted,
    give_back,
    owned_customer,
    per_registration,
    percent,
    sale,
    tiers,
)

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
APRIL = date(2026, 4, 1)
STEP = Decimal("0.0001")


@given(
    bases=st.lists(st.integers(min_value=0, max_value=10**8), max_size=5),
    fixed=st.integers(min_value=0, max_value=10**6),
    budget=st.integers(min_value=0, max_value=10**8),
)
def test_no_higher_rate_stays_within_the_budget(bases, fixed, budget):
    def spends(rate):
        return sum((round(base * rate) for base in bases), Decimal(fixed))

    found = highest(Decimal(budget), STEP, Decimal(1), spends)

    if found.rate is None:
        assert spends(0) > budget
    else:
        assert found.spent == spends(found.rate) <= budget
        if found.above is None:
            assert found.rate == 1
        else:
            assert found.above == found.rate + STEP
            assert found.spent_above == spends(found.above) > budget


@pytest.fixture
def month(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    customer = owned_customer(StoreFactory())
    sale(customer, "1000.00", date(2026, 1, 10))
    back = sale(customer, "800.00", date(2026, 1, 11))
    give_back(back, "300.00", date(2026, 1, 12))
    close_period(JANUARY)
    return customer


def row(*components, starts_at=0, **fields):
    draft = drafted(*components, starts_on=APRIL, **fields)
    return draft.components.order_by("position").first().rows.get(starts_at=starts_at)


def test_a_share_is_found_to_the_fen(month):
    found = solve.solve(row(percent(places=["own"])), [JANUARY], Decimal("75.00"))
    assert (found.rate, found.spent, found.exact) == (Decimal("0.0500"), Decimal("75.00"), True)


def test_where_no_rate_fits_exactly_both_sides_are_told(month):
    found = solve.solve(row(percent(places=["own"])), [JANUARY], Decimal("75.05"))
    assert (found.rate, found.spent) == (Decimal("0.0500"), Decimal("75.00"))
    assert (found.above, found.spent_above) == (Decimal("0.0501"), Decimal("75.15"))


def test_a_row_of_a_table_is_found_with_the_others_as_they_are(month):
    table = tiers(rows=((0, "0.01"), (500, "0.02")))
    found = solve.solve(row(table, starts_at=500), [JANUARY], Decimal("55.00"))
    assert (found.rate, found.spent) == (Decimal("0.0500"), Decimal("55.00"))


def test_an_amount_is_found_in_the_smallest_unit(month):
    found = solve.solve(row(per_registration()), [JANUARY], Decimal("7.00"))
    assert (found.rate, found.spent) == (Decimal("7.00"), Decimal("7.00"))


def test_a_cap_leaves_a_budget_unspent(month):
    capped = percent(places=["own"], period_cap=Decimal("50.00"))
    found = solve.solve(row(capped), [JANUARY], Decimal("80.00"))
    assert (found.rate, found.spent, found.above) == (Decimal(1), Decimal("50.00"), None)


def test_what_the_rest_costs_may_be_too_much(month):
    found = solve.solve(
        row(percent(places=["own"]), per_registration("90.00")), [JANUARY], Decimal("80.00")
    )
    assert (found.rate, found.spent) == (None, Decimal("90.00"))


def test_what_a_dealer_pays_is_spent_by_it(month):
    paid = row(percent(places=["own"]), direction="dealer_pays", code="fee")
    assert solve.solve(paid, [JANUARY], Decimal("15.00")).rate == Decimal("0.0100")


def test_the_budget_that_is_offered_is_that_of_the_months_that_are(month):
    version = row(percent(places=["own"]), budget=Decimal("90.00")).component.version
    assert SolveForm(version).initial == {
        "first": "2026-01", "last": "2026-01", "budget": Decimal("90.00"),
    }  # fmt: skip


def test_nothing_is_booked(month):
    before = Result.objects.count(), Journal.objects.count()
    solve.solve(row(percent(places=["own"])), [JANUARY], Decimal("75.00"))
    assert (Result.objects.count(), Journal.objects.count()) == before


def test_asked_on_the_page_and_read_there(month, client, english):
    wanted = row(percent(places=["own"], name_en="Sales"))
    version = wanted.component.version
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    address = reverse("admin:incentives_planversion_solve", args=[version.pk])
    typed = {"row": wanted.pk, "budget": "75.05", "first": "2026-01", "last": "2026-01"}

    page = client.post(address, typed, follow=True).text
    assert 'http-equiv="refresh"' in page
    key = solve.cache.get(f"solve:{version.pk}")
    solve.find(wanted.pk, [JANUARY], Decimal("75.05"), key)

    page = client.get(address).text
    assert "5% of Sales spends" in page
    assert "No rate spends exactly" in page
    wanted.component.rows.update(rate="0.07")
    assert "No rate spends exactly" not in client.get(address).text
    assert "Enter a number" in client.post(address, typed | {"budget": "viel"}).text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "budget", "taken"),
    [("KWD", "75.125", True), ("JPY", "75.05", False), ("CNY", "75.055", False)],
)
def test_a_budget_has_the_decimals_of_the_currency(currency, budget, taken):
    Program.objects.create(currency=currency)
    wanted = row(percent(places=["own"]))
    typed = {"row": wanted.pk, "budget": budget, "first": "2026-01", "last": "2026-01"}

    form = SolveForm(wanted.component.version, typed)

    assert ("budget" not in form.errors) == taken


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("solution", "words"),
    [
        ((None, "90.00", "0", "90.00"), "keeps within"),
        (("1", "50.00", None, None), "the highest that was tried"),
        (("0.05", "80.00", "0.0501", "80.10"), "spends exactly"),
        (("0.05", "79.00", "0.0501", "80.10"), "No rate spends exactly"),
    ],
)
def test_what_was_found_is_said(english, solution, words):
    numbers = [None if each is None else Decimal(each) for each in solution]
    found = solve.Solution(Decimal("80.00"), *numbers)
    answer = {"solution": found, "component": "s", "share": True, "months": [JANUARY]}
    assert words in " ".join(said(answer, {"s": "Sales"}))
