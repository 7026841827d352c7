"""What a dealer reads: a month, its lines and why, the same before and after it closes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from incentives.earnings import sheet
from incentives.earnings.detail import line_detail
from incentives.earnings.lines import KeyNotValid, lines
from incentives.earnings.overview import month_overview
from incentives.models import Kind, Program, Statement
from incentives.payouts.progress import Progress
from incentives.views.earnings import progress
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import DealerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
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

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
SOON = datetime(2026, 1, 20, tzinfo=UTC)
LATER = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


@pytest.fixture
def dealer(customer):
    return customer.dealer


def texts(steps) -> list[str]:
    return [" ".join(filter(None, [s.operator, s.name, s.value])) for s in steps]


def test_the_estimate_of_a_month_is_what_its_closing_books(customer, dealer):
    published(percent(places=["own"]), tiers(code="tiers"), per_registration(), code="all")
    sold = sale(customer, "110000.00", date(2026, 1, 10))
    give_back(sold, "300.00", date(2026, 1, 12))

    before = month_overview(dealer, JANUARY, LATER)
    lines_before = lines(dealer, JANUARY, LATER).lines
    close_period(JANUARY)
    after = month_overview(dealer, JANUARY, LATER)
    lines_after = lines(dealer, JANUARY, LATER).lines

    assert (before.closed, after.closed) == (False, True)
    assert before.total == after.total == after.source.statements.get().total
    assert [(c.code, c.amount, c.count) for c in before.categories] == [
        (c.code, c.amount, c.count) for c in after.categories
    ]
    address = [(line.code, line.event, line.amount, line.base) for line in lines_before]
    assert address == [(line.code, line.event, line.amount, line.base) for line in lines_after]
    assert len(address) == 5


def test_lines_and_categories_add_up_to_the_headline(customer, dealer):
    published(percent(places=["own"]), per_registration())
    for day in range(1, 20):
        sale(customer, f"{day}.37", date(2026, 1, day))

    seen = month_overview(dealer, JANUARY, SOON)

    amounts = [line.amount for line in lines(dealer, JANUARY, SOON, size=None).lines]
    assert sum(amounts) == sum(c.amount for c in seen.categories) == seen.total
    assert len(amounts) == 20


def test_what_can_still_be_returned_is_pending(customer, dealer):
    published(percent("0.10", places=["own"], return_window_days=10))
    sale(customer, "100.00", date(2026, 1, 5))
    sale(customer, "50.00", date(2026, 1, 15))

    seen = month_overview(dealer, JANUARY, SOON)

    assert (seen.total, seen.confirmed, seen.pending) == (15, 10, 5)
    assert [line.confirmed for line in lines(dealer, JANUARY, SOON).lines] == [False, True]


@pytest.mark.parametrize(
    ("at", "certain"),
    [
        (datetime(2026, 1, 20, 4, tzinfo=UTC), False),  # noon of the tenth day
        (datetime(2026, 1, 20, 15, 59, tzinfo=UTC), False),  # its last minute in Shanghai
        (datetime(2026, 1, 20, 16, tzinfo=UTC), True),
    ],
)
def test_a_window_ends_with_its_last_day_at_the_owners_store(customer, dealer, at, certain):
    """The month's figure, its list and the page of the line say the same."""
    published(percent("0.10", places=["own"], return_window_days=10))
    sold = sale(customer, "100.00", date(2026, 1, 10), hour=9)

    seen = month_overview(dealer, JANUARY, at)
    (line,) = lines(dealer, JANUARY, at).lines
    detail = line_detail(dealer, JANUARY, line.code, str(sold.pk), at)
    (_sale, window, _closed) = progress(detail, at)

    assert (seen.confirmed, line.confirmed, window.state) == (
        (10, True, "done") if certain else (0, False, "now")
    )
    assert window.on == date(2026, 1, 20)


def test_a_registration_has_no_return_window(customer, dealer):
    published(per_registration())
    at = datetime(2026, 1, 1, 2, tzinfo=UTC)

    seen = month_overview(dealer, JANUARY, at)
    (line,) = lines(dealer, JANUARY, at).lines
    detail = line_detail(dealer, JANUARY, line.code, customer.receipt, at)

    assert (seen.confirmed, seen.pending, line.confirmed) == (15, 0, True)
    assert [step.kind for step in progress(detail, at)] == ["registration", "closed"]


def test_what_has_come_back_is_not_promised_any_more(customer, dealer):
    published(percent("0.10", places=["own"], return_window_days=10))
    sold = sale(customer, "100.00", date(2026, 1, 5))
    give_back(sold, "40.00", date(2026, 1, 15))

    seen = month_overview(dealer, JANUARY, SOON)

    assert (seen.total, seen.confirmed, seen.pending) == (6, 6, 0)
    assert [line.confirmed for line in lines(dealer, JANUARY, SOON).lines] == [True, True]


def test_the_trend_has_six_months_and_the_month_before_is_compared(customer, dealer):
    published(percent("0.10", places=["own"]))
    sale(customer, "100.00", date(2026, 1, 5))
    sale(customer, "250.00", date(2026, 2, 5))
    close_period(JANUARY)

    seen = month_overview(dealer, FEBRUARY, LATER)

    assert [month for month, _total in seen.trend][-2:] == [JANUARY, FEBRUARY]
    assert [total for _month, total in seen.trend] == [0, 0, 0, 0, 10, 25]
    assert (seen.difference, seen.difference_share) == (15, Decimal("1.5"))


@pytest.mark.parametrize("closed", [False, True])
def test_a_running_month_is_compared_with_as_many_days_of_the_one_before(customer, dealer, closed):
    """Tiers too: 100 of the first ten days at 1 %, not its part of the month's 10 %."""
    published(per_registration("5.00"), tiers(rows=[(0, "0.01"), (200, "0.10")]))
    sale(customer, "100.00", date(2026, 1, 10))
    sale(customer, "900.00", date(2026, 1, 11))
    sale(customer, "300.00", date(2026, 2, 3))
    if closed:
        close_period(JANUARY)

    tenth = month_overview(dealer, FEBRUARY, datetime(2026, 2, 10, 4, tzinfo=UTC))
    over = month_overview(dealer, FEBRUARY, LATER)

    assert (tenth.earlier, tenth.compared_until) == (Decimal("6.00"), date(2026, 1, 10))
    assert tenth.difference == tenth.total - 6
    assert over.compared_until is None
    assert over.earlier == over.trend[-2][1]


@pytest.mark.parametrize("closed", [False, True])
def test_pages_of_lines_have_each_line_once(customer, dealer, closed):
    published(percent(places=["own"]), percent("0.01", code="more", places=["own"]))
    for day in range(1, 8):
        sale(customer, "10.00", date(2026, 1, day))
    if closed:
        close_period(JANUARY)

    found, after = [], ""
    while after is not None:
        page = lines(dealer, JANUARY, LATER, after=after, size=3)
        found += [(line.code, line.event) for line in page.lines]
        after = page.next

    assert len(found) == len(set(found)) == 14
    only = lines(dealer, JANUARY, LATER, code="more").lines
    assert {line.code for line in only} == {"more"}
    assert len(only) == 7


@pytest.mark.parametrize("key", ["x", "2026-01-05T12:00:00~x~1", "0001-01-01T00:00:00+14:00~x~1"])
def test_a_made_up_key_is_refused(dealer, key):
    with pytest.raises(KeyNotValid):
        lines(dealer, JANUARY, LATER, after=key)


def test_a_key_of_a_clock_that_the_database_does_not_know_is_read(dealer):
    assert lines(dealer, JANUARY, LATER, after="2026-01-05T12:00:00+23:59~x~1").lines == []


def test_another_dealers_line_is_not_there(customer, dealer):
    published(percent(places=["own"]))
    sold = sale(customer, "10.00", date(2026, 1, 7))

    assert line_detail(dealer, JANUARY, "cross", str(sold.pk), LATER) is not None
    assert line_detail(DealerFactory(), JANUARY, "cross", str(sold.pk), LATER) is None
    assert line_detail(dealer, JANUARY, "other", str(sold.pk), LATER) is None
    assert line_detail(dealer, JANUARY, "cross", "nothing", LATER) is None


@pytest.mark.parametrize("closed", [False, True])
def test_why_a_sale_is_paid(customer, dealer, closed):
    published(percent("0.06", places=["online"], by_share=True), name_en="Second half")
    sold = sale(customer, "3980.00", date(2026, 1, 7), sold_by="online")
    if closed:
        close_period(JANUARY)

    seen = line_detail(dealer, JANUARY, "cross", str(sold.pk), LATER)

    assert seen.line.amount == Decimal("238.80")
    assert seen.receipt == customer
    assert seen.explanation.sentence == "Your customer bought online while your protection ran."
    assert texts(seen.explanation.steps) == [
        "Net paid CNY\u00a03,980.00",
        "× Rate 6%",
        "× Share 100%",
        "= Your amount CNY\u00a0238.80",
    ]
    assert seen.explanation.steps[1].note == "Second half, version 1"


def test_why_the_cap_cut_a_registration(customer, dealer):
    published(per_registration(period_cap=Decimal("20.00")))
    second = owned_customer(customer.store, at=customer.received_at + timedelta(hours=1))

    seen = line_detail(dealer, JANUARY, "registered", second.receipt, LATER)

    assert texts(seen.explanation.steps) == [
        "Valid registration 1",
        "× Rate CNY\u00a015.00",
        "− Above the cap CNY\u00a010.00",
        "= Your amount CNY\u00a05.00",
    ]


@pytest.mark.parametrize("closed", [False, True])
def test_why_a_return_takes_back(customer, dealer, closed):
    published(percent("0.05", places=["own"]))
    sold = sale(customer, "100.00", date(2026, 1, 7))
    give_back(sold, "33.33", date(2026, 1, 8))
    second = give_back(sold, "33.34", date(2026, 1, 9))
    if closed:
        close_period(JANUARY)

    seen = line_detail(dealer, JANUARY, "cross", str(second.pk), LATER)

    assert seen.line.is_return
    assert texts(seen.explanation.steps) == [
        "Paid for the sale CNY\u00a05.00",
        "× Returned part CNY\u00a033.34 / CNY\u00a0100.00",
        "Taken back earlier −CNY\u00a01.67",
        "= Taken back −CNY\u00a01.66",
    ]


@pytest.mark.parametrize(
    ("quantities", "parts"),
    [
        ([0, 1], ["0.00", "100.00"]),  # the money, then the goods
        ([1, 0], ["60.00", "40.00"]),  # the goods, and the rest of the money later
    ],
)
def test_money_without_goods_takes_its_part_of_a_fee_once_the_goods_are_back(
    customer, dealer, quantities, parts
):
    published(percent("15.00", code="fee", kind=Kind.FLAT, base="count", places=["own"]))
    sold = sale(customer, "100.00", date(2026, 1, 7))
    first, last = (
        give_back(sold, net, date(2026, 1, day), quantity=quantity)
        for net, day, quantity in zip(("60.00", "40.00"), (8, 9), quantities, strict=True)
    )

    close_period(JANUARY)

    seen = [line_detail(dealer, JANUARY, "fee", str(back.pk), LATER) for back in (first, last)]
    said = [
        step.value.replace("CNY\u00a0", "").split(" / ")[0]
        for each in seen
        for step in each.explanation.steps
        if step.name == "Returned part"
    ]
    assert said == parts
    assert sum(each.line.amount for each in seen) == -15


def test_what_was_booked_later_is_not_said_to_have_been_taken_back_earlier(customer, dealer):
    published(percent("0.05", places=["own"]))
    sold = sale(customer, "100.00", date(2026, 1, 7), quantity=3)
    known = give_back(sold, "33.33", date(2026, 1, 9))
    run = close_period(JANUARY)
    late = give_back(sold, "33.34", date(2026, 1, 8), recorded_at=just_after(run))
    close_period(FEBRUARY)

    before = line_detail(dealer, JANUARY, "cross", str(known.pk), LATER).explanation
    after = line_detail(dealer, FEBRUARY, "cross", str(late.pk), LATER).explanation

    assert "Taken back earlier" not in {step.name for step in before.steps}
    assert texts(after.steps)[-2:] == [
        "Taken back earlier −CNY\u00a01.67",
        "= Taken back −CNY\u00a01.66",
    ]


@pytest.mark.parametrize("closed", [False, True])
def test_why_a_return_takes_back_less_under_a_cap(customer, dealer, closed):
    published(percent("0.10", places=["own"], period_cap=Decimal("50.00")))
    sold = sale(customer, "1000.00", date(2026, 1, 7))
    back = give_back(sold, "700.00", date(2026, 1, 8))
    if closed:
        close_period(JANUARY)

    seen = line_detail(dealer, JANUARY, "cross", str(back.pk), LATER)

    assert "The cap of January 2026 counts sales less what came back" in seen.explanation.sentence
    assert texts(seen.explanation.steps) == [
        "Worth of the sale, before the cap CNY\u00a0100.00",
        "× Returned part CNY\u00a0700.00 / CNY\u00a01,000.00",
        "+ Given back by the cap CNY\u00a050.00",
        "= Taken back −CNY\u00a020.00",
    ]


@pytest.mark.parametrize(
    ("currency", "unit"),
    [("CNY", "CNY\u00a00.01"), ("JPY", "JPY\u00a01"), ("KWD", "KWD\u00a00.001")],
)
def test_the_last_step_names_the_smallest_unit_of_the_currency(customer, dealer, currency, unit):
    Program.objects.create(currency=currency)
    published(percent("0.10", places=["own"]))
    sold = sale(customer, "1000.00", date(2026, 1, 7))

    seen = line_detail(dealer, JANUARY, "cross", str(sold.pk), LATER)

    assert seen.explanation.steps[-1].note == f"rounded half up to {unit}"


def test_why_a_tiered_month_is_paid_and_adjusted(customer, dealer):
    published(tiers())
    sold = sale(customer, "350000.00", date(2026, 1, 7))
    close_period(JANUARY)
    give_back(sold, "80000.00", date(2026, 2, 8))

    (share,) = month_overview(dealer, FEBRUARY, LATER).categories[0].shares

    assert share.name == "own, adjustment of January 2026"
    assert texts(share.explain("CNY").steps) == [
        "Net sales CNY\u00a0350,000.00",
        "− Returned CNY\u00a080,000.00",
        "= Base CNY\u00a0270,000.00",
        "From CNY\u00a00.00 to below CNY\u00a0100,000.00 CNY\u00a02,000.00",
        "+ From CNY\u00a0100,000.00 to below CNY\u00a0300,000.00 CNY\u00a05,100.00",
        "= Together, rounded half up CNY\u00a07,100.00",
        "− Booked before CNY\u00a010,500.00",
        "= Your amount −CNY\u00a03,400.00",
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_a_page_of_lines_costs_the_same_for_one_and_for_five(
    customer, dealer, django_assert_num_queries, count
):
    published(percent(places=["own"]))
    for day in range(1, count + 1):
        sale(customer, "10.00", date(2026, 1, day))
    close_period(JANUARY)
    lines(dealer, JANUARY, LATER)  # the dealer's key is read once per process

    with django_assert_num_queries(6):
        page = lines(dealer, JANUARY, LATER)

    assert [line.about for line in page.lines][-1].endswith(page.lines[-1].named)
    assert len(page.lines) == count


def test_what_is_part_of_the_total_stands_in_the_sheet_before_what_was_carried_over():
    said = Statement(
        opening=Decimal(-10), clawback=Decimal(-4), set_off=Decimal(0), closing=Decimal(-2),
        payable=Decimal(5),
    )  # fmt: skip

    found = sheet.settlement(Progress(said), Decimal("0.01"))

    assert [row[0] for row in found][:2] == ["Of it, taken back of what was paid", "Carried over"]
