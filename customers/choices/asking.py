"""Asking a customer which store they want: by a store that met them, or when a dealer closed."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from customers.choices import links
from customers.models import (
    Answer,
    Choice,
    ChoiceAnswer,
    Closing,
    Customer,
    CustomerQuerySet,
    EventKind,
    Ownership,
    OwnershipEvent,
    Registration,
    Void,
)
from dealers import sms
from dealers.actor import Actor
from dealers.models import Store

ASKED_FOR = timedelta(days=14)  # that customers of a dealer which closed have to choose
AGAIN_AFTER = timedelta(days=30)
ASKED_WITHIN = timedelta(days=1)  # after the registration: the customer is or was just there


class ChoiceRefused(Exception):
    """The message is written for the person who asked."""


def may_ask(registration: Registration, *, by: Actor, at: datetime) -> bool:
    """Whether ``by`` may have the customer of a registration asked, who is protected elsewhere."""
    here = by.dealer_id == registration.dealer_id and by.store_id in {None, registration.store_id}
    return (
        here
        and registration.answer == Answer.PROTECTED
        and at < registration.received_at + ASKED_WITHIN
        and not registration.store.is_closed(at)
        and not Void.objects.filter(registration=registration).exists()
    )


def ask(registration: Registration, *, by: Actor, at: datetime, site: str, language: str) -> Choice:
    """Send the customer of a registration the question; once more gives the first question.

    Raises ChoiceRefused for who may not ask, a customer who was asked or said no lately, and where
    no short message can be sent.
    """
    if not may_ask(registration, by=by, at=at):
        raise ChoiceRefused(
            _("A customer can be asked on the day on which you register them, by your store.")
        )
    if not sms.available():
        raise ChoiceRefused(_("No short messages can be sent from here. Ask headquarters."))
    with transaction.atomic():
        # One after the other: of two who ask at once, each would find that nobody has.
        Customer.objects.select_for_update(no_key=True).get(pk=registration.customer_id)
        known = Choice.objects.filter(registration=registration).first()
        if known is not None:
            return known
        _check_lately(registration, at)
        made = Choice(
            identity_id=registration.identity_id, customer_id=registration.customer_id,
            dealer_id=registration.dealer_id, store_id=registration.store_id,
            registration=registration, asked_by=by.person, asked_at=at,
            expires_at=at + links.VALID_FOR,
        )  # fmt: skip
        made.save(force_insert=True)
        links.send(made, links.ASK, site, language, at)
        return made


def _check_lately(registration: Registration, at: datetime) -> None:
    """A customer is asked seldom, and who says no is promised the same time from then on."""
    mine, since = Choice.objects.filter(customer=registration.customer_id), at - AGAIN_AFTER
    if mine.filter(asked_at__gt=since).exists():
        raise ChoiceRefused(
            _("You asked this customer less than 30 days ago. Their silence is an answer, too.")
        )
    if mine.filter(answer=ChoiceAnswer.NOBODY, answered_at__gt=since).exists():
        raise ChoiceRefused(_("This customer said no, and is not asked again for 30 days."))


def to_ask(closing: Closing) -> CustomerQuerySet:
    """The customers of a dealer that closed who were frozen with it and belong to nobody since.

    Of who was erased nothing is left to ask by.
    """
    events = OwnershipEvent.objects.filter(kind=EventKind.FROZEN)
    frozen = Ownership.objects.given().filter(
        Exists(events.filter(ownership=OuterRef("pk"))), customer=OuterRef("pk")
    )
    asked = Choice.objects.filter(closing=closing, customer=OuterRef("pk"))
    mine = Customer.objects.filter(dealer=closing.dealer_id).exclude(phone_sealed=b"")
    return mine.filter(Exists(frozen), ~Exists(asked))


def ask_all(closing: Closing, most: int, at: datetime) -> int:
    """Ask the next customers of a dealer that closed; how many. For the worker, in a transaction.

    Whom another store has by now is asked nothing.
    """
    cards = list(to_ask(closing).order_by("pk")[:most])
    latest = {
        each.customer_id: each.store_id
        for each in Ownership.objects.filter(customer__in=cards).order_by("period")
    }
    now_owned = set(
        Ownership.objects.running(at)
        .filter(identity__in=[card.identity_id for card in cards])
        .values_list("identity", flat=True)
    )
    stores = Store.objects.in_bulk(set(latest.values()))
    made = [
        Choice(
            identity_id=card.identity_id, customer=card, dealer_id=closing.dealer_id,
            store=stores[latest[card.pk]], closing=closing, asked_at=at, expires_at=at + ASKED_FOR,
            **({"answer": ChoiceAnswer.NOBODY, "answered_at": at}
               if card.identity_id in now_owned else {}),
        )
        for card in cards
    ]  # fmt: skip
    Choice.objects.bulk_create(made)
    asked = [each for each in made if each.answer == ""]
    links.by_day(asked, settings.PORTAL_ADDRESS, settings.LANGUAGE_CODE, at)
    return len(made)
