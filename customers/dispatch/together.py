"""Many leads offered in one pass: the same as one after the other, in a few statements for all."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from customers.cutoff import hold_open
from customers.dispatch import offers, turns
from customers.dispatch.candidates import Weighed
from customers.dispatch.market import Market
from customers.dispatch.terms import in_force
from customers.models import Campaign, Candidate, Case, Identity, Lead, Offer, Ownership
from customers.ownership import passing
from dealers.calendar import Calendar
from dealers.models import CalendarDay, Store

# The columns of a candidate with their types; many rows are one array of JSON, which is written
# and read without a step of Python for each value.
COLUMNS = {
    "lead_id": "uuid", "store_id": "int8", "dealer_id": "int8", "why_not": "text",
    "metres": "int4", "received": "int4", "weight": "int2", "in_hand": "int4", "capacity": "int2",
    "converted": "int4", "mature": "int4", "band": "int2", "conversion_band": "int2",
    "place": "int4",
}  # fmt: skip
KEEP = f"""
INSERT INTO {Candidate._meta.db_table} (hop, at, {", ".join(COLUMNS)})
SELECT 1, %s, {", ".join(f"(row->>{n})::{kind}" for n, kind in enumerate(COLUMNS.values()))}
FROM jsonb_array_elements(%s::jsonb) AS row
"""  # noqa: S608 -- our names
MANY = 50_000  # rows stored by one statement: an array of JSON holds 256 MB at most


def offer_all(pks: Collection[UUID], at: datetime) -> None:
    """Offer leads in the order in which they came, each to the store whose turn it is.

    For the worker. Done twice it does nothing the second time. Whom time has done something to, or
    a case is about, and what was offered before, takes the way of one.
    """
    with transaction.atomic():
        waiting = Lead.objects.filter(pk__in=pks, closed_at=None, queued_at=None)
        rows = waiting.select_related("by").order_by("pk")
        leads = list(rows.select_for_update(of=("self",)))
        people = {lead.identity_id for lead in leads}
        at = turns.of_regions({lead.region_id for lead in leads}, at)
        _hold(people)
        apart = passing.due(at, people).keys() | set(
            Case.objects.running().filter(identity__in=people).values_list("identity", flat=True)
        )
        pulled = set(Campaign.objects.pulled().values_list("name", flat=True))
        offered = set(Offer.objects.filter(lead__in=leads).values_list("lead", flat=True))
        leads.sort(key=lambda lead: (lead.received_at, lead.pk))
        run = Run(at, people)
        for lead in leads:
            single = lead.identity_id in apart or lead.campaign in pulled
            if single or lead.pk in offered:
                run.store()
                offers.offer(lead.pk, at)
                run.markets.clear()  # it knows nothing of this one
            else:
                run.offer(lead)
        run.store()


def _hold(people: Collection[int]) -> None:
    """Let nobody record anything of these people until the transaction ends."""
    hold_open()
    held = Identity.objects.filter(pk__in=people).order_by("pk").select_for_update()
    list(held.values_list("pk", flat=True))


class Run:
    """Leads that are offered at one moment, for the first time, and not stored yet."""

    def __init__(self, at: datetime, people: Collection[int]) -> None:
        self.at, self.terms = at, in_force(at)
        running = Ownership.objects.running(at).filter(identity__in=people)
        self.owned = {it.identity_id: it for it in running.select_related("store")}
        self.markets: dict[int, Market] = {}
        self.calendars: dict[int, Calendar] = {}
        self.decided: list[tuple[Lead, int, bool]] = []  # the store, and whether it is the owner
        self.weighed: list[tuple[Any, ...]] = []  # rows of candidates

    def offer(self, lead: Lead) -> None:
        """Offer a lead to its customer's owner, or else to the store that comes first."""
        owned = self.owned.get(lead.identity_id)
        if owned is not None:
            closed = owned.store.is_closed(self.at)
            self._decide(lead, None if closed else owned.store_id, to_owner=True)
            return
        market = self._market(lead.region_id)
        weighed = market.weigh(lead)
        self.weighed += [(str(lead.pk), *_columns(each)) for each in weighed]
        if len(self.weighed) >= MANY:
            _keep(self.weighed, self.at)
            self.weighed = []
        first = weighed[0] if weighed and weighed[0].place is not None else None
        self._decide(lead, first.site.store if first else None)

    def store(self) -> None:
        """Store what was decided, and tell the stores."""
        _keep(self.weighed, self.at)
        stores = Store.objects.in_bulk({store for _lead, store, _owner in self.decided})
        made = [
            self._offer(lead, stores[store], to_owner=to_owner)
            for lead, store, to_owner in self.decided
        ]
        Offer.objects.bulk_create(made)
        offers.tell_stores(made, self.at)
        offers.note_known(
            (lead, self.owned[lead.identity_id])
            for lead, _store, to_owner in self.decided
            if to_owner
        )
        self.weighed, self.decided = [], []

    def _offer(self, lead: Lead, store: Store, *, to_owner: bool) -> Offer:
        region = lead.region_id
        if region not in self.calendars:
            self.calendars[region] = CalendarDay.objects.of_region(region)
        hours = self.terms.answer_hours
        return Offer(
            lead=lead, hop=1, store=store, dealer_id=store.dealer_id, to_owner=to_owner,
            offered_at=self.at,
            due_at=self.calendars[region].hours_after(self.at, hours, store.tz),
        )  # fmt: skip

    def _decide(self, lead: Lead, store: int | None, *, to_owner: bool = False) -> None:
        if store is None:
            offers.queue(lead, self.at)
            return
        self.decided.append((lead, store, to_owner))
        for market in self.markets.values():
            market.offered(store)

    def _market(self, region: int) -> Market:
        if region not in self.markets:
            self.store()  # what is read has to know of it
            self.markets[region] = Market(region, self.at, self.terms)
        return self.markets[region]


def _columns(weighed: Weighed) -> tuple[Any, ...]:
    """What is kept of a store that was weighed, in the order of ``COLUMNS``."""
    it = weighed.site
    return (
        it.store, it.dealer, weighed.why_not, it.metres, it.received, it.weight, it.in_hand,
        it.capacity, it.converted, it.mature, weighed.band, weighed.conversion_band, weighed.place,
    )  # fmt: skip


def _keep(rows: list[tuple[Any, ...]], at: datetime) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [at, json.dumps(rows)])
