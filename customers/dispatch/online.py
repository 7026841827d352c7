"""Online orders of customers without an owner: each becomes a lead, once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from customers.dispatch import leads
from customers.dispatch.terms import in_force
from customers.models import Case, Category, Lead, LeadSource, Offer, Ownership
from dealers.actor import Actor

LATELY = timedelta(days=30)  # what was bought longer ago, nobody waits for a call about


class Bought(NamedTuple):
    """A sale that no store made and that counts for nobody."""

    order: UUID
    identity: int
    number: str  # of the buyer, in E.164
    category: int


def receive(bought: Sequence[Bought], at: datetime) -> int:
    """Make leads of online sales, and have them offered; how many. In the transaction of the sales.

    Not of whom a store has, a case is about, or a lead is under way for; a statement for each of
    these, however many they are. A customer is the region's whose store had them last.
    """
    people = {each.identity for each in bought}
    if not people:
        return 0
    taken = _taken(people, at)
    regions, names = _regions(people), dict(Category.objects.values_list("pk", "name"))
    found, usual = [], in_force(at).online_region
    for each in bought:
        region = regions.get(each.identity, usual)
        if each.identity in taken or region is None:
            continue
        taken.add(each.identity)  # of several orders the first
        lead = Lead(
            source=LeadSource.ORDER,
            external_id=str(each.order),
            wish=(_("Online order: %(what)s") % {"what": names[each.category]})[:120],
            category_id=each.category,
            region_id=region,
        )
        found.append(leads.Received(lead, each.number, ""))
    return leads.receive_all(found, by=Actor.worker("online orders"), at=at)


def _taken(people: Collection[int], at: datetime) -> set[int]:
    """Who of these is no lead."""
    among = {"identity__in": people}
    taken = Offer.objects.taken().filter(lead=OuterRef("pk"))
    under_way = Lead.objects.filter(~Exists(taken), **among, closed_at=None)
    rows = (
        Ownership.objects.running(at).filter(**among),
        Case.objects.running().filter(**among),
        under_way,
    )
    return {person for each in rows for person in each.values_list("identity", flat=True)}


def _regions(people: Collection[int]) -> dict[int, int]:
    """The region of the store that had each of these last."""
    owned = Ownership.objects.given().filter(identity__in=people).order_by("period")
    return dict(owned.values_list("identity", "store__dealer__region"))


def staged(numbers: Sequence[str], at: datetime) -> list[Bought]:
    """Of the orders that a load is about to store those that become leads.

    ``numbers``: those of the load's people, in its own order.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAGED, [at - LATELY])
        return [Bought(order, who, numbers[person], what)
                for order, who, person, what in cursor.fetchall()]  # fmt: skip


STAGED = """
SELECT o.id, p.identity_id, o.person, (
    SELECT l.category_id FROM staged_line AS l WHERE l.run = o.run
    ORDER BY l.net DESC, l.number LIMIT 1)
FROM staged_order AS o
JOIN totals AS t USING (run)
JOIN known_person AS p USING (person)
WHERE o.kind = 'sale' AND o.store_id IS NULL AND o.at > %s
    AND NOT EXISTS (SELECT FROM attributed AS a WHERE a.order_id = o.id)
ORDER BY o.at, o.run
"""
