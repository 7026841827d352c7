"""A cap that the events of a month share: of its sales, less what came back of them."""

from datetime import date
from decimal import Decimal

import pytest

from dealers.triggers import lifted
from incentives.engine.month import estimate
from incentives.engine.scope import Scope
from incentives.models import FIRST_ENGINE, Kind, Result, Run
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    just_after,
    percent,
    published,
    sale,
)
from tests.incentives.engine.booked import amounts, line

pytestmark = pytest.mark.django_db


def test_a_cap_bites_later_events_and_shows_what_it_cut(customer):
    published(percent("0.10", places=["own"], period_cap=Decimal("25.00")))
    second = sale(customer, "100.00", date(2026, 1, 11))
    first = sale(customer, "200.00", date(2026, 1, 10))
    third = sale(customer, "100.00", date(2026, 1, 12))

    close_period(JANUARY)

    cut = [(line(o).uncapped, line(o).amount) for o in (first, second, third)]
    assert cut == [(20, 20), (10, 5), (10, 0)]
    assert Result.objects.get().explanation["before_cap"] == "40.00"


def test_a_late_sale_finds_the_cap_of_its_month_used(customer):
    published(percent("0.10", places=["own"], period_cap=Decimal("25.00")))
    sale(customer, "200.00", date(2026, 1, 20))
    run = close_period(JANUARY)
    late = sale(customer, "100.00", date(2026, 1, 10), recorded_at=just_after(run))

    close_period(FEBRUARY)

    result = Result.objects.get(run__month=FEBRUARY)
    assert (result.for_month, result.amount, result.code) == (JANUARY, 5, "cross")
    assert line(late).uncapped == 10


@pytest.fixture
def _capped():
    published(percent("0.10", places=["own"], period_cap=Decimal("50.00")))


@pytest.mark.usefixtures("_capped")
class TestCap:
    """At most 50.00 of a month's sales at 10 %, less what came back of them."""

    @pytest.mark.parametrize("back", [date(2026, 1, 6), date(2026, 1, 20), date(2026, 2, 6)])
    def test_a_returned_sale_gives_its_cap_back(self, customer, back):
        first = sale(customer, "1000.00", date(2026, 1, 5))
        sale(customer, "1000.00", date(2026, 1, 10))
        give_back(first, "1000.00", back)

        close_period(JANUARY)
        close_period(FEBRUARY)

        assert amounts(JANUARY)[0] == 50
        assert sum(amounts(JANUARY) + amounts(FEBRUARY)) == 50

    def test_each_line_is_paid_what_it_changes(self, customer):
        first = sale(customer, "1000.00", date(2026, 1, 5))
        back = give_back(first, "1000.00", date(2026, 1, 6))
        second = sale(customer, "1000.00", date(2026, 1, 10))

        close_period(JANUARY)

        lines = [(line(each).uncapped, line(each).amount) for each in (first, back, second)]
        assert lines == [(100, 50), (-100, -50), (100, 50)]

    @pytest.mark.parametrize(
        ("returned", "left"), [("499.99", "50.00"), ("500.00", "50.00"), ("700.00", "30.00")]
    )
    @pytest.mark.parametrize("month", [1, 2])
    def test_what_the_cap_cut_comes_back_first(self, customer, returned, left, month):
        sold = sale(customer, "1000.00", date(2026, 1, 5))
        give_back(sold, returned, date(2026, month, 20))

        close_period(JANUARY)
        close_period(FEBRUARY)

        assert sum(amounts(JANUARY) + amounts(FEBRUARY)) == Decimal(left)

    def test_a_late_return_gives_the_cap_of_its_closed_month_back(self, customer):
        first = sale(customer, "1000.00", date(2026, 1, 5))
        run = close_period(JANUARY)
        give_back(first, "1000.00", date(2026, 1, 6), recorded_at=just_after(run))
        sale(customer, "1000.00", date(2026, 1, 10), recorded_at=just_after(run))
        sale(customer, "700.00", date(2026, 2, 10))

        close_period(FEBRUARY)

        by_month = Result.objects.filter(run__month=FEBRUARY).values_list("for_month", "amount")
        assert dict(by_month) == {JANUARY: Decimal("0.00"), FEBRUARY: Decimal("50.00")}

    def test_several_returns_leave_nothing_of_a_sale(self, customer):
        sold = sale(customer, "1000.00", date(2026, 1, 5))
        for n, month in enumerate((1, 1, 2, 3)):
            give_back(sold, "250.00", date(2026, month, 15 + n))

        for month in (JANUARY, FEBRUARY, MARCH):
            close_period(month)

        paid = [sum(amounts(month)) for month in (JANUARY, FEBRUARY, MARCH)]
        assert paid == [50, -25, -25]

    def test_versions_that_share_a_month_share_its_cap(self, customer):
        sale(customer, "300.00", date(2026, 1, 5))
        published(
            percent("0.20", places=["own"], period_cap=Decimal("50.00")),
            starts_on=date(2026, 1, 16),
        )
        sale(customer, "300.00", date(2026, 1, 20))
        open_month = [e.amount for e in estimate(Scope.of(JANUARY))]

        close_period(JANUARY)

        assert sorted(amounts(JANUARY)) == sorted(open_month) == [20, 30]

    def test_the_higher_cap_of_two_versions_counts_for_the_month(self, customer):
        sale(customer, "1000.00", date(2026, 1, 5))
        published(
            percent("0.10", places=["own"], period_cap=Decimal("80.00")),
            starts_on=date(2026, 1, 16),
        )
        sale(customer, "1000.00", date(2026, 1, 20))
        sale(customer, "1000.00", date(2026, 2, 20))

        close_period(JANUARY)
        close_period(FEBRUARY)

        assert (sorted(amounts(JANUARY)), amounts(FEBRUARY)) == ([0, 80], [80])

    def test_what_comes_back_of_one_version_goes_to_the_other(self, customer):
        first = sale(customer, "1000.00", date(2026, 1, 5))
        published(
            percent("0.10", places=["own"], period_cap=Decimal("50.00")),
            starts_on=date(2026, 1, 16),
        )
        sale(customer, "1000.00", date(2026, 1, 20))
        close_period(JANUARY)
        give_back(first, "1000.00", date(2026, 2, 3))

        close_period(FEBRUARY)

        assert sum(amounts(JANUARY) + amounts(FEBRUARY)) == 50


def test_components_have_caps_of_their_own(customer):
    published(
        percent("0.10", places=["own"], period_cap=Decimal("50.00")),
        percent("2.00", code="each", kind=Kind.FLAT, base="count", places=["own"],
                period_cap=Decimal("3.00")),
    )  # fmt: skip
    first = sale(customer, "1000.00", date(2026, 1, 5))
    sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(first, "1000.00", date(2026, 2, 3))

    close_period(FEBRUARY)

    assert (amounts(JANUARY), amounts(FEBRUARY)) == ([50, 3], [0, -1])


def test_plans_that_use_one_code_have_a_cap_each(customer):
    """Also where versions of one of them share the month, and where a sale comes back."""
    terms = percent("0.10", places=["own"])
    published(terms | {"period_cap": Decimal("50.00")}, code="first")
    published(terms | {"period_cap": Decimal("30.00")}, code="second")
    second = terms | {"period_cap": Decimal("40.00")}
    published(second, code="second", starts_on=date(2026, 1, 16))
    early = sale(customer, "1000.00", date(2026, 1, 5))
    sale(customer, "1000.00", date(2026, 1, 20))
    close_period(JANUARY)
    give_back(early, "1000.00", date(2026, 2, 3))

    close_period(FEBRUARY)

    def paid(month, plan):
        found = Result.objects.filter(run__month=month, component__version__plan__code=plan)
        return sum(result.amount for result in found)

    assert [paid(JANUARY, plan) for plan in ("first", "second")] == [50, 40]
    assert [paid(FEBRUARY, plan) for plan in ("first", "second")] == [0, 0]


def test_a_month_of_the_first_engine_gives_back_what_it_paid(customer):
    """It kept a cap used once it was; what it booked counts as what it paid."""
    published(percent("0.10", places=["own"], period_cap=Decimal("25.00")))
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    _computed_by_the_first_engine(JANUARY)
    give_back(sold, "500.00", date(2026, 2, 10))
    close_period(FEBRUARY)
    give_back(sold, "500.00", date(2026, 3, 10))

    close_period(MARCH)

    assert amounts(FEBRUARY) + amounts(MARCH) == [Decimal("-12.50"), Decimal("-12.50")]


def _computed_by_the_first_engine(month: date) -> None:
    with lifted(Run):
        Run.objects.filter(month=month).update(engine=FIRST_ENGINE)
