"""Why one line of a dealer's month is what it is, with the receipt that it rests on."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from customers.models import Order, Ownership, Registration
from customers.orders import words
from dealers.actor import Actor
from dealers.models import Dealer, Store
from incentives import explanation
from incentives.earnings import held, rows
from incentives.earnings.held import Held
from incentives.earnings.lines import EarningLine, found_lines, with_events
from incentives.earnings.results import source_of
from incentives.estimates import Estimate
from incentives.explanation import Explanation
from incentives.models import Program, Run
from incentives.return_window import window_ends_on


@dataclass(frozen=True)
class Detail:
    """A line with its reasons: the explanation, the receipt it rests on, the terms, the month.

    ``source`` is what its month is read from, ``run`` the closing that booked it, ``held`` what
    keeps it from being booked.
    """

    line: EarningLine
    explanation: Explanation
    receipt: Registration | None
    source: Run | Estimate
    run: Run | None
    as_of: datetime  # until when everything that was recorded is in the amount
    currency: str
    held: Held | None = None

    @property
    def place(self) -> Store | None:
        """The store that it counts for; of a sale by the one and for another, the reader's own."""
        order, registration = self.line.order, self.line.registration
        if order is None:
            return registration.store if registration else None
        return order.counted.store if order.counted else order.store

    @property
    def window_ends_on(self) -> date | None:
        """The last day on which a return takes the amount back unpaid."""
        return window_ends_on(self.line.order, self.line.component)


def line_detail(
    dealer: Dealer, month: date, code: str, event: str, at: datetime, *, by: Actor | None = None
) -> Detail | None:
    """One line by its address, with its reasons; None if there is no such line of this dealer.

    ``code`` is the component's, after its plan's where several plans use it; ``event`` is an
    order's id or a registration's receipt, ``by`` who reads it.
    """
    order_id = registration_id = None
    try:
        order_id = UUID(event)
    except ValueError:
        known = Registration.objects.filter(receipt=event, dealer=dealer).first()
        if known is None:
            return None
        registration_id = known.pk
    source = source_of(dealer, month, at)
    found = found_lines(
        dealer,
        month,
        source,
        code=code,
        orders=[order_id] if order_id else None,
        registration_id=registration_id,
        limit=1,
    )
    kept = held.found(dealer, month, source, code, order_id) if order_id and not found else None
    if kept is not None:
        found = [kept]
    if not found:
        return None
    line = with_events(dealer, found, at, by=by)[0]
    currency = Program.current().currency
    receipt = line.registration
    owned = line.order.owned if line.order is not None else None
    if owned is not None and owned.ownership is not None:
        receipt = (
            Registration.objects.valid()
            .filter(ownership__in=Ownership.objects.one_protection(owned.ownership), dealer=dealer)
            .order_by("received_at")
            .first()
        )
    return Detail(
        line=line,
        explanation=_explain(line, currency, dealer, source),
        receipt=receipt,
        source=source,
        run=source if isinstance(source, Run) and not line.held else None,
        as_of=source.known_until if isinstance(source, Run) else source.as_of,
        currency=currency,
        held=_held(line, dealer, source, at),
    )


def _held(line: EarningLine, dealer: Dealer, source: Run | Estimate, at: datetime) -> Held | None:
    if not line.held:
        return None
    holding = held.of_month(dealer, line.month, source, at)
    return next(each for each in holding if each.code == line.held)


def _explain(
    line: EarningLine, currency: str, dealer: Dealer, source: Run | Estimate
) -> Explanation:
    component, order = line.component, line.order
    if line.tiered and order is not None:
        return explanation.of_base(component, order, line.for_month, line.base, currency)
    amount, uncapped = line.amount or Decimal(0), line.uncapped or Decimal(0)
    rate = line.rate or Decimal(0)
    if order is None:
        return explanation.of_registration(
            component,
            base=line.base,
            rate=rate,
            uncapped=uncapped,
            amount=amount,
            currency=currency,
        )
    if order.sale is not None:
        worth, before = _worth_and_taken(line, order, order.sale, dealer, source)
        return explanation.of_return(
            component,
            order,
            order.sale,
            sale_name=words.name(order.sale, dealer.pk),
            for_month=line.for_month,
            worth=worth,
            before=before,
            uncapped=uncapped,
            amount=amount,
            currency=currency,
        )
    return explanation.of_sale(
        component,
        order,
        base=line.base,
        rate=rate,
        share=line.share,
        uncapped=uncapped,
        amount=amount,
        currency=currency,
    )


def _worth_and_taken(
    line: EarningLine, back: Order, sale: Order, dealer: Dealer, source: Run | Estimate
) -> tuple[Decimal, Decimal]:
    """What a return's sale was worth, and what its earlier returns took from that."""
    this = (back.ordered_at, back.pk)
    siblings = Order.objects.filter(sale=sale, ordered_at__lte=back.ordered_at)
    earlier = {o.pk for o in siblings if (o.ordered_at, o.pk) < this}
    wanted = [sale.pk, *earlier]
    booked = rows.read(rows.BOOKED, dealer, component=line.component, orders=wanted)
    if isinstance(source, Estimate):
        booked += rows.read(
            rows.OPEN, dealer, open_month=source.month.pk, component=line.component, orders=wanted
        )
    found = {row.order_id: row.worth for row in booked}
    for each in held.kept_lines(dealer, source):
        if each.component_id == line.component.pk and each.order_id in wanted:
            found[each.order_id] = each.uncapped or Decimal(0)
    before = sum((found.get(order, Decimal(0)) for order in earlier), Decimal(0))
    return found.get(sale.pk, Decimal(0)), before
