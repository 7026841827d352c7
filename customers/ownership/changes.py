"""Who looks after a customer now, and the follow-ups that prolong it."""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
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
from customers.ownership.rulebook import Settings, Standing
from dealers import vault
from dealers.models import Membership, Store


class ActivityRefused(Exception):
    """Not recorded; the message is written for the person who asked."""


def standing_of(ownership: Ownership) -> Standing:
    """The facts of an ownership as the rulebook reads them. Uses ``ownership.store``."""
    return Standing(
        dealer=ownership.dealer_id,
        store=ownership.store_id,
        tz=ownership.store.tz,
        channel=ownership.channel,
        start=ownership.period.lower,
        protected_until=ownership.protected_until,
        end=ownership.period.upper,
        sold=ownership.sold_at is not None,
        renewed_on=ownership.renewed_on,
        contacted_at=ownership.contacted_at,
    )


def running_of(customer: Customer, at: datetime) -> Ownership | None:
    """The card's own dealer's ownership in force at ``at``, grace included."""
    running = Ownership.objects.running(at).select_related("store", "staff")
    return running.filter(customer=customer).first()


def latest_of(customer: Customer) -> Ownership | None:
    """The card's own dealer's latest ownership, running or not."""
    owned = Ownership.objects.filter(customer=customer).select_related("store", "staff")
    return owned.order_by("-period").first()


def first_contact_met(ownership: Ownership, settings: Settings) -> bool:
    """Whether the owner contacted the customer in time; always, where the duty is switched off."""
    return rulebook.duty_met(ownership.period.lower, ownership.contacted_at, settings)


def first_contact_due(ownership: Ownership, settings: Settings) -> datetime | None:
    """Until when the first contact is due; None once it happened or where there is no duty."""
    if ownership.contacted_at is not None:
        return None
    return rulebook.first_contact_due(ownership.period.lower, settings)


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
            _follow(owned, activity, rulebook.in_force(today), today)
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


def store_standing(owned: Ownership, standing: Standing) -> None:
    """Put what the rulebook made of an ownership back on its row (not saved)."""
    owned.period = DateTimeTZRange(standing.start, standing.end)
    owned.protected_until = standing.protected_until
    owned.renewed_on = standing.renewed_on
    owned.contacted_at = standing.contacted_at


def limited(standing: Standing, following: datetime | None) -> Standing:
    """The standing, ended where the next ownership starts: no answer given is taken back."""
    if following is None or standing.end <= following:
        return standing
    return replace(
        standing, end=following, protected_until=min(standing.protected_until, following)
    )
