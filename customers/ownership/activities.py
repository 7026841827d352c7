"""Follow-ups: what a dealer's staff does with a customer, and what it prolongs."""

from copy import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import erased
from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.models import Activity, ActivityKind, Customer, Outcome, Registration
from customers.ownership import changes, passing, rulebook
from customers.ownership.settings import Rulebooks
from customers.ownership.track import FollowedUp, Track
from dealers import vault
from dealers.actor import Actor, acting
from dealers.database import next_ids, save_together
from dealers.models import Membership, Store
from dealers.vault import Row

GONE = gettext_lazy(
    "What was known of this customer was erased, so nothing more is written down about them. Leave"
    " the note empty; the visit or call itself can be recorded."
)
CORRECTED_WITHIN = timedelta(days=1)


class ActivityRefused(Exception):
    """Not recorded; the message is written for the person who asked, ``field`` what it is about."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NoteRefused(ActivityRefused):
    """Not recorded, because of its note."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "note")


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
    call without an outcome, a note without words or about who was erased, or a next follow-up in
    the past.
    """
    membership = _post_of_dealer(by, customer)
    _check(kind, outcome, note)
    with busy_as(ActivityRefused), transaction.atomic():
        recorded_at = take_turn(bytes(customer.identity.fingerprint), REGISTRATIONS).at
        store = _place(customer, membership, at)
        _not_past(follow_up_on, at, store)
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
        _save(activity, note)
        with acting(_renewing(by)):
            _apply(activity, at)
    return activity


def correct_activity(
    activity: Activity,
    *,
    by: Actor,
    kind: str,
    outcome: str = "",
    note: str = "",
    at: datetime,
    follow_up_on: date | None = None,
) -> Activity:
    """A new version of what ``by`` recorded within the last day; the one before stays beside it.

    It counts from the moment of the first version. What that one has prolonged or settled stays: a
    protection that runs is never shortened by a correction. Raises ActivityRefused.
    """
    customer = activity.customer
    _post_of_dealer(by, customer)
    _check(kind, outcome, note)
    if not may_correct(activity, by, at):
        raise ActivityRefused(
            _("Only who recorded it corrects a follow-up, within a day. Record a new one instead.")
        )
    with busy_as(ActivityRefused), transaction.atomic():
        recorded_at = take_turn(bytes(customer.identity.fingerprint), REGISTRATIONS).at
        if Activity.objects.filter(corrects=activity).exists():
            raise ActivityRefused(
                _("This follow-up was corrected meanwhile. Look at the new version.")
            )
        if follow_up_on != activity.follow_up_on:
            _not_past(follow_up_on, at, activity.store)
        corrected = Activity(
            customer=customer,
            dealer_id=activity.dealer_id,
            store=activity.store,
            staff_id=activity.staff_id,
            kind=kind,
            outcome=outcome,
            at=activity.at,
            recorded_at=recorded_at,
            follow_up_on=follow_up_on,
            corrects=activity,
        )
        _save(corrected, note)
        with acting(_renewing(by)):
            _apply(corrected, at)
    return corrected


def _renewing(by: Actor) -> Actor:
    """A protection runs until the next one starts, which may be another dealer's."""
    return Actor.worker("renew", by.user)


def may_correct(activity: Activity, by: Actor, at: datetime) -> bool:
    """Whether ``by`` recorded it, by hand and within the last day."""
    return (
        activity.registration_id is None
        and activity.staff_id is not None
        and activity.staff_id == by.user_id
        and activity.at <= at < activity.at + CORRECTED_WITHIN
    )


def _post_of_dealer(by: Actor, customer: Customer) -> Membership:
    membership = by.membership
    if membership is None or membership.dealer_id != customer.dealer_id:
        raise ActivityRefused(_("This customer's card belongs to another dealer."))
    return membership


def _check(kind: str, outcome: str, note: str) -> None:
    if kind not in ActivityKind.values:
        raise ActivityRefused(_("Choose what you did."), "kind")
    if outcome not in ["", *Outcome.values]:
        raise ActivityRefused(_("Choose how it went."), "outcome")
    if kind == ActivityKind.CALL and not outcome:
        raise ActivityRefused(_("Choose how the call went."), "outcome")
    if kind == ActivityKind.NOTE and not note.strip():
        raise ActivityRefused(_("Write the note: an empty one is no follow-up."), "note")


def _not_past(follow_up_on: date | None, at: datetime, store: Store) -> None:
    if follow_up_on is not None and follow_up_on < rulebook.local_day(at, store.tz):
        raise ActivityRefused(
            _("The next follow-up lies in the past; choose today or later."), "follow_up_on"
        )


def _save(activity: Activity, note: str) -> None:
    if note.strip():
        erased.check(activity.customer.identity_id, NoteRefused, str(GONE))
        (activity.pk,) = next_ids(Activity)
        activity.note_sealed = vault.seal(Row.of(activity), "note", note)
    activity.save(force_insert=True)


def _apply(activity: Activity, at: datetime) -> None:
    """What the rules make of it, after what time has done by ``at``.

    The day that a corrected version agreed on falls away.
    """
    customer, before = activity.customer, activity.corrects
    standings = passing.standings_at(customer.identity_id, activity.recorded_at, at)
    next_on = activity.follow_up_on
    if before is not None:
        held = next(
            (it for it in standings if it.dealer == activity.dealer_id and it.runs(activity.at)),
            None,
        )
        if held is None or held.follow_up_on != before.follow_up_on:
            next_on = None  # what was agreed or done later stays
        else:
            standings = [replace(it, follow_up_on=None) if it is held else it for it in standings]
    track = Track(Rulebooks.on_file(), standings)
    followed = FollowedUp(activity.dealer_id, activity.kind, activity.outcome, activity.at, next_on)
    applied = track.apply(followed)
    if applied is not None:
        cause = changes.Cause(activity=activity)
        save_together(changes.rows(applied.changes, cause, activity.recorded_at))


def _place(customer: Customer, membership: Membership, at: datetime) -> Store:
    """The post's own store; a dealer owner acts for the store that has the customer."""
    if membership.store is not None:
        return membership.store
    owned = changes.running_of(customer, at)
    if owned is not None:
        return owned.store
    registered = Registration.objects.filter(customer=customer).select_related("store")
    return registered.latest("received_at").store
