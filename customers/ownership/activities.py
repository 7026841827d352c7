"""Follow-ups: what a dealer's staff does with a customer, and what it prolongs."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import REGISTRATIONS, take_turn
from customers.models import (
    Activity,
    ActivityKind,
    Customer,
    EventKind,
    Outcome,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.ownership import rulebook
from customers.ownership.changes import running_of, standing_of, store_standing
from customers.ownership.settings import Settings, in_force
from dealers import vault
from dealers.models import Membership, Store


class ActivityRefused(Exception):
    """Not recorded; the message is written for the person who asked."""


def record_activity(
    customer: Customer,
    *,
    membership: Membership,
    kind: str,
    outcome: str = "",
    note: str = "",
    at: datetime,
    follow_up_on: date | None = None,
) -> Activity:
    """Record a follow-up at ``at``; a qualifying one of the owner prolongs the protection.

    Raises ActivityRefused for another dealer's post, a call without an outcome, or a next
    follow-up in the past.
    """
    if membership.dealer_id != customer.dealer_id:
        raise ActivityRefused(_("This customer's card belongs to another dealer."))
    if kind not in ActivityKind.values:
        raise ActivityRefused(_("Choose what you did."))
    if outcome not in ["", *Outcome.values]:
        raise ActivityRefused(_("Choose how it went."))
    if kind == ActivityKind.CALL and not outcome:
        raise ActivityRefused(_("Choose how the call went."))
    with transaction.atomic():
        recorded_at = take_turn(bytes(customer.identity.fingerprint), REGISTRATIONS)
        owned = running_of(customer, at)
        store = _place(customer, membership, owned)
        today = rulebook.local_day(at, store.tz)
        if follow_up_on is not None and follow_up_on < today:
            raise ActivityRefused(_("The next follow-up lies in the past; choose today or later."))
        activity = Activity.objects.create(
            customer=customer,
            dealer_id=customer.dealer_id,
            store=store,
            staff_id=membership.user_id,
            kind=kind,
            outcome=outcome,
            at=at,
            recorded_at=recorded_at,
            note_sealed=vault.seal(customer.dealer_id, note, "note") if note.strip() else None,
            follow_up_on=follow_up_on,
        )
        if owned is not None:
            _follow(owned, activity, in_force(today), today)
    return activity


def _place(customer: Customer, membership: Membership, owned: Ownership | None) -> Store:
    """The post's own store; a dealer owner acts for the store that has the customer."""
    if membership.store is not None:
        return membership.store
    if owned is not None:
        return owned.store
    registered = Registration.objects.filter(customer=customer).select_related("store")
    return registered.latest("received_at").store


def _follow(owned: Ownership, activity: Activity, settings: Settings, today: date) -> None:
    """What an activity of the owning dealer changes about the ownership."""
    before = standing_of(owned)
    after = rulebook.renew_by_activity(
        before, activity.kind, activity.outcome, settings, activity.at
    )
    after = rulebook.contacted(after, activity.kind, activity.outcome, activity.at)
    owned.last_activity_at = max(owned.last_activity_at, activity.at)
    if activity.follow_up_on is not None:
        owned.follow_up_on = activity.follow_up_on
    elif (
        rulebook.reaches(activity.kind, activity.outcome)
        and owned.follow_up_on is not None
        # The first contact is what a new customer's follow-up is for, however early.
        and (owned.follow_up_on <= today or before.contacted_at is None)
    ):
        owned.follow_up_on = None
    store_standing(owned, after)
    owned.save(
        update_fields=[
            "period", "protected_until", "renewed_on", "contacted_at", "last_activity_at",
            "follow_up_on",
        ]
    )  # fmt: skip
    if after.end != before.end or after.protected_until != before.protected_until:
        OwnershipEvent.objects.create(
            ownership=owned,
            kind=EventKind.RENEWED,
            at=activity.at,
            recorded_at=activity.recorded_at,
            protected_until=after.protected_until,
            rulebook_id=settings.id,
            activity=activity,
        )
