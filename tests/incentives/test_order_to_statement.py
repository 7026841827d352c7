"""The whole way with figures: an order as it is recorded, and the amount on the statement."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from customers.models import Attribution, Order
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from customers.verification import checks
from dealers.actor import Actor
from incentives.models import Line as StatementLine
from incentives.models import Statement
from incentives.verification import checks as book_checks
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory
from tests.factories.incentives import JANUARY, close_period, percent, published

pytestmark = pytest.mark.django_db
COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "line", "category",
    "quantity", "gross", "discount", "net", "returns_external_id", "returns_line",
)  # fmt: skip


class Trade:
    """Two customers of a store, one of whom it contacted in time, and where they may buy."""

    def __init__(self):
        RulebookFactory(starts_on=date(2025, 1, 1))
        CategoryFactory(code="shoes")
        self.post = MembershipFactory()
        own = self.post.store
        self.places = {
            "own": own, "sister": StoreFactory(dealer=own.dealer), "other": StoreFactory(),
            "online": None,
        }  # fmt: skip
        self.contacted, self.neglected = phone_number(), phone_number()
        first = registered(own, phone=self.contacted)
        self.start = first.received_at
        registered(own, phone=self.neglected)
        record_activity(
            first.customer,
            by=Actor.of(self.post),
            kind="visit",
            at=self.start + timedelta(hours=47),
        )

    def orders(self):
        """(number, place, phone, net, sale that is returned)."""
        return [
            ("1", "own", self.contacted, "1000.00", None),
            ("2", "sister", self.contacted, "200.00", None),
            ("3", "other", self.contacted, "300.05", None),
            ("4", "other", self.neglected, "500.00", None),
            ("5", "online", self.neglected, "400.00", None),
            ("6", "own", "", "77.00", None),
            ("1", "own", self.contacted, "500.00", "1"),
        ]

    def at(self, number, back):
        return self.start + timedelta(days=10 if back else 3, minutes=int(number))


def one_by_one(trade, _folder):
    category = CategoryFactory._meta.model.objects.get(code="shoes")
    for number, place, phone, net, back in trade.orders():
        amount = Decimal(net)
        line = GivenLine(1, category, 1, amount, Decimal(0), amount, returns=1 if back else None)
        record_order(
            source="pos", external_id=number, ordered_at=trade.at(number, back),
            store=trade.places[place], phone=phone, lines=[line],
            returns=Order.objects.get(external_id=back, kind="sale") if back else None,
        )  # fmt: skip


def from_a_file(trade, folder):
    with (folder / "o.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, place, phone, net, back in trade.orders():
            store = trade.places[place]
            writer.writerow((
                "pos", number, "return" if back else "sale", trade.at(number, back).isoformat(),
                store.code if store else "ONLINE", phone, 1, "shoes", 1, net, "0", net, back or "",
                1 if back else "",
            ))  # fmt: skip
    call_command("import_orders", folder / "o.csv", stdout=StringIO())


@pytest.mark.parametrize("record", [one_by_one, from_a_file])
def test_what_an_order_brings_stands_on_the_statement(record, tmp_path):
    trade = Trade()
    published(
        percent("0.05", code="own", places=["own", "sister"]),
        percent("0.10", code="cross", places=["other"], by_share=True),
        percent("0.10", code="selling", places=["other"], by_share=True, to="seller"),
        percent("0.02", code="online", places=["online"]),
    )

    record(trade, tmp_path)
    close_period(JANUARY)

    totals = dict(Statement.objects.values_list("dealer", "total"))
    seller = trade.places["other"].dealer_id
    # 50.00 and 10.00 at home less 25.00 that came back; 30 % of 30.01 (9.003: 9.00); online 8.00.
    assert totals[trade.post.dealer_id] == Decimal("52.00")
    # 70 % of 30.01, and all of 50.00, whose owner never called.
    assert totals[seller] == Decimal("71.01")
    amounts = StatementLine.objects.order_by(
        "result__component__code", "order__external_id", "order__ordered_at"
    )
    assert [
        (line.result.component.code, line.order.external_id, line.order.kind, line.amount)
        for line in amounts
    ] == [
        ("cross", "3", "sale", Decimal("9.00")),
        ("cross", "4", "sale", Decimal("0.00")),
        ("online", "5", "sale", Decimal("8.00")),
        ("own", "1", "sale", Decimal("50.00")),
        ("own", "1", "return", Decimal("-25.00")),
        ("own", "2", "sale", Decimal("10.00")),
        ("selling", "3", "sale", Decimal("21.01")),
        ("selling", "4", "sale", Decimal("50.00")),
    ]
    assert not Order.objects.get(external_id="6").attributions.exists()
    assert Attribution.objects.filter(order__external_id="1").count() == 2
    for name, right, detail in [*checks(), *book_checks()]:
        assert right, (name, detail)
