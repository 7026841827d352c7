"""Who is named on boards: nobody but those of the first three whose owner agreed to it.

It holds from the moment on that it is said. A board that was frozen before names nobody for it, and
whoever takes it back is named on no board any more, a frozen one neither.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from dealers.models import Dealer, Store
from incentives.boards import members
from incentives.boards.metrics import FIGURES
from incentives.boards.places import RANKING
from incentives.boards.ranked import Place
from incentives.models import Board, Metric, Naming, Unit


class NamingRefused(Exception):
    """The message is written for the person who asked."""


def says(member: Store | Dealer) -> Naming | None:
    """What was said last about a store or dealer; nothing is no."""
    return Naming.objects.about(*members.keys(member)).first()


def say(member: Store | Dealer, agreed: bool, *, by: Actor, at: datetime) -> Naming:
    """Agree that a store or dealer is named, or take it back, from ``at`` on.

    Raises NamingRefused where somebody said so already, and for whoever is not its owner.
    """
    dealer, store = members.keys(member)
    if not by.owns_dealer(dealer):
        raise NamingRefused(_("Only the owner decides who is named."))
    with transaction.atomic():
        # The dealer's row is the queue for what is said of it.
        Dealer.objects.select_for_update(no_key=True).get(pk=dealer)
        last = says(member)
        if (last is not None and last.agreed) == agreed:
            raise NamingRefused(_("That was said already."))
        return Naming.objects.create(
            dealer_id=dealer,
            store_id=store,
            agreed=agreed,
            at=max(at, last.at) if last else at,
            by=by.person,
        )


def names(board: Board, top: Iterable[Place]) -> dict[int, str]:
    """Of the first of a board those who are named, by unit."""
    shown = {place.unit_id: place.name for place in top}
    return {pk: shown[pk] for pk in consents(board, shown)}


def consents(board: Board, units: Iterable[int]) -> dict[int, Naming]:
    """The consents by which a board may name some of its first, by unit.

    Never people, regions among themselves by their managers alone, and nobody beside what is
    earned.
    """
    unit = Unit(board.unit)
    if unit not in {Unit.STORE, Unit.DEALER} or FIGURES[Metric(board.metric)].private:
        return {}
    of_store, asked = unit == Unit.STORE, list(units)
    # Others' consents are others' rows: the board reads them, and tells a name or nothing.
    with acting(RANKING):
        said = Naming.objects.order_by("dealer_id", "store_id", "-at", "-id").distinct(
            "dealer_id", "store_id"
        )
        said = (
            said.filter(store__in=asked) if of_store else said.filter(dealer__in=asked, store=None)
        )
        last = {each.store_id if of_store else each.dealer_id: each for each in said}
    return {pk: last[pk] for pk in asked if pk in last and last[pk].holds_for(board.frozen_at)}
