"""Who was a dealer's own person and its customer as well: what they do with themselves counts not.

A registration or sale of somebody who worked for the dealer at that moment, under the number that
the portal knows of them, is on no board: else a place would be made at the own counter. A sale
and what comes back of it count both or neither, whenever that is.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.core.cache import cache

from customers import identity
from customers.models import Identity
from dealers.actor import Actor
from dealers.bounds import LATEST
from dealers.models import Membership
from dealers.months import hq_midnight
from incentives.boards.cohorts import LIVE_SECONDS

# Others' people are others' rows: boards read them, and tell nothing of them.
READER = Actor.worker("board")
AROUND = timedelta(days=1)  # a day begins earlier in some places, and later in others
type People = dict[str, list[Any]]
NOBODY: People = {
    "own_dealers": [], "own_people": [], "own_from": [], "own_until": [],
}  # fmt: skip


def known(ends_on: date, stores: Collection[int] | None = None) -> People:
    """Parameters of a board's statement: each dealer's own people among the customers, from when
    until when. Of all dealers, or of those of ``stores``.

    Whoever left long before the board's days is among them: what they bought may come back in it.
    Somebody without a number, or whose number nobody ever registered, is not among them. To be
    called as ``READER``, or as who sees everybody's people.
    """
    until = hq_midnight(ends_on) + AROUND
    posts = Membership.objects.filter(dealer__isnull=False, user__phone__isnull=False).filter(
        starts_at__lt=until
    )
    if stores is not None:
        posts = posts.filter(dealer__stores__in=list(stores)).distinct()
    rows = list(posts.order_by("pk").values_list("dealer", "user__phone", "starts_at", "ends_at"))
    people = _identities({phone for _dealer, phone, *_times in rows if phone})
    found = [
        (dealer, person, begins, ends)
        for dealer, phone, begins, ends in rows
        for person in people.get(phone or "", ())
    ]
    if not found:
        return NOBODY
    dealers, persons, begun, ended = zip(*found, strict=True)
    return {
        "own_dealers": list(dealers),
        "own_people": list(persons),
        "own_from": list(begun),
        "own_until": [end or LATEST for end in ended],
    }


def lately(ends_on: date) -> People:
    """``known`` of all dealers as it was some minutes ago at most, as boards that run are."""
    key = f"board:own:{ends_on}"
    found: People | None = cache.get(key)
    if found is None:
        found = known(ends_on)
        cache.set(key, found, LIVE_SECONDS)
    return found


def _identities(phones: Collection[str]) -> dict[str, list[int]]:
    """Under what the numbers are on file as customers', by the number."""
    prints = {
        known: phone for phone in phones for known in identity.either(identity.fingerprint(phone))
    }
    found: dict[str, list[int]] = {}
    rows = Identity.objects.filter(fingerprint__in=list(prints)) if prints else ()
    for each in rows:
        found.setdefault(prints[bytes(each.fingerprint)], []).append(each.pk)
    return found


_OWN = """unnest(%(own_dealers)s::bigint[], %(own_people)s::bigint[],
    %(own_from)s::timestamptz[], %(own_until)s::timestamptz[])
    AS own (dealer_id, identity_id, since, until)"""


def not_own(row: str) -> str:
    """The condition that a registration is not of who worked for the dealer at that moment."""
    return f""" AND NOT EXISTS (SELECT FROM {_OWN}
        WHERE own.dealer_id = {row}.dealer_id AND own.identity_id = {row}.identity_id
        AND {row}.received_at >= own.since AND {row}.received_at < own.until)"""


def _sold_at(row: str) -> str:
    """When a sale was made, or the one that a return is of."""
    return f"""CASE WHEN {row}.sale_id IS NULL THEN {row}.ordered_at ELSE (
            SELECT sold.ordered_at FROM customers_order AS sold WHERE sold.id = {row}.sale_id
        ) END"""


def not_own_order(row: str) -> str:
    """The same of an order, whose dealer is its store's."""
    return f""" AND NOT EXISTS (SELECT FROM {_OWN}
        JOIN dealers_store AS shop ON shop.dealer_id = own.dealer_id
        WHERE shop.id = {row}.store_id AND own.identity_id = {row}.identity_id
        AND {_sold_at(row)} >= own.since AND {_sold_at(row)} < own.until)"""


def not_own_attributed(row: str) -> str:
    """The same of what an owner has of an order: the customer is the ownership's."""
    return f""" AND NOT EXISTS (SELECT FROM {_OWN}
        JOIN customers_ownership AS held
            ON held.identity_id = own.identity_id AND held.dealer_id = own.dealer_id
        WHERE held.id = {row}.ownership_id
        AND {_sold_at(row)} >= own.since AND {_sold_at(row)} < own.until)"""
