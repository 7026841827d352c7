"""Budgets of plans: spent to the fen, where that leads, and told once at 80 and at 100 percent."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealers import sayings
from dealers.actor import Actor
from dealers.calendar import WEEKENDS_OFF
from dealers.models import CalendarDay, Notice
from incentives import estimates
from incentives.books import adjustments
from incentives.books.adjustments import Wanted
from incentives.budgets import alarms, counting, reading, setting
from incentives.budgets.setting import BudgetRefused
from incentives.models import BudgetAlarm, BudgetStanding, Plan, PlanBudget, Statement
from tests.factories.budgets import budget_of
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    just_after,
    owned_customer,
    percent,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

FEBRUARY_10 = datetime(2026, 2, 10, 4, tzinfo=UTC)


@pytest.fixture
def customers():
    """Of two dealers that get 3 % of what their own customers buy."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"]), code="own")
    return [owned_customer(StoreFactory()) for _dealer in range(2)]


@pytest.fixture
def plan(customers):
    return Plan.objects.get(code="own")


@pytest.fixture
def january(customers):
    """Closed: 30.01 and 3.33 of the plan."""
    for customer, net in zip(customers, ("1000.33", "111.11"), strict=True):
        sale(customer, net, date(2026, 1, 10))
    return close_period(JANUARY)


def standing(budget) -> BudgetStanding:
    return BudgetStanding.objects.get(budget=budget)


def test_what_is_booked_is_what_statements_say_and_what_is_open_what_estimates_say(
    customers, plan, january
):
    sold = [sale(each, "777.77", date(2026, 2, 3)) for each in customers]
    give_back(sold[0], "77.77", date(2026, 2, 4))
    budget = budget_of(plan, "1000.00", counted_at=FEBRUARY_10)

    found = standing(budget)

    assert found.booked == Statement.objects.aggregate(sum=Sum("total"))["sum"] == Decimal("33.34")
    by_dealer = [
        estimates.current(each.dealer, date(2026, 2, 1), FEBRUARY_10).total() for each in customers
    ]
    assert found.estimated == sum(by_dealer) == Decimal("44.33")
    assert found.months == [
        ["2026-01", "33.34", "0"], ["2026-02", "0", "44.33"], ["2026-03", "0", "0"],
    ]  # fmt: skip


def test_closing_the_open_month_moves_it_from_estimated_to_booked(customers, plan, january):
    sale(customers[0], "777.77", date(2026, 2, 3))
    budget = budget_of(plan, "1000.00", counted_at=FEBRUARY_10)
    before = standing(budget)

    close_period(date(2026, 2, 1))
    counting.count(datetime(2026, 3, 1, 4, tzinfo=UTC))

    after = standing(budget)
    assert (after.booked, after.estimated) == (before.booked + before.estimated, 0)


def test_what_came_late_for_a_closed_month_is_estimated_in_one_open_month(customers, plan, january):
    sale(customers[0], "1000.00", date(2026, 1, 20), recorded_at=just_after(january))

    budget = budget_of(plan, "1000.00", counted_at=datetime(2026, 3, 2, 4, tzinfo=UTC))

    months = [(month, Decimal(estimated)) for month, _booked, estimated in standing(budget).months]
    assert months == [("2026-01", 0), ("2026-02", 30), ("2026-03", 0)]


def test_adjustments_count_in_the_month_that_they_are_booked_in(customers, plan, january):
    at = datetime(2026, 2, 9, 4, tzinfo=UTC)
    wanted = Wanted(customers[0].dealer, plan, Decimal("12.50"), "Agreed")
    adjustments.propose(wanted, key="x", by=Actor.hq(UserFactory(is_staff=True)), at=at)

    budget = budget_of(plan, "1000.00", date(2026, 2, 1), counted_at=FEBRUARY_10)

    assert standing(budget).booked == Decimal("12.50")


def test_another_plan_and_other_months_are_not_counted(customers, plan, january):
    other = Plan.objects.create(code="fee", name="登记奖")
    budget_of(other, "1000.00")
    budget = budget_of(plan, "1000.00", date(2026, 4, 1), date(2026, 4, 1), counted_at=FEBRUARY_10)

    found = standing(budget)

    assert (found.spent, found.forecast, found.days_over) == (0, None, 0)
    assert BudgetStanding.objects.get(budget__plan=other).spent == 0
    assert reading.of(PlanBudget.objects.get(pk=budget.pk)).state == "Within the budget"


@pytest.mark.parametrize(
    ("spent", "over", "days", "expected"),
    [
        ("0.00", 0, 60, None),
        ("100.00", 1, 3, "300.00"),
        ("100.00", 3, 1, "33.33"),
        ("0.01", 2, 3, "0.02"),  # 0.015: half a fen goes up
        ("33.34", 21, 21, "33.34"),  # over: what was spent
        ("-10.00", 2, 4, "-20.00"),
    ],
)
def test_a_forecast_is_a_straight_line_by_working_days(spent, over, days, expected):
    found = counting.forecast(Decimal(spent), over, days)

    assert found == (None if expected is None else Decimal(expected))


def test_working_days_are_those_of_the_calendar_and_today_is_not_over(plan, january):
    budget = budget_of(plan, "1000.00", counted_at=FEBRUARY_10)
    calendar = CalendarDay.objects.of_region(None)
    found = standing(budget)
    assert found.days_over == counting.working_days(calendar, date(2026, 1, 1), date(2026, 2, 10))
    assert found.days == counting.working_days(calendar, date(2026, 1, 1), date(2026, 4, 1))
    assert found.forecast == counting.forecast(found.spent, found.days_over, found.days)
    # The 5th was a Monday.
    days = counting.working_days(WEEKENDS_OFF, date(2026, 1, 5), date(2026, 1, 12))
    assert days == 5


@pytest.mark.usefixtures("january", "people")
class TestAlarms:
    @pytest.fixture
    def people(self):
        found = {name: UserFactory(name=name, is_staff=True) for name in
                 ("incentives", "program", "audit", "training")}  # fmt: skip
        for name, user in found.items():
            user.groups.add(Group.objects.get(name=name))
        return found

    def told(self):
        return sorted(
            Notice.objects.filter(about__startswith="budget ").values_list("user__name", "about")
        )

    def test_each_threshold_is_told_once_to_those_who_set_budgets(self, customers, plan, people):
        budget = budget_of(plan, "41.67", counted_at=FEBRUARY_10)  # 33.34 is 80.01 %
        at_80 = [(who, f"budget {budget.pk} 80") for who in ("incentives", "program")]
        assert self.told() == at_80

        counting.count(FEBRUARY_10)
        assert self.told() == at_80

        sale(customers[0], "277.67", date(2026, 2, 3))  # 8.33: exactly 100 %
        counting.count(FEBRUARY_10)
        counting.count(FEBRUARY_10)
        at_100 = [(who, f"budget {budget.pk} 100") for who in ("incentives", "program")]
        assert self.told() == sorted(at_80 + at_100)
        said = sayings.read(Notice.objects.get(user=people["program"], about=at_100[1][1]).said)
        assert said == (
            "100 % of the budget of own from 2026-01 to 2026-03 is used: CNY\u00a041.67 of"
            " CNY\u00a041.67."
        )

    def test_just_below_nobody_is_told(self, plan):
        budget_of(plan, "41.68", counted_at=FEBRUARY_10)  # 33.34 is 79.99 %

        assert self.told() == []

    def test_both_thresholds_at_once_are_both_told(self, plan):
        budget = budget_of(plan, "10.00", counted_at=FEBRUARY_10)

        assert list(budget.alarms.values_list("percent", "spent")) == [
            (80, Decimal("33.34")), (100, Decimal("33.34")),
        ]  # fmt: skip
        assert len(self.told()) == 4

    def test_whoever_counts_at_the_same_time_tells_nobody_again(self, plan):
        budget = budget_of(plan, "10.00", counted_at=FEBRUARY_10)

        assert alarms.raise_for([standing(budget)], FEBRUARY_10) == 0
        with pytest.raises(IntegrityError, match="once_a_threshold"), transaction.atomic():
            BudgetAlarm.objects.create(budget=budget, percent=80, spent=1, at=FEBRUARY_10)

    def test_a_new_budget_is_told_anew_and_a_withdrawn_one_not(self, plan, people):
        first = budget_of(plan, "1000.00")
        setting.withdraw(first, by=Actor.hq(people["program"]), at=timezone.now())
        second = budget_of(plan, "30.00", counted_at=FEBRUARY_10)

        assert {about.split()[1] for _who, about in self.told()} == {str(second.pk)}
        assert not BudgetStanding.objects.filter(budget=first).exists()


class TestSetting:
    def test_two_budgets_of_a_plan_do_not_share_a_month(self, plan):
        budget_of(plan, "10.00")

        with pytest.raises(BudgetRefused, match="Withdraw it first"):
            budget_of(plan, "20.00", date(2026, 3, 1), date(2026, 4, 1))
        budget_of(plan, "20.00", date(2026, 4, 1), date(2026, 4, 1))

    @pytest.mark.parametrize(
        ("amount", "first", "last", "why"),
        [
            ("0", date(2026, 1, 1), date(2026, 1, 1), "more than zero"),
            ("1.005", date(2026, 1, 1), date(2026, 1, 1), "more than zero"),
            ("1000000000000.01", date(2026, 1, 1), date(2026, 1, 1), "too large"),
            (f"1{'0' * 40}", date(2026, 1, 1), date(2026, 1, 1), "too large"),
            ("1", date(2026, 2, 1), date(2026, 1, 1), "before the first"),
            ("1", date(2026, 1, 1), date(2029, 1, 1), "36 months"),
        ],
    )
    def test_what_is_no_budget_is_refused_with_a_sentence(self, plan, amount, first, last, why):
        with pytest.raises(BudgetRefused, match=why):
            budget_of(plan, amount, first, last)

    def test_a_plan_by_which_the_dealer_pays_costs_nothing(self):
        pays = Plan.objects.create(code="referral", name="介绍费", direction="dealer_pays")

        with pytest.raises(BudgetRefused, match="the dealer pays"):
            budget_of(pays, "10.00")
        with pytest.raises(DatabaseError, match="brand pays"), transaction.atomic():
            PlanBudget.objects.create(
                plan=pays, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 1), amount=1,
                set_by=UserFactory(), set_at=timezone.now(),
            )  # fmt: skip

    def test_the_database_keeps_what_was_set(self, plan):
        budget = budget_of(plan, "10.00")

        with pytest.raises(DatabaseError, match="plan_budget_stays"), transaction.atomic():
            PlanBudget.objects.filter(pk=budget.pk).update(amount=20)
        with pytest.raises(DatabaseError), transaction.atomic():
            budget.delete()
        setting.withdraw(budget, by=Actor.hq(UserFactory()), at=timezone.now())
        with pytest.raises(DatabaseError), transaction.atomic():
            PlanBudget.objects.filter(pk=budget.pk).update(withdrawn_at=None, withdrawn_by=None)


def test_nothing_is_computed_where_no_budget_needs_it(plan, january, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert counting.count(FEBRUARY_10) == 0


def test_the_statements_do_not_grow_with_the_budgets(plan, january):
    budget_of(plan, "100.00", counted_at=FEBRUARY_10)
    with CaptureQueriesContext(connection) as one:
        counting.count(FEBRUARY_10)
    budget_of(plan, "100.00", date(2026, 4, 1), date(2026, 4, 1))
    budget_of(plan, "100.00", date(2026, 5, 1), date(2026, 5, 1))

    with CaptureQueriesContext(connection) as three:
        counting.count(FEBRUARY_10)
    assert len(three) == len(one)
