"""What came back in money: by closed month and year, as the statements say it, and by category."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import BoolAnd
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncMonth

from customers.models import Attribution, SoldBy
from dealers.models import Dealer
from incentives.models import Component, Direction, Result, Statement

ZERO = Decimal(0)
PLACES = [SoldBy.OWN, SoldBy.SISTER, SoldBy.OTHER, SoldBy.ONLINE]


@dataclass(slots=True)
class Sales:
    """Sales to the dealer's own customers at one place, and what they paid less returns."""

    place: SoldBy
    count: int = 0
    net: Decimal = ZERO


def _nothing_sold() -> dict[SoldBy, Sales]:
    return {place: Sales(place) for place in PLACES}


@dataclass(slots=True)
class Month:
    """A month of a dealer. ``total`` is that of its statement, where it is closed.

    Then it is what plans paid, less what returns took back, less what plans charged, and what
    people adjusted or boards gave.
    """

    month: date
    closed: bool = False
    rewards: Decimal = ZERO
    fees: Decimal = ZERO  # negative: charged to the dealer
    adjusted: Decimal = ZERO
    total: Decimal = ZERO
    payable: Decimal = ZERO
    places: dict[SoldBy, Sales] = field(default_factory=_nothing_sold)


@dataclass(slots=True)
class Year:
    """The months of a calendar year, the newest first."""

    year: int
    months: list[Month] = field(default_factory=list)

    @property
    def closed(self) -> list[Month]:
        return [each for each in self.months if each.closed]

    @property
    def total(self) -> Decimal:
        return sum((each.total for each in self.months), ZERO)


@dataclass(frozen=True, slots=True)
class Category:
    """What one component of a plan gave or took in all closed months."""

    name: str
    plan: str
    count: int
    amount: Decimal
    newest: date  # the last month that has a line of it
    key: str  # of its address in that month


@dataclass(frozen=True, slots=True)
class Money:
    """All years, the newest first, and what they are made of."""

    years: list[Year]
    categories: list[Category]

    @property
    def months(self) -> list[Month]:
        """Every month, the newest first."""
        return [month for year in self.years for month in year.months]

    @property
    def total(self) -> Decimal:
        return sum((each.total for each in self.years), ZERO)

    @property
    def rewards(self) -> Decimal:
        return sum((each.rewards for each in self.months), ZERO)

    @property
    def fees(self) -> Decimal:
        return sum((each.fees for each in self.months), ZERO)

    @property
    def adjusted(self) -> Decimal:
        return sum((each.adjusted for each in self.months), ZERO)

    @property
    def places(self) -> list[Sales]:
        """The sales of all months by place."""
        return [
            Sales(
                place,
                sum(each.places[place].count for each in self.months),
                sum((each.places[place].net for each in self.months), ZERO),
            )
            for place in PLACES
        ]

    @property
    def net(self) -> Decimal:
        """What the dealer's customers paid, wherever they bought."""
        return sum((each.net for each in self.places), ZERO)

    @property
    def closed(self) -> list[Month]:
        return [month for month in self.months if month.closed]


def read(dealer: Dealer) -> Money:
    """A dealer's closed months, and what its customers bought in every month; four statements."""
    months: dict[date, Month] = {}

    def of(month: date) -> Month:
        return months.setdefault(month, Month(month))

    said = Statement.objects.filter(dealer=dealer).order_by()
    for month, total, adjusted, payable in said.values_list(
        "run__month", "total", "adjusted", "payable"
    ):
        found = of(month)
        found.closed, found.total, found.adjusted, found.payable = True, total, adjusted, payable
    booked = _booked(dealer)
    for row in booked:
        if row.direction == Direction.DEALER_PAYS:
            of(row.month).fees += row.amount
        else:
            of(row.month).rewards += row.amount
    for month, place, count, net in _sold(dealer):
        of(month).places[SoldBy(place)] = Sales(SoldBy(place), count, net)
    years: dict[int, Year] = {}
    for month in sorted(months, reverse=True):
        years.setdefault(month.year, Year(month.year)).months.append(months[month])
    return Money(list(years.values()), _categories(booked))


@dataclass(frozen=True, slots=True)
class _Booked:
    month: date
    direction: str
    plan: str
    code: str
    component: int
    count: int
    amount: Decimal
    adjustment: bool  # nothing but what changes months that were closed before


def _booked(dealer: Dealer) -> list[_Booked]:
    """A dealer's results by month and component, with the newest of the versions that gave them."""
    rows = (
        Result.objects.filter(dealer=dealer)
        .order_by()
        .values_list(
            "run__month",
            "component__version__plan__direction",
            "component__version__plan__code",
            "component__code",
        )
        .annotate(Max("component"), Sum("count"), Sum("amount"), only=BoolAnd("adjustment"))
    )
    return [_Booked(*row) for row in rows]


def _sold(dealer: Dealer) -> list[tuple[date, str, int, Decimal]]:
    """What a dealer's customers bought by month and place, as it is decided now."""
    rows = (
        Attribution.objects.owners()
        .current()
        .filter(dealer=dealer)
        .order_by()
        .values_list(TruncMonth("counts_on"), "sold_by")
        .annotate(sales=Count("pk", filter=Q(sale=None)), net=Sum("signed_net"))
    )
    return list(rows)


def _categories(booked: list[_Booked]) -> list[Category]:
    """The largest amount first, whatever its sign."""
    grouped: dict[tuple[str, str], list[_Booked]] = defaultdict(list)
    for row in booked:
        grouped[row.plan, row.code].append(row)
    newest = {key: max(rows, key=lambda row: row.month) for key, rows in grouped.items()}
    named = Component.objects.select_related("version__plan").in_bulk(
        {row.component for row in newest.values()}
    )
    found = []
    for key, rows in grouped.items():
        last, component = newest[key], named[newest[key].component]
        found.append(
            Category(
                name=str(component),
                plan=str(component.version.plan),
                count=sum(row.count for row in rows),
                amount=sum((row.amount for row in rows), ZERO),
                newest=last.month,
                key=f"{last.plan}.{component.result_code(adjustment=last.adjustment)}",
            )
        )
    return sorted(found, key=lambda each: (-abs(each.amount), each.plan, each.name))
