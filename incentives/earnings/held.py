"""What of a dealer's month is held, because a case about its customer runs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from customers.cases.terms import closed_at_the_latest
from customers.models import Case
from dealers.actor import Actor, acting
from dealers.models import CalendarDay, Dealer
from incentives.books.holds import HeldLine
from incentives.earnings.lines import EarningLine, found_lines, with_events
from incentives.estimates import Estimate
from incentives.models import Base, Component, Hold, Run

READER = Actor.worker("held")  # the days of a case are no secret; its two sides are


@dataclass(frozen=True, slots=True)
class Held:
    """What one case holds of a month: in no total, and on no statement, until it is closed.

    ``until`` is when that is at the latest, ``closed_at`` when it was, ``booked_in`` the month that
    was closed first after it, unless another case held it then.
    """

    code: str
    since: datetime
    until: datetime
    closed_at: datetime | None
    booked_in: date | None
    lines: list[EarningLine]

    @property
    def orders(self) -> int:
        return len({line.order_id for line in self.lines})

    @property
    def amount(self) -> Decimal:
        """What would be paid for the orders alone."""
        return sum((line.amount or Decimal(0) for line in self.lines), Decimal(0))

    @property
    def base(self) -> Decimal:
        """What is missing in months that are paid as a whole."""
        bases: dict[int, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            if line.amount is None and line.component.base == Base.NET:
                bases[line.component.pk] += line.base
        return max(bases.values(), default=Decimal(0))


def of_month(
    dealer: Dealer, month: date, source: Run | Estimate, at: datetime, *, by: Actor | None = None
) -> list[Held]:
    """What is held of a month, by the number of the case. Without ``by`` no line has a card."""
    kept = kept_lines(dealer, source)
    if not kept:
        return []
    shown = with_events(dealer, _shown(month, kept), at, source, by=by)
    with acting(READER):
        cases = Case.objects.filter(code__in={line.held for line in shown}).order_by("code")
        by_case = {case: [line for line in shown if line.held == case.code] for case in cases}
        calendar = CalendarDay.objects.of_region(None)
        booked_in = _booked_in(source, shown) if any(case.closed_at for case in by_case) else {}
        return [
            Held(
                case.code,
                case.opened_at,
                closed_at_the_latest(case, calendar),
                case.closed_at,
                booked_in.get(case.code) if case.closed_at else None,
                lines,
            )
            for case, lines in by_case.items()
        ]


def kept_lines(dealer: Dealer, source: Run | Estimate) -> list[HeldLine]:
    """What would be booked if nothing were in dispute, earliest first."""
    if isinstance(source, Estimate):
        return source.held()
    rows = Hold.objects.filter(run=source, dealer=dealer).values_list("lines", flat=True)
    return sorted((HeldLine.read(each) for kept in rows for each in kept), key=lambda it: it.at)


def found(
    dealer: Dealer, month: date, source: Run | Estimate, code: str, order: UUID
) -> EarningLine | None:
    """A held line by its component's address and its order."""
    wanted = [each for each in kept_lines(dealer, source) if each.order_id == order]
    for line in _shown(month, wanted):
        if code in (line.code, f"{line.plan}.{line.code}"):
            return line
    return None


def _shown(month: date, kept: Iterable[HeldLine]) -> list[EarningLine]:
    kept = list(kept)
    components = Component.objects.select_related("version__plan").in_bulk(
        {line.component_id for line in kept}
    )
    return [
        EarningLine(
            month, components[line.component_id], line.for_month, line.adjustment, line.order_id,
            None, line.at, line.base, line.rate, line.share, line.uncapped, line.amount,
            confirmed=False, held=line.case, closed_gate=line.closed_gate,
        )
        for line in kept
    ]  # fmt: skip


def _booked_in(source: Run | Estimate, lines: Iterable[EarningLine]) -> dict[str, date]:
    """By case, the first month closed after this one that left none of its orders out any more."""
    if isinstance(source, Estimate):
        return {}
    orders: dict[str, set[UUID | None]] = defaultdict(set)
    for line in lines:
        orders[line.held].add(line.order_id)
    later = list(Run.objects.filter(month__gt=source.month).order_by("month"))
    again = Hold.objects.filter(run__in=later, order__in=set().union(*orders.values()))
    held_in = set(again.values_list("run", "order"))
    found = {}
    for case, its in orders.items():
        free = (run.month for run in later if not any((run.pk, order) in held_in for order in its))
        if (month := next(free, None)) is not None:
            found[case] = month
    return found


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked before the case that disputes it was opened: it stays, and is not held."""

    code: str
    count: int


def booked_before(
    dealer: Dealer, month: date, source: Run | Estimate, disputed: dict[UUID, str]
) -> list[Booked]:
    """Lines of a month that are ``disputed`` and booked all the same, by the number of the case."""
    if not disputed:
        return []
    counts: dict[str, int] = defaultdict(int)
    for line in found_lines(dealer, month, source, orders=list(disputed), limit=None):
        if line.order_id is not None:
            counts[disputed[line.order_id]] += 1
    return [Booked(code, count) for code, count in sorted(counts.items())]
