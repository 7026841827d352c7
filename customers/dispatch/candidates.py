"""Which store a lead is offered to: from what is known of each, in one order, by the same rules.

``ordered`` is pure: whoever has the inputs, which are kept with each offer, comes to the same order
(rules.md 5). ``known`` reads the inputs of all stores of a region in one statement.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import asin, cos, radians, sin, sqrt

from django.db import connection

from customers.dispatch.terms import TERMS, Terms
from customers.models import Candidate, Lead, WhyNot
from customers.ownership.rulebook import CONTACTS, IN_VAIN

EARTH = 6_371_009  # metres, the mean radius (IUGG)


@dataclass(frozen=True, slots=True)
class Site:
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


@dataclass(frozen=True, slots=True)
class Weighed:
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
    if site.store in asked:
        return WhyNot.ASKED
    return WhyNot.FULL if site.in_hand >= site.capacity else ""


def rank(site: Site, terms: Terms = TERMS) -> tuple[int, Fraction, int, int]:
    """By what stores are ordered, the lowest first."""
    return (
        distance_band(site.metres, terms),
        Fraction(site.received, site.weight),
        conversion_band(site.converted, site.mature, terms),
        site.store,
    )


def distance_band(metres: int | None, terms: Terms = TERMS) -> int:
    """0 for the nearest; where a place is not known the farthest, so that nobody gains by it."""
    if metres is None:
        return len(terms.bands)
    return sum(metres > limit for limit in terms.bands)


def conversion_band(converted: int, mature: int, terms: Terms = TERMS) -> int:
    """0 for the best; the middle where too few customers had time to buy."""
    if mature < terms.mature_least:
        return len(terms.conversion_bands) // 2
    return sum(converted * 100 < mature * limit for limit in terms.conversion_bands)


def metres_between(
    latitude: Decimal | None,
    longitude: Decimal | None,
    other_latitude: Decimal | None,
    other_longitude: Decimal | None,
) -> int | None:
    """The way through the air in metres, by the haversine formula; None where one is not known."""
    if None in (latitude, longitude, other_latitude, other_longitude):
        return None
    values = (latitude, longitude, other_latitude, other_longitude)
    a, b, c, d = (radians(float(each)) for each in values if each is not None)
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return round(2 * EARTH * asin(sqrt(min(1.0, half))))


_KNOWN = """
SELECT s.id AS store, s.dealer_id AS dealer,
    s.opened_on <= (%(at)s AT TIME ZONE s.timezone)::date AS opened,
    coalesce(d.takes_leads, true) AS takes_leads, d.latitude, d.longitude,
    coalesce(d.weight, 1) AS weight, coalesce(d.capacity, 20) AS capacity,
    coalesce(o.received, 0) AS received, coalesce(o.in_hand, 0) AS in_hand,
    coalesce(w.converted, 0) AS converted, coalesce(w.mature, 0) AS mature
FROM dealers_store AS s
JOIN dealers_dealer ON dealers_dealer.id = s.dealer_id AND dealers_dealer.region_id = %(region)s
LEFT JOIN customers_dispatchstore AS d ON d.store_id = s.id
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE offer.offered_at > %(since)s) AS received,
        count(*) FILTER (WHERE offer.answer = '' OR offer.answer = 'accepted' AND NOT EXISTS (
            SELECT FROM customers_registration AS r
            JOIN customers_activity AS a ON a.customer_id = r.customer_id
            WHERE r.id = offer.registration_id AND a.at > offer.answered_at
                AND a.registration_id IS NULL AND a.kind = ANY (%(contacts)s)
                AND NOT a.outcome = ANY (%(in_vain)s))) AS in_hand
    FROM customers_offer AS offer
    WHERE offer.store_id = s.id AND offer.offered_at <= %(at)s
        AND offer.answer IN ('', 'accepted', 'missed') AND offer.junk_state <> 'taken'
) AS o ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS mature, count(own.sold_at) AS converted
    FROM customers_ownership AS own
    WHERE own.store_id = s.id AND own.protected_until > lower(own.period)
        AND lower(own.period) > %(from)s AND lower(own.period) <= %(to)s
) AS w ON true
ORDER BY s.id
"""


def known(lead: Lead, at: datetime, terms: Terms = TERMS) -> list[Site]:
    """What is known then of the stores of the lead's region, of all dealers, as the worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            {
                "at": at,
                "region": lead.region_id,
                "since": at - terms.counted,
                "from": at - terms.mature_until,
                "to": at - terms.mature_after,
                "contacts": sorted(CONTACTS),
                "in_vain": sorted(IN_VAIN),
            },
        )
        names = [it.name for it in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    place = (lead.latitude, lead.longitude)
    return [
        Site(metres=metres_between(*place, row.pop("latitude"), row.pop("longitude")), **row)
        for row in found
    ]


def rows(lead: Lead, hop: int, at: datetime, weighed: Iterable[Weighed]) -> list[Candidate]:
    """What is kept of a choice, not saved yet."""
    return [
        Candidate(
            lead=lead, hop=hop, at=at, store_id=each.site.store, dealer_id=each.site.dealer,
            why_not=each.why_not, metres=each.site.metres, band=each.band,
            received=each.site.received, weight=each.site.weight, in_hand=each.site.in_hand,
            capacity=each.site.capacity, converted=each.site.converted, mature=each.site.mature,
            conversion_band=each.conversion_band, place=each.place,
        )
        for each in weighed
    ]  # fmt: skip


def weighed_again(kept: Iterable[Candidate], terms: Terms = TERMS) -> list[Weighed]:
    """The order anew from what was kept: what anyone entitled compares with the offer."""
    found = list(kept)
    sites = [
        Site(
            store=it.store_id, dealer=it.dealer_id, opened=it.why_not != WhyNot.CLOSED,
            takes_leads=it.why_not != WhyNot.TAKES_NONE, metres=it.metres, received=it.received,
            weight=it.weight, in_hand=it.in_hand, capacity=it.capacity, converted=it.converted,
            mature=it.mature,
        )
        for it in found
    ]  # fmt: skip
    asked = {it.store_id for it in found if it.why_not == WhyNot.ASKED}
    return ordered(sites, asked, terms)
