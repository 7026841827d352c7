"""Which store a lead is offered to: from what is known of each, in one order, by the same rules.

Pure: whoever has the inputs, which are kept with each offer, comes to the same order (rules.md 5).
"""

from collections.abc import Collection, Iterable
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple
from uuid import UUID

from customers.dispatch.terms import TERMS, Terms
from customers.models import Candidate, WhyNot

EARTH = 6_371_009  # metres, the mean radius (IUGG)


class Site(NamedTuple):
    """What is known of a store when a lead is offered."""

    store: int
    dealer: int
    opened: bool
    takes_leads: bool
    metres: int | None  # None: it is not known where one of the two is
    received: int  # leads in the last 90 days
    weight: int
    in_hand: int  # leads that wait for its answer or its first contact
    capacity: int
    converted: int  # of its mature customers those who bought
    mature: int  # customers who had time to buy
    sells: bool = True  # what the lead is for
    certified: bool = True  # somebody of its dealer, or nothing asks for it


class Weighed(NamedTuple):
    """A store's place among the candidates, or what keeps it from being one."""

    site: Site
    why_not: str
    band: int
    conversion_band: int
    place: int | None


def ordered(
    sites: Iterable[Site], asked: Collection[int] = (), terms: Terms = TERMS
) -> list[Weighed]:
    """The candidates in their order, then the others by store.

    Nearest band first, then the fewest leads for its share, the best conversion, the lowest id.
    ``asked``: the stores that were offered this lead before.
    """
    found = [(why_not(site, asked), rank(site, terms), site) for site in sites]
    fitting = sorted((each for each in found if not each[0]), key=lambda each: each[1])
    others = sorted((each for each in found if each[0]), key=lambda each: each[2].store)
    return [
        Weighed(site, "", band, conversion, place)
        for place, (_why, (band, _share, conversion, _id), site) in enumerate(fitting, 1)
    ] + [
        Weighed(site, why, band, conversion, None)
        for why, (band, _share, conversion, _id), site in others
    ]


def why_not(site: Site, asked: Collection[int]) -> str:
    """What keeps a store from being a candidate; empty where nothing does."""
    if not site.opened:
        return WhyNot.CLOSED
    if not site.takes_leads:
        return WhyNot.TAKES_NONE
    if not site.sells:
        return WhyNot.NOT_SOLD
    if not site.certified:
        return WhyNot.UNCERTIFIED
    if site.store in asked:
        return WhyNot.ASKED
    return WhyNot.FULL if site.in_hand >= site.capacity else ""


def rank(site: Site, terms: Terms = TERMS) -> tuple[int, float, int, int]:
    """By what stores are ordered, the lowest first."""
    return (
        distance_band(site.metres, terms),
        # A quotient is rounded behind its 53rd binary digit. Two that differ do so before the 47th,
        # as a weight has 15 and a number of leads 31: they are ordered as the fractions are.
        site.received / site.weight,
        conversion_band(site.converted, site.mature, terms),
        site.store,
    )


def distance_band(metres: int | None, terms: Terms = TERMS) -> int:
    """0 for the nearest; where a place is not known the farthest, so that nobody gains by it."""
    if metres is None:
        return len(terms.bands)
    return sum([metres > limit for limit in terms.bands])


def conversion_band(converted: int, mature: int, terms: Terms = TERMS) -> int:
    """0 for the best; the middle where too few customers had time to buy."""
    if mature < terms.mature_least:
        return len(terms.conversion_bands) // 2
    return sum([converted * 100 < mature * limit for limit in terms.conversion_bands])


Place = tuple[Decimal | float | None, Decimal | float | None]  # latitude, longitude, in degrees


def metres_between(one: Place, other: Place) -> int | None:
    """The way through the air in metres, by the haversine formula; None where one is not known."""
    (north, east), (south, west) = one, other
    if north is None or east is None or south is None or west is None:
        return None
    a, b, c, d = radians(north), radians(east), radians(south), radians(west)
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return round(2 * EARTH * asin(sqrt(min(1.0, half))))


# What is kept of each store that was weighed.
COLUMNS = (
    "lead", "store", "dealer", "why_not", "metres", "received", "weight", "in_hand", "capacity",
    "converted", "mature", "band", "conversion_band", "place",
)  # fmt: skip


def rows(lead: UUID, weighed: Iterable[Weighed]) -> list[tuple]:
    """What is kept of a choice, in the order of ``COLUMNS``."""
    return [
        (
            lead, site.store, site.dealer, why, site.metres, site.received, site.weight,
            site.in_hand, site.capacity, site.converted, site.mature, band, conversion, place,
        )
        for site, why, band, conversion, place in weighed
    ]  # fmt: skip


def weighed_again(kept: Iterable[Candidate], terms: Terms = TERMS) -> list[Weighed]:
    """The order anew from what was kept: what anyone entitled compares with the offer."""
    found = list(kept)
    sites = [
        Site(
            store=it.store_id, dealer=it.dealer_id, opened=it.why_not != WhyNot.CLOSED,
            takes_leads=it.why_not != WhyNot.TAKES_NONE, metres=it.metres, received=it.received,
            weight=it.weight, in_hand=it.in_hand, capacity=it.capacity, converted=it.converted,
            mature=it.mature, sells=it.why_not != WhyNot.NOT_SOLD,
            certified=it.why_not != WhyNot.UNCERTIFIED,
        )
        for it in found
    ]  # fmt: skip
    asked = {it.store_id for it in found if it.why_not == WhyNot.ASKED}
    return ordered(sites, asked, terms)
