"""What a dealer reads about its earnings: a month, its categories, its lines, and why.

A closed month is read from its results and lines. A month that still runs is read from its
estimate, which the same statements compute that will close it, so that a line keeps its address
(month, component, event) when the month closes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Sum

from customers.cards import Card
from customers.models import Attribution, Order, OrderKind, Registration
from dealers.models import Dealer
from dealers.months import previous_month
from incentives import estimates, explanation
from incentives.estimates import Estimate
from incentives.explanation import Explanation
from incentives.models import (
    ADJUSTMENT,
    ENGINE,
    FIRST_ENGINE,
    TIERED,
    Clawback,
    Component,
    OpenResult,
    Program,
    Result,
    Run,
    Statement,
)
from incentives.return_window import window_ends_on, window_over

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
    month still runs. ``trend`` are the last six months with their totals, oldest first. ``source``
    is the closed month or the estimate that all amounts are from.
    """

    dealer: Dealer
    month: date
    source: Run | Estimate
    currency: str
    categories: list[Category]
    total: Decimal
    confirmed: Decimal
    trend: list[tuple[date, Decimal]]
    statement: Statement | None

    @property
    def closed(self) -> bool:
        return isinstance(self.source, Run)

    @property
    def closed_at(self) -> datetime | None:
        return self.source.closed_at if isinstance(self.source, Run) else None

    @property
    def as_of(self) -> datetime:
        """The moment until which everything that was recorded is in the amounts."""
        return self.source.known_until if isinstance(self.source, Run) else self.source.as_of

    @property
    def outdated(self) -> bool:
        """Whether something was recorded since; the worker is computing it."""
        return isinstance(self.source, Estimate) and self.source.outdated

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
    as_of: datetime  # until when everything that was recorded is in the amount
    currency: str

    @property
    def window_ends_on(self) -> date | None:
        """The last day on which a return takes the amount back unpaid."""
        return window_ends_on(self.line.order, self.line.component)


def source_of(dealer: Dealer, month: date, at: datetime) -> Run | Estimate:
    """What a dealer's month is read from: the run that closed it, or its estimate."""
    run = Run.objects.filter(month=month).first()
    return run or estimates.current(dealer, month, at)


def month_overview(dealer: Dealer, month: date, at: datetime, months: int = 6) -> Overview:
    """A dealer's month as it stands at ``at``, with ``months`` of trend."""
    source = source_of(dealer, month, at)
    shares = shares_of(source, dealer)
    total = sum((share.amount for share in shares), Decimal(0))
    confirmed, statement = total, None
    if isinstance(source, Estimate):
        confirmed = source.confirmed(at)
    else:
        issued = Statement.objects.filter(run=source, dealer=dealer)
        statement = issued.select_related("run").first()
    return Overview(
        dealer=dealer,
        month=month,
        source=source,
        currency=Program.current().currency,
        categories=categories(shares),
        total=total,
        confirmed=confirmed,
        trend=[*_totals(dealer, month, at, months - 1), (month, total)],
        statement=statement,
    )


def shares_of(source: Run | Estimate, dealer: Dealer) -> list[Share]:
    """A dealer's results of a month, booked or estimated."""
    if isinstance(source, Estimate):
        return [_share(result) for result in source.results()]
    results = Result.objects.filter(run=source, dealer=dealer).select_related(
        "component__version__plan"
    )
    ordered = results.order_by("component__version__plan__code", "component__position", "for_month")
    return [replace(_share(result), id=result.pk) for result in ordered]


def _share(r: Result | OpenResult) -> Share:
    return Share(
        r.component, r.for_month, r.adjustment, r.component.result_code(adjustment=r.adjustment),
        r.count, r.base, r.returned, r.uncapped, r.amount, r.explanation,
    )  # fmt: skip


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


def _totals(dealer: Dealer, month: date, at: datetime, months: int) -> list[tuple[date, Decimal]]:
    """The totals of the months before, oldest first; months that nobody closed are estimated."""
    wanted: list[date] = []
    for _step in range(months):
        month = previous_month(month)
        wanted.insert(0, month)
    if not wanted:
        return []
    booked = dict(
        Result.objects.filter(dealer=dealer, run__month__in=wanted)
        .values_list("run__month")
        .annotate(total=Sum("amount"))
    )
    last = Run.objects.order_by("-month").values_list("month", flat=True).first()
    return [
        (
            each,
            estimates.current(dealer, each, at).total()
            if last and each > last
            else booked.get(each, Decimal(0)),
        )
        for each in wanted
    ]


def lines(
    dealer: Dealer,
    month: date,
    at: datetime,
    *,
    source: Run | Estimate | None = None,
    code: str = "",
    after: str = "",
    size: int | None = PAGE,
    cards: bool = True,
) -> Page:
    """A page of a dealer's lines of a month, newest first, with what is shown about each.

    ``source`` is what the month is read from, where that is known; ``code`` narrows to a component
    by its address, ``after`` is the ``next`` of the page before; without ``size`` all lines come,
    without ``cards`` no customer's name.
    """
    source = source or source_of(dealer, month, at)
    found = _lines(
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
    return Page(_with_events(dealer, shown, at, cards=cards), _key(last) if last else None)


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
    source = source_of(dealer, month, at)
    found = _lines(
        dealer,
        month,
        source,
        code=code,
        orders=[order_id] if order_id else None,
        registration_id=registration_id,
        limit=1,
    )
    if not found:
        return None
    line = _with_events(dealer, found, at)[0]
    currency = Program.current().currency
    receipt = line.registration
    if line.order is not None and line.order.owned:
        receipt = (
            Registration.objects.valid()
            .filter(ownership=line.order.owned.ownership_id, dealer=dealer)
            .order_by("received_at")
            .first()
        )
    return Detail(
        line=line,
        explanation=_explain(line, currency, dealer, source),
        receipt=receipt,
        run=source if isinstance(source, Run) else None,
        as_of=source.known_until if isinstance(source, Run) else source.as_of,
        currency=currency,
    )


def _explain(
    line: EarningLine, currency: str, dealer: Dealer, source: Run | Estimate
) -> Explanation:
    component, order = line.component, line.order
    if line.tiered and order is not None:
        return explanation.of_base(component, order, line.for_month, line.base, currency)
    amount, uncapped = line.amount or Decimal(0), line.uncapped or Decimal(0)
    rate = line.rate or Decimal(0)
    if order is None:
        return explanation.of_registration(component, rate, uncapped, amount, currency)
    if order.sale is not None:
        worth, before = _worth_and_taken(line, order, order.sale, dealer, source)
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
    line: EarningLine, back: Order, sale: Order, dealer: Dealer, source: Run | Estimate
) -> tuple[Decimal, Decimal]:
    """What a return's sale was worth, and what its earlier returns took from that."""
    this = (back.ordered_at, back.pk)
    siblings = Order.objects.filter(sale=sale, ordered_at__lte=back.ordered_at)
    earlier = {o.pk for o in siblings if (o.ordered_at, o.pk) < this}
    wanted = [sale.pk, *earlier]
    booked = _read_lines(_BOOKED, dealer, component=line.component, orders=wanted)
    if isinstance(source, Estimate):
        booked += _read_lines(
            _OPEN, dealer, open_month=source.month.pk, component=line.component, orders=wanted
        )
    found = {row.order_id: row.worth for row in booked}
    before = sum((found.get(order, Decimal(0)) for order in earlier), Decimal(0))
    return found.get(sale.pk, Decimal(0)), before


def _key(line: EarningLine) -> str:
    return f"{line.at.isoformat()}~{_reference(line)}~{line.component.pk}"


def _reference(line: EarningLine) -> str:
    return str(line.order_id or line.registration_id)


@dataclass(slots=True)
class _Row:
    """A line as it is kept, booked or estimated."""

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


# Where lines are kept, the moment of the event that a line is about, and what computed it.
_BOOKED = (
    """incentives_result r
        JOIN incentives_run run ON run.id = r.run_id
        JOIN incentives_line l ON l.result_id = r.id
        LEFT JOIN customers_order o ON o.id = l.order_id
        LEFT JOIN customers_registration g ON g.id = l.registration_id""",
    "coalesce(o.ordered_at, g.received_at)",
    "run.engine",
)
_OPEN = (
    "incentives_openresult r JOIN incentives_openline l ON l.result_id = r.id",
    "l.at",
    str(ENGINE),
)
# ``Component.result_code`` of a result.
_CODE = (
    f"CASE WHEN r.adjustment AND c.clawback = '{Clawback.RECOMPUTE}'"
    f" THEN c.code || '{ADJUSTMENT}' ELSE c.code END"
)
_EVENT = 'coalesce(l.order_id::text, l.registration_id::text) COLLATE "C"'


def _read_lines(
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
) -> list[_Row]:
    """A dealer's lines, newest first."""
    tables, moment, engine = source
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
        SELECT {engine}, r.component_id, r.for_month, r.adjustment, l.order_id, l.registration_id,
            {moment} AS at, l.base, l.rate, l.share, l.uncapped, l.amount
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
        return [_Row(*row) for row in cursor.fetchall()]


def _lines(dealer: Dealer, month: date, source: Run | Estimate, **wanted: Any) -> list[EarningLine]:
    """Lines without their events, newest first; ``wanted`` narrows as ``_read_lines`` does."""
    if isinstance(source, Estimate):
        found = _read_lines(_OPEN, dealer, open_month=source.month.pk, **wanted)
    else:
        found = _read_lines(_BOOKED, dealer, month=month, **wanted)
    components = Component.objects.select_related("version__plan").in_bulk(
        {line.component_id for line in found}
    )
    return [
        EarningLine(
            month, components[line.component_id], line.for_month, line.adjustment, line.order_id,
            line.registration_id, line.at, line.base, line.rate, line.share, line.uncapped,
            line.amount, confirmed=isinstance(source, Run),
        )
        for line in found
    ]  # fmt: skip


class KeyNotValid(Exception):
    """A page was asked for with a key that no page gave."""


def _parse_key(after: str) -> tuple[str, str, int]:
    try:
        moment, event, component = after.split("~")
        # Written anew, as the database reads it too: Python also knows days by their week.
        moment, number = datetime.fromisoformat(moment).isoformat(), int(component)
    except ValueError:
        raise KeyNotValid(after) from None
    if not 0 <= number < 2**63:
        raise KeyNotValid(after)
    return moment, event, number


def _with_events(
    dealer: Dealer, found: list[EarningLine], at: datetime, *, cards: bool = True
) -> list[EarningLine]:
    """The lines with their orders, registrations and the dealer's own cards: three queries."""
    related = ["store", *(["ownership__customer"] if cards else [])]
    orders = (
        Order.objects.select_related("store", "sale")
        .prefetch_related(
            Prefetch("attributions", Attribution.objects.owners().select_related(*related))
        )
        .filter(pk__in={line.order_id for line in found if line.order_id})
        .in_bulk()
    )
    registrations = (
        Registration.objects.select_related("store", *(["customer"] if cards else []))
        .filter(pk__in={line.registration_id for line in found if line.registration_id})
        .in_bulk()
    )
    opened: dict[Any, Card] = {}

    def card_of(order: Order | None, registration: Registration | None) -> Card | None:
        customer = registration.customer if registration else None
        if order is not None and order.owned is not None and order.owned.ownership is not None:
            customer = order.owned.ownership.customer
        if customer is None or customer.dealer_id != dealer.pk:
            return None
        if customer.pk not in opened:
            opened[customer.pk] = Card.of(customer)
        return opened[customer.pk]

    complete = []
    for line in found:
        order = orders.get(line.order_id)
        registration = registrations.get(line.registration_id)
        card = card_of(order, registration) if cards else None
        confirmed = line.confirmed or (
            line.amount is not None and window_over(order, line.component, at)
        )
        complete.append(
            replace(line, order=order, registration=registration, card=card, confirmed=confirmed)
        )
    return complete
