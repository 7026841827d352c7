"""A dealer's month at a glance: the headline, its categories, and the months before."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from dealers.models import Dealer
from dealers.months import Span, previous_month
from incentives import estimates
from incentives.earnings.results import Category, categories, shares_of, source_of
from incentives.estimates import Estimate
from incentives.models import Program, Result, Run, Statement


@dataclass
class Overview:
    """A dealer's month: headline, categories, what is safe already, and the months before.

    ``confirmed`` plus ``pending`` is ``total``: pending is what can still be returned, or whose
    month still runs. ``trend`` are the last six months with their totals, oldest first. ``source``
    is the closed month or the estimate that all amounts are from. A month that still runs is
    compared with the first days of the one before: ``compared_until`` is the last of them.
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
    earlier: Decimal | None = None
    compared_until: date | None = None

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
        if self.earlier is None or not (self.earlier or self.total):
            return None
        return self.total - self.earlier

    @property
    def difference_share(self) -> Decimal | None:
        if self.difference is None or self.earlier is None or self.earlier <= 0:
            return None
        return self.difference / self.earlier


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
    trend = [*_totals(dealer, month, at, months - 1), (month, total)]
    earlier, compared_until = trend[-2][1] if len(trend) > 1 else None, None
    span = Span.until(timezone.localdate(at))
    if earlier is not None and month == span.month and span.before_end < month:
        earlier = estimates.of_first_days(dealer, span.before_start, span.before_end)
        compared_until = span.before_last
    return Overview(
        dealer=dealer,
        month=month,
        source=source,
        currency=Program.current().currency,
        categories=categories(shares),
        total=total,
        confirmed=confirmed,
        trend=trend,
        statement=statement,
        earlier=earlier,
        compared_until=compared_until,
    )


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
