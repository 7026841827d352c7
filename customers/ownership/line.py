"""Standing in line for a customer: who does, at which place, and leaving it.

In line stands who asked to after an answer that was no ownership. The order is that of receipt. A
store learns its own place; the owner never learns that anybody waits.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.models import Ownership, Registration, WaitEnd, WaitingQuerySet
from customers.models import Waiting as Place
from customers.ownership import passing
from customers.ownership.track import IN_LINE
from customers.ownership.waiting import in_turn
from dealers.actor import Actor, acting

WITHIN = timedelta(days=7)  # of the receipt by which the place in line is


class LineRefused(Exception):
    """Not done; the message is written for the person who asked."""


def may_wait(registration: Registration, by: Actor, at: datetime) -> bool:
    """Whether ``by`` may have the store of a registration stand in line."""
    return (
        by.dealer_id == registration.dealer_id
        and registration.answer in IN_LINE
        and at < registration.received_at + WITHIN
        and not hasattr(registration, "void")
        and held(registration, at) is None
    )


def held(registration: Registration, at: datetime) -> Place | None:
    """The place of a registration, or the one at which its store stands by an earlier one."""
    if hasattr(registration, "waiting"):
        return registration.waiting
    return _of_store(registration, at).select_related("registration").first()


def stand(registration: Registration, *, by: Actor, at: datetime) -> Place:
    """Have the store of a registration stand in line, by its receipt; again: the same place.

    Raises LineRefused for an answer that is an ownership, too late, or of another dealer.
    """
    with busy_as(LineRefused), transaction.atomic():
        turn = take_turn(bytes(registration.identity.fingerprint), REGISTRATIONS)
        if (place := _of_store(registration, at).first()) is not None:
            return place
        if not may_wait(registration, by, at):
            raise LineRefused(
                _("You can stand in line for a week after the answer. Register once more.")
            )
        if Ownership.objects.running(at).filter(customer=registration.customer_id).exists():
            raise LineRefused(_("Your dealer has this customer."))
        place = _new(registration, at)
        with acting(Actor.worker("time", by.user)):
            passing.settle(registration.identity_id, at, turn.at)
        place.refresh_from_db()
        return place


def put(registration: Registration, at: datetime) -> None:
    """Have a store stand in line by a registration, unless it does: for who holds the turn.

    Whoever has stood there before stands there again, at the place of its receipt.
    """
    place = held(registration, at)
    if place is None:
        _new(registration, at)
    elif place.ended_at is not None and not _of_store(registration, at).exists():
        place.ended_at, place.ended = None, ""
        place.save(update_fields=["ended_at", "ended"])


def put_new(registration: Registration, at: datetime) -> None:
    """The same by a registration of this very moment, which has stood nowhere yet."""
    if not _of_store(registration, at).exists():
        _new(registration, at)


def _of_store(registration: Registration, at: datetime) -> WaitingQuerySet:
    """The places at which its store stands in line for the person, by whichever registration."""
    stores = passing.kept_by(registration.store_id, at)
    return Place.objects.open().filter(identity=registration.identity_id, store__in=stores)


def _new(registration: Registration, at: datetime) -> Place:
    return Place.objects.create(
        registration=registration,
        identity_id=registration.identity_id,
        customer_id=registration.customer_id,
        dealer_id=registration.dealer_id,
        store_id=registration.store_id,
        stood_at=at,
    )


def leave(registration: Registration, *, by: Actor, at: datetime) -> None:
    """Leave the line, also where the store stands there by an earlier receipt; again: nothing.

    Raises LineRefused where it was the store's turn already.
    """
    with busy_as(LineRefused), transaction.atomic():
        turn = take_turn(bytes(registration.identity.fingerprint), REGISTRATIONS)
        stood = held(registration, at)
        with acting(Actor.worker("time", by.user)):  # whose turn it was before comes first
            passing.settle(registration.identity_id, at, turn.at)
        mine = Place.objects.filter(dealer=by.dealer_id)
        place = mine.filter(pk=stood.pk).first() if stood is not None else None
        if place is None or place.ended == WaitEnd.LEFT:
            return
        if place.ended_at is not None:
            raise LineRefused(_("You do not stand in line any more."))
        place.ended_at, place.ended = max(at, place.stood_at), WaitEnd.LEFT
        place.save(update_fields=["ended_at", "ended"])


def place_of(registration: Registration) -> int | None:
    """At which place the store stands, 1 being the next; None where it does not."""
    with acting(Actor.worker("line")):
        order = list(in_turn(map(passing.of, passing.places(registration.identity_id))))
    numbers = [each.number for each in order]
    return numbers.index(registration.pk) + 1 if registration.pk in numbers else None
