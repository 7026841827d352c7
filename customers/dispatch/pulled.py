"""Leads that the stores take themselves: the first that may be offered one and asks has it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.cutoff import REGISTRATIONS, busy_as, take_turn, wait_no_longer
from customers.dispatch import candidates, contacts, offers, turns
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


def open_to(stores: Collection[Store], at: datetime, most: int) -> list[Open]:
    """What these stores of one region may take, the nearest end first; for the nearest of them."""
    region = next((store.dealer.region_id for store in stores), None)
    if region is None:
        return []
    with acting(ACROSS):
        market = Market(region, at, in_force(at))
        able = [
            store
            for store in stores
            if (site := market.sites.get(store.pk)) and not candidates.why_not(site, ())
        ]
        if not able:
            return []
        leads = Lead.objects.open_to_take(at).filter(region=region).order_by("open_until", "pk")
        lines = [market.lines_of(store.pk) for store in able]
        if all(lines):
            leads = leads.filter(Q(category=None) | Q(category__in=set().union(*lines)))
        return [_open(lead, able, market) for lead in leads[:most]]


def _open(lead: Lead, stores: Collection[Store], market: Market) -> Open:
    _number, name = contacts.opened(lead)
    spot = None
    if lead.latitude is not None and lead.longitude is not None:
        spot = Spot(float(lead.latitude), float(lead.longitude))
    here = [store for store in stores if market.sells(store.pk, lead.category_id)]
    far = [market.metres(spot, store.pk) for store in here]
    metres, store = min(zip(far, here, strict=True), key=lambda each: _known(each[0]))
    until = cast(datetime, lead.open_until)  # it is open
    return Open(lead.pk, store, lead.wish, mask_name(name), metres, until)


def _known(metres: int | None) -> float:
    return inf if metres is None else metres


def take(lead: UUID, store: Store, *, by: Actor, at: datetime) -> Registration:
    """Take a lead for a store, and get its name and number as who accepts one does.

    Raises DispatchRefused: somebody was faster, the store may not be offered it, the customer has a
    store, or ``by`` took as many customers today as the rulebook allows.
    """
    # Both or neither: who may not register the customer keeps the lead from nobody.
    with busy_as(DispatchRefused), transaction.atomic():
        made = _taken(lead, store, by, at)
        if made is not None:
            return offers.accept(made, by=by, at=max(at, made.offered_at))
    raise DispatchRefused(_("This customer has a store already, which is asked first."))


def _taken(pk: UUID, store: Store, by: Actor, at: datetime) -> Offer | None:
    """The offer that a store gives itself; None of a customer who has a store."""
    wait_no_longer()
    with acting(ACROSS):
        open_ones = Lead.objects.open_to_take(at).select_for_update(of=("self",))
        lead = open_ones.filter(pk=pk, region=store.dealer.region_id).first()
        # Who waited for the lead's row does not see yet what was offered meanwhile.
        if lead is None or lead.offers.exists():
            raise DispatchRefused(_("Somebody was faster."))
        at = turns.of_regions([lead.region_id], at)
        person = bytes(lead.identity.fingerprint)
        turn = take_turn(person, REGISTRATIONS, staff=by.user_id, store=store.pk)
        _check(lead, store, by, at)
        passing.settle(lead.identity_id, at, turn.at)
        if offers.owner_of(lead, at) is not None:
            lead.open_until = at
            lead.save(update_fields=["open_until"])
            outbox.add(OFFER, str(lead.pk), at=at)
            return None
        return offers.make(lead, store, 1, at, pulled=True)


def _check(lead: Lead, store: Store, by: Actor, at: datetime) -> None:
    if why := Market(lead.region_id, at, in_force(at)).why_not(store.pk, lead):
        raise DispatchRefused(offers.cannot_take(why))
    settings = Rulebooks.on_file().on(at, store.tz)
    midnight = day_start(local_day(at, store.tz), store.tz)
    today = Offer.objects.filter(pulled=True, answered_by=by.user_id, offered_at__gte=midnight)
    if claimed_enough(today.count(), settings):
        raise DispatchRefused(
            _("You took %(count)d leads today, as many as one may a day. Others may still take it.")
            % {"count": settings.pool_claims_per_day}
        )
