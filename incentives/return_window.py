"""How long a sale is uncertain: its return window, by the calendar at the owner's store.

A window of N days ends with the N-th day after the day of the sale there. A registration has none:
what it gives is certain at once, and so is what has come back.
"""

from datetime import date, datetime, timedelta

from customers.models import Order, OrderKind, current_sql
from incentives.models import Component


def window_ends_on(order: Order | None, component: Component) -> date | None:
    """The last day on which a return takes a sale's amount back unpaid; None without a window."""
    if order is None or order.counted is None or order.kind != OrderKind.SALE:
        return None
    return order.counted.counts_on + timedelta(days=component.return_window_days)


def window_over(order: Order | None, component: Component, at: datetime) -> bool:
    """Whether an event's amount is certain at a moment. ``None`` is a registration's."""
    ends_on = window_ends_on(order, component)
    if order is None or order.counted is None or ends_on is None:
        return True
    return at.astimezone(order.counted.store.tz).date() > ends_on


def window_over_from_sql(order_id: str, days: str) -> str:
    """The moment from which ``window_over`` holds, as an expression of a statement.

    ``order_id`` is an order's id or null, ``days`` the component's. Null: it holds at once.
    """
    return f"""(
        SELECT (owned.counts_on + {days} + 1)::timestamp AT TIME ZONE s.timezone
        FROM customers_attribution owned JOIN dealers_store s ON s.id = owned.store_id
        WHERE owned.order_id = {order_id} AND owned.holder = 'owner' AND owned.sale_id IS NULL
        AND {current_sql("owned")})"""  # noqa: S608 -- put together from our own text
