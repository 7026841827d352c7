"""How an order reads to a dealer: where it was bought and its number there, never a code."""

from django.utils.translation import gettext as _

from customers.models import BY_HAND, Order


def place(order: Order, dealer: int | None) -> str:
    """Where an order was bought; another dealer's store is only that. Reads the order's store."""
    if order.store is None:
        return _("Online")
    return order.store.name if order.store.dealer_id == dealer else _("Another store")


def name(order: Order, dealer: int) -> str:
    """An order for a dealer's pages and papers, as its people find it again. Reads its store.

    The store of another dealer is not named.
    """
    words = {"number": order.external_id}
    if order.source == BY_HAND:
        return _("Order no. %(number)s") % words
    if order.store is None:
        return _("Online shop, no. %(number)s") % words
    if order.store.dealer_id != dealer:
        return _("Till of another dealer, no. %(number)s") % words
    return _("Till of %(store)s, no. %(number)s") % {**words, "store": order.store.name}
