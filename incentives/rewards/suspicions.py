"""Figures that somebody may have made for a reward: found as sets, before anything is booked.

Nothing is decided here. What is found holds the reward of that unit until headquarters has looked
at it, with a sentence and the orders or registrations that it is about. Regions are not looked at:
their figure is over many dealers, and is compared with that of others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from customers import identity
from customers.models import Identity
from dealers import sayings
from dealers.models import Membership
from dealers.months import hq_midnight
from dealers.words import percent
from incentives.boards.figure import Summed, by_unit
from incentives.boards.metrics import FIGURES
from incentives.boards.own import NOBODY
from incentives.boards.ranked import Place
from incentives.models import Board, Metric, SuspicionSign, Unit


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is suspicious. Chosen so that honest trade stays below.

    - ``own_events``, ``own_percent``: so many orders or registrations of people who work for the
      dealer, or such a part of the figure, which they are not in. One purchase of one's own is no
      sign; two, or one that is a tenth of the figure, is looked at.
    - ``burst_orders`` within ``burst_minutes``: of one customer at one store. A family at the till
      has two or three slips, not five in an hour.
    - ``split_orders`` on one day of one customer at one store that are ``split_percent`` of the
      figure together: a purchase in parts moves nothing, unless it is what the place rests on.
    - ``ring_returns``: purchases of one customer in these days that came back until the settlement.
    """

    own_events: int = 2
    own_percent: int = 10
    burst_orders: int = 5
    burst_minutes: int = 60
    split_orders: int = 3
    split_percent: int = 10
    ring_returns: int = 3


USUAL = Thresholds()
# Figures over registrations, each of which is an event of theirs called ``g``.
_OF_REGISTRATIONS = (Metric.REGISTRATIONS, Metric.CONVERSION, Metric.CONTACT)

OWN_ORDERS = gettext_noop(
    "%(count)s purchases are of people who work for the dealer. They count on no board, and come"
    " to %(part)s of the figure."
)
OWN_REGISTRATIONS = gettext_noop(
    "%(count)s registrations are of people who work for the dealer. They count on no board, and"
    " come to %(part)s of the figure."
)
# On boards that were frozen before, they are a part of it.
OWN_ORDERS_IN_IT = gettext_noop(
    "%(count)s purchases are of people who work for the dealer: %(part)s of the figure."
)
OWN_REGISTRATIONS_IN_IT = gettext_noop(
    "%(count)s registrations are of people who work for the dealer: %(part)s of the figure."
)
BURST = gettext_noop("%(count)s purchases of one customer at one store within %(minutes)s minutes.")
SPLIT = gettext_noop(
    "%(count)s purchases of one customer at one store on %(day)s: %(part)s of the figure."
)
RING = gettext_noop("%(count)s purchases of one customer in these days were returned.")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What was found about a unit; ``reason`` as ``sayings.kept`` keeps it."""

    sign: SuspicionSign
    reason: str
    orders: tuple[UUID, ...] = ()
    registrations: tuple[int, ...] = ()


def found(
    board: Board, places: Iterable[Place], at: datetime, thresholds: Thresholds = USUAL
) -> dict[int, list[Suspicion]]:
    """What is suspicious of the figures of some units on a frozen board, as known at ``at``.

    By unit; one without a suspicion is not in it.
    """
    listed = list(places)
    metric, unit = Metric(board.metric), Unit(board.unit)
    figure = FIGURES[metric]
    if not listed or unit == Unit.REGION or not isinstance(figure, Summed):
        return {}
    suspicions: dict[int, list[Suspicion]] = {}
    checks: list[Callable[[_Asked], Iterable[tuple[int, Suspicion]]]] = []
    if metric in (Metric.NET_SALES, Metric.OWNED_SALES):
        asked = _Asked(board, listed, at, thresholds, _orders(figure, unit))
        checks += [_own_orders, _bursts, _splits, _rings]
    elif metric in _OF_REGISTRATIONS:
        asked = _Asked(board, listed, at, thresholds, _registrations(figure, unit))
        checks += [_own_registrations]
    else:
        return {}
    for check in checks:
        for unit_id, suspicion in check(asked):
            suspicions.setdefault(unit_id, []).append(suspicion)
    return suspicions


class _Asked:
    """The events of the units in question, with what their figure is over."""

    def __init__(
        self, board: Board, listed: list[Place], at: datetime, thresholds: Thresholds, events: str
    ) -> None:
        self.thresholds, self.events, self.has_own = thresholds, events, board.has_own
        self.whole = {place.unit_id: _whole(board, place) for place in listed}
        own = _own_identities(
            {place.dealer_id for place in listed if place.dealer_id is not None}, board
        )
        figure = FIGURES[Metric(board.metric)]
        self.params: dict[str, Any] = {
            **figure.days(board.starts_on, board.ends_on, board.ends_on),
            **NOBODY,  # what own people do counts on no board, and is looked at here all the same
            "known_until": board.known_until,
            "at": at,
            "units": list(self.whole),
            "own_dealers": [dealer for dealer, _identity in own],
            "own_identities": [person for _dealer, person in own],
            "wholes": list(self.whole.values()),
            **{name: getattr(thresholds, name) for name in Thresholds.__slots__},
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query over ``events`` and ``wholes`` gives, the same every time."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH wholes AS (
                    SELECT * FROM unnest(%(units)s::bigint[], %(wholes)s::numeric[])
                        AS w (unit_id, whole)),
                own AS (
                    SELECT * FROM unnest(%(own_dealers)s::bigint[], %(own_identities)s::bigint[])
                        AS o (dealer_id, identity_id)),
                events AS (
                    SELECT each.* FROM ({self.events}) AS each
                        (unit_id, dealer_id, store_id, identity_id, id, at, day, amount)
                    WHERE each.unit_id = ANY(%(units)s) AND each.identity_id IS NOT NULL)
                {query}""",
                self.params,
            )
            return cursor.fetchall()

    def part(self, unit_id: int, amount: Decimal) -> str:
        """A part of a unit's figure, in percent."""
        whole = self.whole[unit_id]
        return percent(amount / whole, 0) if whole > 0 else percent(1, 0)


def _whole(board: Board, place: Place) -> Decimal:
    """What a figure is over: the sum or number itself, of a share the number of cases."""
    if board.metric in (Metric.CONVERSION, Metric.CONTACT):
        return place.denominator or Decimal(0)
    return place.value


def _orders(figure: Summed, unit: Unit) -> str:
    """SQL for the sales that a figure counts, with their unit."""
    if figure.metric == Metric.NET_SALES:
        columns = f"""{"o.store_id" if unit == Unit.STORE else "p.dealer_id"} AS unit_id,
            p.dealer_id, o.store_id, o.identity_id, o.id, o.ordered_at, o.placed_on AS day"""
        join = "JOIN dealers_store p ON p.id = o.store_id"
    else:
        key, of_people = by_unit(unit, figure.row, figure.person)
        columns = f"""{key} AS unit_id, o.dealer_id, sold.store_id, sold.identity_id, sold.id,
            sold.ordered_at, o.counts_on AS day"""
        join = f"JOIN customers_order sold ON sold.id = o.order_id {of_people}"
    return f"""
        SELECT unit_id, dealer_id, store_id, identity_id, id, ordered_at, day, part
        FROM ({figure.events(columns, join, some=False)}) AS counted WHERE n = 1"""


def _registrations(figure: Summed, unit: Unit) -> str:
    """SQL for the registrations that a figure is over, of whatever days, with their unit."""
    key, join = by_unit(unit, figure.row, figure.person)
    columns = f"""{key} AS unit_id, g.dealer_id, g.store_id, g.identity_id, g.id, g.received_at,
        g.received_on"""
    return f"""
        SELECT unit_id, dealer_id, store_id, identity_id, id, received_at, received_on, n::numeric
        FROM ({figure.events(columns, join, some=False)}) AS counted"""


_OWN = """
    SELECT e.unit_id, array_agg(e.id ORDER BY e.at, e.id), sum(e.amount)
    FROM events e JOIN own o USING (dealer_id, identity_id) JOIN wholes w USING (unit_id)
    GROUP BY e.unit_id, w.whole
    HAVING count(*) >= %(own_events)s OR sum(e.amount) * 100 >= w.whole * %(own_percent)s
    ORDER BY e.unit_id"""


def _own_orders(asked: _Asked) -> Iterable[tuple[int, Suspicion]]:
    sentence = OWN_ORDERS_IN_IT if asked.has_own else OWN_ORDERS
    for unit_id, ids, amount in asked.rows(_OWN):
        reason = sayings.kept(sentence, count=[str(len(ids))], part=[asked.part(unit_id, amount)])
        yield unit_id, Suspicion(SuspicionSign.OWN_NUMBER, reason, orders=tuple(ids))


def _own_registrations(asked: _Asked) -> Iterable[tuple[int, Suspicion]]:
    sentence = OWN_REGISTRATIONS_IN_IT if asked.has_own else OWN_REGISTRATIONS
    for unit_id, ids, amount in asked.rows(_OWN):
        reason = sayings.kept(sentence, count=[str(len(ids))], part=[asked.part(unit_id, amount)])
        yield unit_id, Suspicion(SuspicionSign.OWN_NUMBER, reason, registrations=tuple(ids))


def _bursts(asked: _Asked) -> Iterable[tuple[int, Suspicion]]:
    rows = asked.rows("""
        SELECT DISTINCT ON (unit_id, store_id, identity_id) unit_id, ids FROM (
            SELECT unit_id, store_id, identity_id, at, array_agg(id) OVER following AS ids,
                count(*) OVER following AS count
            FROM events
            WINDOW following AS (PARTITION BY unit_id, store_id, identity_id ORDER BY at
                RANGE BETWEEN CURRENT ROW AND make_interval(mins => %(burst_minutes)s) FOLLOWING)
        ) AS each
        WHERE count >= %(burst_orders)s
        ORDER BY unit_id, store_id, identity_id, count DESC, at""")
    minutes = str(asked.thresholds.burst_minutes)
    for unit_id, ids in rows:
        reason = sayings.kept(BURST, count=[str(len(ids))], minutes=[minutes])
        yield unit_id, Suspicion(SuspicionSign.BURST, reason, orders=tuple(ids))


def _splits(asked: _Asked) -> Iterable[tuple[int, Suspicion]]:
    rows = asked.rows("""
        SELECT e.unit_id, e.day, array_agg(e.id ORDER BY e.at, e.id), sum(e.amount)
        FROM events e JOIN wholes w USING (unit_id)
        GROUP BY e.unit_id, w.whole, e.store_id, e.identity_id, e.day
        HAVING count(*) >= %(split_orders)s
            AND sum(e.amount) * 100 >= w.whole * %(split_percent)s
        ORDER BY e.unit_id, e.day, min(e.at), e.identity_id""")
    for unit_id, day, ids, amount in rows:
        reason = sayings.kept(
            SPLIT, count=[str(len(ids))], day=[day.isoformat()], part=[asked.part(unit_id, amount)]
        )
        yield unit_id, Suspicion(SuspicionSign.SPLIT, reason, orders=tuple(ids))


def _rings(asked: _Asked) -> Iterable[tuple[int, Suspicion]]:
    rows = asked.rows("""
        SELECT e.unit_id, array_agg(e.id ORDER BY e.at, e.id)
        FROM events e
        WHERE EXISTS (SELECT FROM customers_order AS back
            WHERE back.sale_id = e.id AND back.recorded_at <= %(at)s)
        GROUP BY e.unit_id, e.identity_id HAVING count(*) >= %(ring_returns)s
        ORDER BY e.unit_id, min(e.at), e.identity_id""")
    for unit_id, ids in rows:
        reason = sayings.kept(RING, count=[str(len(ids))])
        yield unit_id, Suspicion(SuspicionSign.RING, reason, orders=tuple(ids))


def _own_identities(dealers: set[int], board: Board) -> list[tuple[int, int]]:
    """Dealer and identity of everybody who worked for these dealers in the days of a board."""
    posts = Membership.objects.filter(dealer__in=dealers, user__phone__isnull=False)
    known: dict[bytes, set[int]] = {}
    working = posts.exclude(ends_at__lt=hq_midnight(board.starts_on)).filter(
        starts_at__lt=hq_midnight(board.ends_on)
    )
    for dealer, phone in working.values_list("dealer", "user__phone"):
        for print_ in identity.either(identity.fingerprint(phone or "")):
            known.setdefault(print_, set()).add(dealer)
    rows = Identity.objects.filter(fingerprint__in=list(known)).values_list("pk", "fingerprint")
    return sorted((dealer, pk) for pk, print_ in rows for dealer in known[bytes(print_)])
