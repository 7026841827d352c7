"""Destroying what is known of a person or of a dealer's customers; books and history stay whole.

What was earned, counted and answered holds no personal data, so nothing of it is touched. What is
destroyed comes back for nobody: a later registration of the number is somebody new.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from customers.cutoff import ORDERS, REGISTRATIONS, busy_as, take_turn, wait_no_longer
from customers.models import (
    Act,
    Activity,
    ActKind,
    CaseEvidence,
    Choice,
    ChoiceAnswer,
    Customer,
    Erasure,
    Identity,
    Lead,
    NumberChange,
    Offer,
    OfferAnswer,
    Order,
    Parting,
    Registration,
    WaitEnd,
    Waiting,
)
from customers.ownership import possible, writing
from dealers import exports
from dealers.actor import Actor, acting
from dealers.database import rows_of, store_each
from dealers.keys import rotation
from dealers.models import Dealer, DealerKey, KeyRotation
from dealers.sealed import sealed_fields

FINGERPRINT = 32  # bytes
# What the apps above keep of a person: each destroys its own.
_FURTHER: list[Callable[[Identity], object]] = []


def further(destroy: Callable[[Identity], object]) -> None:
    """Have ``destroy`` called for each person who is erased, in the same transaction."""
    if destroy not in _FURTHER:
        _FURTHER.append(destroy)


class ErasureRefused(Exception):
    """Nothing was destroyed; the message says why."""


def erase_person(identity: Identity, *, reason: str, by: Actor, at: datetime) -> Erasure:
    """Destroy the sealed values of a person at all dealers, and their fingerprint.

    Every value that could tell the number to whoever holds the keys becomes random: of the
    fingerprint, of numbers before, of the contents that registrations and orders are known again
    by. Stores that wait for the person, or were asked to call, wait no longer. Again: the first
    erasure. Raises ErasureRefused without a reason.
    """
    if not reason.strip():
        raise ErasureRefused(_("Say why this person is erased."))
    # At all dealers, so as the worker, on behalf of whoever asks.
    worker = acting(Actor.worker("erasure", by.user))
    with busy_as(ErasureRefused), transaction.atomic(), worker:
        hold(identity.pk)
        held = Identity.objects.select_for_update().get(pk=identity.pk)
        erasure, made = Erasure.objects.get_or_create(
            identity=held, defaults={"erased_by": by.user, "reason": reason[:200], "at": at}
        )
        if made:
            _destroy(held)
            _end_what_waits(held, at)
        return erasure


def hold(identity: int) -> None:
    """Hold a person who may be erased until the transaction ends: for who looks before erasing.

    Whoever answers an offer, or offers a lead on, holds that first and then the person; and who
    returns a lead its offer before it. As the worker.
    """
    wait_no_longer()
    leads = Lead.objects.filter(identity=identity)
    # A join would hold both at once.
    for rows in (Offer.objects.filter(lead__in=leads.values("pk")), leads):
        list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    person = bytes(Identity.objects.get(pk=identity).fingerprint)
    take_turn(person, ORDERS)
    take_turn(person, REGISTRATIONS)


def _destroy(person: Identity) -> None:
    # Notes first: whose they are is read from the card.
    notes = Activity.objects.filter(customer__identity=person, note_sealed__isnull=False)
    notes.update(note_sealed=None)
    Act.objects.filter(identity=person).exclude(note="").update(note="")
    _forget(NumberChange.objects.filter(identity=person), "before", "after")
    _forget(Registration.objects.filter(identity=person), "content", "salt")
    _forget(Order.objects.filter(identity=person), "content")
    _forget(Lead.objects.filter(identity=person), "contact")
    for model in (NumberChange, Customer, CaseEvidence):
        rows = rows_of(model).filter(identity=person)
        empty: dict[str, Any] = {it.name: None if it.null else b"" for it in sealed_fields(model)}
        if model is Customer:
            empty["search_tokens"] = []
        rows.update(**empty)
    for destroy in _FURTHER:
        destroy(person)
    _forget(Identity.objects.filter(pk=person.pk), "fingerprint")


def _end_what_waits(person: Identity, at: datetime) -> None:
    """Nobody is there for whom a store could wait, ask for more time, or be asked to call."""
    Waiting.objects.filter(identity=person).end(at, WaitEnd.LEFT)
    asked = Choice.objects.filter(identity=person)
    asked.filter(answer="", expires_at__gt=at).update(answer=ChoiceAnswer.NOBODY, answered_at=at)
    # Also what was to take effect before, and waits for a case or for the job.
    chosen = asked.filter(effective_at__isnull=False, done_at=None, refused_at=None)
    Parting.objects.filter(choice__in=chosen).update(refused_at=at)
    chosen.update(refused_at=at)
    Lead.objects.filter(identity=person, closed_at=None).update(closed_at=at)
    offers = Offer.objects.open().filter(lead__identity=person)
    offers.update(answer=OfferAnswer.WITHDRAWN, answered_at=Greatest("offered_at", at))
    writing.withdraw_requests([person.pk], None, at)
    for opened in Act.objects.in_review().filter(identity=person):
        possible.answered(opened, ActKind.MATCHED, None, at, at)


def _forget(rows: Any, *columns: str) -> None:
    """Put something random into these columns of the rows, which nobody finds again."""
    found = list(rows.only(*columns))
    for row in found:
        for column in columns:
            setattr(row, column, secrets.token_bytes(FINGERPRINT))
    store_each(found, columns)


def erase_customers(dealer: Dealer, *, by: Actor, at: datetime) -> int:
    """Destroy all keys of a dealer: what they sealed opens for nobody any more; how many.

    The files that were made for its people go with them.
    Its people stay known by their fingerprints, as the network's customers. Again: 0.
    """
    with transaction.atomic(), acting(Actor.worker("erasure", by.user)):
        Dealer.objects.select_for_update(no_key=True).get(pk=dealer.pk)
        changing = KeyRotation.objects.filter(dealer=dealer, finished_at=None)
        changing.update(finished_at=at)  # there is nothing left to seal anew
        gone = rotation.destroy(DealerKey.objects.filter(dealer=dealer), at)
        if gone:
            exports.withdraw_of(dealer.pk)
        return gone
