"""The lines of a dealer's month with what is shown about each, a page at a time.

A line keeps its address (month, component, event) when its month closes.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Prefetch, Q, Sum

from customers import cards
from customers.cards import Card
from customers.cases import holds
from customers.models import Attribution, Customer, Order, OrderKind, Registration, sealed_of
from customers.orders import words
from customers.ownership.rulebook import local_day
from dealers.actor import Actor
from dealers.models import Dealer
from dealers.months import hq_day
from incentives.earnings import rows
from incentives.earnings.parts import day_of
from incentives.earnings.results import source_of
from incentives.estimates import Estimate
from incentives.explanation import amounts
from incentives.models import TIERED, Base, Component, Event, Run
from incentives.return_window import window_over

PAGE = 25


@dataclass(frozen=True)
class EarningLine:
    """One event of a dealer's month; a tiered component's line has base and no amount."""

    month: date
    component: Component
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
    confirmed: bool
    order: Order | None = None
    registration: Registration | None = None
    card: Card | None = None
    held: str = ""  # the number of the case that keeps it from being booked
    reversed_at: datetime | None = None  # when all of it had come back
    closed_gate: str = ""  # why it is paid nothing: what was not so at its moment
    disputed: str = ""  # the number of a case that was opened after it was booked
    named: str = ""  # the order or the registration in the dealer's words
    counted_on: date | None = None  # at the owner's store

    @property
    def day(self) -> date:
        """The day that it is listed under: the event's at the owner's store.

        That of headquarters for what is about no event.
        """
        return self.counted_on or hq_day(self.at)

    @property
    def code(self) -> str:
        return self.component.result_code(adjustment=self.adjustment)

    @property
    def plan(self) -> str:
        return self.component.version.plan.code

    @property
    def name(self) -> str:
        return amounts.name_of(self.component, self.for_month, adjustment=self.adjustment)

    @property
    def event(self) -> str:
        """The event's part of the line's address: an order's id or a registration's receipt."""
        if self.order_id:
            return str(self.order_id)
        return self.registration.receipt if self.registration else str(self.registration_id)

    @property
    def is_return(self) -> bool:
        return self.order is not None and self.order.kind == OrderKind.RETURN

    @property
    def customer(self) -> str:
        """The customer's name on the dealer's own card, else nothing."""
        return self.card.title if self.card else ""

    @property
    def reference(self) -> str:
        """The order's source and number or the registration's receipt, as files have it."""
        return str(self.order or self.registration or "")

    @property
    def about(self) -> str:
        return " · ".join(filter(None, [self.customer, self.named]))

    @property
    def tiered(self) -> bool:
        return self.component.kind in TIERED


@dataclass(frozen=True)
class Page:
    """Some lines, newest first; ``next`` is the key of what follows, None at the end."""

    lines: list[EarningLine]
    next: str | None


class KeyNotValid(Exception):
    """A page was asked for with a key that no page gave."""


def lines(
    dealer: Dealer,
    month: date,
    at: datetime,
    *,
    source: Run | Estimate | None = None,
    code: str = "",
    after: str = "",
    size: int | None = PAGE,
    by: Actor | None = None,
    disputed: dict[UUID, str] | None = None,
) -> Page:
    """A page of a dealer's lines of a month, newest first, with what is shown about each.

    ``source`` is what the month is read from, where that is known; ``code`` narrows to a component
    by its address, ``after`` is the ``next`` of the page before; without ``size`` all lines come,
    without ``by``, who reads them, none has a card. ``disputed`` is which orders of the dealer are
    in dispute, where that is read already.
    """
    source = source or source_of(dealer, month, at)
    found = found_lines(
        dealer,
        month,
        source,
        code=code,
        before=_parse_key(after) if after else None,
        limit=None if size is None else size + 1,
    )
    more = size is not None and len(found) > size
    shown = found[:size]
    last = shown[-1] if more else None
    complete = with_events(dealer, shown, at, source, by=by, disputed=disputed)
    return Page(complete, _key(last) if last else None)


def found_lines(
    dealer: Dealer, month: date, source: Run | Estimate, **wanted: Any
) -> list[EarningLine]:
    """Lines without their events, newest first; ``wanted`` narrows as ``rows.read`` does."""
    if isinstance(source, Estimate):
        found = rows.read(rows.OPEN, dealer, open_month=source.month.pk, **wanted)
    else:
        found = rows.read(rows.BOOKED, dealer, month=month, **wanted)
    components = Component.objects.select_related("version__plan").in_bulk(
        {line.component_id for line in found}
    )
    return [
        EarningLine(
            month, components[line.component_id], line.for_month, line.adjustment, line.order_id,
            line.registration_id, line.at, line.base, line.rate, line.share, line.uncapped,
            line.amount, confirmed=isinstance(source, Run), closed_gate=line.closed_gate,
        )
        for line in found
    ]  # fmt: skip


def with_events(
    dealer: Dealer,
    found: list[EarningLine],
    at: datetime,
    source: Run | Estimate,
    *,
    by: Actor | None,
    disputed: dict[UUID, str] | None = None,
) -> list[EarningLine]:
    """The lines with their orders, registrations and the dealer's own cards: three queries.

    ``source`` is what their month is read from, as far as which they say the day. The cards are as
    ``by`` may see them; without anybody there are none.
    """
    known_until = source.known_until if isinstance(source, Run) else None
    events = _events(dealer, found, at, by)
    people: list[Customer | None] = [None] * len(found)
    opened: dict[UUID, Card] = {}
    if by is not None:
        people = [_own_customer(dealer, *event) for event in events]
        known = {each.pk: each for each in people if each is not None}
        opened = dict(zip(known, cards.open(known.values(), by=by), strict=True))
    if disputed is None:
        orders = {order.pk for order, _registration in events if order is not None}
        disputed = holds.held(dealer.pk, orders) if orders else {}
    complete = []
    for line, (order, registration), customer in zip(found, events, people, strict=True):
        counted_on = registration.received_on if registration else None
        if registration and line.component.event == Event.FIRST_CONTACT:
            counted_on = local_day(line.at, registration.store.tz)
        if order is not None:
            counted_on = day_of(order, dealer.pk, known_until)
        confirmed = line.confirmed or (
            line.amount is not None and window_over(order, line.component, at)
        )
        complete.append(
            replace(
                line,
                order=order,
                registration=registration,
                card=opened[customer.pk] if customer else None,
                reversed_at=_returned(order, line.component) or _voided(line, registration, at),
                disputed=disputed.get(line.order_id, "") if line.order_id and not line.held else "",
                confirmed=confirmed,
                named=words.name(order, dealer.pk) if order else str(registration or ""),
                counted_on=counted_on,
            )
        )
    return complete


def _events(
    dealer: Dealer, found: list[EarningLine], at: datetime, by: Actor | None
) -> list[tuple[Order | None, Registration | None]]:
    """The order or the registration of each line, with the customers where somebody reads them."""
    faceless = by is not None and cards.is_faceless(by, dealer.pk)

    def left_out(path: str) -> list[str]:
        return sealed_of(path) if faceless else []

    related = ["store", *(["ownership__customer"] if by else [])]
    shares = Attribution.objects.select_related(*related).defer(*left_out("ownership__customer__"))
    back = Q(returns__ordered_at__lte=at)
    orders = (
        Order.objects.select_related("store", "sale__store")
        .prefetch_related(Prefetch("attributions", shares))
        .filter(pk__in={line.order_id for line in found if line.order_id})
        .annotate(
            gone=Sum("returns__net", filter=back),
            alone=Sum("returns__net", filter=back & Q(returns__quantity=0)),
            goods=Sum("returns__quantity", filter=back),
            last_back=Max("returns__ordered_at", filter=back),
        )
        .in_bulk()
    )
    registrations = (
        Registration.objects.select_related("store", "void", *(["customer"] if by else []))
        .defer(*left_out("customer__"))
        .filter(pk__in={line.registration_id for line in found if line.registration_id})
        .in_bulk()
    )
    return [(orders.get(line.order_id), registrations.get(line.registration_id)) for line in found]


def _own_customer(
    dealer: Dealer, order: Order | None, registration: Registration | None
) -> Customer | None:
    """Whom an event is about, if it is a customer of the dealer's own.

    Whatever was decided since, it is the dealer's own card.
    """
    customer = registration.customer if registration else None
    for part in order.attributions.all() if order is not None else ():
        if part.dealer_id == dealer.pk and part.ownership is not None:
            customer = part.ownership.customer
    return customer if customer is not None and customer.dealer_id == dealer.pk else None


def _returned(order: Order | None, component: Component) -> datetime | None:
    """When a component had nothing left of a sale, which has been read with what came back of it.

    What comes back too late for the component leaves the sale paid. Money alone takes nothing from
    what is paid by count, until all goods are back; of a sale of nothing its goods come back.
    """
    last_back = getattr(order, "last_back", None)
    if order is None or order.kind != OrderKind.SALE or last_back is None or order.counted is None:
        return None
    last_day = order.counted.counts_on + timedelta(days=component.clawback_days)
    if last_back.astimezone(order.counted.store.tz).date() > last_day:
        return None
    gone, alone, goods = (getattr(order, name) or 0 for name in ("gone", "alone", "goods"))
    goods_back = goods >= order.quantity
    if component.base == Base.UNITS or order.net == 0:
        return last_back if goods_back else None
    if component.base == Base.COUNT and not goods_back:
        gone -= alone
    return last_back if gone >= order.net else None


def _voided(line: EarningLine, registration: Registration | None, at: datetime) -> datetime | None:
    """When a registration was voided; the line that takes it back is not reversed itself."""
    void = getattr(registration, "void", None)
    return void.at if void is not None and void.at <= at and line.base > 0 else None


def _key(line: EarningLine) -> str:
    return f"{line.at.isoformat()}~{_reference(line)}~{line.component.pk}"


def _reference(line: EarningLine) -> str:
    return str(line.order_id or line.registration_id)


def _parse_key(after: str) -> tuple[str, str, int]:
    try:
        moment, event, component = after.split("~")
        at, number = datetime.fromisoformat(moment), int(component)
        # Written anew, as the database reads it too: Python also knows days by their week, and
        # offsets of almost a day.
        moment = at.astimezone(UTC).isoformat()
    except (OverflowError, ValueError):
        raise KeyNotValid(after) from None
    if at.tzinfo is None or not 0 <= number < 2**63:
        raise KeyNotValid(after)
    return moment, event, number
