"""Numbers of orders and registrations as spreadsheets and tills leave them."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.bulk.orders import ORDER_COLUMNS
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.models import Identity, Order, Ownership, Registration
from customers.orders.recording import GivenLine, OrderRefused, record_order
from dealers import currencies
from incentives.models import Line as StatementLine
from tests.factories.customers import DAY_ONE, RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import close_period, percent, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

SALE = {
    "source": "zw", "external_id": "ZW-1", "kind": "sale", "place": "A1", "phone": "13800000001",
    "ordered_at": "2017-01-13T10:00:00+08:00", "line": 1, "category": "shoes", "quantity": 1,
    "gross": "100.00", "discount": "0", "net": "100.00",
}  # fmt: skip
REGISTERED = {
    "external_id": "P1", "store_code": "A1", "phone": "13800000001", "name": "One",
    "registered_at": "2017-01-05T10:00:00+08:00", "source": "walk-in", "consent_service": "yes",
    "consent_marketing": "no",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _network():
    RulebookFactory()
    StoreFactory(code="A1")
    StoreFactory(code="B1")


def write(path, columns, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(command, *args, **options):
    said = StringIO()
    try:
        call_command(command, *args, stdout=said, **options)
    except CommandError as error:
        return error.returncode, said.getvalue() + str(error)
    return 0, said.getvalue()


def orders(tmp_path, *changes, columns=ORDER_COLUMNS):
    path = write(tmp_path / "orders.csv", columns, [SALE | change for change in changes])
    return load("import_orders", path, historical=True)


def test_one_order_has_one_number_whatever_a_spreadsheet_made_of_it(tmp_path):
    spelled = ["ZW-1", "ZW-1\u200b", "ZW-1\u00a0", "\ufeffZW-1", "ＺＷ－１"]
    long = [f"{quote}2022072512345928259" for quote in ("", "\t", "`", "'")]
    long += ['="2022072512345928259"']
    rows = [{"external_id": each} for each in spelled]
    rows += [{"source": "jd", "external_id": each} for each in long]

    status, said = orders(tmp_path, *rows, {"source": "jd", "external_id": "2.02207E+18"})

    assert status == 1
    assert "11 rows, 2 new, 8 already there, 1 rejected" in said
    assert "2.02207E+18”: A spreadsheet has rounded this number" in said
    assert set(Order.objects.values_list("source", "external_id")) == {
        ("zw", "ZW-1"), ("jd", "2022072512345928259"),
    }  # fmt: skip


def test_a_return_names_its_sale_by_any_spelling(tmp_path):
    back = {
        "external_id": "ZW-1-R", "kind": "return", "returns_external_id": "'ＺＷ－１",
        "returns_line": 1, "ordered_at": "2017-01-14T10:00:00+08:00",
    }  # fmt: skip
    assert orders(tmp_path, {}, back)[0] == 0
    assert Order.objects.returns().get().sale.external_id == "ZW-1"


def test_the_counter_and_the_file_give_an_order_the_same_number(tmp_path):
    assert orders(tmp_path, {})[0] == 0
    sale = Order.objects.get()
    line = sale.lines.get()
    again = {
        "source": "ｚｗ", "external_id": "'ZW-1", "ordered_at": sale.ordered_at,
        "store": sale.store, "phone": "13800000001",
        "lines": [GivenLine(1, line.category, 1, line.gross, line.discount, line.net)],
    }  # fmt: skip
    assert record_order(**again) == sale
    with pytest.raises(OrderRefused, match="rounded"):
        record_order(**again | {"external_id": "2.02E+18", "ordered_at": DAY_ONE})


def test_a_registration_is_the_same_with_invisible_characters(tmp_path):
    rows = [REGISTERED, REGISTERED | {"external_id": "P1\u200b", "source": "walk\u00ad-in"}]
    rows += [REGISTERED | {"external_id": "2.02E+18"}]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)

    status, said = load("import_registrations", path, historical=True)

    assert status == 1
    assert "3 rows, 1 new, 1 already there, 1 rejected" in said


def test_digits_of_every_script_are_one_person_with_one_owner(tmp_path):
    people = write(
        tmp_path / "r.csv",
        REGISTRATION_COLUMNS,
        [
            REGISTERED,
            REGISTERED | {"external_id": "P2", "store_code": "B1", "phone": "1380000000１"},
            REGISTERED | {"external_id": "P3", "store_code": "B1", "phone": "१३८००००٠00１"},
        ],
    )
    amounts = {"gross": "1000.00", "net": "1000.00"}
    sales = write(
        tmp_path / "o.csv",
        ORDER_COLUMNS,
        [
            SALE | {"external_id": f"PO{number}", "place": "B1", "phone": phone, **amounts}
            for number, phone in enumerate(["13800000001", "138０0000001", "138٠0000001"])
        ],
    )

    assert load("import_history", registrations=people, orders=sales)[0] == 0

    owner = Ownership.objects.get()
    assert owner.store.code == "A1"
    assert Identity.objects.count() == 1
    assert sorted(Registration.objects.values_list("rule", flat=True)) == ["R3", "R3", "R7"]
    held = {(order.sold_by, order.owned.dealer_id) for order in Order.objects.all()}
    assert held == {("other", owner.dealer_id)}
    published(percent("0.03"), starts_on=date(2017, 1, 1))
    close_period(date(2017, 1, 1))
    lines = StatementLine.objects.values_list("result__dealer", "amount")
    assert list(lines) == [(owner.dealer_id, Decimal("30.00"))] * 3


@pytest.mark.parametrize(("currency", "status"), [("CNY", 0), ("cny ", 0), ("", 0), ("USD", 1)])
def test_amounts_in_another_currency_are_refused(tmp_path, currency, status):
    columns = (*ORDER_COLUMNS, "currency")
    lines = [{"currency": "CNY"}, {"currency": currency, "line": 2}]

    found, said = orders(tmp_path, *lines, columns=columns)

    assert found == status
    # An order is taken as a whole or not at all.
    assert Order.objects.count() == 1 - status
    assert ("The program's currency is CNY." in said) == bool(status)


def test_the_currency_is_the_programs(tmp_path):
    from incentives.models import Program

    Program.objects.create(currency="HKD")
    columns = (*ORDER_COLUMNS, "currency")

    assert currencies.of_program() == "HKD"
    assert orders(tmp_path, {"currency": "CNY"}, columns=columns)[0] == 1
    assert orders(tmp_path, {"currency": "HKD"}, columns=columns)[0] == 0


def test_a_name_is_as_long_in_a_file_as_on_the_card(tmp_path):
    from customers.forms.customer import CardForm

    name = "长" * 80
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [REGISTERED | {"name": name}])

    longer = [REGISTERED | {"external_id": "P2", "name": name + "长"}]

    assert load("import_registrations", path, historical=True)[0] == 0
    assert CardForm({"name": name}).is_valid()
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, longer)
    assert load("import_registrations", path, historical=True)[0] == 1
    assert Registration.objects.get().key == "import:P1"
    assert not CardForm({"name": name + "长"}).is_valid()
