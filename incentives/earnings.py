"""What a dealer reads about its earnings: a month, its categories, its lines, and why.

A closed month is read from its results and lines. A month that still runs is computed by the same
statements that will close it, for this one dealer and with nothing written, so that a line keeps
its address (month, component, event) when the month closes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Sum

from customers.cards import Card
from customers.models import Attribution, Order, OrderKind, Registration
from dealers.models import Dealer
from dealers.months import previous_month
from incentives import accrual, explanation
from incentives.accrual import Scope
from incentives.explanation import Explanation
from incentives.models import (
    ADJUSTMENT,
    FIRST_ENGINE,
    TIERED,
    Clawback,
    Component,
    Program,
    Result,
    Run,
    Statement,
)

PAGE = 25


@dataclass(frozen=True)
class Share:
    """One component's part of a dealer's month, booked or estimated; ``id`` only where booked."""

    component: Component
    for_month: date
    adjustment: bool
    code: str
    count: int
    base: Decimal
    returned: Decimal
    uncapped: Decimal
    amount: Decimal
    stored: dict[str, Any] = field(repr=False, default_factory=dict)
    id: UUID | None = None

    @property
    def name(self) -> str:
        return explanation.name_of(self.component, self.for_month, adjustment=self.adjustment)

    @property
    def plan(self) -> str:
        return self.component.version.plan.code

    @property
    def tiered(self) -> bool:
        return self.component.kind in TIERED

    def explain(self, currency: str) -> Explanation:
        """How this amount comes about."""
        if self.tiered:
            return explanation.of_tiers(
                self.component, self.stored, self.for_month, self.amount, currency
            )
        return explanation.of_events(self.stored, self.amount, currency)


@dataclass
class Category:
    """All of a month that is called by one component code of a plan.

    ``key`` is its part of an address: the code, after the plan's where another plan has it too.
    """

    plan: str
    code: str
    key: str
    shares: list[Share] = field(default_factory=list)

    @property
    def name(self) -> str:
        if len({share.for_month for share in self.shares}) > 1:
            return self.shares[0].component.local_name
        return self.shares[0].name

    @property
    def component(self) -> Component:
        return self.shares[0].component

    @property
    def count(self) -> int:
        return sum(share.count for share in self.shares)

    @property
    def base(self) -> Decimal:
        return sum((share.base for share in self.shares), Decimal(0))

    @property
    def amount(self) -> Decimal:
        return sum((share.amount for share in self.shares), Decimal(0))


@dataclass
class Overview:
    """A dealer's month: headline, categories, what is safe already, and the months before.

    ``confirmed`` plus ``pending`` is ``total``: pending is what can still be returned, or whose
    month still runs. ``trend`` are the last six months with their totals, oldest first.
    """

    dealer: Dealer
    month: date
    run: Run | None
    currency: str
    categories: list[Category]
    total: Decimal
    confirmed: Decimal
    trend: list[tuple[date, Decimal]]
    statement: Statement | None

    @property
    def closed(self) -> bool:
        return self.run is not None

    @property
    def closed_at(self) -> datetime | None:
        return self.run.closed_at if self.run else None

    @property
    def pending(self) -> Decimal:
        return self.total - self.confirmed

    @property
    def before(self) -> date:
        return previous_month(self.month)

    @property
    def difference(self) -> Decimal | None:
        """More (or less) than the month before; None where neither earned anything."""
        if len(self.trend) < 2 or not (self.trend[-2][1] or self.total):
            return None
        return self.total - self.trend[-2][1]

    @property
    def difference_share(self) -> Decimal | None:
        if self.difference is None or self.trend[-2][1] <= 0:
            return None
        return self.difference / self.trend[-2][1]


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

    @property
    def code(self) -> str:
        return self.component.result_code(adjustment=self.adjustment)

    @property
    def plan(self) -> str:
        return self.component.version.plan.code

    @property
    def name(self) -> str:
        return explanation.name_of(self.component, self.for_month, adjustment=self.adjustment)

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
        """The order's number or the registration's receipt."""
        return str(self.order or self.registration or "")

    @property
    def about(self) -> str:
        return " · ".join(filter(None, [self.customer, self.reference]))

    @property
    def tiered(self) -> bool:
        return self.component.kind in TIERED


@dataclass(frozen=True)
class Page:
    """Some lines, newest first; ``next`` is the key of what follows, None at the end."""

    lines: list[EarningLine]
    next: str | None


@dataclass(frozen=True)
class Detail:
    """A line with its reasons: the explanation, the receipt it rests on, the terms, the month."""

    line: EarningLine
    explanation: Explanation
    receipt: Registration | None
    run: Run | None
    currency: str

    @property
    def window_ends_on(self) -> date | None:
        """The last day on which a return takes the amount back unpaid."""
        order = self.line.order
        days = self.line.component.return_window_days
        if order is None or order.owned is None or self.line.is_return:
            return None
        return order.owned.counts_on + timedelta(days=days)


def month_overview(dealer: Dealer, month: date, at: datetime, months: int = 6) -> Overview:
    """A dealer's month as it stands at ``at``, with ``months`` of trend."""
    run = Run.objects.filter(month=month).first()
    currency = Program.current().currency
    shares = month_shares(dealer, month)
    total = sum((share.amount for share in shares), Decimal(0))
    statement = None
    if run:
        statement = Statement.objects.filter(run=run, dealer=dealer).select_related("run").first()
    return Overview(
        dealer=dealer,
        month=month,
        run=run,
        currency=currency,
        categories=categories(shares),
        total=total,
        confirmed=total if run else _confirmed(dealer, month, at),
        trend=[*_totals(dealer, month, months - 1), (month, total)],
        statement=statement,
    )


def month_shares(dealer: Dealer, month: date) -> list[Share]:
    """A dealer's results of a month, booked or estimated."""
    run = Run.objects.filter(month=month).first()
    if run is None:
        return [
            Share(e.component, e.for_month, e.adjustment, e.code, e.count, e.base, e.returned,
                  e.uncapped, e.amount, e.explanation)
            for e in accrual.estimate(Scope.of(month).for_dealer(dealer.pk))
        ]  # fmt: skip
    results = Result.objects.filter(run=run, dealer=dealer).select_related(
        "component__version__plan"
    )
    ordered = results.order_by("component__version__plan__code", "component__position", "for_month")
    return [
        Share(r.component, r.for_month, r.adjustment, r.code, r.count, r.base, r.returned,
              r.uncapped, r.amount, r.explanation, r.pk)
        for r in ordered
    ]  # fmt: skip


def categories(shares: Iterable[Share]) -> list[Category]:
    """Results by the plan and the code they are exported and called by."""
    given = list(shares)
    shared = in_several_plans((share.plan, share.code) for share in given)
    found: dict[tuple[str, str], Category] = {}
    for share in given:
        key = f"{share.plan}.{share.code}" if share.code in shared else share.code
        category = Category(share.plan, share.code, key)
        found.setdefault((share.plan, share.code), category).shares.append(share)
    return list(found.values())


def in_several_plans(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Of pairs of plan and component code, the codes that several plans use."""
    plans: dict[str, set[str]] = defaultdict(set)
    for plan, code in pairs:
        plans[code].add(plan)
    return {code for code, users in plans.items() if len(users) > 1}


def _is_called(key: str, plan: str, code: str) -> bool:
    """Whether a component of a plan is meant by an address: its code, or both codes."""
    return key in (code, f"{plan}.{code}")


def _totals(dealer: Dealer, month: date, months: int) -> list[tuple[date, Decimal]]:
    """The totals of the months before, oldest first; months that nobody closed are estimated."""
    wanted = []
    for _step in range(months):
        month = previous_month(month)
        wanted.append(month)
    booked = dict(
        Result.objects.filter(dealer=dealer, run__month__in=wanted)
        .values_list("run__month")
        .annotate(total=Sum("amount"))
    )
    last = Run.objects.order_by("-month").first()
    totals = []
    for each in reversed(wanted):
        total = booked.get(each, Decimal(0))
        if last and each > last.month:
            estimates = accrual.estimate(Scope.of(each).for_dealer(dealer.pk))
            total = sum((e.amount for e in estimates), Decimal(0))
        totals.append((each, total))
    return totals


def _confirmed(dealer: Dealer, month: date, at: datetime) -> Decimal:
    """What an open month has for sure: events whose return window is over."""
    return accrual.settled(Scope.of(month).for_dealer(dealer.pk), at)


def lines(
    dealer: Dealer,
    month: date,
    at: datetime,
    *,
    code: str = "",
    after: str = "",
    size: int | None = PAGE,
) -> Page:
    """A page of a dealer's lines of a month, newest first, with what is shown about each.

    ``code`` narrows to a component by its address, ``after`` is the ``next`` of the page before;
    without ``size`` all lines come.
    """
    found = _lines(dealer, month, at, code=code, after=after, size=size)
    more = size is not None and len(found) > size
    shown = found[:size]
    last = shown[-1] if more else None
    return Page(_with_events(dealer, shown), _key(last) if last else None)


def line_detail(dealer: Dealer, month: date, code: str, event: str, at: datetime) -> Detail | None:
    """One line by its address, with its reasons; None if there is no such line of this dealer.

    ``code`` is the component's, after its plan's where several plans use it; ``event`` is an
    order's id or a registration's receipt.
    """
    order_id = registration_id = None
    try:
        order_id = UUID(event)
    except ValueError:
        known = Registration.objects.filter(receipt=event, dealer=dealer).first()
        if known is None:
            return None
        registration_id = known.pk
    found = [
        line
        for line in _lines(dealer, month, at, order_id=order_id, registration_id=registration_id)
        if _is_called(code, line.plan, line.code)
    ]
    if not found:
        return None
    line = _with_events(dealer, found[:1])[0]
    currency = Program.current().currency
    receipt = line.registration
    if line.order is not None and line.order.owned:
        receipt = (
            Registration.objects.filter(ownership=line.order.owned.ownership_id, answer="yours")
            .filter(dealer=dealer)
            .order_by("received_at")
            .first()
        )
    return Detail(
        line=line,
        explanation=_explain(line, currency, dealer),
        receipt=receipt,
        run=Run.objects.filter(month=month).first(),
        currency=currency,
    )


def _explain(line: EarningLine, currency: str, dealer: Dealer) -> Explanation:
    component, order = line.component, line.order
    if line.tiered and order is not None:
        return explanation.of_base(component, order, line.for_month, line.base, currency)
    amount, uncapped = line.amount or Decimal(0), line.uncapped or Decimal(0)
    rate = line.rate or Decimal(0)
    if order is None:
        return explanation.of_registration(component, rate, uncapped, amount, currency)
    if order.sale is not None:
        worth, before = _worth_and_taken(line, order, order.sale, dealer)
        return explanation.of_return(
            component,
            order,
            order.sale,
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
    line: EarningLine, back: Order, sale: Order, dealer: Dealer
) -> tuple[Decimal, Decimal]:
    """What a return's sale was worth, and what its earlier returns took from that."""
    this = (back.ordered_at, back.pk)
    siblings = Order.objects.filter(sale=sale, ordered_at__lte=back.ordered_at)
    earlier = {o.pk for o in siblings if (o.ordered_at, o.pk) < this}
    wanted = [sale.pk, *earlier]
    found: dict[UUID | None, Decimal] = {
        row.order_id: row.worth
        for row in _booked_lines(dealer, component=line.component, orders=wanted)
    }
    if set(wanted) - set(found):
        scope = Scope.of(line.month).for_dealer(dealer.pk)
        for each in accrual.estimated_lines(scope, component=line.component):
            if each.order_id in wanted and each.uncapped is not None:
                found.setdefault(each.order_id, each.uncapped)
    before = sum((found.get(order, Decimal(0)) for order in earlier), Decimal(0))
    return found.get(sale.pk, Decimal(0)), before


def _key(line: EarningLine) -> str:
    return f"{line.at.isoformat()}~{_reference(line)}~{line.component.pk}"


def _reference(line: EarningLine | accrual.EstimatedLine) -> str:
    return str(line.order_id or line.registration_id)


@dataclass(slots=True)
class _Booked:
    engine: int
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

    @property
    def worth(self) -> Decimal:
        """What it brings before the cap; for the first engine, what it paid."""
        worth = self.amount if self.engine == FIRST_ENGINE else self.uncapped
        return worth or Decimal(0)


def _booked_lines(
    dealer: Dealer,
    *,
    month: date | None = None,
    component: Component | None = None,
    orders: list[UUID] | None = None,
    registration_id: int | None = None,
    code: str = "",
    before: tuple[str, str, int] | None = None,
    limit: int | None = None,
) -> list[_Booked]:
    conditions = ["r.dealer_id = %(dealer)s"]
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
        conditions.append(
            f"({_AT}, {_EVENT}, r.component_id) < (%(at)s::timestamptz, %(event)s, %(last)s)"
        )
    at, event, last = before or (None, None, None)
    query = f"""
        SELECT run.engine, r.component_id, r.for_month, r.adjustment, l.order_id, l.registration_id,
            {_AT} AS at, l.base, l.rate, l.share, l.uncapped, l.amount
        FROM incentives_result r
        JOIN incentives_run run ON run.id = r.run_id
        JOIN incentives_component c ON c.id = r.component_id
        JOIN incentives_planversion v ON v.id = c.version_id
        JOIN incentives_plan p ON p.id = v.plan_id
        JOIN incentives_line l ON l.result_id = r.id
        LEFT JOIN customers_order o ON o.id = l.order_id
        LEFT JOIN customers_registration g ON g.id = l.registration_id
        WHERE {" AND ".join(conditions)}
        ORDER BY {_AT} DESC, {_EVENT} DESC, r.component_id DESC
        LIMIT %(limit)s"""
    params: dict[str, Any] = {
        "dealer": dealer.pk, "month": month, "component": component and component.pk,
        "orders": orders, "registration": registration_id, "code": code, "at": at,
        "event": event, "last": last, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return [_Booked(*row) for row in cursor.fetchall()]


# ``Component.result_code`` of a result.
_CODE = (
    f"CASE WHEN r.adjustment AND c.clawback = '{Clawback.RECOMPUTE}'"
    f" THEN c.code || '{ADJUSTMENT}' ELSE c.code END"
)
_AT = "coalesce(o.ordered_at, g.received_at)"
_EVENT = 'coalesce(l.order_id::text, l.registration_id::text) COLLATE "C"'


def _lines(
    dealer: Dealer,
    month: date,
    at: datetime,
    *,
    code: str = "",
    after: str = "",
    size: int | None = None,
    order_id: UUID | None = None,
    registration_id: int | None = None,
) -> list[EarningLine]:
    """Lines without their events, newest first; one more than ``size`` where more come."""
    before = _parse_key(after) if after else None
    if Run.objects.filter(month=month).exists():
        booked = _booked_lines(
            dealer,
            month=month,
            orders=[order_id] if order_id else None,
            registration_id=registration_id,
            code=code,
            before=before,
            limit=None if size is None else size + 1,
        )
        components = Component.objects.select_related("version__plan").in_bulk(
            {line.component_id for line in booked}
        )
        return [
            EarningLine(
                month, components[b.component_id], b.for_month, b.adjustment, b.order_id,
                b.registration_id, b.at, b.base, b.rate, b.share, b.uncapped, b.amount,
                confirmed=True,
            )
            for b in booked
        ]  # fmt: skip
    scope = Scope.of(month).for_dealer(dealer.pk)
    found = [
        EarningLine(
            month, e.component, e.for_month, e.adjustment, e.order_id, e.registration_id, e.at,
            e.base, e.rate, e.share, e.uncapped, e.amount,
            confirmed=e.amount is not None
            and (e.base < 0 or e.at + timedelta(days=e.component.return_window_days) <= at),
        )
        for e in accrual.estimated_lines(
            scope, order_id=order_id, registration_id=registration_id
        )
        if e.dealer_id == dealer.pk
    ]  # fmt: skip
    found = [line for line in found if not code or _is_called(code, line.plan, line.code)]
    found.sort(key=_sort_key, reverse=True)
    if before:
        moment, event, last = before
        edge = (datetime.fromisoformat(moment), event, last)
        found = [line for line in found if _sort_key(line) < edge]
    return found if size is None else found[: size + 1]


def _sort_key(line: EarningLine) -> tuple[datetime, str, int]:
    return line.at, _reference(line), line.component.pk


class KeyNotValid(Exception):
    """A page was asked for with a key that no page gave."""


def _parse_key(after: str) -> tuple[str, str, int]:
    try:
        moment, event, component = after.split("~")
        datetime.fromisoformat(moment)
        return moment, event, int(component)
    except ValueError:
        raise KeyNotValid(after) from None


def _with_events(dealer: Dealer, found: list[EarningLine]) -> list[EarningLine]:
    """The lines with their orders, registrations and the dealer's own cards: three queries."""
    orders = (
        Order.objects.select_related("store", "sale")
        .prefetch_related(
            Prefetch(
                "attributions",
                Attribution.objects.owners().select_related("ownership__customer", "store"),
            )
        )
        .filter(pk__in={line.order_id for line in found if line.order_id})
        .in_bulk()
    )
    registrations = (
        Registration.objects.select_related("customer", "store")
        .filter(pk__in={line.registration_id for line in found if line.registration_id})
        .in_bulk()
    )
    cards: dict[Any, Card] = {}
    complete = []
    for line in found:
        order = orders.get(line.order_id)
        registration = registrations.get(line.registration_id)
        customer = registration.customer if registration else None
        if order is not None and order.owned is not None and order.owned.ownership is not None:
            customer = order.owned.ownership.customer
        card = None
        if customer is not None and customer.dealer_id == dealer.pk:
            card = cards.get(customer.pk)
            if card is None:
                card = cards[customer.pk] = Card.of(customer)
        complete.append(replace(line, order=order, registration=registration, card=card))
    return complete
