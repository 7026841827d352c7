"""Orders in files may name what was sold, by the catalogue's codes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from customers.models import Category, Order, OrderLine, Product
from customers.orders.recording import GivenLine, OrderRefused, record_order
from dealers.models import FileImport, Store
from tests.customers.bulk.files import COLUMNS, START, back, load, order, write
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
WITH_PRODUCTS = (*COLUMNS, "product")


@pytest.fixture
def catalogue():
    RulebookFactory()
    StoreFactory(code="S1")
    doors, beds = (Category.objects.create(code=code, name=code) for code in ("DOORS", "BEDS"))
    Product.objects.create(code="BED-1", name="Bed", category=beds)
    return Product.objects.create(code="DOOR-1", name="Door", category=doors)


def bring(folder, *rows, columns=WITH_PRODUCTS):
    return load("import_orders", write(folder / "o.csv", columns, rows))


def counts():
    done = FileImport.objects.latest("pk")
    return done.rows, done.accepted, done.repeated, done.rejected


def recorded(product):
    """The same order, one by one."""
    amounts = [Decimal(amount) for amount in ("110.00", "10.00", "100.00")]
    return record_order(
        source="pos", external_id="O1", ordered_at=START + timedelta(days=1),
        store=Store.objects.get(), phone="13800000001",
        lines=[GivenLine(1, Category.objects.get(code="DOORS"), 2, *amounts, product)],
    )  # fmt: skip


def test_a_line_keeps_the_product_that_its_row_names(catalogue, tmp_path):
    rows = [
        order(1, product=" DOOR-1 "),
        order(1, line=2, product=""),
        order(2, product="DOOR-1", currency="CNY"),
        back(1, product="DOOR-1"),
    ]
    columns = (*COLUMNS[:5], "product", *COLUMNS[5:], "currency")
    rows = [{"currency": "CNY"} | row for row in rows]

    assert bring(tmp_path, *rows, columns=columns)[0] == 0
    found = OrderLine.objects.order_by("order__external_id", "number").values_list(
        "order__external_id", "number", "product__code"
    )
    assert list(found) == [
        ("O1", 1, "DOOR-1"), ("O1", 2, None), ("O1-R", 1, "DOOR-1"), ("O2", 1, "DOOR-1"),
    ]  # fmt: skip

    bring(tmp_path, *rows, columns=columns)
    assert counts() == (4, 0, 4, 0)


@pytest.mark.parametrize(
    ("product", "remedy"),
    [
        ("DOOR-9", "The catalogue has no such product."),
        ("BED-1", "In the catalogue it is of the category “BEDS”."),
        ("1.23E+12", ""),
        ("x" * 81, ""),
    ],
)
def test_what_the_catalogue_does_not_know_so_is_refused(catalogue, tmp_path, product, remedy):
    status, said = bring(tmp_path, order(1, product="DOOR-1"), order(2, product=product))

    assert status == 1
    assert "3, product" in said
    assert remedy in said
    assert list(Order.objects.values_list("external_id", flat=True)) == ["O1"]


def test_a_file_that_lacks_another_column_is_told_of_that_alone(catalogue, tmp_path):
    columns = [each for each in WITH_PRODUCTS if each != "net"]
    row = {name: order(1, product="DOOR-1")[name] for name in columns}
    status, said = bring(tmp_path, row, columns=columns)
    assert status == 2
    assert "Missing columns: net. Unknown columns: –." in said


def test_without_the_column_an_order_says_what_it_always_said(catalogue, tmp_path):
    bring(tmp_path, order(1), columns=COLUMNS)
    assert recorded(None) == Order.objects.get()
    bring(tmp_path, order(1, product=""))
    assert counts() == (1, 0, 1, 0)


def test_an_order_on_file_gets_no_product_afterwards(catalogue, tmp_path):
    """Its lines are never changed: a file that says otherwise is told so."""
    bring(tmp_path, order(1), columns=COLUMNS)
    status, said = bring(tmp_path, order(1, product="DOOR-1"))
    assert status == 1
    assert "This order is on file with other content." in said
    with pytest.raises(OrderRefused, match="on file already, with other content"):
        recorded(catalogue)


def test_a_file_and_one_by_one_say_the_same(catalogue, tmp_path):
    first = recorded(catalogue)
    bring(tmp_path, order(1, product="DOOR-1"))
    assert counts() == (1, 0, 1, 0)
    assert Order.objects.get() == first


def test_one_line_with_two_products_is_two_lines_of_one_number(catalogue, tmp_path):
    Product.objects.create(code="DOOR-2", name="Other door", category=catalogue.category)
    status, said = bring(tmp_path, order(1, product="DOOR-1"), order(1, product="DOOR-2"))
    assert status == 1
    assert "The order has this line number twice." in said
