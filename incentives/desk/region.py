"""What a regional manager sees: the region's stores in figures, never a customer.

Everything is counted by store and day. A month that still runs is compared with the same number of
days of the month before, else the first days of every month would look like a decline.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject, TruncMonth
from django.utils.translation import gettext as _

from customers import portfolio
from customers.models import Order, Ownership, Registration
from dealers.models import STORE_ROLES, Membership, Role, Store
from dealers.months import Span, add_months, first_day, midnight, next_month
from incentives.figures import IN_TIME, Cohort, judged, won
from training.models import Enrollment

SILENT_DAYS = 14  # without a registration: a store needs a visit
NEW_STORE_DAYS = 90
NEW_STAFF_DAYS = 30
LATE_BELOW = Decimal("0.7")  # share of first contacts in time
DECLINE_FROM = Decimal("0.3")  # fewer registrations than in the same days before
ENOUGH = 10  # registrations, before a share of them says anything
MONTHS_SHOWN = 6


def visible_stores(membership: Membership | None) -> QuerySet[Store]:
    """The stores a regional manager looks after; nobody else sees any this way."""
    if membership is None or membership.role != Role.REGIONAL_MANAGER:
        return Store.objects.none()
    return Store.objects.filter(dealer__region=membership.region_id)


@dataclass(frozen=True)
class Funnel:
    """How far the registrations of a cohort got; each step is a part of the one before."""

    registrations: int
    contacted: int
    visited: int
    sold: int

    @classmethod
    def over(cls, rows: Iterable["StoreFigures"]) -> Self:
        """The funnel of several stores together."""
        rows = list(rows)
        return cls(
            registrations=sum(row.mature for row in rows),
            contacted=sum(row.reached for row in rows),
            visited=sum(row.visited for row in rows),
            sold=sum(row.sold for row in rows),
        )

    @classmethod
    def of_network(cls, cohort: Cohort) -> Self:
        """The funnel of all stores together."""
        return cls(
            **won()
            .filter(cohort.registered)
            .aggregate(
                registrations=Count("pk"),
                contacted=Count("pk", filter=cohort.contacted),
                visited=Count("pk", filter=cohort.visited),
                sold=Count("pk", filter=cohort.sold),
            )
        )

    @property
    def steps(self) -> list[tuple[str, int, Decimal]]:
        """(name, count, share of the registrations), in order."""
        named = [
            (_("Registrations"), self.registrations),
            (_("Contacted"), self.contacted),
            (_("Visited the store"), self.visited),
            (_("Bought"), self.sold),
        ]
        return [
            (name, count, share(count, self.registrations) or Decimal(0)) for name, count in named
        ]

    @property
    def worst(self) -> tuple[str, str, Decimal] | None:
        """The step that loses the largest part, if one does: from, to, the share that went on."""
        steps = self.steps
        kept = [
            (share(after[1], before[1]), before[0], after[0])
            for before, after in itertools.pairwise(steps)
            if after[1] < before[1]
        ]
        if not kept:
            return None
        part, before_name, after_name = min(kept, key=lambda step: step[0] or Decimal(0))
        return before_name, after_name, part or Decimal(0)


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """``part`` of ``whole`` between 0 and 1, or nothing where there is no whole."""
    return Decimal(part) / Decimal(whole) if whole else None


@dataclass(frozen=True)
class MonthFigures:
    """A month of a set of stores, its first days, or other days that begin on ``month``.

    ``mature`` and ``sold`` are of the registrations that were old enough by its last day.
    """

    month: date
    registrations: int = 0
    active: int = 0
    judged: int = 0
    contacted: int = 0
    mature: int = 0
    sold: int = 0

    def with_store(self, registrations: int, judged: int, contacted: int) -> Self:
        """This and one more active store."""
        return replace(
            self,
            registrations=self.registrations + registrations,
            active=self.active + 1,
            judged=self.judged + judged,
            contacted=self.contacted + contacted,
        )

    @property
    def contact_rate(self) -> Decimal | None:
        return share(self.contacted, self.judged)

    @property
    def conversion(self) -> Decimal | None:
        return share(self.sold, self.mature)


def history(
    of: QuerySet[Store], until: date, now: datetime, months: int = MONTHS_SHOWN
) -> list[MonthFigures]:
    """The last months up to the one of ``until``, oldest first; empty months are there too."""
    wanted = [add_months(first_day(until), -back) for back in reversed(range(months))]
    # By store first: to count each store once, all registrations of all months would be sorted.
    rows = (
        won()
        .filter(store__in=of, received_on__gte=wanted[0], received_on__lte=until)
        .order_by()
        .annotate(month=TruncMonth("received_on"))
        .values_list("month", "store")
        .annotate(
            registrations=Count("pk"),
            judged=Count("pk", filter=judged(now)),
            contacted=Count("pk", filter=IN_TIME),
        )
    )
    known = {month: MonthFigures(month) for month in wanted}
    for month, _store, *counted in rows:
        known[month] = known[month].with_store(*counted)
    bought = _conversions(of, [min(next_month(each), until + timedelta(days=1)) for each in wanted])
    return [
        replace(figures, mature=mature, sold=sold)
        for figures, (mature, sold) in zip(known.values(), bought, strict=True)
    ]


def _conversions(of: QuerySet[Store], ends: list[date]) -> list[tuple[int, int]]:
    """How many registrations were old enough before each of these days, and how many bought."""
    cohorts = [Cohort(end) for end in ends]
    counts = {f"mature_{n}": Count("pk", filter=c.registered) for n, c in enumerate(cohorts)}
    counts |= {f"sold_{n}": Count("pk", filter=c.sold) for n, c in enumerate(cohorts)}
    found = (
        won()
        .filter(store__in=of, received_on__gte=cohorts[0].first, received_on__lte=cohorts[-1].last)
        .aggregate(**counts)
    )
    return [(found[f"mature_{n}"], found[f"sold_{n}"]) for n in range(len(ends))]


def before(rows: Iterable["StoreFigures"], span: Span) -> MonthFigures:
    """The days that the span is compared with, of these stores together."""
    total = MonthFigures(span.before_start)
    for row in rows:
        if row.registrations_before:
            total = total.with_store(
                row.registrations_before, row.judged_before, row.contacted_before
            )
        total = replace(
            total, mature=total.mature + row.mature_before, sold=total.sold + row.sold_before
        )
    return total


@dataclass(frozen=True)
class StoreFigures:
    """A store of the region with the figures that the manager's table sorts and filters by."""

    store: Store
    registrations: int = 0
    registrations_before: int = 0
    judged: int = 0  # of the span's registrations, for their first contact
    judged_before: int = 0
    contacted: int = 0  # in time
    contacted_before: int = 0
    mature: int = 0  # registrations old enough on the last day of the span, and how far they got
    reached: int = 0
    visited: int = 0
    sold: int = 0
    mature_before: int = 0
    sold_before: int = 0
    sales: int = 0
    net_sales: Decimal = Decimal("0.00")
    last_registered_on: date | None = None
    staff: int = 0
    new_staff: int = 0  # started lately and have not passed a course yet
    ending: int = 0  # protections that end within a week without any contact

    @property
    def name(self) -> str:
        return self.store.name

    @property
    def code(self) -> str:
        return self.store.code

    @property
    def dealer(self) -> str:
        return self.store.dealer.name

    @property
    def contact_rate(self) -> Decimal | None:
        return share(self.contacted, self.judged)

    @property
    def conversion(self) -> Decimal | None:
        return share(self.sold, self.mature)

    @property
    def change(self) -> Decimal | None:
        """Registrations against the days before, as a share of those."""
        return share(self.registrations - self.registrations_before, self.registrations_before)

    def closed(self, day: date) -> bool:
        """Whether the store takes no customers any more by the end of its day."""
        at = self.store.closed_at
        return at is not None and at.astimezone(self.store.tz).date() <= day

    def silent(self, today: date) -> bool:
        """No registration lately: the store has not started, or has stopped; it is not closed."""
        last = self.last_registered_on
        return not self.closed(today) and (last is None or (today - last).days >= SILENT_DAYS)

    @property
    def declining(self) -> bool:
        return (
            self.registrations_before >= ENOUGH
            and self.change is not None
            and self.change <= -DECLINE_FROM
        )

    @property
    def late(self) -> bool:
        rate = self.contact_rate
        return self.judged >= ENOUGH and rate is not None and rate < LATE_BELOW

    def new(self, today: date) -> bool:
        return (today - self.store.opened_on).days < NEW_STORE_DAYS


class View(StrEnum):
    """The saved views of the manager's table."""

    ALL = "all"
    SILENT = "silent"
    DECLINING = "declining"
    LATE = "late"
    NEW = "new"


def in_view(row: StoreFigures, view: View, today: date) -> bool:
    """Whether the store belongs to the saved view."""
    match view:
        case View.SILENT:
            return row.silent(today)
        case View.DECLINING:
            return row.declining
        case View.LATE:
            return row.late
        case View.NEW:
            return row.new(today)
        case _:
            return True


def figures(of: QuerySet[Store], span: Span, now: datetime) -> list[StoreFigures]:
    """Every store with its figures, in two queries however many stores there are."""
    sales = _sales(of, span)
    # One step down the index for each store; a maximum would read every registration.
    last = _gained_by_each().order_by("-received_at")
    listed = of.select_related("dealer").order_by("code")
    return [
        StoreFigures(
            store=store,
            last_registered_on=store.last_registered_on,
            ending=store.ending or 0,
            **sales.get(store.pk, {}),
            **(store.gained or {}),
            **(store.posts or {}),
        )
        for store in listed.annotate(
            last_registered_on=Subquery(last.values("received_on")[:1]),
            gained=Subquery(_gained(span, now)),
            posts=Subquery(_staff(now)),
            ending=Subquery(_ending(now)),
        )
    ]


def _gained(span: Span, now: datetime) -> QuerySet[Any]:
    """What the store of the outer query gained, and how far that got."""
    in_span = Q(received_on__gte=span.start)
    in_days_before = Q(received_on__gte=span.before_start, received_on__lt=span.before_end)
    cohort, cohort_before = Cohort(span.end), Cohort(span.before_end)
    settled = judged(now)
    counted = JSONObject(
        registrations=Count("pk", filter=in_span),
        judged=Count("pk", filter=in_span & settled),
        contacted=Count("pk", filter=in_span & IN_TIME),
        registrations_before=Count("pk", filter=in_days_before),
        judged_before=Count("pk", filter=in_days_before & settled),
        contacted_before=Count("pk", filter=in_days_before & IN_TIME),
        mature=Count("pk", filter=cohort.registered),
        reached=Count("pk", filter=cohort.contacted),
        visited=Count("pk", filter=cohort.visited),
        sold=Count("pk", filter=cohort.sold),
        mature_before=Count("pk", filter=cohort_before.registered),
        sold_before=Count("pk", filter=cohort_before.sold),
    )
    found = _gained_by_each().filter(
        # By the index of a store's registrations; a day begins earlier in some time zones.
        received_at__gte=_early(cohort_before.first, now),
        received_on__gte=cohort_before.first,
        received_on__lt=span.end,
    )
    return found.values("store").annotate(figures=counted).values("figures")


def _staff(now: datetime) -> QuerySet[Any]:
    """How many work at the store of the outer query, and are new there."""
    passed = Exists(Enrollment.objects.filter(user=OuterRef("user"), passed_at__isnull=False))
    lately = Q(starts_at__gt=now - timedelta(days=NEW_STAFF_DAYS))
    counted = JSONObject(
        staff=Count("user", distinct=True),
        new_staff=Count("user", distinct=True, filter=lately & ~Q(passed)),
    )
    found = Membership.objects.current(now).filter(store=OuterRef("pk"), role__in=STORE_ROLES)
    return found.order_by().values("store").annotate(figures=counted).values("figures")


def _ending(now: datetime) -> QuerySet[Any]:
    """How many protections of the store of the outer query end soon without any contact."""
    found = Ownership.objects.filter(
        store=OuterRef("pk"),
        protected_until__gt=now,
        protected_until__lt=now + portfolio.SOON,
        period__contains=now,
        contacted_at__isnull=True,
    )
    return found.order_by().values("store").annotate(count=Count("pk")).values("count")


def _sales(of: QuerySet[Store], span: Span) -> dict[int, dict[str, Any]]:
    """What each store sold in a span."""
    placed = Order.objects.filter(store__in=of, placed_on__gte=span.start, placed_on__lt=span.end)
    rows = (
        placed.order_by()
        .values_list("store")
        .annotate(count=Count("pk", filter=Q(sale__isnull=True)), net_sales=Sum("signed_net"))
    )
    return {store: {"sales": count, "net_sales": net} for store, count, net in rows}


def _gained_by_each() -> QuerySet[Registration]:
    """What the store of the outer query gained."""
    return won().filter(store=OuterRef("pk")).order_by()


def _early(day: date, now: datetime) -> datetime:
    """A moment before the day begins anywhere."""
    return midnight(day - timedelta(days=1), now.tzinfo)
