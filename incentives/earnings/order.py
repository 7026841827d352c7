"""What one order brought its dealer, component by component, and why the others brought nothing.

Read from what was decided about the order, the lines of the months, and the engine itself, which is
asked about this order alone. Who else has a part in it is not read out.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from customers.cases import holds
from customers.models import (
    Attribution,
    AttributionCause,
    CaseSide,
    EventKind,
    Holder,
    Order,
    OrderKind,
    Ownership,
    OwnershipEvent,
    SoldBy,
)
from customers.ownership.rulebook import last_day, local_day
from dealers.actor import acting
from dealers.models import Dealer
from dealers.months import first_day, readers_day
from incentives import estimates
from incentives.books import periods
from incentives.books.holds import HeldLine
from incentives.earnings import held, rows
from incentives.earnings.parts import part_of
from incentives.earnings.rows import Row
from incentives.engine import asked
from incentives.engine.asked import Verdict
from incentives.engine.scope import Scope
from incentives.estimates import COUNTING, Estimate
from incentives.explanation import orders as explained
from incentives.explanation import terms
from incentives.explanation.orders import Finding, Given, Outcome, Part, Past, Whose
from incentives.explanation.terms import Rejected
from incentives.models import Component, Hold, Plan, PlanVersion, Program, Run

NOT_IN_FORCE = "not_in_force"


@dataclass(frozen=True, slots=True)
class OfComponent:
    """What a component of the version in force makes of the order, with its lines."""

    component: Component
    answer: Finding
    lines: list[Given]


@dataclass(frozen=True, slots=True)
class OfPlan:
    """What a plan makes of the order: by the version in force on its day, if there was one."""

    plan: Plan
    version: PlanVersion | None
    components: list[OfComponent]
    rejected: list[Rejected]

    @property
    def brought_nothing(self) -> bool:
        return all(each.answer.outcome == Outcome.NOTHING for each in self.components)


@dataclass(frozen=True)
class OrderAnswer:
    """An order with what it brought a dealer, or why it brought nothing.

    ``part`` is what the dealer has of it, None where that is nothing: then ``not_yours`` says why.
    ``month`` is the one that it counts in, ``late`` the first one that could still book it where it
    became known after its own was closed.
    """

    order: Order
    part: Part | None
    not_yours: str
    month: date
    late: date | None
    as_of: datetime | None  # of the estimate, where one was read
    currency: str
    plans: list[OfPlan] = field(default_factory=list)

    @property
    def is_return(self) -> bool:
        return self.order.kind == OrderKind.RETURN

    @property
    def answers(self) -> list[Finding]:
        return [each.answer for plan in self.plans for each in plan.components]

    @property
    def total(self) -> Decimal:
        """What it brought alone; what is held or paid for a month as a whole is not in it."""
        return sum((each.amount or Decimal(0) for each in self.answers), Decimal(0))

    @property
    def brought_nothing(self) -> bool:
        return all(each.outcome == Outcome.NOTHING for each in self.answers)


def about(dealer: Dealer, order: Order, at: datetime) -> OrderAnswer:
    """What an order, which the dealer may see, brought the dealer as it stands at ``at``."""
    currency = Program.current().currency
    with acting(COUNTING):
        decided = _decided([order, *([order.sale] if order.sale else [])])
        mine = part_of(decided[0], dealer.pk)
        if mine is None:
            return _nothing(decided[0], dealer, currency)
        stored = list(
            Component.objects.filter(version__published_at__isnull=False)
            .select_related("version__plan")
            .prefetch_related("rows")
            .order_by("version__plan__code", "version__number", "position", "code")
        )
        run = _booking(order, mine)
        stored = [each for each in stored if _known(each.version, run)]
        sold = part_of(decided[-1], dealer.pk) or mine
        known_until = run.known_until if run is not None else None
        scope = Scope.of_deal(decided[-1].pk, sold.counts_on, dealer.pk, known_until)
        verdicts = asked.verdicts(scope, order.pk, stored)
    unpaid = all(each.left_out for each in verdicts)
    if mine.holder == Holder.SELLER and mine.cause != AttributionCause.RULING and unpaid:
        # No plan pays for it: then it is nobody's business here whether there is an owner.
        return _nothing(decided[0], dealer, currency)
    given, as_of = _lines(dealer, order, mine, run, at)
    part = _part(mine)
    return OrderAnswer(
        order=order,
        part=part,
        not_yours="",
        month=first_day(mine.counts_on),
        late=_late(mine, given),
        as_of=as_of,
        currency=currency,
        plans=_plans(
            verdicts,
            replace(part, counts_on=sold.counts_on),
            given,
            currency,
            back=order.sale is not None,
        ),
    )


def _decided(orders: Iterable[Order]) -> list[Order]:
    """The orders with all that was ever decided about each. For the worker."""
    every = Attribution.objects.select_related("store", "ownership", "ruling__case")
    found = Order.objects.prefetch_related(Prefetch("attributions", every))
    by_id = found.in_bulk([order.pk for order in orders])
    return [by_id[order.pk] for order in orders]


def _booking(order: Order, mine: Attribution) -> Run | None:
    """The closing that knew of the order first, and by whose knowledge it is therefore read."""
    month, known = first_day(mine.counts_on), mine.recorded_at
    held_in = Hold.objects.filter(order=order, dealer=mine.dealer_id).values("run")
    runs = Run.objects.filter(month__gte=month, known_until__gte=known).exclude(pk__in=held_in)
    return runs.order_by("month").first()


def _known(version: PlanVersion, run: Run | None) -> bool:
    published = version.published_at
    return published is not None and (run is None or published <= run.closed_at)


def _part(mine: Attribution) -> Part:
    owned, tz = mine.ownership, mine.store.tz

    def there(moment: datetime | None) -> datetime | None:
        return moment.astimezone(tz) if moment is not None else None

    return Part(
        mine.holder,
        mine.share,
        SoldBy(mine.sold_by),
        mine.counts_on,
        there(owned.contact_due_at) if owned else None,
        there(owned.contacted_at) if owned else None,
        by_case=mine.cause == AttributionCause.RULING,
    )


def _late(mine: Attribution, given: Iterable[tuple[int, Given]]) -> date | None:
    """The month that books an order that became known after its own month was closed."""
    own = first_day(mine.counts_on)
    closed = Run.objects.filter(month=own, known_until__lt=mine.recorded_at).exists()
    if not closed:
        return None
    months = [line.month for _component, line in given]
    return min(months, default=None) or periods.open_from(own)


def _lines(
    dealer: Dealer, order: Order, mine: Attribution, run: Run | None, at: datetime
) -> tuple[list[tuple[int, Given]], datetime | None]:
    """All lines about the order, by component; and until when an estimate knows, if one was read.

    What is booked, once a closing (``run``) knew of the order; before, what is estimated of the
    first month that is open, and what a case holds of it.
    """
    booked = [
        (row.component_id, _given(row, row.month, closed=True))
        for row in rows.read(rows.BOOKED, dealer, orders=[order.pk])
        if row.month is not None
    ]
    month = periods.open_from(first_day(mine.counts_on))
    if run is not None or month > first_day(readers_day(at)):
        return booked, None
    source = estimates.current(dealer, month, at)
    found = rows.read(rows.OPEN, dealer, open_month=source.month.pk, orders=[order.pk])
    open_ = [(row.component_id, _given(row, month, closed=False)) for row in found]
    return booked + (open_ or _held(dealer, order, source)), source.as_of


def _held(dealer: Dealer, order: Order, source: Estimate) -> list[tuple[int, Given]]:
    code = holds.held(dealer.pk, [order.pk]).get(order.pk)
    if code is None:
        return []
    month = source.month.month
    return [
        (line.component_id, replace(_given(line, month, closed=False), held=line.case))
        for line in held.kept_lines(dealer, source)
        if line.order_id == order.pk
    ]


def _given(row: Row | HeldLine, month: date, *, closed: bool) -> Given:
    return Given(
        month, row.for_month, row.adjustment, closed, row.base, row.rate, row.share, row.uncapped,
        row.amount, closed_gate=row.closed_gate,
    )  # fmt: skip


def _plans(
    verdicts: Iterable[Verdict],
    part: Part,
    given: Iterable[tuple[int, Given]],
    currency: str,
    *,
    back: bool,
) -> list[OfPlan]:
    lines: dict[int, list[Given]] = defaultdict(list)
    for component, line in given:
        lines[component].append(line)
    by_plan: dict[Plan, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_plan[verdict.component.version.plan].append(verdict)
    found = []
    for plan, made in by_plan.items():
        applying = [
            each for each in made if each.left_out != NOT_IN_FORCE or each.component.pk in lines
        ]
        versions = {each.component.version_id: each.component.version for each in made}
        found.append(
            OfPlan(
                plan,
                applying[0].component.version if applying else None,
                [
                    OfComponent(
                        each.component,
                        explained.answer(each, part, lines[each.component.pk], currency, back=back),
                        lines[each.component.pk],
                    )
                    for each in applying
                ],
                terms.rejected(versions.values(), part.counts_on),
            )
        )
    return sorted(found, key=lambda each: each.brought_nothing)


def _nothing(order: Order, dealer: Dealer, currency: str) -> OrderAnswer:
    """An order that does not count for the dealer, with why that is so."""
    with acting(COUNTING):
        whose = _whose(order, dealer)
    return OrderAnswer(
        order=order,
        part=None,
        not_yours=explained.not_yours(whose),
        month=first_day(order.placed_on),
        late=None,
        as_of=None,
        currency=currency,
    )


def _whose(order: Order, dealer: Dealer) -> Whose:
    if order.identity_id is None:
        return Whose(False, order.placed_on)
    decided = list(order.attributions.all())
    taken = [each for each in decided if each.dealer_id == dealer.pk and each.ownership_id]
    last = max(taken, key=lambda each: each.version, default=None)
    if last is not None:
        tz = last.store.tz
        voided = OwnershipEvent.objects.filter(ownership=last.ownership_id, kind=EventKind.VOIDED)
        event = voided.select_related("registration__void", "act").first()
        if event is not None:
            # The event is of the moment from which nothing counts; the void says when it was done.
            done = getattr(event.registration, "void", None) or event.act or event
            return Whose(True, order.placed_on, voided_on=local_day(done.at, tz))
        ruling = next((each.ruling for each in decided if each.ruling is not None), None)
        if ruling and CaseSide.objects.filter(case=ruling.case_id, dealer=dealer).exists():
            day = local_day(ruling.case.closed_at or last.recorded_at, tz)
            return Whose(True, order.placed_on, ruled_on=day, case=ruling.case.code)
    pasts = Ownership.objects.given().filter(dealer=dealer, identity=order.identity_id)
    owned = list(pasts.select_related("store").order_by("period"))
    before = [_past(each) for each in owned if each.period.upper <= order.ordered_at]
    after = [_past(each) for each in owned if each.period.lower > order.ordered_at]
    return Whose(
        True,
        order.placed_on,
        before=before[-1] if before else None,
        after=after[0] if after else None,
        known_later=len(owned) > len(before) + len(after),
    )


def _past(owned: Ownership) -> Past:
    tz: ZoneInfo = owned.store.tz
    until = min(owned.protected_until, owned.period.upper)
    return Past(local_day(owned.period.lower, tz), last_day(until, tz))
