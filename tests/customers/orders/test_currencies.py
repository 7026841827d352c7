"""An order's amounts have the decimals of the program's currency, whichever way it came."""

from decimal import Decimal

import pytest

from customers.bulk.orders import ORDER_COLUMNS
from customers.models import Attribution, Order, OrderLine
from customers.orders.recording import GivenLine, OrderRefused, record_order
from customers.verification import checks
from dealers.models import Store
from incentives.models import Program
from tests.customers.bulk.files import START, load, order, write
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def customer():
    """The number of somebody whom a store has."""
    RulebookFactory()
    phone = phone_number()
    registered(StoreFactory(code="S1"), phone=phone, at=START)
    return phone


def brought(tmp_path, phone, net, number=1):
    """A sale in a file, at a price of ``net``."""
    row = order(number, phone=phone, gross=net, discount="0", net=net)
    path = write(tmp_path / f"{number}.csv", ORDER_COLUMNS, [row])
    return load("import_orders", path)


def typed(phone, net, number="1"):
    """The same sale, recorded one by one."""
    line = GivenLine(1, CategoryFactory(code="DOORS"), 2, Decimal(net), Decimal(0), Decimal(net))
    return record_order(
        source="pos",
        external_id=f"O{number}",
        ordered_at=START.replace(day=6),
        store=Store.objects.get(code="S1"),
        phone=phone,
        lines=[line],
    )


@pytest.mark.parametrize(
    ("currency", "net", "kept"),
    [
        ("CNY", "1234.5", "1234.50"),
        ("KWD", "1234.567", "1234.567"),
        ("KWD", "0.001", "0.001"),
        ("KWD", "1234.5", "1234.500"),
        ("JPY", "1234", "1234.00"),
        ("JPY", "1234.00", "1234.00"),
    ],
)
def test_a_file_and_the_form_keep_the_same(tmp_path, customer, currency, net, kept):
    Program.objects.create(currency=currency)
    first = typed(customer, net)

    assert brought(tmp_path, customer, net)[0] == 0  # on file already, with the same content
    assert brought(tmp_path, customer, net, 2)[0] == 0

    assert Order.objects.get(external_id="O1").pk == first.pk
    assert [str(each) for each in Order.objects.values_list("net", flat=True)] == [kept] * 2
    assert {str(each) for each in OrderLine.objects.values_list("net", flat=True)} == {kept}
    assert {str(each) for each in Attribution.objects.values_list("signed_net", flat=True)} == {
        kept
    }
    assert [name for name, holds, _why in checks() if not holds] == []


@pytest.mark.parametrize(
    ("currency", "net", "example"),
    [("CNY", "1.234", "1234.50"), ("JPY", "10.5", "1234"), ("KWD", "1.2345", "1234.500")],
)
def test_more_decimals_than_the_currency_has_are_refused(
    tmp_path, customer, currency, net, example
):
    Program.objects.create(currency=currency)

    status, said = brought(tmp_path, customer, net)

    assert status == 1
    assert f"Write an amount like {example}." in said
    with pytest.raises(OrderRefused, match=f"An amount in {currency} has at most"):
        typed(customer, net)
    assert not Order.objects.exists()
