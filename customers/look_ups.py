"""Who asks for a whole number: the access log says so, found or not, and asking has a limit."""

from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cards import CardRefused
from customers.cutoff import busy_as, wait_for_staff
from customers.identity import either, fingerprint
from customers.models import Customer, TypedInto
from customers.ownership import planted
from customers.search import LAST
from dealers import access
from dealers.actor import Actor
from dealers.keys import held
from dealers.models import AccessAction, AccessLog

LOOK_UPS = 30  # whole numbers that a person may look up in an hour
HOUR = timedelta(hours=1)


def look_up(number: str, *, by: Actor, at: datetime) -> Customer | None:
    """The card with this number (E.164) that ``by`` may see, if there is one.

    Whoever may try numbers can complete a masked one. So the access log says who asked for which,
    found or not, and asking has a limit. Raises CardRefused above it.
    """
    with busy_as(CardRefused), transaction.atomic():
        return _look_up(number, by, at)


def _look_up(number: str, by: Actor, at: datetime) -> Customer | None:
    held.ensure()  # with another key nobody would be found
    check(by, at)
    customers = Customer.objects.visible_to(by.post)
    found = customers.filter(identity__fingerprint__in=either(fingerprint(number))).first()
    note(found, number[-LAST:], by=by, at=at)
    planted.typed(number, TypedInto.SEARCH, by=by, at=at)
    return found


def check(by: Actor, at: datetime) -> None:
    """Wait until nobody else counts the look-ups of this person, then see whether one is left.

    Raises CardRefused for a post outside a dealer, and above the limit.
    """
    person = by.person
    if by.post.dealer_id is None:
        raise CardRefused(_("Only a dealer's own people look up its customers."))
    wait_for_staff(person.pk)
    lately = AccessLog.objects.filter(
        user=person, action=AccessAction.LOOK_UP, at__gt=at - HOUR, at__lt=at + HOUR
    )
    if lately.count() >= LOOK_UPS:
        raise CardRefused(
            _(
                "You looked up %(count)d whole numbers in the last hour, as many as a person may."
                " Search by name or by the last 4 digits, or go on in an hour."
            )
            % {"count": LOOK_UPS}
        )


def note(found: Customer | None, purpose: str, *, by: Actor, at: datetime) -> None:
    """Note in the access log that somebody asked for a number.

    ``purpose`` is its last digits, or a sentence with them as ``sayings`` keeps it.
    """
    access.note(
        AccessAction.LOOK_UP,
        by=by,
        dealer_id=cast(int, by.dealer_id),
        customer=found.pk if found else None,
        fields="phone",
        purpose=purpose,
        count=1 if found else 0,
        at=at,
    )
