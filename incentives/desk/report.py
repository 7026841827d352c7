"""What stands on the one page of a store or a dealer that hangs on the wall or goes to a meeting.

It is read as the pages read it: the places by ``seen``, gaps and goals as the board's page, figures
of stores as the desk. So it names nobody, and tells nothing, that its reader's pages do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from customers.models import Order
from dealers.models import Dealer, Membership, Store
from dealers.months import Span, next_month
from incentives.boards import cohorts, goals, members, standing
from incentives.boards.goals import Gap, Progress
from incentives.boards.metrics import FIGURES
from incentives.boards.standing import BoardStanding
from incentives.desk import cards, region, seen
from incentives.desk.cards import Card
from incentives.desk.charts import Band
from incentives.desk.region import Funnel, MonthFigures, StoreFigures
from incentives.desk.seen import Lacks, Places
from incentives.models import Metric


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A gap to what the top quarter does, and the titles of the courses that are to close it."""

    gap: Gap
    lessons: list[str]


@dataclass(frozen=True)
class Report:
    """A store or dealer in a month, up to and with ``day``, as somebody may see it."""

    member: Store | Dealer
    metric: Metric
    month: date
    day: date
    at: datetime
    standing: BoardStanding
    cohort: str
    places: Places | None
    band: Band | None
    lacks: Lacks | None  # while the month runs: later nothing can be caught up with
    cards: list[Card]
    months: list[date]  # of the cards' values
    funnel: Funnel
    behaviour: list[Behaviour]
    goals: list[Progress]
    stores: list[StoreFigures]  # of a dealer, the one with most registrations first

    @property
    def kind(self) -> str:
        """How the board's figure is written."""
        return FIGURES[self.metric].kind


def read(
    member: Store | Dealer,
    metric: Metric,
    month: date,
    *,
    post: Membership,
    now: datetime,
    today: date,
) -> Report:
    """The report of a month for the holder of ``post``, who sees the boards of ``member``."""
    day = min(today, next_month(month) - timedelta(days=1))
    span = Span.until(day)
    of = _stores(member)
    rows = region.figures(of, span, now)
    months = region.history(of, day, now)
    place = standing.of(member, metric, month, today)
    gaps = goals.gaps(member, month, today)
    lessons = goals.lessons([gap.metric for gap in gaps], post)
    runs = month == today.replace(day=1)
    return Report(
        member=member,
        metric=metric,
        month=month,
        day=day,
        at=now,
        standing=place,
        cohort=cohorts.names(place.board).get(place.cohort, place.cohort),
        places=seen.places(place, post, today) if place.ranked else None,
        band=seen.band(place) if place.ranked else None,
        lacks=seen.lacks(place) if place.ranked and runs else None,
        cards=[*cards.of_one(rows, months, span), _net_sales(of, rows, months, span)],
        months=[each.month for each in months],
        funnel=Funnel.over(rows),
        behaviour=[
            Behaviour(gap, [course.local_title for course in lessons.get(gap.metric, [])])
            for gap in gaps
        ],
        goals=goals.goals_of(member, today),
        stores=sorted(rows, key=lambda row: (-row.registrations, row.code))
        if isinstance(member, Dealer)
        else [],
    )


def _stores(member: Store | Dealer) -> QuerySet[Store]:
    return Store.objects.of_post(*members.keys(member))


def _net_sales(
    of: QuerySet[Store], rows: Sequence[StoreFigures], months: Sequence[MonthFigures], span: Span
) -> Card:
    """What was sold in the stores less what came back, in the span and the months up to it."""
    orders = Order.objects.filter(
        store__in=of, placed_on__gte=months[0].month, placed_on__lt=span.end
    ).order_by()
    sold = dict(
        orders.annotate(month=TruncMonth("placed_on"))
        .values_list("month")
        .annotate(net=Sum("signed_net"))
    )
    days_before = Q(placed_on__gte=span.before_start, placed_on__lt=span.before_end)
    before = orders.aggregate(net=Sum("signed_net", filter=days_before))["net"] or Decimal(0)
    now = sum((row.net_sales for row in rows), Decimal(0))
    return Card(
        name=_("Net sales"),
        kind="money",
        value=now,
        change=region.share(now - before, before) if before > 0 else None,
        values=[sold.get(each.month, Decimal(0)) for each in months],
    )
