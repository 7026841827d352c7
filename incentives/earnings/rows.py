"""A dealer's lines as they are kept, booked or estimated: one query for both."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from customers.ownership.contacts import first_contacts_sql
from dealers.models import Dealer
from incentives.models import ADJUSTMENT, ENGINE, FIRST_ENGINE, Clawback, Component, Event


@dataclass(slots=True)
class Row:
    """A line as it is kept, booked or estimated. ``month``: the closed one that booked it."""

    engine: int
    month: date | None
    component_id: int
    for_month: date
    adjustment: bool
    order_id: UUID | None
    registration_id: int | None
    at: datetime
    base: Decimal
    rate: Decimal | None
    share: Decimal | None
    uncapped: Decimal | None
    amount: Decimal | None
    closed_gate: str

    @property
    def worth(self) -> Decimal:
        """What it brings before the cap; for the first engine, what it paid."""
        worth = self.amount if self.engine == FIRST_ENGINE else self.uncapped
        return worth or Decimal(0)


# Where lines are kept, the moment of the event that a line is about, what computed it, and the
# month that booked it.
BOOKED = (
    """incentives_result r
        JOIN incentives_run run ON run.id = r.run_id
        JOIN incentives_line l ON l.result_id = r.id
        LEFT JOIN customers_order o ON o.id = l.order_id
        LEFT JOIN customers_registration g ON g.id = l.registration_id""",
    f"""coalesce(o.ordered_at, CASE c.event WHEN '{Event.FIRST_CONTACT}' THEN (
        SELECT at FROM ({first_contacts_sql("won.id = g.id")}) AS made) END, g.received_at)""",
    "run.engine, run.month",
)
OPEN = (
    "incentives_openresult r JOIN incentives_openline l ON l.result_id = r.id",
    "l.at",
    f"{ENGINE}, NULL::date",
)
# ``Component.result_code`` of a result.
_CODE = (
    f"CASE WHEN r.adjustment AND c.clawback = '{Clawback.RECOMPUTE}'"
    f" THEN c.code || '{ADJUSTMENT}' ELSE c.code END"
)
_EVENT = 'coalesce(l.order_id::text, l.registration_id::text) COLLATE "C"'


def read(
    source: tuple[str, str, str],
    dealer: Dealer,
    *,
    month: date | None = None,
    open_month: int | None = None,
    component: Component | None = None,
    orders: list[UUID] | None = None,
    registration_id: int | None = None,
    code: str = "",
    before: tuple[str, str, int] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """A dealer's lines, newest first."""
    tables, moment, computed = source
    if open_month is None:
        conditions = ["r.dealer_id = %(dealer)s"]
    else:
        conditions = ["l.open_month_id = %(open_month)s"]
    if month is not None:
        conditions.append("run.month = %(month)s")
    if component is not None:
        conditions.append("r.component_id = %(component)s")
    if orders is not None:
        conditions.append("l.order_id = ANY(%(orders)s)")
    if registration_id is not None:
        conditions.append("l.registration_id = %(registration)s")
    if code:
        conditions.append(f"%(code)s IN ({_CODE}, p.code || '.' || {_CODE})")
    if before is not None:
        conditions.append(f"{moment} <= %(at)s::timestamptz")
        conditions.append(
            f"({moment}, {_EVENT}, r.component_id) < (%(at)s::timestamptz, %(event)s, %(last)s)"
        )
    at, event, last = before or (None, None, None)
    query = f"""
        SELECT {computed}, r.component_id, r.for_month, r.adjustment, l.order_id, l.registration_id,
            {moment} AS at, l.base, l.rate, l.share, l.uncapped, l.amount,
            l.closed_gate
        FROM {tables}
        JOIN incentives_component c ON c.id = r.component_id
        JOIN incentives_planversion v ON v.id = c.version_id
        JOIN incentives_plan p ON p.id = v.plan_id
        WHERE {" AND ".join(conditions)}
        ORDER BY {moment} DESC, {_EVENT} DESC, r.component_id DESC
        LIMIT %(limit)s"""
    params: dict[str, Any] = {
        "dealer": dealer.pk, "month": month, "open_month": open_month,
        "component": component and component.pk, "orders": orders,
        "registration": registration_id, "code": code, "at": at, "event": event, "last": last,
        "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return [Row(*row) for row in cursor.fetchall()]
