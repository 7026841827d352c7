"""Why one line of a dealer's month is what it is, with the receipt that it rests on."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from customers.models import Attribution, Order, Registration, SoldBy
from customers.orders import words
from customers.ownership.rulebook import local_day
from dealers.actor import Actor
from dealers.models import Dealer, Store
from incentives.books import periods
from incentives.earnings import held, rows
from incentives.earnings.basis import Owned, Terms, owned_at, terms_of
from incentives.earnings.held import Held
from incentives.earnings.lines import EarningLine, found_lines, with_events
from incentives.earnings.parts import part_of
from incentives.earnings.results import source_of
from incentives.estimates import Estimate
from incentives.explanation import amounts
from incentives.explanation.amounts import Explanation
from incentives.models import ENGINE, FIFTH_ENGINE, Kind, Program, Run
from incentives.return_window import window_ends_on


@dataclass(frozen=True)
class Detail:
    """A line with its reasons: the explanation, what it rests on, the terms, the month.

    ``part`` is what the dealer had of the order as far as the month knows, ``source`` what the
    month is read from, ``run`` the closing that booked it, ``held`` what keeps it from being
    booked, ``due_at`` when its month can be closed.
    """

    dealer: Dealer
    line: EarningLine
    explanation: Explanation
    part: Attribution | None
    owned: Owned | None
    terms: Terms
    source: Run | Estimate
    run: Run | None
    as_of: datetime  # until when everything that was recorded is in the amount
    currency: str
    due_at: datetime
    held: Held | None = None

    @property
    def receipt(self) -> Registration | None:
        """The registration that it rests on."""
        return self.owned.receipt if self.owned else self.line.registration

    @property
    def place(self) -> Store | None:
        """The store that it counts for; of a sale by the one and for another, the reader's own."""
        order, registration = self.line.order, self.line.registration
        if order is None:
            return registration.store if registration else None
        return self.part.store if self.part else order.store

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
    line = with_events(dealer, found, at, source, by=by)[0]
    currency = Program.current().currency
    order = line.order
    part = _part(line, dealer, source)
    as_of = source.known_until if isinstance(source, Run) else source.as_of
    return Detail(
        dealer=dealer,
        line=line,
        explanation=_explain(line, part, currency, dealer, source),
        part=part,
        owned=owned_at(part, order.ordered_at) if order is not None else None,
        terms=terms_of(
            line.component,
            _counts_on(line, part, dealer),
            source.closed_at if isinstance(source, Run) else as_of,
            currency,
        ),
        source=source,
        run=source if isinstance(source, Run) and not line.held else None,
        as_of=as_of,
        currency=currency,
        due_at=periods.due_at(month),
        held=_held(line, dealer, source, at),
    )


def why(line: EarningLine, dealer: Dealer, source: Run | Estimate, currency: str) -> Explanation:
    """The reasons of a line that was read with its events, as its own page gives them."""
    return _explain(line, _part(line, dealer, source), currency, dealer, source)


def _part(line: EarningLine, dealer: Dealer, source: Run | Estimate) -> Attribution | None:
    """What the dealer had of the line's order, as far as its month knows."""
    known_until = source.known_until if isinstance(source, Run) else None
    return part_of(line.order, dealer.pk, known_until) if line.order is not None else None


def _counts_on(line: EarningLine, part: Attribution | None, dealer: Dealer) -> date:
    """The day whose terms count: of a return, that of its sale."""
    if line.order is None:
        return line.day
    sold = part_of(line.order.sale, dealer.pk) if line.order.sale is not None else part
    return (sold or part or line.order).counts_on


def _held(line: EarningLine, dealer: Dealer, source: Run | Estimate, at: datetime) -> Held | None:
    if not line.held:
        return None
    holding = held.of_month(dealer, line.month, source, at)
    return next(each for each in holding if each.code == line.held)


def _explain(
    line: EarningLine,
    part: Attribution | None,
    currency: str,
    dealer: Dealer,
    source: Run | Estimate,
) -> Explanation:
    component, order = line.component, line.order
    sold_by = SoldBy(part.sold_by) if part is not None else SoldBy.NONE
    if line.tiered and order is not None:
        return amounts.of_base(
            component, order, sold_by, for_month=line.for_month, base=line.base, currency=currency
        )
    amount, uncapped = line.amount or Decimal(0), line.uncapped or Decimal(0)
    rate = line.rate or Decimal(0)
    if order is None:
        return amounts.of_registration(
            component,
            base=line.base,
            rate=rate,
            uncapped=uncapped,
            amount=amount,
            currency=currency,
            closed_gate=line.closed_gate,
            day=line.day,
        )
    if order.sale is not None:
        worth, before, earlier = _worth_and_taken(line, order, order.sale, dealer, source)
        return amounts.of_return(
            component,
            order,
            order.sale,
            sale_name=words.name(order.sale, dealer.pk),
            for_month=line.for_month,
            counting=amounts.counting_back(component, order, earlier, order.sale),
            worth=worth,
            before=before,
            uncapped=uncapped,
            amount=amount,
            currency=currency,
            together=_together(line, part, source),
        )
    return amounts.of_sale(
        component,
        sold_by,
        base=line.base,
        rate=rate,
        share=line.share,
        uncapped=uncapped,
        amount=amount,
        currency=currency,
        closed_gate=line.closed_gate,
        age=_age(line, part),
    )


def _together(line: EarningLine, part: Attribution | None, source: Run | Estimate) -> bool:
    """Whether what came back was rounded with the other part: engines before rounded each alone."""
    engine = source.engine if isinstance(source, Run) else ENGINE
    split = line.component.by_share and part is not None and part.share != 1
    return split and engine >= FIFTH_ENGINE


def _age(line: EarningLine, part: Attribution | None) -> int | None:
    """On which day of the protection it was sold, where that makes the rate."""
    if line.component.kind != Kind.DECAY or part is None or part.ownership is None:
        return None
    return max((part.counts_on - local_day(part.ownership.began, part.store.tz)).days, 0)


def _worth_and_taken(
    line: EarningLine, back: Order, sale: Order, dealer: Dealer, source: Run | Estimate
) -> tuple[Decimal, Decimal, list[Order]]:
    """What a return's sale was worth, what returns before this one took from that, and those."""
    this = (line.month, back.ordered_at, back.pk)
    returns = {each.pk: each for each in Order.objects.filter(sale=sale)}
    wanted = [sale.pk, *returns]
    booked = rows.read(rows.BOOKED, dealer, component=line.component, orders=wanted)
    if isinstance(source, Estimate):
        booked += rows.read(
            rows.OPEN, dealer, open_month=source.month.pk, component=line.component, orders=wanted
        )
    found = {row.order_id: (row.month or line.month, row.at, row.worth) for row in booked}
    for each in held.kept_lines(dealer, source):
        if each.component_id == line.component.pk and each.order_id in wanted:
            found[each.order_id] = line.month, each.at, each.uncapped or Decimal(0)
    _month, _at, worth = found.pop(sale.pk, (line.month, sale.ordered_at, Decimal(0)))
    # In the order in which they are rounded: what became known late comes with a later closing.
    taken = {
        order: each
        for order, (month, at, each) in found.items()
        if order is not None and (month, at, order) < this
    }
    earlier = [each for pk, each in returns.items() if pk in taken]
    return worth, sum(taken.values(), Decimal(0)), earlier
