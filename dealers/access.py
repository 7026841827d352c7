"""Who looked at a dealer's customers: when, at what and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from dealers import clock
from dealers.actor import Actor
from dealers.models import DEALER_ROLES, AccessAction, AccessLog, User


@dataclass(frozen=True, slots=True)
class Look:
    """What an entry says, but for the cards."""

    by: Actor = field(compare=False)  # one person a page; a post that is stored nowhere has no key
    dealer_id: int
    action: AccessAction
    fields: str
    purpose: str


@dataclass(slots=True)
class Page:
    """What a page shows to somebody from outside, until one statement says so in the log."""

    purpose: str
    looks: dict[Look, dict[UUID, None]] = field(default_factory=dict)


LATELY = timedelta(days=30)
# Cards that one entry names; it counts all of them. As many as leave at once in a file: a test
# customer whom it did not name would go along unnoticed.
NAMED = 5000
_page: ContextVar[Page | None] = ContextVar("page", default=None)


def is_inside(by: Actor, dealer_id: int) -> bool:
    """Whether ``by`` works for this dealer, at this moment in that post."""
    return by.dealer_id == dealer_id and by.role in DEALER_ROLES


def note(
    action: AccessAction,
    *,
    by: Actor,
    dealer_id: int,
    fields: str,
    purpose: str,
    at: datetime,
    customer: UUID | None = None,
    customers: Sequence[UUID] = (),
    count: int = 1,
) -> AccessLog:
    """Write into the access log that ``by`` reads ``fields`` of a dealer's customers.

    ``purpose`` is a sentence as ``sayings`` keeps it. ``customer`` is the one card read; without
    it, ``count`` cards of a list are, ``customers`` if they are known.
    """
    clock.must_record()
    return AccessLog.objects.create(
        dealer_id=dealer_id,
        **_who(by),
        action=action,
        customer=customer,
        customers=[customer] if customer else list(customers),
        fields=fields[:200],
        purpose=purpose[:500],
        count=count,
        at=at,
    )


def seen(
    customers: Iterable[UUID],
    *,
    by: Actor,
    dealer_id: int,
    fields: str,
    purpose: str = "",
    action: AccessAction = AccessAction.VIEW,
) -> None:
    """Note that ``by``, from outside the dealer, has these cards before them.

    On a page it is one entry per dealer, written in one statement before the page leaves; elsewhere
    it is written at once. Without ``purpose`` it is the page's.
    """
    clock.must_record()
    page = _page.get() or Page("")
    look = Look(by, dealer_id, action, fields, purpose or page.purpose)
    page.looks.setdefault(look, {}).update(dict.fromkeys(customers))
    if _page.get() is None:
        _write(page)


def looked_lately(user: User, dealer_id: int, at: datetime) -> tuple[int, int]:
    """How often somebody was shown or looked up whole numbers in the 30 days before, and files."""
    mine = AccessLog.objects.filter(user=user, dealer=dealer_id, at__gt=at - LATELY, at__lte=at)
    numbers = Q(action__in=[AccessAction.REVEAL, AccessAction.LOOK_UP])
    counted = mine.order_by().aggregate(
        numbers=Count("pk", filter=numbers),
        files=Count("pk", filter=Q(action=AccessAction.EXPORT)),
    )
    return counted["numbers"], counted["files"]


def note_lists(counts: Mapping[int, int], *, by: Actor, fields: str, purpose: str) -> None:
    """Note at each dealer how many of its customers are in a file of the whole network."""
    AccessLog.objects.bulk_create(
        AccessLog(
            dealer_id=dealer_id,
            **_who(by),
            action=AccessAction.EXPORT,
            fields=fields[:200],
            purpose=purpose[:500],
            count=count,
        )
        for dealer_id, count in counts.items()
    )


@contextmanager
def one_page(purpose: str = "") -> Iterator[Page]:
    """A page whose looks are written at its end, in one statement; none if it fails."""
    page = Page(purpose)
    token = _page.set(page)
    try:
        yield page
    finally:
        _page.reset(token)
    _write(page)


def _write(page: Page) -> None:
    looks = [
        AccessLog(
            dealer_id=look.dealer_id,
            **_who(look.by),
            action=look.action,
            customer=next(iter(cards)) if len(cards) == 1 else None,
            customers=list(cards)[:NAMED],
            fields=look.fields[:200],
            purpose=look.purpose[:500],
            count=len(cards),
        )
        for look, cards in page.looks.items()
        if cards
    ]
    if looks:
        AccessLog.objects.bulk_create(looks)


def _who(by: Actor) -> dict[str, Any]:
    """The person, or the task or command that nobody asked for."""
    return {"user": by.user, "agent": by.name[:100], "role": by.role}
