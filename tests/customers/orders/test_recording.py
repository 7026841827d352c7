"""Orders and returns as HQ records them, and for whom they count."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from customers.models import Attribution, EventKind, Order, OrderLine, Ownership, SoldBy
from customers.orders.recording import GivenLine, OrderRefused, record_order
from customers.ownership.activities import record_activity
from customers.timeline import timeline
from customers.verification import checks
from dealers.actor import Actor
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db
TOMORROW = DAY_ONE + timedelta(days=1)


def line(number=1, net="100.00", quantity=2, returns=None):
    amount = Decimal(net)
    return GivenLine(
        number, CategoryFactory(), quantity, amount + 10, Decimal(10), amount, None, returns
    )


def order(number="1", **details):
    details = {"ordered_at": TOMORROW, "lines": [line()], "source": "pos"} | details
    return record_order(external_id=number, **details)


@pytest.fixture
def post():
    RulebookFactory()
    return MembershipFactory()


@pytest.fixture
def phone(post):
    number = phone_number()
    registered(post.store, staff=post.user, phone=number)
    return number


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("own", (SoldBy.OWN, 1, True)),
        ("sister", (SoldBy.SISTER, 1, True)),
        ("online", (SoldBy.ONLINE, 1, True)),
        ("other", (SoldBy.OTHER, 0, False)),
    ],
)
def test_an_order_counts_for_the_owner_at_that_moment(post, phone, place, expected):
    sold_by, share, renews = expected
    stores = {
        "own": post.store,
        "sister": StoreFactory(dealer=post.dealer),
        "other": StoreFactory(),
        "online": None,
    }
    before = Ownership.objects.get()

    made = order(store=stores[place], phone=phone)

    made.refresh_from_db()
    after = Ownership.objects.get()
    assert (made.sold_by, made.owned.share, made.owned.store) == (sold_by, share, post.store)
    assert made.counts_on == date(2026, 1, 6)
    assert sum(each.share for each in made.attributions.all()) == 1
    assert (after.protected_until > before.protected_until) is renews
    assert (after.sold_at == TOMORROW) is renews
    assert after.events.filter(kind=EventKind.SOLD, order=made).exists() is renews
    assert all(ok for _name, ok, _detail in checks())


def test_the_owner_has_its_share_elsewhere_once_it_contacted_the_customer_in_time(post, phone):
    customer = Ownership.objects.get().customer
    record_activity(customer, by=Actor.of(post), kind="visit", at=DAY_ONE + timedelta(hours=1))

    made = order(store=StoreFactory(), phone=phone)

    assert made.owned.share == Decimal("0.3")
    entry = timeline(customer, post)[0]
    assert (entry.kind, entry.amount) == ("sale", 100)
    assert made.store.name not in entry.place


@pytest.mark.parametrize("number", ["", "13912345678"])
def test_without_an_owner_an_order_is_kept_and_counts_for_nobody(post, number):
    made = order(store=post.store, phone=number)

    assert (made.sold_by, made.owned, made.placed_on) == (SoldBy.NONE, None, date(2026, 1, 6))


def test_a_later_registration_does_not_reach_back(post):
    number = phone_number()
    made = order(phone=number, ordered_at=DAY_ONE - timedelta(days=1))

    registered(post.store, phone=number)

    made.refresh_from_db()
    assert made.sold_by == SoldBy.NONE


def test_a_sale_that_comes_late_brings_in_what_was_bought_after_it(post, phone):
    end = Ownership.objects.get().period.upper
    later = order("later", store=post.store, phone=phone, ordered_at=end + timedelta(days=5))
    returned = order(
        "back", phone=phone, ordered_at=end + timedelta(days=6), returns=later,
        store=post.store, lines=[line(returns=1)],
    )  # fmt: skip

    order("late", store=post.store, phone=phone, ordered_at=end - timedelta(days=5))

    for made in (later, returned):
        made.refresh_from_db()
        assert made.sold_by == SoldBy.OWN
    assert all(ok for _name, ok, _detail in checks())


def test_a_return_carries_its_sales_attribution_and_its_own_day(post, phone):
    sale = order(store=StoreFactory(), phone=phone)
    end = Ownership.objects.get().period.upper

    back = order(
        "2", returns=sale, ordered_at=TOMORROW + timedelta(days=9), lines=[line(returns=1)],
        store=sale.store,
    )  # fmt: skip

    assert (back.sold_by, back.owned.ownership) == (SoldBy.OTHER, sale.owned.ownership)
    assert (back.counts_on, back.identity_id) == (date(2026, 1, 15), sale.identity_id)
    assert Ownership.objects.get().period.upper == end


def test_a_sale_that_the_owner_brought_is_not_recorded_again_by_hand(post):
    own = f"{post.dealer.code}/till"
    for till in (own, f"{own} 2"):  # whose tills may share numbers
        order(store=post.store, source=till)

    with pytest.raises(OrderRefused):
        order(store=post.store)
    order(store=StoreFactory(dealer=post.dealer))
    assert Order.objects.count() == 3


@pytest.mark.parametrize(
    "lines",
    [
        [("100.00", 3, 1)],
        [("100.01", 2, 1)],
        [("100.00", 2, 7)],
        [("60.00", 1, 1), ("60.00", 1, 1)],
        [("60.00", 1, None)],
    ],
)
def test_more_than_was_sold_does_not_come_back(post, phone, lines):
    sale = order(phone=phone)
    given = [line(n, net, quantity, of) for n, (net, quantity, of) in enumerate(lines, 1)]

    with pytest.raises(OrderRefused):
        order("2", returns=sale, lines=given)
    assert Order.objects.count() == 1


def test_a_sale_comes_back_once(post, phone):
    sale = order(phone=phone)
    order("2", returns=sale, lines=[line(returns=1)])

    with pytest.raises(OrderRefused):
        order("3", returns=sale, lines=[line(returns=1)])


def test_the_same_order_again_is_the_first_and_other_content_is_refused(post, phone):
    lines = [line()]
    first = order(phone=phone, lines=lines)

    assert order(phone=f"+86{phone}", lines=lines) == first
    with pytest.raises(OrderRefused):
        order(phone=phone, lines=[line(net="99.00")])
    assert OrderLine.objects.count() == 1


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [GivenLine(1, None, 0, Decimal(1), Decimal(0), Decimal(1))],
        [GivenLine(1, None, 1, Decimal(1), Decimal(0), Decimal(2))],
        [GivenLine(1, None, 1, Decimal(1), Decimal(2), Decimal(-1))],
        [GivenLine(1, None, 1, Decimal(1), Decimal(0), Decimal(1))] * 2,
        [GivenLine(1, None, 1, Decimal(1), Decimal(0), Decimal(1), None, 1)],
    ],
)
def test_lines_that_do_not_add_up_are_refused(post, lines):
    with pytest.raises(OrderRefused):
        order(lines=lines)


def test_the_database_itself_keeps_orders_as_they_were(post, phone):
    made = order(store=post.store, phone=phone)

    for change in (
        lambda: Order.objects.update(net=1),
        lambda: Attribution.objects.update(share=0),
        lambda: Attribution.objects.all().delete(),
        lambda: Order.objects.filter(pk=made.pk).delete(),
        lambda: OrderLine.objects.update(quantity=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
