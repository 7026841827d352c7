"""Many leads offered in one pass: the same as one after the other, in a few statements for all."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction

from customers.cutoff import clock, hold_open
from customers.dispatch import candidates, offers, telling, turns
from customers.dispatch.market import Market
from customers.dispatch.terms import in_force
from customers.models import Campaign, Candidate, Case, Identity, Lead, Offer, Ownership
from customers.ownership import passing
from dealers.database import add_rows, among
from dealers.models import CalendarDay

MANY = 50_000  # candidates that wait to be stored


class Decided(NamedTuple):
    """The store that a lead is offered to, by whose clock it opens, and whether it is the owner.

    ``region`` is the store's, whose working hours count.
    """

    lead: Lead
    store: int
    dealer: int
    region: int
    zone: str
    to_owner: bool


def offer_all(pks: Collection[UUID], at: datetime) -> None:
    """Offer leads in the order in which they came, each to the store whose turn it is.

    For the worker. Done twice it does nothing the second time. Whom time has done something to, or
    a case is about, and what was offered before, takes the way of one.
    """
    with transaction.atomic():
        waiting = Lead.objects.filter(pk__in=among(pks), closed_at=None, queued_at=None)
        rows = waiting.select_related("by").defer("contact").order_by("pk")
        leads = list(rows.select_for_update(of=("self",)))
        if not leads:
            return
        people = {lead.identity_id for lead in leads}
        at = turns.of_leads(leads, at)
        _hold(people)
        apart = passing.due(at, people).keys() | set(
            Case.objects.running()
            .filter(identity__in=among(people))
            .values_list("identity", flat=True)
        )
        pulled = set(Campaign.objects.pulled().values_list("name", flat=True))
        offered = set(
            Offer.objects.filter(lead__in=among(lead.pk for lead in leads)).values_list(
                "lead", flat=True
            )
        )
        leads.sort(key=lambda lead: (lead.received_at, lead.pk))
        run = Round(at, people)
        for lead in leads:
            single = lead.identity_id in apart or lead.campaign in pulled
            if single or lead.pk in offered:
                run.store()
                # Who has this person's turn waits for the row that is held here.
                offers.offer(lead.pk, at, held_at=clock())
                run.markets.clear()  # it knows nothing of this one
            else:
                run.offer(lead)
        run.store()


def _hold(people: Collection[int]) -> None:
    """Let nobody record anything of these people until the transaction ends."""
    hold_open()
    held = Identity.objects.filter(pk__in=among(people)).order_by("pk").select_for_update()
    list(held.values_list("pk", flat=True))


class Round:
    """Leads that are offered at one moment, for the first time, and not stored yet."""

    def __init__(self, at: datetime, people: Collection[int]) -> None:
        self.at, self.terms = at, in_force(at)
        running = Ownership.objects.running(at).filter(identity__in=among(people))
        self.owned = {it.identity_id: it for it in running.select_related("store__dealer")}
        self.markets: dict[int, Market] = {}
        self.due: dict[tuple[int, str], datetime] = {}  # by region and zone
        self.decided: list[Decided] = []
        self.queued: list[Lead] = []
        self.weighed: list[tuple] = []  # rows of candidates

    def offer(self, lead: Lead) -> None:
        """Offer a lead to its customer's owner, or else to the store that comes first."""
        owned = self.owned.get(lead.identity_id)
        if owned is not None:
            store = owned.store
            if store.is_closed(self.at):
                self.queued.append(lead)
            else:
                region = store.dealer.region_id  # it may be another one than the lead's
                self._decide(
                    Decided(lead, store.pk, store.dealer_id, region, store.timezone, to_owner=True)
                )
            return
        market = self._market(lead.region_id)
        weighed = market.weigh(lead)
        self.weighed += candidates.rows(lead.pk, weighed)
        if len(self.weighed) >= MANY:
            self._keep()
        if weighed and weighed[0].place is not None:
            site = weighed[0].site
            zone = market.zones[site.store]
            self._decide(
                Decided(lead, site.store, site.dealer, lead.region_id, zone, to_owner=False)
            )
        else:
            self.queued.append(lead)

    def store(self) -> None:
        """Store what was decided, and tell the stores."""
        self._keep()
        made = [telling.Offered(uuid4(), it.lead.wish, it.store, it.dealer) for it in self.decided]
        rows = [
            (offer.pk, it.lead.pk, it.store, it.dealer, it.to_owner, self._due(it))
            for offer, it in zip(made, self.decided, strict=True)
        ]
        columns = ["id", "lead", "store", "dealer", "to_owner", "due_at"]
        add_rows(Offer, columns, rows, hop=1, offered_at=self.at)
        telling.offered(made, self.at)
        offers.note_known(
            (it.lead, self.owned[it.lead.identity_id]) for it in self.decided if it.to_owner
        )
        if self.queued:
            offers.queue(self.queued, self.at)
        self.decided, self.queued = [], []

    def _due(self, decided: Decided) -> datetime:
        place = decided.region, decided.zone
        if place not in self.due:
            region, zone = place
            self.due[place] = CalendarDay.objects.of_region(region).hours_after(
                self.at, self.terms.answer_hours, ZoneInfo(zone)
            )
        return self.due[place]

    def _keep(self) -> None:
        add_rows(Candidate, candidates.COLUMNS, self.weighed, hop=1, at=self.at)
        self.weighed = []

    def _decide(self, decided: Decided) -> None:
        self.decided.append(decided)
        for market in self.markets.values():
            market.offered(decided.store)

    def _market(self, region: int) -> Market:
        if region not in self.markets:
            self.store()  # what is read has to know of it
            self.markets[region] = Market(region, self.at, self.terms)
        return self.markets[region]
