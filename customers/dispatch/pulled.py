"""Leads that the stores take themselves: the first that may be offered one and asks has it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.dispatch import candidates, contacts, offers
from customers.dispatch.leads import OFFER
from customers.dispatch.market import Market, Spot
from customers.dispatch.offers import ACROSS, DispatchRefused
from customers.dispatch.terms import in_force
from customers.models import Lead, Offer, Registration
from customers.ownership import passing
from customers.ownership.pool import claimed_enough
from customers.ownership.rulebook import day_start, local_day
from customers.ownership.settings import Rulebooks
from dealers import outbox
from dealers.actor import Actor, acting
from dealers.models import Store
from dealers.words import mask_name


@dataclass(frozen=True, slots=True)
class Open:
    """A lead that a store may take, as far as it is shown before."""

    lead: UUID
    store: Store
    wish: str
    name: str  # masked
    metres: int | None
    until: datetime


def open_to(stores: Collection[Store], at: datetime) -> list[Open]:
    """What these stores may take, the nearest end first; each for the store that is nearest."""
    found: dict[UUID, Open] = {}
    with acting(ACROSS):
        for region in {store.dealer.region_id for store in stores}:
            market = Market(region, at, in_force(at))
            for store in stores:
                site = market.sites.get(store.pk)
                if site is None or candidates.why_not(site, ()):
                    continue
                for lead in Lead.objects.open_to_take(at).filter(region=region):
                    each = _open(lead, store, market)
                    known = found.get(lead.pk)
                    if known is None or _far(each) < _far(known):
                        found[lead.pk] = each
    return sorted(found.values(), key=lambda each: (each.until, each.lead))


def _open(lead: Lead, store: Store, market: Market) -> Open:
    _number, name = contacts.opened(lead)
    spot = None
    if lead.latitude is not None and lead.longitude is not None:
        spot = Spot(float(lead.latitude), float(lead.longitude))
    metres = market.metres(spot, store.pk)
    until = cast(datetime, lead.open_until)  # it is open
    return Open(lead.pk, store, lead.wish, mask_name(name), metres, until)


def _far(each: Open) -> float:
    return float("inf") if each.metres is None else each.metres


def take(lead: UUID, store: Store, *, by: Actor, at: datetime) -> Registration:
    """Take a lead for a store, and get its name and number as who accepts one does.

    Raises DispatchRefused: somebody was faster, the store may not be offered it, the customer has a
    store, or ``by`` took as many customers today as the rulebook allows.
    """
    with busy_as(DispatchRefused):
        made = _taken(lead, store, by, at)
    if made is None:
        raise DispatchRefused(_("This customer has a store already, which is asked first."))
    return offers.accept(made, by=by, at=at)


@transaction.atomic
def _taken(pk: UUID, store: Store, by: Actor, at: datetime) -> Offer | None:
    """The offer that a store gives itself; None of a customer who has a store."""
    with acting(ACROSS):
        open_ones = Lead.objects.open_to_take(at).select_for_update(of=("self",))
        lead = open_ones.filter(pk=pk, region=store.dealer.region_id).first()
        if lead is None:
            raise DispatchRefused(_("Somebody was faster."))
        _check(lead, store, by, at)
        turn = take_turn(bytes(lead.identity.fingerprint), REGISTRATIONS)
        passing.settle(lead.identity_id, at, turn.at)
        if offers.owner_of(lead, at) is not None:
            lead.open_until = at
            lead.save(update_fields=["open_until"])
            outbox.add(OFFER, str(lead.pk), at=at)
            return None
        return offers.make(lead, store, 1, at, pulled=True)


def _check(lead: Lead, store: Store, by: Actor, at: datetime) -> None:
    site = Market(lead.region_id, at, in_force(at)).sites.get(store.pk)
    why = candidates.why_not(site, ()) if site else "closed"
    if why:
        raise DispatchRefused(
            _("This store cannot take it: %(why)s.") % {"why": candidates.WhyNot(why).label}
        )
    settings = Rulebooks.on_file().on(at, store.tz)
    midnight = day_start(local_day(at, store.tz), store.tz)
    today = Offer.objects.filter(pulled=True, answered_by=by.user_id, offered_at__gte=midnight)
    if claimed_enough(today.count(), settings):
        raise DispatchRefused(
            _("You took %(count)d leads today, as many as one may a day. Others may still take it.")
            % {"count": settings.pool_claims_per_day}
        )
