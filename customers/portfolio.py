"""A dealer's or store's customers as a list: its views, what they count, one page at a time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from customers.models import Ownership, OwnershipQuerySet, Rulebook
from dealers import notices, sayings
from dealers.database import rows_of
from dealers.models import Membership, NoticeKind, Store, User

SOON = timedelta(days=7)
PER_PAGE = 25
MOST = 500  # rows that are opened again at once, coming back
MORNING = range(8, 12)  # the hours in which people are told what is due
DUE = gettext_noop("Customers to follow up today, %(store)s: %(count)s")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class View(models.TextChoices):
    EXPIRING = "expiring", _("Ending soon")
    FOLLOW_UP = "followup", _("To follow up")
    ALL = "all", _("All")


class State(models.TextChoices):
    PROTECTED = "protected", _("Protected")
    GRACE = "grace", _("In grace")
    ENDED = "ended", _("Ended")
    ANY = "any", _("Ended included")


def running(membership: Membership, now: datetime) -> OwnershipQuerySet:
    """The post's ownerships in force, grace included, by a range that the indexes can find."""
    # Grace is part of the period, of which the indexes know nothing; what ended longer ago than
    # any rulebook's grace cannot be running, and need not be looked at.
    longest = Subquery(
        Rulebook.objects.published().order_by("-grace_days").values("grace_days")[:1]
    )
    grace = Func(longest, template="make_interval(days => %(expressions)s + 1)",
                 output_field=DurationField())  # fmt: skip
    oldest = ExpressionWrapper(
        Value(now, models.DateTimeField()) - grace, output_field=models.DateTimeField()
    )
    return Ownership.objects.visible_to(membership).running(now).filter(protected_until__gt=oldest)


def ending_soon(now: datetime) -> Q:
    """The protection ends within a week, or has ended and grace runs."""
    return Q(protected_until__lt=now + SOON)


def to_follow_up(today: date) -> Q:
    """A follow-up is due, or nobody has been in contact yet."""
    return Q(follow_up_on__lte=today) | Q(contacted_at__isnull=True)


def listed(
    membership: Membership, view: str, state: str, now: datetime, today: date
) -> OwnershipQuerySet:
    """The ownerships of a view, one per customer. ``state`` narrows or widens the view of all."""
    if view == View.ALL and state == State.ENDED:
        return _latest(membership).filter(period__endswith__lte=now)
    if view == View.ALL and state == State.ANY:
        return _latest(membership)
    narrowed: dict[tuple[str, str], Q] = {
        (View.EXPIRING, ""): ending_soon(now),
        (View.FOLLOW_UP, ""): to_follow_up(today),
        (View.ALL, State.PROTECTED): Q(protected_until__gt=now),
        (View.ALL, State.GRACE): Q(protected_until__lte=now),
    }
    wanted = (view, state if view == View.ALL else "")
    return running(membership, now).filter(narrowed.get(wanted, Q()))


def _latest(membership: Membership) -> OwnershipQuerySet:
    """Of each customer the dealer's latest ownership, where it is in the post's scope."""
    given = Ownership.objects.given()
    later = given.filter(customer=OuterRef("customer"), period__gt=OuterRef("period"))
    return given.visible_to(membership).exclude(Exists(later))


@dataclass(frozen=True, slots=True)
class Group:
    """The customers in force that one person follows up in one store."""

    store_id: int
    store_code: str
    store_name: str
    staff_id: int | None
    staff_name: str | None  # nobody's, and of whom this post reads no names
    total: int
    protected: int
    expiring: int
    followup: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the views hold, and whose customers they are: counts, stores and people to choose."""

    groups: list[Group]

    @property
    def protected(self) -> int:
        return sum(group.protected for group in self.groups)

    def count(self, view: str) -> int:
        sums: dict[str, Callable[[Group], int]] = {
            View.EXPIRING: lambda group: group.expiring,
            View.FOLLOW_UP: lambda group: group.followup,
            View.ALL: lambda group: group.total,
        }
        return sum(map(sums[view], self.groups))

    @property
    def stores(self) -> list[tuple[str, str]]:
        return sorted({(group.store_code, group.store_name) for group in self.groups})

    @property
    def staff(self) -> list[tuple[int, str]]:
        people = {(g.staff_id, g.staff_name or "") for g in self.groups if g.staff_id is not None}
        return sorted(people, key=lambda person: person[1])


def summary(membership: Membership, now: datetime, today: date) -> Summary:
    """All counts and choices of the list, counted once."""
    groups = (
        running(membership, now)
        .order_by()
        .values("store_id", "staff_id")
        .annotate(
            total=Count("pk"),
            protected=Count("pk", filter=Q(protected_until__gt=now)),
            expiring=Count("pk", filter=ending_soon(now)),
            followup=Count("pk", filter=to_follow_up(today)),
        )
        # After they are counted, and for each group: to group so many customers by names as well
        # takes as long again.
        .annotate(
            store_code=_looked_up(Store, "store_id", "code"),
            store_name=_looked_up(Store, "store_id", "name"),
            staff_name=_looked_up(User, "staff_id", "name"),
        )
    )
    return Summary([Group(**group) for group in groups])


def _looked_up(model: type[models.Model], column: str, name: str) -> Subquery:
    """What stands in a field of the row that a column points to."""
    return Subquery(rows_of(model).filter(pk=OuterRef(column)).values(name))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page goes on: behind this moment and id, after so many rows."""

    moment: datetime
    id: int
    shown: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor of an address; nothing for anything that none of our links says."""
        parts = re.fullmatch(r"(\d{1,17})-(\d{1,18})-(\d{1,9})", text, re.ASCII)
        if parts is None:
            return None
        micros, pk, shown = map(int, parts.groups())
        return cls(EPOCH + timedelta(microseconds=micros), pk, shown)

    def __str__(self) -> str:
        return f"{(self.moment - EPOCH) // timedelta(microseconds=1)}-{self.id}-{self.shown}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a view and where the rest begins."""

    ownerships: list[Ownership]
    shown: int  # with those of the pages before
    next: Cursor | None


def page(rows: OwnershipQuerySet, view: str, after: Cursor | None, count: int = PER_PAGE) -> Page:
    """The ``count`` rows behind ``after``: the nearest end first, of all the latest activity.

    As fast for the hundredth page as for the first: it starts where the index says.
    """
    found = list(ordered(rows, view, after)[: count + 1])
    shown = (after.shown if after else 0) + len(found[:count])
    following = None
    if len(found) > count:
        last = found[count - 1]
        moment = last.last_activity_at if view == View.ALL else last.protected_until
        following = Cursor(moment, last.pk, shown)
    return Page(found[:count], shown, following)


def ordered(rows: OwnershipQuerySet, view: str, after: Cursor | None = None) -> OwnershipQuerySet:
    """The rows in the view's order with all that a list shows of them."""
    rows = rows.select_related("customer", "store", "staff").fetch_mode(models.FETCH_RAISE)
    if view == View.ALL:
        if after:
            behind = Q(last_activity_at__lt=after.moment) | Q(pk__lt=after.id)
            rows = rows.filter(behind, last_activity_at__lte=after.moment)
        return rows.order_by(F("last_activity_at").desc(), "-pk")
    if after:
        behind = Q(protected_until__gt=after.moment) | Q(pk__gt=after.id)
        rows = rows.filter(behind, protected_until__gte=after.moment)
    return rows.order_by("protected_until", "pk")


def tell_of_follow_ups(at: datetime) -> int:
    """Tell, where the morning has begun, who has to follow up today; how many are told.

    Once a day: a run that comes later in the morning tells those whom an earlier one missed.
    """
    told = 0
    zones = Store.objects.order_by("timezone").values_list("timezone", flat=True).distinct()
    for zone in zones:
        local = at.astimezone(ZoneInfo(zone))
        if local.hour not in MORNING:
            continue
        due = Ownership.objects.running(at).filter(
            store__timezone=zone, follow_up_on__lte=local.date(), staff__isnull=False
        )
        found = due.order_by("staff", "store").values_list("staff", "store", "store__name")
        rows = list(found.annotate(Count("pk")))
        users = User.objects.in_bulk({staff for staff, *_rest in rows})
        for staff, store, name, count in rows:
            told += notices.tell(
                [users[staff]],
                NoticeKind.FOLLOW_UP,
                sayings.kept(DUE, count=[str(count)], store=[name]),
                to=f"{reverse('customers:list')}?view={View.FOLLOW_UP}",
                about=f"{store}:{local:%Y-%m-%d}",
                at=at,
            )
    return told
