"""An order in the words of a dealer."""

from datetime import UTC, date, datetime

import pytest

from customers.models import BY_HAND
from customers.orders import words
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import sale

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def customer(store):
    RulebookFactory()
    return registered(store, at=datetime(2026, 1, 1, 1, tzinfo=UTC))


def sold(customer, **fields):
    return sale(customer, "100.00", date(2026, 1, 20), **fields)


def test_the_till_of_an_own_store_is_named(customer, store):
    order = sold(customer, external_id="2611-1")

    assert words.name(order, store.dealer_id) == f"Till of {store.name}, no. 2611-1"


def test_another_dealers_store_is_not(customer, store):
    elsewhere = StoreFactory()
    order = sold(customer, external_id="2611-2", at=elsewhere, sold_by="other")

    assert words.name(order, store.dealer_id) == "Till of another dealer, no. 2611-2"
    assert words.place(order, store.dealer_id) == "Another store"


@pytest.mark.parametrize(
    ("source", "said"), [("shop", "Online shop, no. 7"), (BY_HAND, "Order no. 7")]
)
def test_an_order_without_a_store_was_online_or_typed(customer, store, source, said):
    order = sold(customer, external_id="7")
    order.store, order.source = None, source

    assert words.name(order, store.dealer_id) == said
