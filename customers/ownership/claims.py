"""The pool: a dealer's former customers whom nobody has, and taking one of them again.

Their contact data is the dealer's own and stays masked until somebody takes the customer. Another
dealer's former customers are not in it: their cards are that dealer's.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.models import Act, ActKind, Case, Channel, Customer, Erasure, Offer, Ownership
from customers.ownership import changes, limits, passing, pool
from customers.ownership.changes import Cause
from customers.ownership.rulebook import Claim, Standing, day_start, local_day
from customers.ownership.settings import Rulebooks
from dealers.actor import Actor, acting
from dealers.database import next_ids, save_together
from dealers.models import Store

MOST = 100  # shown, the latest first
ACROSS = Actor.worker("pool")  # who looks whether another dealer has somebody


class ClaimRefused(Exception):
    """Not taken; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A former customer whom nobody has, and from when the store may take them."""

    ownership: Ownership  # the dealer's latest
    free_for_store: datetime | None  # None: now


def pooled(dealer: int, store: Store | None, at: datetime) -> list[Pooled]:
    """A dealer's former customers whom nobody has at ``at``, the latest first.

    ``store``: for which the time is counted that a former owner leaves them to others.
    """
    with acting(ACROSS):
        later = Ownership.objects.given().filter(
            identity=OuterRef("identity"), period__endswith__gt=OuterRef("period__endswith")
        )
        offered = Offer.objects.open().filter(lead__identity=OuterRef("identity"), due_at__gt=at)
        disputed = Case.objects.running().filter(identity=OuterRef("identity"))
        reviewed = Act.objects.in_review().filter(identity=OuterRef("identity"))
        ended = Ownership.objects.given().filter(
            ~Exists(later), ~Exists(offered), ~Exists(disputed), ~Exists(reviewed),
            dealer=dealer, protected_until__lte=at, period__endswith__lte=at,
            identity__erasure=None,
        )  # fmt: skip
        rows = list(
            ended.select_related("store", "customer").order_by("-protected_until", "-pk")[:MOST]
        )
        before = _standings([] if store is None else rows)
        rulebooks = Rulebooks.on_file()
    found = []
    for row in rows:
        until = None
        if store is not None:
            settings = rulebooks.on(at, store.tz)
            until = pool.free_for(store.pk, before[row.identity_id], settings)
        found.append(Pooled(row, until if until is not None and at < until else None))
    return found


def _standings(rows: Iterable[Ownership]) -> dict[int, list[Standing]]:
    """The ownerships of the people whom these are about, in order of start."""
    found: dict[int, list[Standing]] = defaultdict(list)
    owned = Ownership.objects.given().filter(identity__in=[row.identity_id for row in rows])
    for each in owned.select_related("store").order_by("period"):
        found[each.identity_id].append(changes.standing_of(each))
    return found


def claim(customer: Customer, store: Store, *, by: Actor, at: datetime) -> Act:
    """Take a customer out of the pool for a store of the customer's dealer.

    Raises ClaimRefused where somebody has the customer, the store had them last and leaves them to
    others for a while, the person took as many as a day allows, or a cap is reached.
    """
    if by.dealer_id != customer.dealer_id or store.dealer_id != customer.dealer_id:
        raise ClaimRefused(_("This customer's card belongs to another dealer."))
    if store.is_closed(at):
        raise ClaimRefused(
            _("%(store)s has closed: it takes no customers any more.") % {"store": store.name}
        )
    with busy_as(ClaimRefused), transaction.atomic(), acting(Actor.worker("pool", by.user)):
        person = bytes(customer.identity.fingerprint)
        turn = take_turn(person, REGISTRATIONS, staff=by.user_id, store=store.pk)
        passing.settle(customer.identity_id, at, turn.at)
        track = passing.Person(customer.identity_id, turn.at).track
        erased = Erasure.objects.filter(identity=customer.identity_id).exists()
        if erased or not track.standings or not track.free(at):
            raise ClaimRefused(_("This customer is not free any more."))
        settings = track.rulebooks.on(at, store.tz)
        if pool.cools_off(store.pk, track.standings, settings, at):
            raise ClaimRefused(
                _("Your store had this customer: it leaves them to others for a while.")
            )
        if pool.claimed_enough(taken_today(by.user_id, store, at), settings):
            raise ClaimRefused(_("You took as many customers today as the rulebook allows."))
        to = Claim(store.dealer_id, store.pk, store.tz, Channel.CAPTURE, by.user_id)
        if limits.open_customers(to, at).above_a_cap(settings):
            raise ClaimRefused(
                _("You or your store has as many open customers as the rulebook allows.")
            )
        given = track.give(to, at)
        act = Act(
            id=next_ids(Act)[0], kind=ActKind.POOLED, identity_id=customer.identity_id,
            dealer_id=store.dealer_id, store_id=store.pk, ownership_id=given.changes[-1].after.id,
            by_id=by.user_id, at=at, recorded_at=turn.at,
        )  # fmt: skip
        save_together([act, *changes.rows(given.changes, Cause(act=act), turn.at, customer)])
        passing.owned(customer.identity_id, store.dealer_id, at)
        return act


def taken_today(user: int | None, store: Store, at: datetime) -> int:
    """How many customers a person took out of the pool on the store's day."""
    midnight = day_start(local_day(at, store.tz), store.tz)
    taken = Act.objects.filter(kind=ActKind.POOLED, by=user, at__gte=midnight, at__lte=at)
    return taken.count()
