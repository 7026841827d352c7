"""Follow-ups: what a dealer's staff does with a customer, and what it prolongs."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.models import Activity, ActivityKind, Customer, Outcome, Registration
from customers.ownership import changes, rulebook
from customers.ownership.settings import Rulebooks
from customers.ownership.track import FollowedUp, Track
from dealers import vault
from dealers.actor import Actor
from dealers.database import next_ids, save_together
from dealers.models import Membership, Store
from dealers.vault import Row


class ActivityRefused(Exception):
    """Not recorded; the message is written for the person who asked."""


def record_activity(
    customer: Customer,
    *,
    by: Actor,
    kind: str,
    outcome: str = "",
    note: str = "",
    at: datetime,
    follow_up_on: date | None = None,
) -> Activity:
    """Record a follow-up at ``at``; a qualifying one of the owner prolongs the protection.

    ``by`` acts in a post of the card's dealer. Raises ActivityRefused for another dealer's post, a
    call without an outcome, or a next follow-up in the past.
    """
    membership = by.membership
    if membership is None or membership.dealer_id != customer.dealer_id:
        raise ActivityRefused(_("This customer's card belongs to another dealer."))
    if kind not in ActivityKind.values:
        raise ActivityRefused(_("Choose what you did."))
    if outcome not in ["", *Outcome.values]:
        raise ActivityRefused(_("Choose how it went."))
    if kind == ActivityKind.CALL and not outcome:
        raise ActivityRefused(_("Choose how the call went."))
    with busy_as(ActivityRefused), transaction.atomic():
        recorded_at = take_turn(bytes(customer.identity.fingerprint), REGISTRATIONS).at
        track = Track(Rulebooks.on_file(), changes.standings_of(customer.identity_id))
        store = _place(customer, membership, at)
        today = rulebook.local_day(at, store.tz)
        if follow_up_on is not None and follow_up_on < today:
            raise ActivityRefused(_("The next follow-up lies in the past; choose today or later."))
        activity = Activity(
            customer=customer,
            dealer_id=customer.dealer_id,
            store=store,
            staff_id=by.user_id,
            kind=kind,
            outcome=outcome,
            at=at,
            recorded_at=recorded_at,
            follow_up_on=follow_up_on,
        )
        if note.strip():
            (activity.pk,) = next_ids(Activity)
            activity.note_sealed = vault.seal(Row.of(activity), "note", note)
        activity.save(force_insert=True)
        applied = track.apply(FollowedUp(customer.dealer_id, kind, outcome, at, follow_up_on))
        if applied is not None:
            cause = changes.Cause(activity=activity)
            save_together(changes.rows(applied.changes, cause, recorded_at))
    return activity


def _place(customer: Customer, membership: Membership, at: datetime) -> Store:
    """The post's own store; a dealer owner acts for the store that has the customer."""
    if membership.store is not None:
        return membership.store
    owned = changes.running_of(customer, at)
    if owned is not None:
        return owned.store
    registered = Registration.objects.filter(customer=customer).select_related("store")
    return registered.latest("received_at").store
