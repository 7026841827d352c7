"""What waits for a person today: their customers, their pace, their colleagues, who looked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from django.db.models import BooleanField, Case, Count, DateTimeField, Min, Q, Value, When
from django.db.models.functions import Cast, Lower

from customers import cards, portfolio
from customers.dispatch import calls as dispatch_calls
from customers.models import Offer, OfferQuerySet, Ownership, OwnershipQuerySet, sealed_of
from dealers.actor import Actor
from dealers.database import Counted, counted
from dealers.models import (
    BY_OTHERS,
    STORE_ROLES,
    AccessAction,
    AccessLog,
    Membership,
    Role,
    User,
)
from dealers.months import Span, midnight, readers_day
from incentives.desk.region import share
from incentives.figures import IN_TIME, judged, won
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
    first_end: datetime | None  # of the expiring ones
    contacts_late: int  # first contacts that are overdue and can still be made
    contacts_late_since: datetime | None
    agreed_late: int  # follow-ups that were agreed for an earlier day
    unassigned: int  # nobody follows them up


def protected(membership: Membership, now: datetime) -> Protected:
    """The customers whose protection runs at ``now``, for the post's dealer or store."""
    soon, in_force = portfolio.ending_soon(now), Q(protected_until__gt=now)
    late = in_force & Q(contacted_at__isnull=True, contact_due_at__lt=now)
    agreed_late = in_force & Q(contacted_at__isnull=False, follow_up_on__lt=readers_day(now))
    return Protected(
        **portfolio.running(membership, now)
        .annotate(started=Lower("period", output_field=DateTimeField()))
        .aggregate(
            count=Count("pk", filter=in_force),
            gained=Count("pk", filter=in_force & Q(started__gt=now - timedelta(days=FRESH_DAYS))),
            expiring=Count("pk", filter=soon),
            uncontacted=Count("pk", filter=soon & Q(contacted_at__isnull=True)),
            first_end=Min("protected_until", filter=soon),
            contacts_late=Count("pk", filter=late),
            contacts_late_since=Min("contact_due_at", filter=late),
            agreed_late=Count("pk", filter=agreed_late),
            unassigned=Count("pk", filter=in_force & Q(staff__isnull=True)),
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
    days: int  # until the protection ends
    late: bool = False

    @property
    def due_at(self) -> datetime | None:
        """Until when the first contact is due."""
        return self.ownership.contact_due_at if self.kind == "first" else None


@dataclass(frozen=True)
class Calls:
    """Whom to call first, and of how many altogether."""

    first: list[Call]
    waiting: int
    late: int  # of those that wait


def calls(membership: Membership, now: datetime, today: date, *, limit: int = 4) -> Calls:
    """Whom to call, by when it was to be done: what is overdue comes first, the oldest before all.

    To call are first contacts, what was agreed for today, and protections that end soon, each
    customer once.
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
            why=Case(
                When(first, then=Value("first")),
                When(agreed, then=Value("agreed")),
                default=Value("ending"),
            ),
            due=Case(
                When(first, then="contact_due_at"),
                When(agreed, then=Cast("follow_up_on", DateTimeField())),
                default="protected_until",
                output_field=DateTimeField(),
            ),
            overdue=Case(
                When(first, then=Q(contact_due_at__lt=now)),
                When(agreed, then=Q(follow_up_on__lt=today)),
                default=Value(False),
                output_field=BooleanField(),
            ),
        )
    )
    found = waiting.select_related("customer", "staff", "store")
    rows: Any = found.order_by("-overdue", "due", "pk")
    return Calls(
        [Call(row, row.why, (row.protected_until - now).days, row.overdue) for row in rows[:limit]],
        **waiting.aggregate(waiting=Count("pk"), late=Count("pk", filter=Q(overdue=True))),
    )


@dataclass(frozen=True)
class Dispatches:
    """Leads that wait at a post's store, or at all of a dealer's: for an answer, or for a call."""

    to_answer: int
    answer_by: datetime | None  # the nearest
    to_call: int
    call_by: datetime | None

    @classmethod
    def of(cls, to_answer: Counted, to_call: Counted) -> Self:
        return cls(to_answer.count, to_answer.first, to_call.count, to_call.first)


def dispatches(membership: Membership, now: datetime) -> Dispatches:
    """What the brand has dispatched and waits, as the inbox has it."""
    return Dispatches.of(*counted(*leads(membership, now)))


def leads(membership: Membership, now: datetime) -> list[tuple[OfferQuerySet, str]]:
    """The leads to answer and those to call, each with the column until when."""
    mine = Offer.objects.visible_to(membership)
    open_still = mine.open().filter(due_at__gt=now)
    return [(open_still, "due_at"), (dispatch_calls.to_call(mine), "contact_due_at")]


def expiring(
    membership: Membership, now: datetime, *, by: Actor, limit: int = 5
) -> list[Ownership]:
    """The protections that end within a week or are in grace, nearest first, as in the list."""
    rows = portfolio.running(membership, now).filter(portfolio.ending_soon(now))
    if membership.dealer_id and cards.is_faceless(by, membership.dealer_id):
        rows = rows.defer(*sealed_of("customer__"))
    return list(portfolio.ordered(rows, portfolio.View.EXPIRING)[:limit])


@dataclass(frozen=True)
class OwnPace:
    """A person's registrations of this week's days, and their own daily average before."""

    days: Sequence[tuple[date, int]]  # Monday to today
    average: Decimal  # a calendar day, over the four weeks before this one; one decimal
    month: int
    judged: int  # of the month's, for their first contact
    contacted: int  # of these in time

    @property
    def today(self) -> int:
        return self.days[-1][1]

    @property
    def to_beat(self) -> int:
        """How many more today would pass the own average; 0 when it is passed."""
        return max(0, int(self.average) + 1 - self.today)

    @property
    def contact_rate(self) -> Decimal | None:
        return share(self.contacted, self.judged)


def own_pace(user: User, today: date, now: datetime) -> OwnPace:
    """How many customers ``user`` won each day of this week, beside their own average."""
    monday = today - timedelta(days=today.weekday())
    start = min(monday - timedelta(weeks=PACE_WEEKS), today.replace(day=1))
    rows = (
        won()
        .filter(staff=user, received_on__gte=start, received_on__lte=today)
        .order_by()
        .values("received_on")
        .annotate(
            gained=Count("pk"),
            judged=Count("pk", filter=judged(now)),
            contacted=Count("pk", filter=IN_TIME),
        )
    )
    first = today.replace(day=1)
    gained: Counter[date] = Counter()
    settled = contacted = 0
    for row in rows:
        gained[row["received_on"]] = row["gained"]
        if row["received_on"] >= first:
            settled += row["judged"]
            contacted += row["contacted"]
    earlier = sum(
        count
        for day, count in gained.items()
        if monday - timedelta(weeks=PACE_WEEKS) <= day < monday
    )
    return OwnPace(
        days=[
            (day, gained[day])
            for day in (monday + timedelta(days=place) for place in range(today.weekday() + 1))
        ],
        average=round(Decimal(earlier) / (7 * PACE_WEEKS), 1),
        month=sum(count for day, count in gained.items() if day >= first),
        judged=settled,
        contacted=contacted,
    )


@dataclass(frozen=True)
class Colleague:
    """One of the staff, with the month's figures and required courses."""

    membership: Membership
    registrations: int
    judged: int
    contacted: int
    passed: int
    required: int

    @property
    def contact_rate(self) -> Decimal | None:
        return share(self.contacted, self.judged)

    @property
    def missed(self) -> int:
        """First contacts that were late or never made."""
        return self.judged - self.contacted

    @property
    def trained(self) -> bool:
        return self.passed >= self.required

    @property
    def in_need(self) -> bool:
        """Whether somebody should have a word with them."""
        return bool(self.missed) or not self.registrations or not self.trained


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
    figures: dict[tuple[int | None, int | None], tuple[int, int, int]] = defaultdict(
        lambda: (0, 0, 0)
    )
    for staff, store, *sums in (
        won()
        .filter(
            staff__in={post.user_id for post in posts},
            store__in={post.store_id for post in posts},
            received_on__gte=span.start,
            received_on__lt=span.end,
        )
        .order_by()
        .values("staff", "store")
        .annotate(
            registrations=Count("pk"),
            judged=Count("pk", filter=judged(now)),
            contacted=Count("pk", filter=IN_TIME),
        )
        .values_list("staff", "store", "registrations", "judged", "contacted")
    ):
        figures[staff, store] = sums[0], sums[1], sums[2]
    ready = readiness(posts, at=now)
    return [
        Colleague(
            membership=post,
            registrations=figures[post.user_id, post.store_id][0],
            judged=figures[post.user_id, post.store_id][1],
            contacted=figures[post.user_id, post.store_id][2],
            passed=len(ready[post.pk].passed),
            required=len(ready[post.pk].required),
        )
        for post in posts
    ]


def in_need(colleagues: Iterable[Colleague], limit: int = 3) -> list[Colleague]:
    """Those who need help: who missed the most first contacts, then who registered the fewest."""
    found = [each for each in colleagues if each.in_need]
    return sorted(found, key=lambda each: (-each.missed, each.registrations, each.passed))[:limit]


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
    # A page that was read is on the owner's own page of looks; here is what was shown or taken.
    shown = Q(action__in=[AccessAction.REVEAL, AccessAction.LOOK_UP, AccessAction.EXPORT])
    counted = log.filter(at__gte=midnight(month)).aggregate(
        reveals=Count("pk", filter=Q(action=AccessAction.REVEAL)),
        look_ups=Count("pk", filter=Q(action=AccessAction.LOOK_UP)),
        exports=Count("pk", filter=Q(action=AccessAction.EXPORT)),
        customers=Count("customer", distinct=True, filter=shown),
        by_others=Count("pk", filter=shown & BY_OTHERS),
    )
    return Access(**counted, last=list(log.by_somebody().select_related("user")[:limit]))
