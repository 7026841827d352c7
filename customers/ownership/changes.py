"""What happens to an ownership: it starts, is renewed or ends, each for a cause.

What changes is decided without a database; ``rows`` is how it is written for one person. A bulk
load writes the same changes for many.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Model

from customers.models import (
    Act,
    Activity,
    Customer,
    EventKind,
    Order,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.ownership.rulebook import MOMENT, Pause, Standing
from dealers.database import Update

# What the rules change about an ownership.
KEPT_UP = (
    "period", "protected_until", "contacted_at", "sold_at", "renewed_on", "last_activity_at",
    "follow_up_on",
)  # fmt: skip
# And what acts change, which nothing else touches.
BY_ACTS = (
    *KEPT_UP, "release_at", "extensions", "silence_was_yes", "frozen", "over", "paused_on",
    "paused_days", "paused_until", "paused_end",
)  # fmt: skip


class Change(NamedTuple):
    """What became of one ownership. Without a ``kind`` its end stayed, so there is no event."""

    kind: EventKind | None
    before: Standing | None  # None: it starts
    after: Standing
    at: datetime
    rulebook: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an ownership changed: what is named here can be opened from the event."""

    registration: Registration | None = None
    activity: Activity | None = None
    order: Order | None = None
    act: Act | None = None  # what neither registered, followed up nor sold


def start(standing: Standing, rulebook: int) -> Change:
    """A store gets the customer."""
    return Change(EventKind.STARTED, None, standing, standing.start, rulebook)


def renew(
    before: Standing,
    after: Standing,
    at: datetime,
    rulebook: int,
    *,
    kind: EventKind = EventKind.RENEWED,
) -> Change:
    """The owner did something: the end may have moved."""
    moved = (after.end, after.protected_until) != (before.end, before.protected_until)
    return Change(kind if moved else None, before, after, at, rulebook)


def end(standing: Standing, at: datetime, rulebook: int) -> Change:
    """The ownership is over at ``at``, before its time."""
    until = min(standing.protected_until, at)
    after = replace(standing, protected_until=until, end=at, over=True)
    return Change(EventKind.ENDED, standing, after, at, rulebook)


def move(owner: Standing, after: Standing, at: datetime, rulebook: int) -> tuple[Change, Change]:
    """A sister store goes on with the customer: one ownership ends, and its own begins there."""
    return end(owner, at, rulebook), Change(EventKind.MOVED, None, after, at, rulebook)


def void(standing: Standing, rulebook: int) -> Change:
    """The ownership is taken back, as if never given: nothing of it is left but its start."""
    start = standing.start
    after = replace(standing, protected_until=start, end=start + MOMENT)
    return Change(EventKind.VOIDED, standing, after, start, rulebook)


def restore(ended: Standing, after: Standing, rulebook: int) -> Change:
    """The ownership goes on from its early end, which was a mistake."""
    return Change(EventKind.RESTORED, ended, after, ended.end, rulebook)


def rows(
    changes: Iterable[Change], cause: Cause, recorded_at: datetime, customer: Customer | None = None
) -> Iterator[Model | Update]:
    """The rows to save, in this order; ``customer``: whose ownership starts, if one does.

    ``cause.act`` is to be saved before or with them.
    """
    for change in changes:
        row = _row(change.after, customer)
        kept = KEPT_UP if cause.act is None else BY_ACTS
        yield row if change.before is None else Update(row, kept)
        if change.kind is not None:
            yield OwnershipEvent(
                ownership_id=change.after.id,
                kind=change.kind,
                at=change.at,
                recorded_at=recorded_at,
                protected_until=change.after.protected_until,
                rulebook_id=change.rulebook,
                registration=cause.registration,
                activity=cause.activity,
                order=cause.order,
                act=cause.act,
                ends_at=None if cause.act is None else change.after.end,
            )


def _row(standing: Standing, customer: Customer | None) -> Ownership:
    whose = {"identity_id": customer.identity_id, "customer_id": customer.pk} if customer else {}
    return Ownership(
        id=standing.id,
        **whose,
        dealer_id=standing.dealer,
        store_id=standing.store,
        staff_id=standing.staff,
        period=DateTimeTZRange(standing.start, standing.end),
        protected_until=standing.protected_until,
        channel=standing.channel,
        contact_due_at=standing.contact_due_at,
        contacted_at=standing.contacted_at,
        sold_at=standing.sold_at,
        renewed_on=standing.renewed_on,
        last_activity_at=standing.last_activity_at,
        follow_up_on=standing.follow_up_on,
        release_at=standing.release_at,
        since=standing.since,
        extensions=standing.extensions,
        silence_was_yes=standing.silence_was_yes,
        frozen=standing.frozen,
        over=standing.over,
        **_paused(standing.pause),
    )


def _paused(pause: Pause | None) -> dict[str, Any]:
    """The columns of a pause."""
    values = (None,) * len(PAUSE) if pause is None else pause
    return dict(zip(PAUSE, values, strict=True))


PAUSE = ("paused_on", "paused_days", "paused_until", "paused_end")  # in the order of Pause

# The columns of a standing in a statement, where ``o`` is the ownership and ``s`` its store.
COLUMNS = {
    "id": "o.id",
    "dealer": "o.dealer_id",
    "store": "o.store_id",
    "tz": "s.timezone",
    "staff": "o.staff_id",
    "channel": "o.channel",
    "start": "lower(o.period)",
    "protected_until": "o.protected_until",
    "end": "upper(o.period)",
    "last_activity_at": "o.last_activity_at",
    "contact_due_at": "o.contact_due_at",
    "contacted_at": "o.contacted_at",
    "sold_at": "o.sold_at",
    "renewed_on": "o.renewed_on",
    "follow_up_on": "o.follow_up_on",
    "release_at": "o.release_at",
    "since": "o.since",
    "extensions": "o.extensions",
    "silence_was_yes": "o.silence_was_yes",
    "frozen": "o.frozen",
    "over": "o.over",
    **{name: f"o.{name}" for name in PAUSE},
}


def standing_in(row: dict, prefix: str = "") -> Standing:
    """The standing that a statement has read with ``COLUMNS``, each named after ``prefix``."""
    values = {name: row[prefix + name] for name in COLUMNS}
    return standing_from(values, ZoneInfo(values["tz"]))


def standing_from(values: Mapping[str, Any], tz: ZoneInfo) -> Standing:
    """The standing of these ``COLUMNS`` at a store of this time zone."""
    pause = [values[name] for name in PAUSE]
    rest = {name: value for name, value in values.items() if name not in PAUSE}
    return Standing(**rest | {"tz": tz, "pause": None if pause[0] is None else Pause(*pause)})


def standing_of(ownership: Ownership) -> Standing:
    """The facts of an ownership as the rulebook reads them. Uses ``ownership.store``."""
    pause = [getattr(ownership, name) for name in PAUSE]
    return Standing(
        id=ownership.pk,
        dealer=ownership.dealer_id,
        store=ownership.store_id,
        tz=ownership.store.tz,
        staff=ownership.staff_id,
        channel=ownership.channel,
        start=ownership.period.lower,
        protected_until=ownership.protected_until,
        end=ownership.period.upper,
        last_activity_at=ownership.last_activity_at,
        contact_due_at=ownership.contact_due_at,
        contacted_at=ownership.contacted_at,
        sold_at=ownership.sold_at,
        renewed_on=ownership.renewed_on,
        follow_up_on=ownership.follow_up_on,
        release_at=ownership.release_at,
        since=ownership.since,
        extensions=ownership.extensions,
        silence_was_yes=ownership.silence_was_yes,
        frozen=ownership.frozen,
        over=ownership.over,
        pause=None if pause[0] is None else Pause(*pause),
    )


def standings_of(identity_id: int | None) -> list[Standing]:
    """A person's ownerships in order of start; none of a person who is not known."""
    if identity_id is None:
        return []
    owned = Ownership.objects.given().filter(identity=identity_id).select_related("store")
    return [standing_of(ownership) for ownership in owned.order_by("period")]


def running_of(customer: Customer, at: datetime) -> Ownership | None:
    """The card's own dealer's ownership in force at ``at``, grace included."""
    running = Ownership.objects.running(at).select_related("store", "staff")
    return running.filter(customer=customer).first()


def latest_of(customer: Customer) -> Ownership | None:
    """The card's own dealer's latest ownership, running or not."""
    owned = Ownership.objects.given().filter(customer=customer).select_related("store", "staff")
    return owned.order_by("-period").first()
