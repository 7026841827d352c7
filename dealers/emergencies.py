"""Break-glass: a number beyond the level of sharing, for an emergency and by two people.

One person of headquarters asks and says why, another says yes. The owner is told of both at once,
the number is shown for thirty minutes, to who asked alone, and every dealer reads how many times
this happened anywhere in the network.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.actor import Actor
from dealers.models import ASKED_FOR, OPEN_FOR, BrokenGlass, Emergency, NoticeKind, NoticeLevel

ASKED = gettext_noop("%(name)s of headquarters asks for a customer's number in an emergency.")
GRANTED = gettext_noop(
    "%(granted)s let %(name)s of headquarters see a customer's number in an emergency, for 30"
    " minutes."
)
WAITS = gettext_noop("An emergency waits for your yes or no: %(name)s asks.")
RIGHT = "customers.reveal_customer"
REASON = 10  # characters at least: a word is none


class EmergencyRefused(Exception):
    """The message is written for the person who asked."""


def may(by: Actor) -> bool:
    """Whether somebody may ask, and answer others who did."""
    return by.at_hq and by.user is not None and by.user.has_perm(RIGHT)


def ask(customer: UUID, dealer: int, *, reason: str, by: Actor, at: datetime) -> Emergency:
    """Ask to be shown the number on a card, whatever its dealer shares.

    Who asks the same once more while nobody has answered is given what waits already: owners are
    told once. Raises EmergencyRefused.
    """
    if not may(by):
        raise EmergencyRefused(_("Only headquarters asks for a number in an emergency."))
    reason = reason.strip()
    if len(reason) < REASON:
        raise EmergencyRefused(_("Say in a sentence what the emergency is."))
    with transaction.atomic(), connection.cursor() as cursor:
        # Two presses of one button come one after the other.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('dealers_emergency'), %s::int)", [by.user_id]
        )
        same = Emergency.objects.filter(customer=customer, asked_by=by.person, reason=reason)
        if waits := same.filter(answered_at=None, asked_at__gt=at - ASKED_FOR).first():
            return waits
        asked = Emergency.objects.create(
            dealer_id=dealer, customer=customer, reason=reason, asked_by=by.person, asked_at=at
        )
        _tell_owners(asked, sayings.kept(ASKED, name=[by.person.name]), at)
        others = [user for user in notices.headquarters(RIGHT) if user.pk != by.user_id]
        notices.tell(
            others,
            NoticeKind.ALARM,
            sayings.kept(WAITS, name=[by.person.name]),
            to=reverse("admin:dealers_emergency_change", args=[asked.pk]),
            about=f"emergency:{asked.pk}",
            at=at,
        )
        return asked


def answer(asked: Emergency, *, granted: bool, by: Actor, at: datetime) -> Emergency:
    """Say yes or no to somebody else's emergency. Raises EmergencyRefused."""
    if not may(by):
        raise EmergencyRefused(_("Only headquarters answers an emergency."))
    with transaction.atomic():
        found = Emergency.objects.select_for_update(no_key=True).get(pk=asked.pk)
        if found.answered_at is not None:
            raise EmergencyRefused(_("This emergency was answered already."))
        if found.asked_by_id == by.user_id:
            raise EmergencyRefused(_("You asked yourself: somebody else says yes or no."))
        if at > found.asked_at + ASKED_FOR:
            raise EmergencyRefused(_("Nobody answered within a day: it is asked for anew."))
        found.answered_by, found.answered_at, found.granted = by.person, at, granted
        found.save(update_fields=["answered_by", "answered_at", "granted"])
        if granted:
            said = sayings.kept(GRANTED, name=[found.asked_by.name], granted=[by.person.name])
            _tell_owners(found, said, at)
        return found


def _tell_owners(asked: Emergency, said: str, at: datetime) -> None:
    notices.tell(
        notices.owners_or_last(asked.dealer_id, at),
        NoticeKind.LOOK,
        said,
        detail=asked.reason,
        to=reverse("customers:sharing"),
        at=at,
        level=NoticeLevel.NOW,
    )


def open_for(customer: UUID, *, by: Actor, at: datetime) -> Emergency | None:
    """The emergency in which ``by`` may be shown the number on a card at ``at``."""
    found = Emergency.objects.filter(
        customer=customer, asked_by=by.user, granted=True, answered_at__gt=at - OPEN_FOR
    )
    return found.first() if by.user is not None else None


def at_dealer(dealer: int) -> QuerySet[Emergency]:
    """What was asked about a dealer's customers, the newest first."""
    return Emergency.objects.filter(dealer=dealer).select_related("asked_by", "answered_by")


@dataclass(frozen=True, slots=True)
class Published:
    """How often it was granted in the whole network: what every dealer reads."""

    month: int  # the last 30 days
    year: int  # the last 365
    ever: int


def published(at: datetime) -> Published:
    """The count that every dealer reads."""
    since = {"month": at - timedelta(days=30), "year": at - timedelta(days=365)}
    counted = {name: Count("pk", filter=Q(at__gt=moment)) for name, moment in since.items()}
    return Published(**BrokenGlass.objects.order_by().aggregate(**counted, ever=Count("pk")))
