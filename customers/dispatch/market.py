"""The stores of a region when leads are offered: read once, kept up while one after the other is.

In a large region nothing is kept of stores farther away than the one that gets a lead: they come
behind it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from math import ceil, cos, floor, radians
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Count, QuerySet
from django.db.models.expressions import RawSQL

from customers.dispatch import calls
from customers.dispatch.candidates import Site, Weighed, metres_between, ordered, why_not
from customers.dispatch.terms import Terms
from customers.models import DispatchStore, Lead, Offer, Ownership, WhyNot
from dealers.certified import of_region
from dealers.models import Store, needed_sql

WHOLE = 200  # stores, up to which all of a region are weighed for each lead
CELL = 0.03  # degrees, of the grid in which stores near a lead are looked for
AROUND = round(360 / CELL)  # cells
DEGREE = 110_000  # metres, a little less than the shortest degree of latitude has


class Spot(NamedTuple):
    """Where something is, in degrees."""

    latitude: float
    longitude: float


# What is read of a store, and of what it is for dispatch.
STORE = (
    "pk", "dealer", "timezone", "opened_on", "closed_at",
    *(f"dispatch__{name}" for name in ("latitude", "longitude", "weight", "capacity",
                                       "takes_leads")),
)  # fmt: skip


class Market:
    """What is known of the stores of a region, of all dealers, at ``at``. As the worker."""

    def __init__(self, region: int, at: datetime, terms: Terms) -> None:
        self.terms = terms
        self.sites: dict[int, Site] = {}  # without distances
        self.zones: dict[int, str] = {}  # by whose clock each store opens
        self._spots: dict[int, Spot] = {}
        self._lines: defaultdict[int, set[int]] = defaultdict(set)  # of whoever does not sell all
        self._grid: defaultdict[tuple[int, int], list[tuple[int, Spot]]] = defaultdict(list)
        self._read(region, at)

    def _read(self, region: int, at: datetime) -> None:
        """A statement for each kind of input."""
        here = {"store__dealer__region": region}
        terms = self.terms
        offers = Offer.objects.filter(**here, offered_at__lte=at)
        received = counted(offers.filter(offered_at__gt=at - terms.counted).received())
        waiting, uncalled = counted(offers.open()), counted(calls.to_call(offers))
        matured = Ownership.objects.given().filter(
            **here,
            period__startswith__gt=at - terms.mature_until,
            period__startswith__lte=at - terms.mature_after,
        )
        by_store = matured.order_by().values("store")
        bought = {
            each["store"]: (each["customers"], each["buyers"])
            for each in by_store.annotate(customers=Count("pk"), buyers=Count("sold_at"))
        }
        lines = DispatchStore.lines.through.objects.filter(
            dispatchstore__store__dealer__region=region
        )
        for store, category in lines.values_list("dispatchstore", "category"):
            self._lines[store].add(category)
        certified = of_region(region, at) if terms.certified_only else None
        usual = DispatchStore()
        unsaid = (None, None, usual.weight, usual.capacity, usual.takes_leads)
        days: dict[str, date] = {}  # of each zone
        # Who has to sign the agreement first could not register the customer.
        needed = needed_sql("dealers_store.dealer_id", "%s::timestamptz")
        unsigned = RawSQL(needed, [at], BooleanField())  # noqa: S611 -- our own text
        stores = Store.objects.filter(dealer__region=region).order_by("pk")
        rows = stores.values_list(*STORE, unsigned)
        for pk, dealer, zone, opened_on, closed_at, *said, waits in rows:
            self.zones[pk] = zone
            if zone not in days:
                days[zone] = at.astimezone(ZoneInfo(zone)).date()
            customers, buyers = bought.get(pk, (0, 0))
            latitude, longitude, weight, capacity, takes_leads = said if said[2] else unsaid
            self.sites[pk] = Site(
                store=pk,
                dealer=dealer,
                opened=opened_on <= days[zone] and (closed_at is None or closed_at > at),
                takes_leads=takes_leads and not waits,
                metres=None,
                received=received[pk],
                weight=weight,
                in_hand=waiting[pk] + uncalled[pk],
                capacity=capacity,
                converted=buyers,
                mature=customers,
                certified=certified is None or dealer in certified,
            )
            if latitude is not None and longitude is not None:
                spot = self._spots[pk] = Spot(float(latitude), float(longitude))
                self._grid[_cell(spot)].append((pk, spot))

    def weigh(self, lead: Lead, asked: Collection[int] = ()) -> list[Weighed]:
        """The stores in their order for a lead; ``asked``: those that were offered it before.

        Of a large region those as far away as the nearest that may be offered it, where it is known
        where the lead is.
        """
        spot = None
        if lead.latitude is not None and lead.longitude is not None:
            spot = Spot(float(lead.latitude), float(lead.longitude))
        if spot is not None and len(self.sites) > WHOLE:
            for limit in self.terms.bands:
                near = [
                    self.site(store, metres, lead) for store, metres in self._within(spot, limit)
                ]
                if any(not why_not(site, asked) for site in near):
                    return ordered(near, asked, self.terms)
        sites = (self.site(store, self.metres(spot, store), lead) for store in self.sites)
        return ordered(sites, asked, self.terms)

    def site(self, store: int, metres: int | None, lead: Lead) -> Site:
        """What is known of a store of the region for a lead."""
        sells = self.sells(store, lead.category_id)
        return self.sites[store]._replace(metres=metres, sells=sells)

    def why_not(self, store: int, lead: Lead) -> str:
        """What keeps a store that wants a lead, or is chosen for it, from it; empty: nothing."""
        if store not in self.sites:
            return WhyNot.CLOSED
        return why_not(self.site(store, None, lead), ())

    def sells(self, store: int, category: int | None) -> bool:
        """Whether a store sells a category; nobody keeps from it what is wanted of no category."""
        lines = self.lines_of(store)
        return not lines or category is None or category in lines

    def lines_of(self, store: int) -> Collection[int]:
        """The categories that a store sells; none of whoever sells all."""
        return self._lines.get(store, ())

    def offered(self, store: int) -> None:
        """A store of the region has been offered one more."""
        if (site := self.sites.get(store)) is not None:
            received, in_hand = site.received + 1, site.in_hand + 1
            self.sites[store] = site._replace(received=received, in_hand=in_hand)

    def metres(self, spot: Spot | None, store: int) -> int | None:
        """How far a store is from there, where that is known."""
        there = self._spots.get(store)
        return None if spot is None or there is None else metres_between(spot, there)

    def _within(self, spot: Spot, limit: int) -> Iterator[tuple[int, int]]:
        """The stores at most so many metres away, with how many it is."""
        high, wide = _reach(spot, limit)
        for cell in _cells(spot, limit):
            for store, there in self._grid.get(cell, ()):
                if abs(there[0] - spot[0]) > high or _apart(there, spot) > wide:
                    continue
                metres = metres_between(spot, there)
                if metres is not None and metres <= limit:
                    yield store, metres


def _cell(spot: Spot) -> tuple[int, int]:
    return floor(spot.latitude / CELL), floor(spot.longitude / CELL) % AROUND


def _reach(spot: Spot, limit: int) -> tuple[float, float]:
    """Degrees of latitude and longitude in which lies whatever is so many metres away or nearer."""
    high = (limit + 1) / DEGREE  # they are rounded
    narrowest = cos(radians(min(90.0, abs(spot.latitude) + high)))
    return high, min(180.0, high / narrowest if narrowest > 0 else 180.0)


def _apart(one: Spot, other: Spot) -> float:
    """Degrees of longitude between two places, the shorter way round."""
    degrees = abs(one[1] - other[1]) % 360
    return min(degrees, 360 - degrees)


def _cells(spot: Spot, limit: int) -> Iterator[tuple[int, int]]:
    """The cells that hold whatever is so many metres away or nearer."""
    high, wide = _reach(spot, limit)
    rows = range(floor((spot.latitude - high) / CELL), floor((spot.latitude + high) / CELL) + 1)
    first = floor((spot.longitude - wide) / CELL)
    columns = min(AROUND, ceil(2 * wide / CELL) + 1)
    for row in rows:
        for column in range(columns):
            yield row, (first + column) % AROUND


def counted(rows: QuerySet) -> Counter[int]:
    """How many of the rows each store has."""
    return Counter(dict(rows.order_by().values_list("store").annotate(Count("pk"))))
