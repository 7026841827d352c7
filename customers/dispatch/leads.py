"""Leads that the brand receives."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import identity
from customers.cutoff import ORDERS, busy_as, take_turn
from customers.dispatch import contacts
from customers.models import Identity, Lead
from dealers import keys, outbox
from dealers.actor import Actor, acting
from dealers.database import broken_constraint
from dealers.phones import normalise

OFFER = "customers.tasks.offer_lead"


class LeadRefused(Exception):
    """Not taken in; the message is written for the person who asked."""


def receive(lead: Lead, *, phone: str, name: str, consent: bool, by: Actor, at: datetime) -> Lead:
    """Take in a lead, and have it offered to a store.

    ``lead`` is not saved yet and says what is wanted and where. Raises LeadRefused for a customer
    who has not agreed that a store calls, or a lead that is on file already, and PhoneNotValid.
    """
    if not consent:
        raise LeadRefused(_("Ask the customer first whether a store may call them."))
    keys.ensure()
    number = normalise(phone)
    lead.by, lead.received_at = by.user, at
    contacts.seal(lead, number=number, name=name.strip())
    try:
        # Who the person is, is known of all dealers' customers.
        working = acting(Actor.worker("receive_lead", by.user))
        with busy_as(LeadRefused), transaction.atomic(), working:
            lead.identity = _person(number)
            lead.save(force_insert=True)
            outbox.add(OFFER, str(lead.pk), at=at)
    except IntegrityError as problem:
        if broken_constraint(problem) != "lead_received_once":
            raise
        raise LeadRefused(_("This lead is on file already.")) from None
    return lead


def _person(number: str) -> Identity:
    """Whom the number names, put on file if nobody knows them yet."""
    key = identity.fingerprint(number)
    turn = take_turn(key, ORDERS)
    person, _new = Identity.objects.get_or_create(
        fingerprint__in=identity.either(key),
        defaults={"fingerprint": identity.of_new(key, turn.keys), "keyed": turn.keys},
    )
    return person
