"""What waits for a person today: their customers, their pace, their colleagues, who looked."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Case, Count, DateTimeField, IntegerField, Q, Value, When
from django.db.models.functions import Lower
from django.utils import timezone

from customers import portfolio
from customers.models import Ownership, OwnershipQuerySet, Registration
from dealers.models import (
    STORE_ROLES,
    AccessAction,
    AccessLog,
    Membership,
    Role,
    User,
)
from incentives.desk.region import IN_TIME, Span, share
from training.readiness import readiness

FRESH_DAYS = 7
PACE_WEEKS = 4


@dataclass(frozen=True)
class Protected:
    """A dealer's or store's customers in protection, and what is about to end."""

    count: int
    gained: int  # within the last seven days
    expiring: int  # within a week, or in grace already
    uncontacted: int  # of the expiring ones


def protected(membership: Membership, now: datetime) -> Protected:
    """The customers whose protection runs at ``now``, for the post's dealer or store."""
    soon, in_force = portfolio.ending_soon(now), Q(protected_until__gt=now)
    return Protected(
        **portfolio.running(membership, now)
        .annotate(started=Lower("period", output_field=DateTimeField()))
        .aggregate(
            count=Count("pk", filter=in_force),
            gained=Count("pk", filter=in_force & Q(started__gt=now - timedelta(days=FRESH_DAYS))),
            expiring=Count("pk", filter=soon),
            uncontacted=Count("pk", filter=soon & Q(contacted_at__isnull=True)),
        )
    )


def _mine(membership: Membership) -> OwnershipQuerySet:
    """An associate's own customers and those that nobody follows up; else the whole scope's."""
    scope = Ownership.objects.visible_to(membership)
    if membership.role == Role.ASSOCIATE:
        scope = scope.filter(Q(staff=membership.user_id) | Q(staff__isnull=True))
    return scope


@dataclass(frozen=True)
class Call:
    """A customer to contact, and why today."""

    ownership: Ownership
    kind: str  # "first", "agreed" or "ending"
    due_at: datetime | None = None
    days: int = 0
    late: bool = False


def calls(
    membership: Membership, now: datetime, today: date, *, limit: int = 4
) -> tuple[list[Call], int]:
    """Whom to call first, and how many wait altogether.

    First contacts come first, then what was agreed for today, then protections that end soon;
    within each the nearest end. One row per ownership.
    """
    # Older ones can no longer be in time, and would hide those that still can.
    first = Q(
        contact_due_at__isnull=False,
        contacted_at__isnull=True,
        started__gt=now - timedelta(days=FRESH_DAYS),
    )
    # A registration notes its first contact as a follow-up too; only what came after was agreed.
    agreed = Q(follow_up_on__lte=today, contacted_at__isnull=False)
    waiting = (
        _mine(membership)
        .running(now)
        .filter(protected_until__gt=now)
        .annotate(started=Lower("period", output_field=DateTimeField()))
        .filter(first | agreed | portfolio.ending_soon(now))
        .annotate(
            turn=Case(
                When(first, then=Value(1)),
                When(agreed, then=Value(2)),
                default=Value(3),
                output_field=IntegerField(),
            )
        )
    )
    rows = waiting.select_related("customer", "staff", "store").order_by(
        "turn",
        Case(
            When(turn=1, then=Lower("period", output_field=DateTimeField())),
            default="protected_until",
            output_field=DateTimeField(),
        ),
        "pk",
    )[:limit]
    found = []
    for row in rows:
        days = (row.protected_until - now).days
        if row.turn == 1 and row.contact_due_at is not None:
            found.append(Call(row, "first", row.contact_due_at, days, row.contact_due_at < now))
        elif row.turn == 2 and row.follow_up_on is not None:
            found.append(Call(row, "agreed", days=days, late=row.follow_up_on < today))
        else:
            found.append(Call(row, "ending", days=days))
    return found, waiting.count()


def expiring(membership: Membership, now: datetime, *, limit: int = 5) -> list[Ownership]:
    """The protections that end within a week or are in grace, nearest first, as in the list."""
    rows = portfolio.running(membership, now).filter(portfolio.ending_soon(now))
    return list(portfolio.ordered(rows, portfolio.View.EXPIRING)[:limit])


@dataclass(frozen=True)
class OwnPace:
    """A person's registrations of this week's days, and their own daily average before."""

    days: Sequence[tuple[date, int]]  # Monday to today
    average: Decimal  # a calendar day, over the four weeks before this one; one decimal
    month: int
    contacted: int  # of the month's, in time

    @property
    def today(self) -> int:
        return self.days[-1][1]

    @property
    def to_beat(self) -> int:
        """How many more today would pass the own average; 0 when it is passed."""
        return max(0, int(self.average) + 1 - self.today)

    @property
    def contact_rate(self) -> Decimal | None:
        return share(self.contacted, self.month)


def own_pace(user: User, today: date) -> OwnPace:
    """How many customers ``user`` won each day of this week, beside their own average."""
    monday = today - timedelta(days=today.weekday())
    start = min(monday - timedelta(weeks=PACE_WEEKS), today.replace(day=1))
    rows = (
        Registration.objects.valid()
        .filter(
            staff=user,
            received_on__gte=start,
            received_on__lte=today,
        )
        .order_by()
        .values("received_on")
        .annotate(gained=Count("pk"), contacted=Count("pk", filter=IN_TIME))
    )
    gained: Counter[date] = Counter()
    contacted: Counter[date] = Counter()
    for row in rows:
        gained[row["received_on"]] = row["gained"]
        contacted[row["received_on"]] = row["contacted"]
    earlier = sum(
        count
        for day, count in gained.items()
        if monday - timedelta(weeks=PACE_WEEKS) <= day < monday
    )
    first = today.replace(day=1)
    return OwnPace(
        days=[
            (day, gained[day])
            for day in (monday + timedelta(days=place) for place in range(today.weekday() + 1))
        ],
        average=round(Decimal(earlier) / (7 * PACE_WEEKS), 1),
        month=sum(count for day, count in gained.items() if day >= first),
        contacted=sum(count for day, count in contacted.items() if day >= first),
    )


@dataclass(frozen=True)
class Colleague:
    """One of the staff, with the month's figures and required courses."""

    membership: Membership
    registrations: int
    contacted: int
    passed: int
    required: int

    @property
    def contact_rate(self) -> Decimal | None:
        return share(self.contacted, self.registrations)

    @property
    def trained(self) -> bool:
        return self.passed >= self.required


def staff_progress(membership: Membership, span: Span, now: datetime) -> list[Colleague]:
    """How the staff that the holder of ``membership`` looks after are getting on this month."""
    posts = list(
        Membership.objects.staff_of(membership)
        .current(now)
        .filter(role__in=STORE_ROLES)
        .select_related("user", "store")
        .order_by("store__code", "user__name", "pk")
    )
    return colleagues(posts, span, now)


def colleagues(posts: Sequence[Membership], span: Span, now: datetime) -> list[Colleague]:
    """The figures of these posts, in three queries however many there are."""
    figures: dict[tuple[int | None, int | None], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for staff, store, registrations, contacted in (
        Registration.objects.valid()
        .filter(
            staff__in={post.user_id for post in posts},
            store__in={post.store_id for post in posts},
            received_on__gte=span.start,
            received_on__lt=span.end,
        )
        .order_by()
        .values("staff", "store")
        .annotate(registrations=Count("pk"), contacted=Count("pk", filter=IN_TIME))
        .values_list("staff", "store", "registrations", "contacted")
    ):
        figures[staff, store] = registrations, contacted
    ready = readiness(posts, at=now)
    return [
        Colleague(
            membership=post,
            registrations=figures[post.user_id, post.store_id][0],
            contacted=figures[post.user_id, post.store_id][1],
            passed=len(ready[post.pk].passed),
            required=len(ready[post.pk].required),
        )
        for post in posts
    ]


@dataclass(frozen=True)
class Access:
    """How often a dealer's customers were looked at in a month, and the last times."""

    reveals: int
    look_ups: int
    exports: int
    customers: int
    by_others: int  # by people who do not work for the dealer
    last: list[AccessLog]

    @property
    def times(self) -> int:
        return self.reveals + self.look_ups + self.exports


def access(membership: Membership, month: date, *, limit: int = 3) -> Access:
    """Who read personal data of the dealer's customers since the first of ``month``."""
    log = AccessLog.objects.visible_to(membership)
    begun = timezone.make_aware(datetime.combine(month, time.min))
    counted = log.filter(at__gte=begun).aggregate(
        reveals=Count("pk", filter=Q(action=AccessAction.REVEAL)),
        look_ups=Count("pk", filter=Q(action=AccessAction.LOOK_UP)),
        exports=Count("pk", filter=Q(action=AccessAction.EXPORT)),
        customers=Count("customer", distinct=True),
        by_others=Count("pk", filter=~Q(role__in=[*STORE_ROLES, Role.OWNER])),
    )
    return Access(**counted, last=list(log.select_related("user")[:limit]))
