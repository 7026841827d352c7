"""Orders of the dealer's customers, wherever they bought, and those of its stores."""

from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from customers.exit_pack.people import CUSTOMER, PROTECTION, RULEBOOK, stores_of
from customers.models import (
    Attribution,
    AttributionCause,
    Holder,
    Order,
    OrderKind,
    OrderLine,
    SoldBy,
)
from dealers.actor import Actor
from dealers.codes import ONLINE
from dealers.exit_pack.network import STORE
from dealers.exit_pack.parts import CHUNK, Column, Rows, Table


def bought(dealer_id: int) -> Any:
    """Orders at the dealer's stores, and those that count for it."""
    mine = Attribution.objects.current().exclude(holder=Holder.NOBODY)
    mine = mine.filter(order=OuterRef("pk"), dealer=dealer_id)
    return Order.objects.filter(Q(store__dealer=dealer_id) | Exists(mine))


def _signed[T: (int, Decimal)](order: Order, part: T) -> T:
    """A number of an order as it counts in sums: a return's are taken off, as in ``signed_net``."""
    return -part if order.kind == OrderKind.RETURN else part


def _orders(dealer_id: int, _by: Actor) -> Rows:
    stores = stores_of(dealer_id)
    found = bought(dealer_id).order_by("ordered_at", "pk").iterator(CHUNK)
    for each in found:
        own = stores.get(each.store_id)
        # What another dealer's till is called is not this dealer's to know.
        place = ONLINE if each.store_id is None else own.code if own else ""
        yield (
            str(each.pk), each.external_id, each.source if place else "", each.kind,
            str(each.sale_id or ""), place, own.name if own else "",
            each.ordered_at.astimezone(own.tz) if own else each.ordered_at, each.placed_on,
            _signed(each, each.quantity), each.signed_net, each.recorded_at,
        )  # fmt: skip


def _lines(dealer_id: int, _by: Actor) -> Rows:
    stores = stores_of(dealer_id)
    found = OrderLine.objects.filter(order__in=bought(dealer_id))
    found = found.select_related("category", "product", "order").order_by("order", "number")
    for each in found.iterator(CHUNK):
        order, place = each.order, each.order.store_id
        # At what price another dealer sold which product is not this dealer's to know.
        told = place is None or place in stores
        product = each.product if told else None
        gross, discount = (_signed(order, part) for part in (each.gross, each.discount))
        yield (
            str(each.order_id), order.kind, each.number, each.category.code, each.category.name,
            product.code if product else "", product.name if product else "",
            _signed(order, each.quantity), gross if told else None, discount if told else None,
            _signed(order, each.net),
        )  # fmt: skip


def _attributions(dealer_id: int, _by: Actor) -> Rows:
    stores = stores_of(dealer_id)
    found = Attribution.objects.filter(dealer=dealer_id)
    found = found.select_related("ownership").order_by("ordered_at", "pk")
    for each in found.iterator(CHUNK):
        own = each.ownership
        yield (
            str(each.order_id), each.version, each.holder, stores[each.store_id].code,
            str(own.customer_id) if own else "", each.ownership_id, each.share, each.sold_by,
            each.counts_on, each.rulebook_id, each.cause, each.recorded_at,
        )  # fmt: skip


ORDER = Column("order", _("id of the order, the same in all files"))

TABLES = (
    Table(
        "orders",
        _("Orders of your stores and your customers"),
        (
            ORDER,
            Column("number", _("Order")),
            Column("source", _("source; empty: the till of another dealer")),
            Column("kind", _("Kind"), OrderKind),
            Column("sale", _("id of the sale that a return takes back")),
            Column("store", _("Code of the store; empty: another dealer's")),
            Column("store_name", _("Store")),
            Column("at", _("When")),
            Column("bought_on", _("bought on")),
            Column("quantity", _("Quantity")),
            Column("net", _("Net paid")),
            Column("recorded_at", _("recorded at")),
        ),
        _orders,
        lambda dealer: bought(dealer).count(),
    ),
    Table(
        "order_lines",
        _("The lines of these orders"),
        (
            ORDER,
            Column("kind", _("Kind"), OrderKind),
            Column("line", _("line")),
            Column("category", _("code of the category")),
            Column("category_name", _("category")),
            Column("product", _("code of the product")),
            Column("product_name", _("product")),
            Column("quantity", _("Quantity")),
            Column("gross", _("gross")),
            Column("discount", _("discount")),
            Column("net", _("Net paid")),
        ),
        _lines,
        lambda dealer: OrderLine.objects.filter(order__in=bought(dealer)).count(),
    ),
    Table(
        "attributions",
        _("For what part each order counts for you, and why"),
        (
            ORDER,
            Column("version", _("version; a higher one takes the place of those before")),
            Column("holder", _("as what you have it"), Holder),
            STORE,
            CUSTOMER,
            PROTECTION,
            Column("share", _("share, 1 is all of it")),
            Column("sold_by", _("sold by"), SoldBy),
            Column("counts_on", _("counts on")),
            RULEBOOK,
            Column("cause", _("cause"), AttributionCause),
            Column("recorded_at", _("recorded at")),
        ),
        _attributions,
        lambda dealer: Attribution.objects.filter(dealer=dealer).count(),
    ),
)
