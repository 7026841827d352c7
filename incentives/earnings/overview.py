"""A dealer's month at a glance: the headline, its categories, and the months before."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from dealers.models import Dealer
from dealers.months import Span, previous_month, readers_day
from incentives import estimates
from incentives.earnings import adjusted
from incentives.earnings.adjusted import Adjusted
from incentives.earnings.results import Category, categories, shares_of
from incentives.estimates import Estimate
from incentives.models import Program, Result, Run


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
    first: date | None  # the first month that was closed
    earlier: Decimal | None = None
    compared_until: date | None = None
    adjustments: list[Adjusted] = field(default_factory=list)

    @property
    def adjusted_name(self) -> str:
        """What they are called together: adjustments, rewards, or both."""
        return adjusted.name(self.adjustments)

    @property
    def adjusted(self) -> Decimal:
        """What people added to it or took off: in the total, and confirmed at once."""
        return adjusted.total(self.adjustments)

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
        # The first days of the month before are compared as the plans gave them.
        total = self.total - self.adjusted if self.compared_until else self.total
        return total - self.earlier

    @property
    def difference_share(self) -> Decimal | None:
        if self.difference is None or self.earlier is None or self.earlier <= 0:
            return None
        return self.difference / self.earlier


def month_overview(dealer: Dealer, month: date, at: datetime, months: int = 6) -> Overview:
    """A dealer's month as it stands at ``at``, with ``months`` of trend."""
    closed = {run.month: run for run in Run.objects.all()}
    source = closed.get(month) or estimates.current(dealer, month, at)
    shares = shares_of(source, dealer)
    before = _before(month, months - 1)
    given = adjusted.of_months(dealer, [*before, month])
    adjustments = given[month] + adjusted.expected(dealer, source)
    total = sum((share.amount for share in shares), adjusted.total(adjustments))
    confirmed = total
    if isinstance(source, Estimate):
        confirmed = source.confirmed(at) + adjusted.total(adjustments)
    plans = _totals(dealer, before, max(closed, default=None), at) if before else {}
    trend = [(each, plans[each] + adjusted.total(given[each])) for each in before]
    trend.append((month, total))
    earlier, compared_until = trend[-2][1] if len(trend) > 1 else None, None
    span = Span.until(readers_day(at))
    if earlier is not None and month == span.month and span.before_end < month:
        earlier = estimates.of_first_days(
            dealer, span.before_start, span.before_end, closed.get(span.before_start)
        )
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
        first=min(closed, default=None),
        earlier=earlier,
        compared_until=compared_until,
        adjustments=adjustments,
    )


def _before(month: date, months: int) -> list[date]:
    """As many months before one, oldest first."""
    found: list[date] = []
    for _step in range(months):
        month = previous_month(month)
        found.insert(0, month)
    return found


def _totals(
    dealer: Dealer, months: list[date], last: date | None, at: datetime
) -> dict[date, Decimal]:
    """What plans gave in these months; those after the ``last`` one that was closed are estimated.

    With what their closings will take back; without what people adjusted and boards gave.
    """
    if last is None:  # and none earned anything
        return dict.fromkeys(months, Decimal(0))
    booked = dict(
        Result.objects.filter(dealer=dealer, run__month__in=months)
        .values_list("run__month")
        .annotate(total=Sum("amount"))
    )
    return {
        each: _estimated(dealer, each, at) if each > last else booked.get(each, Decimal(0))
        for each in months
    }


def _estimated(dealer: Dealer, month: date, at: datetime) -> Decimal:
    estimate = estimates.current(dealer, month, at)
    return estimate.total() + adjusted.total(adjusted.expected(dealer, estimate))
