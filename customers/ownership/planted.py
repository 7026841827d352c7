"""Planted numbers: they belong to nobody, so who registers one has typed a list or guessed.

Whoever plants them is at headquarters; an owner's test customers serve as such for all other
dealers. The database finds a hit as it happens; here those are told whom it concerns.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.identity import either, fingerprint, of_new
from customers.models import Customer, Identity, PlantedHit, PlantedNumber, TypedInto
from dealers import access, notices, sayings
from dealers.actor import Actor, acting
from dealers.keys import held
from dealers.models import AccessAction, Canary, NoticeKind
from dealers.phones import normalise

AT_ONCE = 100
OWNERS = gettext_noop("Another store registered the number of a test customer of yours.")
OWNERS_TYPED = gettext_noop("Somebody typed the number of a test customer of yours.")
OWNERS_BROUGHT = gettext_noop("A file was brought with the number of a test customer of yours.")
TYPED = gettext_noop("A planted number was typed at %(store)s by %(who)s.")
ELSEWHERE = gettext_noop("A planted number was typed by %(who)s into %(into)s.")
IN_A_FILE = gettext_noop("A planted number stood in a file that %(who)s brought.")
BY_A_COMMAND = gettext_noop("A planted number stood in a file that a command on the server read.")
BRANDS = gettext_noop("A planted number was registered: receipt %(receipt)s.")
KNOWN = gettext_noop("Headquarters wanted to plant this number, and learned that it is known.")


class Alarmed(NamedTuple):
    """Whom a number alarms: headquarters by one that it planted, or a dealer."""

    planted_id: int | None = None
    dealer_id: int | None = None


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


def typed(number: str, into: TypedInto, *, by: Actor, at: datetime) -> int:
    """Note that somebody typed a planted number (E.164) where nobody is registered; how many hits.

    Whoever typed it notices nothing. Call it in a transaction.
    """
    with acting(Actor.worker("planted", by.user)):
        found = list(alarmed(either(fingerprint(number)), by.dealer_id))
    note(found, into, by=by, at=at)
    return len(found)


def note(found: Iterable[Alarmed], into: TypedInto, *, by: Actor, at: datetime) -> None:
    """Note hits of those whom they alarm: for ``tell``."""
    hits = list(found)
    if not hits:
        return
    with acting(Actor.worker("planted", by.user)):
        PlantedHit.objects.bulk_create(
            PlantedHit(typed_by=by.user, typed_into=into, at=at, **each._asdict()) for each in hits
        )


def watched(dealer: int | None = None) -> list[tuple[int, Alarmed]]:
    """Whose numbers alarm where a file of ``dealer`` names them, or one of headquarters, and whom.

    Pairs of a person and of whom it alarms. Few, to be looked for among the many of a file. For the
    worker.
    """
    planted = PlantedNumber.objects.filter(ended_at=None).values_list("identity", "pk")
    tested = Canary.objects.filter(ended_at=None).values("customer")
    cards = Customer.objects.filter(pk__in=tested).exclude(dealer=dealer)
    owners = cards.values_list("identity", "dealer")
    return [(person, Alarmed(planted_id=number)) for person, number in planted] + [
        (person, Alarmed(dealer_id=whose)) for person, whose in owners
    ]


def alarmed(known: list[bytes], dealer: int | None) -> Iterator[Alarmed]:
    """Whom it alarms that somebody at a dealer typed the number of a person.

    Of other dealers those that keep the person as a test customer. For the worker.
    """
    planted = PlantedNumber.objects.filter(identity__fingerprint__in=known, ended_at=None)
    for number in planted.values_list("pk", flat=True):
        yield Alarmed(planted_id=number)
    cards = Customer.objects.filter(identity__fingerprint__in=known).exclude(dealer=dealer)
    tested = Canary.objects.filter(ended_at=None, customer__in=cards.values("pk"))
    for whose in tested.values_list("dealer", flat=True):
        yield Alarmed(dealer_id=whose)


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
            sayings.kept(_to_owner(hit)),
            to=reverse("customers:access-log"),
            about=f"planted:{hit.pk}",
            at=at,
        )
    if hit.registration is not None:
        said = sayings.kept(BRANDS, receipt=[hit.registration.receipt])
        to = reverse("admin:customers_registration_change", args=[hit.registration_id])
    elif hit.unconfirmed is not None:
        waits = hit.unconfirmed
        said = sayings.kept(TYPED, store=[waits.store.name], who=[str(waits.staff)])
        to = reverse("admin:dealers_user_change", args=[waits.staff_id])
    elif hit.typed_by is None:
        said, to = sayings.kept(BY_A_COMMAND), reverse("admin:dealers_fileimport_changelist")
    elif hit.typed_into == TypedInto.FILE:
        said = sayings.kept(IN_A_FILE, who=[str(hit.typed_by)])
        to = reverse("admin:dealers_user_change", args=[hit.typed_by_id])
    else:
        into = sayings.untranslated(hit.get_typed_into_display)
        said = sayings.kept(ELSEWHERE, who=[str(hit.typed_by)], into=[into])
        to = reverse("admin:dealers_user_change", args=[hit.typed_by_id])
    notices.tell(
        notices.headquarters("customers.change_plantednumber"),
        NoticeKind.ALARM,
        said,
        to=to,
        about=f"planted:{hit.pk}",
        at=at,
    )


def _to_owner(hit: PlantedHit) -> str:
    """What an owner reads of a hit of their test customer."""
    if hit.typed_into == TypedInto.FILE:
        return OWNERS_BROUGHT
    return OWNERS if hit.typed_by_id is None else OWNERS_TYPED
