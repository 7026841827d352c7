"""What a month pays: the figures of the incentive rules, returns and late facts."""

from copy import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from customers.models import LARGEST_AMOUNT, LARGEST_QUANTITY
from incentives.engine.month import lines_about
from incentives.engine.scope import Scope
from incentives.models import FIFTH_ENGINE, FOURTH_ENGINE, Kind, Line, Program, Result
from incentives.verification import checks
from tests.factories.customers import registered
from tests.factories.dealers import DealerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    TIERS,
    close_period,
    give_back,
    just_after,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)
from tests.incentives.engine import events as events_of
from tests.incentives.engine.booked import amounts, line

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "base", "amount"),
    [
        (Kind.TIERS_MARGINAL, "350000.00", "10500.00"),
        (Kind.TIERS_WHOLE, "350000.00", "17500.00"),
        (Kind.TIERS_MARGINAL, "100000.00", "2000.00"),
        (Kind.TIERS_WHOLE, "100000.00", "3000.00"),
        (Kind.TIERS_MARGINAL, "0.00", "0.00"),
        (Kind.TIERS_MARGINAL, "99999.99", "2000.00"),
        (Kind.TIERS_WHOLE, "99999.99", "2000.00"),
    ],
)
def test_tiers_pay_the_figures_of_the_rules(customer, kind, base, amount):
    published(tiers(kind))
    sale(customer, base, date(2026, 1, 10))

    close_period(JANUARY)

    assert amounts(JANUARY) == [Decimal(amount)]


@pytest.mark.parametrize(
    ("kind", "after", "claw"),
    [(Kind.TIERS_MARGINAL, "7100.00", "-3400.00"), (Kind.TIERS_WHOLE, "8100.00", "-9400.00")],
)
class TestRecomputedTiers:
    def test_a_return_in_the_month_of_its_sale_lowers_its_base(self, customer, kind, after, claw):
        published(tiers(kind))
        sold = sale(customer, "350000.00", date(2026, 1, 10))
        give_back(sold, "80000.00", date(2026, 1, 20))

        close_period(JANUARY)

        result = Result.objects.get()
        assert (result.amount, result.base) == (Decimal(after), Decimal("270000.00"))
        assert (result.count, result.returned) == (2, Decimal("80000.00"))
        assert Decimal(result.explanation["before"]) == 0 > Decimal(claw)

    def test_a_later_return_recomputes_the_closed_month(self, customer, kind, after, claw):
        published(tiers(kind))
        sold = sale(customer, "350000.00", date(2026, 1, 10))
        close_period(JANUARY)
        back = give_back(sold, "80000.00", date(2026, 2, 20))

        close_period(FEBRUARY)

        result = Result.objects.get(run__month=FEBRUARY)
        assert (result.code, result.for_month) == ("own-adjustment", JANUARY)
        assert (result.amount, result.base) == (Decimal(claw), Decimal("-80000.00"))
        assert [line.order_id for line in result.lines.all()] == [back.pk]
        assert result.explanation["target"] == after

    def test_late_facts_of_a_closed_month_recompute_it_too(self, customer, kind, after, claw):
        published(tiers(kind))
        sold = sale(customer, "350000.00", date(2026, 1, 10))
        run = close_period(JANUARY)
        give_back(sold, "80000.00", date(2026, 1, 20), recorded_at=just_after(run))

        close_period(FEBRUARY)

        assert amounts(FEBRUARY) == [Decimal(claw)]
        assert amounts(JANUARY) + amounts(FEBRUARY) == [
            Decimal(after) - Decimal(claw),
            Decimal(claw),
        ]


@pytest.mark.parametrize(
    ("kind", "claw"), [(Kind.TIERS_MARGINAL, "-2400.00"), (Kind.TIERS_WHOLE, "-4000.00")]
)
def test_tiers_at_the_rate_they_were_paid_take_back_the_returned_part(customer, kind, claw):
    published(tiers(kind, clawback="original_rate"))
    sold = sale(customer, "350000.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(sold, "80000.00", date(2026, 2, 20))

    close_period(FEBRUARY)

    result = Result.objects.get(run__month=FEBRUARY)
    assert (result.code, result.amount) == ("own", Decimal(claw))


def test_a_component_per_order_rounds_half_up_once_per_order(customer):
    published(percent("0.03", places=["own"]))
    first = sale(customer, "0.50", date(2026, 1, 10))
    second = sale(customer, "16.50", date(2026, 1, 10))

    close_period(JANUARY)

    assert line(first).amount == Decimal("0.02")
    assert line(second).amount == Decimal("0.50")
    assert amounts(JANUARY) == [Decimal("0.52")]


@pytest.mark.parametrize(
    ("places", "counted"),
    [
        ([["own"], ["sister"]], [1, 1]),
        ([["online"], ["own", "sister"]], [1, 2]),
        ([["own"], []], [1, 4]),
    ],
)
def test_each_component_counts_the_sales_of_its_places(customer, places, counted):
    published(*(percent(code=f"c{n}", places=each) for n, each in enumerate(places)))
    for sold_by in ("own", "sister", "other", "online"):
        at = StoreFactory() if sold_by == "other" else None
        sale(customer, "100.00", date(2026, 1, 10), sold_by=sold_by, at=at)

    close_period(JANUARY)

    found = Result.objects.order_by("component__code")
    assert [result.count for result in found] == counted


@pytest.mark.parametrize("returned_in", [(1, 1, 1), (1, 1, 2), (1, 2, 3), (2, 2, 2), (2, 3, 3)])
def test_a_sale_returned_in_thirds_comes_to_nothing_whenever(customer, returned_in):
    published(percent("0.03", places=["other"]))
    other = StoreFactory()
    sold = sale(customer, "100.00", date(2026, 1, 10), sold_by="other", at=other, share="0.3")
    for n, (month, part) in enumerate(zip(returned_in, ("33.34", "33.33", "33.33"), strict=True)):
        give_back(sold, part, date(2026, month, 15 + n))

    for month in (JANUARY, FEBRUARY, MARCH):
        close_period(month)

    assert line(sold).amount == 3
    assert sum(Line.objects.values_list("amount", flat=True)) == 0
    assert sum(Line.objects.values_list("base", flat=True)) == 0


def test_a_month_books_what_the_same_events_give_in_a_file(customer, give):
    published(percent("0.10", places=["own"], period_cap=Decimal("95.00")), tiers(code="t"))
    first = sale(customer, "700.00", date(2026, 1, 5))
    sale(customer, "300.33", date(2026, 1, 10))
    give_back(first, "77.77", date(2026, 1, 20), quantity=0)
    close_period(JANUARY)
    by_event = {"event": "paid_sale", "kind": "percent", "code": "cross", "place": "own",
                "period_cap": "95.00", "rows": [{"rate": "0.10"}]}  # fmt: skip
    by_month = {"event": "paid_sale", "kind": "tiers_marginal", "code": "t",
                "rows": [{"from": start, "rate": rate} for start, rate in TIERS]}  # fmt: skip
    events = [events_of.sale("1", "700.00", "05"), events_of.sale("2", "300.33", "10"),
              events_of.back("3", "1", "77.77", "20", quantity=0)]  # fmt: skip

    lines = give([by_event, by_month], events)

    of_file = [each.amount for each in lines if each.component == "cross"]
    booked = Line.objects.filter(result__component__code="cross").order_by("order__ordered_at")
    assert of_file == [each.amount for each in booked.select_related("order")]
    assert [each.amount for each in lines if each.component == "t"] == amounts(JANUARY, "t")


def test_a_return_after_the_clawback_days_takes_nothing_back(customer):
    published(percent(places=["own"], clawback_days=30), tiers(code="own-tiers", clawback_days=30))
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(sold, "500.00", date(2026, 2, 9))
    give_back(sold, "500.00", date(2026, 2, 10))

    close_period(FEBRUARY)

    assert amounts(FEBRUARY) == [Decimal("-15.00"), Decimal("-10.00")]


def test_a_version_that_ended_still_takes_back_what_it_paid(customer):
    published(percent("0.03", places=["own"]))
    sold = sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    published(percent("0.05", places=["own"]), starts_on=FEBRUARY)
    sale(customer, "100.00", date(2026, 2, 10))
    give_back(sold, "100.00", date(2026, 2, 15))

    close_period(FEBRUARY)

    assert sorted(amounts(FEBRUARY)) == [Decimal("-3.00"), Decimal("5.00")]


def test_a_dealer_pays_what_a_plan_charges_it(customer):
    published(percent("0.05", places=["online"]), direction="dealer_pays")
    sold = sale(customer, "100.00", date(2026, 1, 10), sold_by="online")
    close_period(JANUARY)
    give_back(sold, "40.00", date(2026, 2, 10))

    close_period(FEBRUARY)

    assert amounts(JANUARY) + amounts(FEBRUARY) == [Decimal("-5.00"), Decimal("2.00")]


def test_owner_and_seller_share_a_sale_to_the_cent(customer):
    published(
        percent("1", code="owners", by_share=True),
        percent("1", code="sellers", by_share=True, to="seller"),
    )
    seller = StoreFactory()
    for net in ("0.05", "33.33", "0.01", "100.01"):
        sale(customer, net, date(2026, 1, 10), sold_by="other", at=seller, share="0.3")

    close_period(JANUARY)

    by_order = {}
    for each in Line.objects.select_related("result"):
        by_order.setdefault(each.order_id, []).append(each)
    for pair in by_order.values():
        assert sum(each.amount for each in pair) == pair[0].base
    paid = set(Result.objects.values_list("dealer_id", flat=True))
    assert paid == {customer.dealer_id, seller.dealer_id}


def test_what_comes_back_of_a_shared_sale_is_shared_to_the_cent(customer):
    """A half of 33.33 and of 66.67, rounded each by itself, would be 50.01."""
    published(
        percent("1", code="owners", by_share=True),
        percent("1", code="sellers", by_share=True, to="seller"),
    )
    day = date(2026, 1, 10)
    sold = sale(customer, "100.00", day, sold_by="other", at=StoreFactory(), share="0.3333")
    close_period(JANUARY)
    give_back(sold, "50.00", date(2026, 2, 10))
    close_period(FEBRUARY)
    give_back(sold, "50.00", date(2026, 3, 10))
    close_period(MARCH)

    assert amounts(FEBRUARY, "owners") + amounts(FEBRUARY, "sellers") == [
        Decimal("-16.67"), Decimal("-33.33"),
    ]  # fmt: skip
    assert amounts(MARCH, "owners") + amounts(MARCH, "sellers") == [
        Decimal("-16.66"), Decimal("-33.34"),
    ]  # fmt: skip
    assert [name for name, holds, _why in checks() if not holds] == []


def test_a_month_that_an_earlier_engine_closed_is_computed_as_it_rounded(customer):
    published(
        percent("1", code="owners", by_share=True),
        percent("1", code="sellers", by_share=True, to="seller"),
    )
    day = date(2026, 1, 10)
    sold = sale(customer, "100.00", day, sold_by="other", at=StoreFactory(), share="0.3333")
    close_period(JANUARY)
    back = give_back(sold, "50.00", date(2026, 2, 10))
    scope = Scope.of_run(close_period(FEBRUARY))

    def taken(engine: int) -> list[Decimal]:
        found = lines_about(replace(scope, engine=engine), [back.pk])
        return sorted(each.amount for each in found)

    assert taken(FOURTH_ENGINE) == [Decimal("-33.34"), Decimal("-16.67")]
    assert taken(FIFTH_ENGINE) == [Decimal("-33.33"), Decimal("-16.67")]


def test_units_and_events_are_paid_each(customer):
    published(
        percent("2.50", code="units", kind=Kind.PER_UNIT, base="units", places=[]),
        percent("4.00", code="events", kind=Kind.FLAT, base="count", places=[]),
    )
    sold = sale(customer, "90.00", date(2026, 1, 10), quantity=3)
    give_back(sold, "30.00", date(2026, 1, 11), quantity=1)

    close_period(JANUARY)

    assert amounts(JANUARY) == [Decimal("2.67"), Decimal("5.00")]


def test_only_registrations_answered_yours_are_paid(store):
    published(per_registration())
    mine = owned_customer(store)
    other = StoreFactory(dealer=DealerFactory())
    registered(other, phone="13800009999", at=datetime(2026, 1, 3, tzinfo=UTC))
    registered(store, phone="13800009999", at=datetime(2026, 1, 4, tzinfo=UTC))

    close_period(JANUARY)

    assert amounts(JANUARY) == [Decimal("15.00"), Decimal("15.00")]
    assert Line.objects.filter(registration_id=mine.pk).exists()


def test_the_month_is_that_of_the_owners_store(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 31), hour=23)
    sale(customer, "200.00", date(2026, 2, 1), hour=0)

    close_period(JANUARY)

    assert amounts(JANUARY) == [Decimal("3.00")]


def test_money_alone_that_comes_back_takes_no_goods_away(customer):
    published(
        percent("0.10", places=["own"]),
        tiers(rows=((0, "0.10"),)),
        percent("5.00", code="units", kind=Kind.PER_UNIT, base="units", places=["own"]),
        percent("9.00", code="sales", kind=Kind.FLAT, base="count", places=["own"]),
    )
    sold = sale(customer, "100.00", date(2026, 1, 10), quantity=2)
    give_back(sold, "20.00", date(2026, 1, 12), quantity=0)
    close_period(JANUARY)

    # cross and own lose money, units and sales lose nothing
    assert amounts(JANUARY) == [8, 8, 9, 10]

    give_back(sold, "80.00", date(2026, 2, 12), quantity=2)
    close_period(FEBRUARY)

    assert amounts(FEBRUARY) == [-8, -8, -9, -10]


@pytest.mark.parametrize("pays_zero", [False, True])
def test_a_sale_of_nothing_earns_no_fee_unless_the_component_says_so(customer, pays_zero):
    published(
        percent("5.00", code="units", kind=Kind.PER_UNIT, base="units", pays_zero=pays_zero),
        percent("9.00", code="sales", kind=Kind.FLAT, base="count", pays_zero=pays_zero),
    )
    given = sale(customer, "0.00", date(2026, 1, 10), quantity=2, sold_by="other")
    sale(customer, "1.00", date(2026, 1, 10), quantity=2, sold_by="other")
    give_back(given, "0.00", date(2026, 1, 12), quantity=1)

    close_period(JANUARY)

    paid = [Decimal("13.50"), Decimal("15.00")] if pays_zero else [Decimal(9), Decimal(10)]
    assert amounts(JANUARY) == paid


def test_a_registration_that_was_replaced_earns_nothing(store):
    published(per_registration("5.00"))
    other = StoreFactory()
    at = datetime(2026, 1, 3, 2, tzinfo=UTC)
    imported = registered(other, phone="13800000901", at=at, channel="import")
    live = registered(store, phone="13800000901", at=at + timedelta(hours=3))

    close_period(JANUARY)

    assert Line.objects.get().registration_id == live.pk != imported.pk
    assert Result.objects.get().dealer_id == store.dealer_id


@pytest.mark.parametrize(
    ("currency", "paid"),
    [
        ("JPY", ["51", "50", "30", "101", "-51"]),
        ("CNY", ["50.51", "50.50", "30.00", "101.01", "-50.51"]),
        ("KWD", ["50.505", "50.505", "30.000", "101.010", "-50.505"]),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(customer, currency, paid):
    Program.objects.create(currency=currency)
    published(
        percent("1", code="a", by_share=True),
        percent("1", code="b", by_share=True, to="seller"),
        percent("1", code="c", period_cap=Decimal(30)),
        tiers(rows=((0, "0.50"),), places=["other"], code="d"),
        percent("0.5", code="e"),
    )
    at = StoreFactory(dealer=customer.store.dealer)
    net = "101" if currency == "JPY" else "101.01"
    sold = sale(customer, net, date(2026, 1, 10), sold_by="other", at=at, share="0.5")
    sale(customer, net, date(2026, 1, 10), sold_by="other", at=at, share="0")

    close_period(JANUARY)

    shares = Line.objects.filter(order_id=sold.pk, share__isnull=False).order_by("pk")
    got = [each.amount for each in shares] + amounts(JANUARY, "c") + amounts(JANUARY, "d")
    give_back(sold, net, date(2026, 2, 10))
    close_period(FEBRUARY)
    assert [str(amount) for amount in got + amounts(FEBRUARY, "e")] == paid
    assert [name for name, holds, _why in checks() if not holds] == []


def test_the_largest_amounts_do_not_overflow(customer):
    published(
        percent("0.10", places=["own"]), tiers(), percent("99999.99", code="f", kind=Kind.PER_UNIT,
        base="units", places=["own"]),
    )  # fmt: skip
    for n in range(12):
        sale(customer, LARGEST_AMOUNT, date(2026, 1, 10 + n), quantity=LARGEST_QUANTITY)

    run = close_period(JANUARY)

    assert sum(amounts(JANUARY)) > 10**12
    assert run.statements.get().total == sum(amounts(JANUARY))
