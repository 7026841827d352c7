"""Leads that the brand receives."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import batched, groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import identity
from customers.cutoff import ORDERS, busy_as, hold_open, take_turn
from customers.dispatch import contacts
from customers.models import Identity, Lead, LeadSource, TypedInto
from customers.ownership import limits, planted
from customers.ownership.settings import RegistrationRefused
from dealers import outbox
from dealers.actor import Actor, acting
from dealers.database import broken_constraint
from dealers.keys import held
from dealers.phones import normalise

ONCE = {"lead_received_once", "customers_lead_pkey"}
OFFER = "customers.tasks.offer_lead"
OFFER_ALL = "customers.tasks.offer_leads"
PORTION = 5000  # leads stored by one statement
TOGETHER = 2000  # leads of a region offered in one transaction


class LeadRefused(Exception):
    """Not taken in; the message is written for the person who asked."""


class Received(NamedTuple):
    """A lead that is not saved yet, with whom it is about; the number in E.164."""

    lead: Lead
    number: str
    name: str


def receive(lead: Lead, *, phone: str, name: str, consent: bool, by: Actor, at: datetime) -> Lead:
    """Take in a lead, and have it offered to a store.

    ``lead`` is not saved yet and says what is wanted and where. Raises LeadRefused for a customer
    who has not agreed that a store calls, or a lead that is on file already, and PhoneNotValid.
    """
    if not consent:
        raise LeadRefused(not_asked())
    held.ensure()
    number = normalise(phone)
    lead.by, lead.received_at = by.user, at
    contacts.seal(lead, number=number, name=name.strip())
    try:
        # Who the person is, is known of all dealers' customers.
        working = acting(Actor.worker("receive_lead", by.user))
        with busy_as(LeadRefused), transaction.atomic(), working:
            limits.check_headquarters(by, at)
            lead.identity = _person(number)
            lead.save(force_insert=True)
            outbox.add(OFFER, str(lead.pk), at=at)
            if by.at_hq:
                planted.typed(number, TypedInto.LEAD, by=by, at=at)
    except RegistrationRefused as refused:
        raise LeadRefused(str(refused)) from None
    except IntegrityError as problem:
        if broken_constraint(problem) not in ONCE:
            raise
        raise LeadRefused(_("This lead is on file already.")) from None
    return lead


def not_asked() -> str:
    """What is said of a lead without consent."""
    return _("Ask the customer first whether a store may call them.")


def receive_all(received: Iterable[Received], *, by: Actor, at: datetime) -> int:
    """Take in many leads, and have each offered to a store; how many. As the worker.

    Some statements for each few thousand of them. Call it in a transaction. Planted numbers among
    those of a file raise their alarm.
    """
    held.ensure()
    watched = planted.watched()
    taken: list[tuple[int, UUID]] = []  # of which regions
    for some in batched(received, PORTION, strict=False):
        people = _people({each.number for each in some})
        for lead, number, name in some:
            lead.by, lead.received_at, lead.identity = by.user, at, people[number]
            contacts.seal(lead, number=number, name=name)
        Lead.objects.bulk_create([each.lead for each in some])
        named = {each.lead.identity_id for each in some if each.lead.source == LeadSource.FILE}
        found = [alarmed for person, alarmed in watched if person in named]
        planted.note(found, TypedInto.FILE, by=by, at=at)
        taken += [(each.lead.region_id, each.lead.pk) for each in some]
    have_offered(taken, at)
    return len(taken)


def have_offered(leads: Iterable[tuple[int, UUID]], at: datetime) -> None:
    """Have each of many leads, given with its region, offered to a store.

    Those of a region together: what is known of its stores is read once for all of them.
    """
    region = itemgetter(0)
    for _region, of_one in groupby(sorted(leads, key=region), key=region):
        for some in batched(of_one, TOGETHER, strict=False):
            outbox.add(OFFER_ALL, [str(pk) for _region, pk in some], at=at)


def _person(number: str) -> Identity:
    """Whom the number names, put on file if nobody knows them yet."""
    key = identity.fingerprint(number)
    turn = take_turn(key, ORDERS)
    person, _new = Identity.objects.get_or_create(
        fingerprint__in=identity.either(key),
        defaults={"fingerprint": identity.of_new(key, turn.keys), "keyed": turn.keys},
    )
    return person


def _people(numbers: Collection[str]) -> dict[str, Identity]:
    """Whom the numbers name, held until the transaction ends; who is unknown is put on file."""
    hold_open()
    on_file = held.fingerprint_keys_on_file()
    if on_file > identity.known_keys():
        raise held.WrongKeys(held.says([held.FINGERPRINT]))
    prints = {number: identity.fingerprint(number) for number in sorted(numbers)}
    found: dict[str, Identity] = {}
    while missing := [number for number in prints if number not in found]:
        # Whoever is erased at this moment is known by this number no longer: then once more.
        sought = {each: number for number in missing for each in identity.either(prints[number])}
        locked = Identity.objects.filter(fingerprint__in=sought).select_for_update(no_key=True)
        found |= {sought[bytes(it.fingerprint)]: it for it in locked.order_by("pk")}
        Identity.objects.bulk_create(
            [
                Identity(fingerprint=identity.of_new(prints[number], on_file), keyed=on_file)
                for number in missing
                if number not in found
            ],
            ignore_conflicts=True,
        )
    return found
