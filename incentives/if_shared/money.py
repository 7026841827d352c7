"""What a dealer's sales earn by the engine, under the plans that were in force.

Once with the sales that count for it on file, and once with those that would count at a level: what
lies between the two is what the level changes. All months go through the engine together, each by
its own terms, with everything of the dealer in them, so that tiers and caps are those of the month.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from customers.models import Channel, Holder, current_sql, valid_sql
from customers.ownership.contacts import first_contacts_sql
from customers.ownership.if_shared import Part
from customers.ownership.rulebook import local_day
from dealers.months import first_day
from incentives.engine import evidence, run
from incentives.engine.facts import Fact
from incentives.engine.program import Program as Terms
from incentives.engine.recorded import of_a_lead_sql, owned_on_sql
from incentives.engine.registry import DISPATCH, FIRST_CONTACT, LEAD, REGISTRATION, RETURN, SALE
from incentives.engine.scope import Scope, components, terms
from incentives.models import Event, Kind, Program

# Agreement signed, data complete, certified, and from when the newest version signed applies.
type _Evidence = tuple[bool, bool, bool, date | None]


@dataclass(frozen=True, slots=True)
class _Event:
    """A sale, a return or a registration as the engine needs it."""

    pk: UUID | str
    sale: UUID | None
    at: datetime
    quantity: Decimal
    net: Decimal
    evidence: _Evidence


@dataclass(frozen=True)
class Books:
    """A dealer's facts of some months on file, and the terms of those months."""

    dealer: int
    program: Terms
    parts: dict[UUID, Part]
    # Moment, day, whether it was a lead, what gates go by, and whether it counts on file.
    registrations: dict[int, tuple[datetime, date, bool, _Evidence, bool]]
    # Of registrations that count on file: moment, day, and what gates go by.
    contacts: dict[int, tuple[datetime, date, _Evidence]]
    orders: dict[UUID, _Event] = field(default_factory=dict)
    returns: dict[UUID, list[_Event]] = field(default_factory=dict)

    @classmethod
    def read(
        cls, dealer: int, sales: Iterable[UUID], registrations: Iterable[int],
        *, since: datetime, until: datetime,
    ) -> Self:  # fmt: skip
        """Those of a dealer, with sales and registrations that might count for it."""
        zone = ZoneInfo(settings.TIME_ZONE)
        first, last = (first_day(local_day(each, zone)) for each in (since, until))
        currency = Program.current().currency
        stored = components(Scope(last, None, first, first, None, currency))
        program = Terms(currency, settings.TIME_ZONE, terms(stored, currency))
        gates = evidence.asked_by(
            (gate for each in stored for gate in each.gates),
            (each.agreement_from for each in stored),
        )
        asked: dict[str, Any] = {"dealer": dealer, "first": first, "until": until, **gates}
        asked["asks_leads"] = any(each.of_leads for each in stored)
        asked["asks_ages"] = any(each.kind == Kind.DECAY for each in stored)
        with connection.cursor() as cursor:
            cursor.execute(_PARTS, asked)
            parts = {
                sale: Part(holder, share, by, day, ZoneInfo(zone), owned_on, of_lead)
                for sale, holder, share, by, day, zone, owned_on, of_lead in cursor.fetchall()
            }
            cursor.execute(_REGISTRATIONS, asked | {"others": list(registrations)})
            received = {
                pk: (at, day, lead, tuple(given), valid)
                for pk, at, day, lead, *given, valid in cursor.fetchall()
            }
            asked["contacts"] = any(each.event == Event.FIRST_CONTACT for each in stored)
            cursor.execute(_CONTACTS, asked)
            contacts = {pk: (at, day, tuple(given)) for pk, at, day, *given in cursor.fetchall()}
            made = cls(dealer, program, parts, received, contacts)
            cursor.execute(_ORDERS, asked | {"sales": sorted({*parts, *sales})})
            for pk, sale, at, quantity, net, *seen in cursor.fetchall():
                order = _Event(pk, sale, at, quantity, net, tuple(seen))
                if order.sale is None:
                    made.orders[pk] = order
                else:
                    made.returns.setdefault(order.sale, []).append(order)
        return made

    def earned(
        self, sales: Mapping[UUID, Part | None], registrations: Mapping[int, bool]
    ) -> Decimal:
        """What all plans give less what they take, where these count otherwise than on file."""
        parts = {sale: part for sale, part in {**self.parts, **sales}.items() if part is not None}
        facts = list(self._facts(parts, registrations))
        return sum((line.amount for line in run.lines(self.program, facts)), Decimal(0))

    def _facts(
        self, parts: Mapping[UUID, Part], registrations: Mapping[int, bool]
    ) -> Iterator[Fact]:
        numbers, dealer = count(1), str(self.dealer)
        for pk, (at, day, lead, given, valid) in self.registrations.items():
            if registrations.get(pk, valid):
                made = _Event(f"registration {pk}", None, at, Decimal(1), Decimal(0), given)
                for kind in (REGISTRATION, DISPATCH) if lead else (REGISTRATION,):
                    yield _fact(next(numbers), kind, made, day, dealer=dealer)
        for pk, (at, day, given) in self.contacts.items():
            if registrations.get(pk, True):
                made = _Event(f"contact {pk}", None, at, Decimal(1), Decimal(0), given)
                yield _fact(next(numbers), FIRST_CONTACT, made, day, dealer=dealer)
        for sale, part in parts.items():
            owns = part.holder == Holder.OWNER
            whose: dict[str, Any] = {
                "dealer": dealer if owns else None,
                "seller": None if owns else dealer,
                "sold_by": part.sold_by,
                "owner_share": part.share if owns else 1 - part.share,
                "owned_on": part.owned_on,
                "source": LEAD if part.of_lead else None,
            }
            yield _fact(next(numbers), SALE, self.orders[sale], part.counts_on, **whose)
            for back in self.returns.get(sale, ()):
                yield _fact(next(numbers), RETURN, back, local_day(back.at, part.tz), **whose)


def _fact(
    line: int,
    kind: str,
    event: _Event,
    day: date,
    *,
    dealer: str | None,
    seller: str | None = None,
    sold_by: str | None = None,
    owner_share: Decimal = Decimal(1),
    owned_on: date | None = None,
    source: str | None = None,
) -> Fact:
    """A fact as the books have it on record, known in time."""
    signed, complete, certified, signed_from = event.evidence
    return Fact(
        line=line, lines=1, kind=kind, external_id=str(event.pk), at=event.at, day=day,
        month=first_day(day), closing=first_day(day), known=False, back=False, dealer=dealer,
        store=None, staff=None, region=None, level=None, sold_by=sold_by, category=None,
        quantity=event.quantity, net=event.net, margin=None, owner_share=owner_share,
        owned_on=owned_on, returns=None if event.sale is None else str(event.sale), seller=seller,
        customer=None, source=source, agreement_signed=signed, data_complete=complete,
        certified=certified, agreement_from=signed_from,
    )  # fmt: skip


_PARTS = f"""
SELECT a.order_id, a.holder, a.share, a.sold_by, a.counts_on, s.timezone,
    CASE WHEN %(asks_ages)s THEN {owned_on_sql("a")} END,
    %(asks_leads)s AND {of_a_lead_sql("a")}
FROM customers_attribution AS a JOIN dealers_store AS s ON s.id = a.store_id
WHERE a.dealer_id = %(dealer)s AND a.sale_id IS NULL AND a.holder <> 'nobody' AND a.share > 0
    AND a.counts_on >= %(first)s AND a.ordered_at < %(until)s AND {current_sql("a")}
ORDER BY a.ordered_at, a.order_id
"""  # noqa: S608 -- our own text
_REGISTRATIONS = f"""
WITH engine_certified AS ({evidence.CERTIFIED})
SELECT g.id, g.received_at, g.received_on, g.channel = '{Channel.DISPATCH}',
    {evidence.OF_REGISTRATION}, {valid_sql("g")}
FROM customers_registration AS g
WHERE g.dealer_id = %(dealer)s AND g.received_on >= %(first)s AND g.received_at < %(until)s
    AND ({valid_sql("g")} OR g.id = ANY (%(others)s::bigint[]))
ORDER BY g.received_at, g.id
"""  # noqa: S608 -- our own text
_CONTACTS = f"""
WITH engine_certified AS ({evidence.CERTIFIED})
SELECT g.id, g.at, g.day, {evidence.OF_CONTACT}
FROM ({first_contacts_sql("%(contacts)s AND won.dealer_id = %(dealer)s")}) AS g
WHERE g.day >= %(first)s AND g.at < %(until)s AND {valid_sql("g")}
ORDER BY g.at, g.id
"""  # noqa: S608 -- our own text
_ORDERS = f"""
WITH engine_certified AS ({evidence.CERTIFIED})
SELECT o.order_id, o.sale_id, o.ordered_at, o.quantity, o.net, {evidence.OF_ORDER}
FROM (
    SELECT id, id AS order_id, sale_id, ordered_at, quantity::numeric, net,
        placed_on AS counts_on, %(dealer)s::bigint AS dealer_id
    FROM customers_order
) AS o
WHERE (o.id = ANY (%(sales)s::uuid[]) OR o.sale_id = ANY (%(sales)s::uuid[]))
    AND o.ordered_at < %(until)s
ORDER BY o.ordered_at, o.id
"""  # noqa: S608 -- our own text
