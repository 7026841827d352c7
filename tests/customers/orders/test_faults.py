"""Orders as other systems really send them: gifts, refunds, samples, and numbers used twice."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from customers.models import LARGEST_AMOUNT, LARGEST_QUANTITY, Category, Order, OrderLine, Ownership
from customers.orders.recording import GivenLine, OrderRefused, record_order
from customers.portrait import Purchases
from customers.verification import checks
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "line", "category",
    "quantity", "gross", "discount", "net", "returns_external_id", "returns_line",
)  # fmt: skip


@pytest.fixture
def post():
    RulebookFactory()
    CategoryFactory(code="shoes")
    return MembershipFactory()


@pytest.fixture
def phone(post):
    number = phone_number()
    registered(post.store, staff=post.user, phone=number)
    return number


def line(net="100.00", quantity=1, *, returns=None, discount="0.00", number=1):
    net, discount = Decimal(net), Decimal(discount)
    category = Category.objects.get(code="shoes")
    return GivenLine(number, category, quantity, net + discount, discount, net, None, returns)


def by_hand(post, phone, number="1", *lines, days=1, returns=None):
    return record_order(
        source="pos", external_id=number, ordered_at=DAY_ONE + timedelta(days=days),
        store=post.store, phone=phone, lines=lines, returns=returns,
    )  # fmt: skip


def by_file(tmp_path, post, phone, number, *lines, days=1, returns=None, more=()):
    """Import one order; the rejected rows' problems."""
    head = {
        "source": "pos", "external_id": number, "kind": "return" if returns else "sale",
        "ordered_at": (DAY_ONE + timedelta(days=days)).isoformat(), "place": post.store.code,
        "phone": phone, "returns_external_id": returns.external_id if returns else "",
    }  # fmt: skip
    rows = [
        head
        | {
            "line": each.number, "category": "shoes", "quantity": each.quantity,
            "gross": each.gross, "discount": each.discount, "net": each.net,
            "returns_line": each.returns or "",
        }
        for each in lines
    ]  # fmt: skip
    path = tmp_path / "o.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows([*rows, *more])
    try:
        call_command("import_orders", path, historical=True, stdout=StringIO())
    except CommandError:
        with (tmp_path / "o.rejected.csv").open(encoding="utf-8-sig") as file:
            return [row["problem"] for row in csv.DictReader(file)]
    return []


@pytest.fixture(params=["one by one", "from a file"])
def record(request, post, tmp_path):
    """Record an order by either door; None where it was refused."""

    def one_by_one(phone, number, *lines, **details):
        try:
            return by_hand(post, phone, number, *lines, **details)
        except OrderRefused:
            return None

    def from_a_file(phone, number, *lines, **details):
        if by_file(tmp_path, post, phone, number, *lines, **details):
            return None
        kind = "return" if details.get("returns") else "sale"
        return Order.objects.get(external_id=number, kind=kind)

    return one_by_one if request.param == "one by one" else from_a_file


def test_a_refund_may_carry_its_sales_own_number(record, phone):
    sale = record(phone, "7", line())
    back = record(phone, "7", line(returns=1), days=2, returns=sale)

    assert (sale.kind, back.kind, back.sale) == ("sale", "return", sale)
    assert record(phone, "7", line(returns=1), days=2, returns=sale) == back
    assert Order.objects.count() == 2


def test_money_alone_may_come_back(record, phone):
    sale = record(phone, "1", line("100.00", 2))

    first = record(phone, "2", line("30.00", 0, returns=1), days=2, returns=sale)
    rest = record(phone, "3", line("70.00", 2, returns=1), days=3, returns=sale)
    more = record(phone, "4", line("0.01", 0, returns=1), days=4, returns=sale)

    assert (first.quantity, first.net) == (0, Decimal("30.00"))
    assert (rest.quantity, more) == (2, None)
    assert all(ok for _name, ok, _detail in checks())


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        pytest.param(("100.00", 0, "0.00"), False, id="a sale of nothing"),
        pytest.param(("0.00", 0, "0.00"), True, id="a return of neither goods nor money"),
        pytest.param(("100.00", 1, "-10.00"), False, id="a discount below zero"),
        pytest.param(("100000000.00", 1, "0.00"), False, id="too much money"),
        pytest.param(("99999999.99", 1, "0.01"), False, id="too much before the discount"),
        pytest.param(("1.00", 1_000_000, "0.00"), False, id="too many pieces"),
    ],
)
def test_what_cannot_be_is_refused(record, phone, given, returned):
    net, quantity, discount = given
    sale = record(phone, "1", line())
    each = line(net, quantity, discount=discount, returns=1 if returned else None)

    assert record(phone, "2", each, days=2, returns=sale if returned else None) is None
    assert Order.objects.count() == 1


def test_an_order_as_large_as_can_be_is_taken(record, phone):
    made = record(phone, "1", line(LARGEST_AMOUNT, LARGEST_QUANTITY))

    assert made.net == LARGEST_AMOUNT
    whole = [line(LARGEST_AMOUNT), line("0.01", number=2)]
    assert record(phone, "2", *whole) is None


def test_the_database_refuses_what_is_too_large(post, phone):
    made = by_hand(post, phone, "1", line())
    for change in ({"discount": -1, "net": 101}, {"gross": 10**8, "net": 10**8}, {"quantity": 0}):
        fields = {"quantity": 1, "gross": 100, "discount": 0, "net": 100} | change
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.create(
                order=made, number=2, category=Category.objects.get(), **fields
            )


def test_a_gift_that_comes_back_is_its_buyers_return(record, post, phone):
    buyer = Ownership.objects.get().customer
    receivers = phone_number()
    receiver = registered(post.store, phone=receivers).customer
    sale = record(phone, "1", line("80.00"))

    back = record(receivers, "2", line("80.00", returns=1), days=2, returns=sale)

    assert back.identity_id == sale.identity_id
    assert Purchases.of(buyer, post).net == 0
    assert (Purchases.of(receiver, post).count, Purchases.of(receiver, post).net) == (0, 0)
    # What it said is kept: told again it is the same, and with another number it is not.
    assert record(receivers, "2", line("80.00", returns=1), days=2, returns=sale) == back
    assert record(phone, "2", line("80.00", returns=1), days=2, returns=sale) is None


def test_a_sale_that_nothing_was_paid_for_renews_nothing(record, phone):
    before = Ownership.objects.get()

    free = record(phone, "1", line("0.00", discount="100.00"))
    after = Ownership.objects.get()
    assert (after.period, after.sold_at) == (before.period, None)
    assert not after.events.filter(order=free).exists()

    paid = record(phone, "2", line("0.01"), days=2)
    after = Ownership.objects.get()
    assert (after.period.upper > before.period.upper, after.sold_at) == (True, paid.ordered_at)


def test_a_bad_row_tells_its_order_why_and_each_row_is_reported_once(post, phone, tmp_path):
    good = line(number=1)
    bad = GivenLine(2, Category.objects.get(), 1, Decimal(5), Decimal(-1), Decimal(6))

    problems = by_file(tmp_path, post, phone, "1", good, bad)

    assert problems == [
        "line 2: Line 3, of the same order, is rejected: Amounts are not negative, also in a"
        " return.",
        "line 3, discount “-1”: Amounts are not negative, also in a return.",
    ]


def test_a_bad_return_leaves_the_sale_of_its_number_alone(post, phone, tmp_path):
    sale = {
        "source": "pos", "external_id": "7", "kind": "sale", "ordered_at": DAY_ONE.isoformat(),
        "place": post.store.code, "phone": phone, "line": 1, "category": "shoes", "quantity": 1,
        "gross": 5, "discount": 0, "net": 5,
    }  # fmt: skip
    back = sale | {"kind": "return", "returns_external_id": "7", "returns_line": 1, "quantity": "x"}

    assert len(by_file(tmp_path, post, phone, "1", line(), more=[sale, back])) == 1
    assert list(Order.objects.order_by("external_id").values_list("external_id", "kind")) == [
        ("1", "sale"), ("7", "sale"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([("100.00", 1, "0.00")], id="one line"),
        pytest.param([("0.10", 3, "0.90"), ("1234.50", 2, "0.00")], id="two lines"),
        pytest.param([("0.00", 1, "5.00")], id="for nothing"),
    ],
)
@pytest.mark.parametrize("given", [True, False], ids=["known", "unknown"])
def test_the_same_order_by_both_doors_is_one(post, phone, tmp_path, lines, given):
    number = phone if given else ""
    lines = [
        line(net, quantity, discount=discount, number=n)
        for n, (net, quantity, discount) in enumerate(lines, 1)
    ]
    back = line("0.00" if lines[0].net == 0 else "0.05", 1, returns=1)
    assert by_file(tmp_path, post, number, "1", *lines) == []
    sale = Order.objects.get()

    assert by_hand(post, number, "1", *lines) == sale
    returned = by_hand(post, number, "1", back, days=2, returns=sale)
    assert by_file(tmp_path, post, number, "1", back, days=2, returns=sale) == []
    assert Order.objects.get(kind="return") == returned
