"""Whose turn it is to offer leads in a region: one after the other, because offers are counted."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max

from customers.cases import holds
from customers.cutoff import wait_for_regions
from customers.models import Lead, Offer, Ownership
from dealers.database import among


def of_leads(leads: Collection[Lead], at: datetime) -> datetime:
    """``of_regions`` of leads: their own, and those of stores that have their customers already.

    Where a case runs, those of the stores that had them when it began.
    """
    people = [lead.identity_id for lead in leads]
    owned = Ownership.objects.running(at).filter(identity__in=among(people)).order_by()
    disputed = holds.owners(people).order_by()
    of_owners = owned.values_list("store__dealer__region", flat=True).union(
        disputed.values_list("ownership__store__dealer__region", flat=True)
    )
    return of_regions({lead.region_id for lead in leads} | {*of_owners.order_by()}, at)


def of_regions(regions: Collection[int], at: datetime) -> datetime:
    """Wait until nobody else offers in these regions; the moment to offer at, ``at`` or later.

    It is never before what was offered while one waited: each choice counts all before it. As the
    worker, before a person's turn is taken, and once for all regions that a transaction offers in.
    """
    wait_for_regions(regions)
    made = Offer.objects.filter(store__dealer__region__in=regions, offered_at__gt=at)
    last = made.aggregate(last=Max("offered_at"))["last"]
    return max(at, last or at)
