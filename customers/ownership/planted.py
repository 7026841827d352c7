"""Planted numbers: they belong to nobody, so who registers one has typed a list or guessed.

Whoever plants them is at headquarters; an owner's test customers serve as such for all other
dealers. The database finds a hit as it happens; here those are told whom it concerns.
"""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.identity import either, fingerprint, of_new
from customers.models import Customer, Identity, PlantedHit, PlantedNumber, Unconfirmed
from dealers import access, notices, sayings
from dealers.actor import Actor, acting
from dealers.keys import held
from dealers.models import AccessAction, NoticeKind
from dealers.phones import normalise

AT_ONCE = 100
OWNERS = gettext_noop("Another store registered the number of a test customer of yours.")
TYPED = gettext_noop("A planted number was typed at %(store)s by %(who)s.")
BRANDS = gettext_noop("A planted number was registered: receipt %(receipt)s.")
KNOWN = gettext_noop("Headquarters wanted to plant this number, and learned that it is known.")


class NotPlanted(Exception):
    """The message is written for the person who asked."""


def plant(draft: PlantedNumber, phone: str, *, by: Actor, at: datetime) -> PlantedNumber:
    """Make a number one that nobody should know: best one that no operator gives out.

    ``draft`` is not saved yet. Raises PhoneNotValid, and NotPlanted where somebody is known by it:
    so much is learned of a number that was typed, and the dealers who know it read by whom.
    """
    # Headquarters' own role asks for no owner, which a turn does.
    with busy_as(NotPlanted), transaction.atomic(), acting(Actor.worker("planted", by.user)):
        held.ensure()
        person = fingerprint(normalise(phone))
        turn = take_turn(person, REGISTRATIONS)
        known = list(Identity.objects.filter(fingerprint__in=either(person)))
        cards = list(Customer.objects.faceless().filter(identity__in=known))
        if not known:
            draft.identity = Identity.objects.create(
                fingerprint=of_new(person, turn.keys), keyed=turn.keys
            )
            draft.planted_by, draft.planted_at = by.person, at
            draft.save(force_insert=True)
            return draft
    for card in cards:
        access.seen(
            [card.pk], by=by, dealer_id=card.dealer_id, fields="no name",
            purpose=sayings.kept(KNOWN), action=AccessAction.LOOK_UP,
        )  # fmt: skip
    raise NotPlanted(_("Somebody is known by this number, or it is planted already."))


def uproot(planted: PlantedNumber, *, by: Actor, at: datetime) -> None:  # noqa: ARG001
    """Let a number be one like all others again."""
    PlantedNumber.objects.filter(pk=planted.pk, ended_at=None).update(ended_at=at)


def tell(at: datetime) -> int:
    """Tell headquarters, and the owner whose test customer it is, of new hits; how many."""
    with transaction.atomic():
        untold = PlantedHit.objects.filter(told_at=None).order_by("pk")
        hits = list(untold.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        for hit in hits:
            _tell(hit, at)
        PlantedHit.objects.filter(pk__in=[hit.pk for hit in hits]).update(told_at=at)
    return len(hits)


def _tell(hit: PlantedHit, at: datetime) -> None:
    if hit.dealer_id is not None:
        notices.tell(
            notices.owners_or_last(hit.dealer_id, at),
            NoticeKind.CANARY,
            sayings.kept(OWNERS),
            to=reverse("customers:access-log"),
            about=f"planted:{hit.pk}",
            at=at,
        )
    if hit.registration is not None:
        said = sayings.kept(BRANDS, receipt=[hit.registration.receipt])
        to = reverse("admin:customers_registration_change", args=[hit.registration_id])
    else:
        typed = cast("Unconfirmed", hit.unconfirmed)
        said = sayings.kept(TYPED, store=[typed.store.name], who=[str(typed.staff)])
        to = reverse("admin:dealers_user_change", args=[typed.staff_id])
    notices.tell(
        notices.headquarters("customers.change_plantednumber"),
        NoticeKind.ALARM,
        said,
        to=to,
        about=f"planted:{hit.pk}",
        at=at,
    )
