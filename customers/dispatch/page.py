"""A campaign's page for everybody: who has no store asks to be called, and becomes a lead.

It is told nobody there whether a number is known. What is left goes into an inbox that the page can
add to and not read; a worker makes a lead of it, which goes to a store like all others, the
customer's own first.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import ORDERS, busy_as, take_turn
from customers.dispatch import leads
from customers.dispatch.leads import LeadRefused
from customers.identity import either, fingerprint
from customers.models import CONSENT_TEXT, Campaign, Lead, LeadEntry, LeadSource, Offer
from customers.rights import inbox
from customers.rights.inbox import Link, PageClosed
from customers.rights.proofs import Proof
from dealers.actor import Actor
from dealers.signin import tries
from dealers.signin.devices import Door

SALT = "customers.campaigns"
VALID = timedelta(days=365)
A_DAY = tries.Limit(5000, timedelta(seconds=30), 5000, 5000)  # codes that a campaign's page sends
ANSWER = "customers.tasks.answer_lead_entry"
BY = Actor.worker("campaign page")


def link(campaign: Campaign, *, at: datetime) -> Link:
    """A new address for the page of a campaign."""
    return inbox.link(campaign.pk, until=at + VALID, salt=SALT)


def opened(key: str, *, at: datetime) -> Campaign:
    """The campaign whose page an address opens. Raises PageClosed."""
    named, until = inbox.signed(key, salt=SALT)
    found = Campaign.objects.with_page().filter(pk=named).first() if named else None
    if found is None or at.timestamp() >= until:
        raise PageClosed(_("This campaign is over. Ask in a store near you."))
    return found


def of(campaign: Campaign) -> str:
    """By what a code knows the page that asked for it. No store's code has a slash."""
    return f"b/{campaign.pk}"


def ask(
    campaign: Campaign, phone: str, said: dict[str, Any], *, place: Door, door: Door, at: datetime
) -> str:
    """Send a code to ``phone``; what the next page has to carry. Raises TooManyTries."""
    return inbox.ask(phone, said, of=of(campaign), place=place, limit=A_DAY, door=door, at=at)


def put_down(campaign: Campaign, proof: Proof, *, at: datetime) -> None:
    """Put what a person left into the inbox, once, and have the worker make a lead of it."""
    wants = proof.wants
    entry = LeadEntry(campaign=campaign, region_id=wants["region"], offers=wants["offers"])
    inbox.put_down(entry, proof, ANSWER, at=at)


def answer(pk: UUID, at: datetime) -> Lead | None:
    """Make a lead of what waits in the inbox; None if that is done, or forgotten.

    Who asks for the same again, while a lead of theirs is under way, is called once. For the
    worker. Raises LeadRefused where it has to be tried again.
    """
    with busy_as(LeadRefused), transaction.atomic():
        waiting = LeadEntry.objects.select_related("campaign")
        entry = waiting.select_for_update(of=("self",)).filter(pk=pk).first()
        if entry is None or entry.answered_at is not None:
            return None
        told = inbox.opened(entry)
        # Of two of one person the second sees what became of the first.
        take_turn(fingerprint(told["phone"]), ORDERS)
        wanted = _wanted(entry)
        lead = _under_way(wanted, told["phone"]) or leads.receive(
            wanted, phone=told["phone"], name=told["name"], consent=True, by=BY,
            at=entry.received_at,
        )  # fmt: skip
        entry.contact, entry.answered_at, entry.lead = b"", at, lead
        entry.save(update_fields=["contact", "answered_at", "lead"])
        return lead


class Agreed(NamedTuple):
    """To what the customer of a lead agreed, when, and by which version of the text."""

    offers: bool
    at: datetime
    text: str


def agreed(lead: Lead) -> Agreed:
    """What the customer of a lead said last; to offers who agreed to them once. As the worker."""
    said = LeadEntry.objects.filter(lead=lead).order_by("-offers", "-received_at", "-pk").first()
    if said is None:
        return Agreed(lead.consent_marketing, lead.received_at, CONSENT_TEXT)
    return Agreed(said.offers, said.received_at, said.text_version)


def _under_way(wanted: Lead, phone: str) -> Lead | None:
    """A lead of this person that asks for the same, in the same region, and no store took yet."""
    mine = Lead.objects.filter(
        identity__fingerprint__in=either(fingerprint(phone)),
        source=wanted.source,
        campaign=wanted.campaign,
        wish=wanted.wish,
        category=wanted.category_id,
        region=wanted.region_id,
        closed_at=None,
    )
    return mine.exclude(pk__in=Offer.objects.taken().values("lead")).order_by("pk").first()


def _wanted(entry: LeadEntry) -> Lead:
    """The lead that an entry makes, where none is under way; not saved."""
    campaign = entry.campaign
    return Lead(
        source=LeadSource.PAGE,
        external_id=str(entry.pk),
        campaign=campaign.name,
        wish=campaign.asks_for or campaign.name,  # its page may have ended meanwhile
        category_id=campaign.category_id,
        region_id=entry.region_id,
        consent_marketing=entry.offers,
    )
