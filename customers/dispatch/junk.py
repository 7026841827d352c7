"""Leads that turn out to be none: returned by the store, without anybody looking up to a share."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import ORDERS, busy_as, hold_open, take_turn
from customers.dispatch.leads import OFFER
from customers.dispatch.offers import DispatchRefused
from customers.dispatch.terms import HOUR, in_force
from customers.models import (
    Answer,
    JunkReason,
    JunkState,
    Lead,
    Offer,
    OfferAnswer,
    Registration,
    VoidReason,
)
from customers.ownership import voids
from dealers import outbox
from dealers.actor import Actor

# Another store may still have use for it.
FOR_OTHERS = frozenset({JunkReason.OUTSIDE})


def may_return(made: Offer, at: datetime) -> bool:
    """Whether a lead can be returned at ``at``: within some hours of accepting it, once."""
    return (
        made.answer == OfferAnswer.ACCEPTED
        and made.passed_on_at is None
        and made.junk_state == ""
        and made.answered_at is not None
        and at < made.answered_at + in_force(made.offered_at).junk_within
    )


def give_back(made: Offer, reason: str, *, by: Actor, at: datetime) -> JunkState:
    """Return a lead that is none; up to a share of a store's leads it is taken back at once.

    Above that headquarters looks at it first. Raises DispatchRefused.
    """
    if reason not in JunkReason.values:
        raise DispatchRefused(_("Choose what is wrong with it."))
    with busy_as(DispatchRefused), transaction.atomic():
        offers = Offer.objects.visible_to(by.post).select_for_update(of=("self",))
        made = offers.get(pk=made.pk)
        if made.junk_state:
            return JunkState(made.junk_state)
        if not may_return(made, at):
            hours = in_force(made.offered_at).junk_within // HOUR
            raise DispatchRefused(
                _("A lead can be returned within %(hours)d hours after it was accepted.")
                % {"hours": hours}
            )
        registration = cast(Registration, made.registration)  # it was accepted
        hold_open()
        # One after the other in a store: a share that two count at once is no share.
        take_turn(bytes(registration.identity.fingerprint), ORDERS, store=made.store_id)
        made.junk_reason, made.returned_at = reason, at
        made.junk_state = JunkState.TAKEN if _within_share(made, at) else JunkState.ASKED
        _save(made, by, at)
        return made.junk_state


def review(made: Offer, state: JunkState, *, by: Actor, at: datetime) -> None:
    """Headquarters says whether a returned lead is taken back. Raises DispatchRefused."""
    with transaction.atomic():
        made = Offer.objects.select_for_update().get(pk=made.pk)
        if made.junk_state != JunkState.ASKED:
            raise DispatchRefused(_("Nobody asks for this any more."))
        made.junk_state = state
        _save(made, by, at)


def _within_share(made: Offer, at: datetime) -> bool:
    """Whether this one leaves the store at or below the share that needs no look."""
    terms = in_force(made.offered_at)
    lately = Offer.objects.filter(
        store=made.store_id,
        answer=OfferAnswer.ACCEPTED,
        answered_at__gt=at - terms.counted,
        answered_at__lte=at,
    )
    returned = lately.exclude(junk_state__in=["", JunkState.REFUSED]).count() + 1
    return returned * 100 <= lately.count() * terms.junk_percent


def _save(made: Offer, by: Actor, at: datetime) -> None:
    made.save(update_fields=["junk_reason", "junk_state", "returned_at"])
    if made.junk_state != JunkState.TAKEN:
        return
    registration = made.registration
    if registration is not None and registration.answer == Answer.YOURS:
        # What accepting won goes with it, or the lead could be offered to nobody else.
        try:
            voids.void(registration, reason=VoidReason.RETURNED, by=by, at=at)
        except voids.VoidRefused as refused:
            raise DispatchRefused(str(refused)) from refused
    if made.junk_reason in FOR_OTHERS:
        outbox.add(OFFER, str(made.lead_id), at=at)
    else:
        Lead.objects.filter(pk=made.lead_id, closed_at=None).update(closed_at=at)
