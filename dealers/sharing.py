"""At which level a dealer shares its customers with the brand, as its owner chooses.

What is chosen counts at once. The database holds headquarters and the region to it: of who is
shared as a fingerprint only they read nothing, and a number is handed out from level 2 on.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.models import UNCHOSEN, Dealer, Level, Role, Sharing


class SharingRefused(Exception):
    """The message is written for the person who asked."""


def owner_of(by: Actor) -> int:
    """The dealer whose owner acts. Raises SharingRefused for everybody else."""
    if by.role != Role.OWNER or by.dealer_id is None:
        raise SharingRefused(_("Only an owner chooses what the brand sees."))
    return by.dealer_id


def default(dealer: int, at: datetime) -> Level:
    """The level of all customers of a dealer of whom nothing else was chosen."""
    chosen = Sharing.objects.defaults().filter(dealer=dealer, at__lte=at).newest_first().first()
    return UNCHOSEN if chosen is None or chosen.level is None else Level(chosen.level)


def turn(dealer: int, customer: UUID | None, at: datetime) -> datetime:
    """Wait for who chooses at the same time; the moment to choose at, which is not before theirs.

    For one customer, or with None for all others.
    """
    Dealer.objects.select_for_update(no_key=True).get(pk=dealer)
    before = Sharing.objects.filter(dealer=dealer, customer=customer)
    return max(at, before.aggregate(latest=Max("at"))["latest"] or at)


def choose(level: Level, *, by: Actor, at: datetime) -> Sharing:
    """Share the owner's customers at a level from ``at`` on. Raises SharingRefused.

    What a customer was shared at by a choice of their own stays, and every protection that runs.
    """
    dealer = owner_of(by)
    with transaction.atomic():
        at = turn(dealer, None, at)
        if default(dealer, at) == level:
            raise SharingRefused(_("Your customers are shared like this already."))
        return Sharing.objects.create(dealer_id=dealer, level=level, at=at, by=by.person)


def chosen(dealer: int) -> QuerySet[Sharing]:
    """Every default that a dealer chose, the newest first, with who did."""
    found = Sharing.objects.defaults().filter(dealer=dealer)
    return found.newest_first().select_related("by")
