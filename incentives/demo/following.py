"""The demo's follow-ups: recorded after the replay of registrations and orders, thousands at once.

What was answered since then is never taken back: a follow-up that would have changed a later answer
or attribution is left out, and a protection is prolonged up to the next ownership at most.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from django.db import connection

from customers import cutoff
from customers.identity import fingerprint
from customers.models import (
    Activity,
    EventKind,
    Identity,
    Order,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.ownership import rulebook
from customers.ownership.changes import limited, standing_of
from customers.ownership.rulebook import Standing, local_day
from customers.ownership.settings import Settings, choose, published_settings
from dealers import vault
from dealers.models import Store
from incentives.demo.trade import FollowUp


@dataclass(slots=True)
class Owned:
    """An ownership while follow-ups are applied to it, in the order of time."""

    id: int
    customer: UUID
    standing: Standing
    last_activity_at: datetime
    follow_up_on: date | None
    following: datetime | None = None  # when the next ownership starts
    changed: bool = False


def record_all(follow_ups: list[FollowUp], stores: dict[str, Store], staff: dict[str, int]) -> int:
    """Record follow-ups of owning dealers, oldest first; returns how many."""
    recorded_at = cutoff.hold_all()
    identities = {
        bytes(print_): pk for pk, print_ in Identity.objects.values_list("pk", "fingerprint")
    }
    owned = _ownerships()
    facts = _facts()
    published = published_settings()
    activities, renewals = [], []
    for follow_up in sorted(follow_ups, key=lambda follow_up: follow_up.at):
        store = stores[follow_up.store]
        identity = identities.get(fingerprint(follow_up.number), 0)
        held = _held(owned.get(identity, []), follow_up.at)
        if held is None or held.standing.dealer != store.dealer_id:
            continue
        settings = choose(published, local_day(follow_up.at, store.tz))
        after = _after(held, follow_up, settings)
        if _changes_an_answer(facts[identity], held.standing, after):
            continue
        activity = Activity(
            customer_id=held.customer,
            dealer_id=store.dealer_id,
            store_id=store.pk,
            staff_id=staff[follow_up.staff],
            kind=follow_up.kind,
            outcome=follow_up.outcome,
            at=follow_up.at,
            recorded_at=recorded_at,
            note_sealed=(
                vault.seal(store.dealer_id, follow_up.note, "note") if follow_up.note else None
            ),
            follow_up_on=follow_up.next_on,
        )
        activities.append(activity)
        if (after.end, after.protected_until) != (held.standing.end, held.standing.protected_until):
            renewals.append((held.id, activity, after.protected_until, settings.id))
        _apply(held, follow_up, after)
    Activity.objects.bulk_create(activities, batch_size=2000)
    OwnershipEvent.objects.bulk_create(
        [
            OwnershipEvent(
                ownership_id=ownership,
                kind=EventKind.RENEWED,
                at=activity.at,
                recorded_at=recorded_at,
                protected_until=until,
                rulebook_id=settings_id,
                activity=activity,
            )
            for ownership, activity, until, settings_id in renewals
        ],
        batch_size=2000,
    )
    _save([held for found in owned.values() for held in found if held.changed])
    return len(activities)


def _ownerships() -> dict[int, list[Owned]]:
    """All ownerships by identity, oldest first."""
    found: dict[int, list[Owned]] = defaultdict(list)
    for ownership in Ownership.objects.select_related("store").order_by("identity", "period"):
        found[ownership.identity_id].append(
            Owned(
                ownership.pk,
                ownership.customer_id,
                standing_of(ownership),
                ownership.last_activity_at,
                ownership.follow_up_on,
            )
        )
    for held in found.values():
        for earlier, later in pairwise(held):
            earlier.following = later.standing.start
    return found


def _facts() -> dict[int, list[datetime]]:
    """By identity, when it was registered or bought something."""
    found: dict[int, list[datetime]] = defaultdict(list)
    registrations = Registration.objects.values_list("identity", "received_at")
    orders = Order.objects.filter(identity__isnull=False).values_list("identity", "ordered_at")
    for identity, at in (*registrations, *orders):
        found[identity].append(at)
    for times in found.values():
        times.sort()
    return found


def _held(owned: list[Owned], at: datetime) -> Owned | None:
    n = bisect_right(owned, at, key=lambda held: held.standing.start) - 1
    return owned[n] if n >= 0 and owned[n].standing.runs(at) else None


def _after(held: Owned, follow_up: FollowUp, settings: Settings) -> Standing:
    after = rulebook.renew_by_activity(
        held.standing, follow_up.kind, follow_up.outcome, settings, follow_up.at
    )
    after = rulebook.contacted(after, follow_up.kind, follow_up.outcome, follow_up.at)
    first = held.standing.contacted_at
    if (
        first is not None
        and follow_up.at < first
        and rulebook.reaches(follow_up.kind, follow_up.outcome)
    ):
        # The replay saw a later contact only, because it knew no follow-ups.
        after = replace(after, contacted_at=follow_up.at)
    return limited(after, held.following)


def _changes_an_answer(times: list[datetime], before: Standing, after: Standing) -> bool:
    """Whether something was answered after the old end that the new end would have changed."""
    n = bisect_right(times, before.end)
    return n < len(times) and before.end <= times[n] < after.end


def _apply(held: Owned, follow_up: FollowUp, after: Standing) -> None:
    held.changed = True
    first = held.standing.contacted_at is None
    held.standing = after
    held.last_activity_at = max(held.last_activity_at, follow_up.at)
    today = local_day(follow_up.at, after.tz)
    if follow_up.next_on is not None:
        held.follow_up_on = follow_up.next_on
    elif (
        held.follow_up_on is not None
        and (held.follow_up_on <= today or first)
        and rulebook.reaches(follow_up.kind, follow_up.outcome)
    ):
        held.follow_up_on = None


def _save(changed: list[Owned]) -> None:
    columns = (
        [held.id for held in changed],
        [held.standing.protected_until for held in changed],
        [held.standing.end for held in changed],
        [held.standing.renewed_on for held in changed],
        [held.standing.contacted_at for held in changed],
        [held.last_activity_at for held in changed],
        [held.follow_up_on for held in changed],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_ownership AS o SET protected_until = n.until,"
            " period = tstzrange(lower(o.period), n.ends), renewed_on = n.renewed,"
            " contacted_at = n.contacted, last_activity_at = n.latest, follow_up_on = n.follow"
            " FROM unnest(%s::int8[], %s::timestamptz[], %s::timestamptz[], %s::date[],"
            " %s::timestamptz[], %s::timestamptz[], %s::date[])"
            " AS n (id, until, ends, renewed, contacted, latest, follow) WHERE o.id = n.id",
            columns,
        )
