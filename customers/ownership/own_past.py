"""Everything that happened to one dealer's people, for telling it anew; read by the worker."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from customers.models import ActKind, current_sql
from customers.ownership.hindsight import Asked, Told
from customers.ownership.if_shared import Event, Sale
from customers.ownership.levels import Chosen
from customers.ownership.rulebook import Claim
from customers.ownership.track import Bought, FollowedUp
from customers.ownership.trials import Also, chosen_levels, events_sql


@dataclass(frozen=True, slots=True)
class OwnPast:
    """The events in order of time, and what tells what they are about."""

    events: list[Event]
    beside: dict[int, datetime]  # since when something about a person was decided beside the rules
    chosen: list[tuple[int | None, Chosen]]
    receipts: dict[int, str]  # of registrations, by number


def read(dealer: int, *, since: datetime, until: datetime) -> OwnPast:
    """What happened until then to everybody whom the dealer registered or owned since.

    With all that happened to them before and at other dealers: what is told anew starts with it.
    """
    asked: dict[str, Any] = {
        "dealer": dealer, "since": since, "until": until, "let_go": ActKind.LET_GO.value
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, asked)
        rows = cursor.fetchall()
        cursor.execute(BESIDE, asked)
        beside = dict(cursor.fetchall())
    receipts = {row[3]: row[13] for row in rows if row[0] == "registration"}
    return OwnPast([(row[1], _event(row)) for row in rows], beside, chosen_levels(), receipts)


def _event(row: tuple[Any, ...]) -> Asked | FollowedUp | Sale:
    (what, _person, at, number, dealer, store, zone, staff, kind, outcome, next_on, until, order,
     _receipt, net, on_file, readable) = row  # fmt: skip
    if what == "activity":
        return FollowedUp(dealer, kind, outcome, at, next_on)
    if what == "sale":
        held = frozenset(
            (holder, whose, place, Decimal(share), sold_by)
            for holder, whose, place, share, sold_by in json.loads(on_file or "[]")
        )
        return Sale(order, Bought(store, dealer, at, paid=net > 0), net, held, readable)
    answer, rule = outcome.split(" ")
    claim = Claim(dealer, store, ZoneInfo(zone), kind, staff)
    return Asked(number, claim, at, Told(answer, rule, until))


_PEOPLE = """
WITH people AS MATERIALIZED (
    SELECT identity_id FROM customers_registration
    WHERE dealer_id = %(dealer)s AND received_at >= %(since)s AND received_at < %(until)s
    UNION
    SELECT identity_id FROM customers_ownership
    WHERE dealer_id = %(dealer)s AND lower(period) < %(until)s AND upper(period) > %(since)s)
"""
# Of a sale also what counts for whom, as decided last.
EVENTS = events_sql(
    _PEOPLE,
    [
        Also("sale", "NULL::uuid", "o.id"),
        Also("receipt", "r.receipt", "NULL"),
        Also("net", "NULL::numeric", "o.net"),
        Also("on_file", "NULL::jsonb", "held.parts"),
        Also(
            "readable",
            "NULL::boolean",
            "coalesce(s.dealer_id = %(dealer)s, false) OR coalesce(held.counts, false)",
        ),
    ],
    beside_sale=f"""CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(
                a.holder, a.dealer_id, a.store_id, a.share::text, a.sold_by)) AS parts,
            bool_or(a.dealer_id = %(dealer)s AND a.share > 0) AS counts
        FROM customers_attribution AS a
        WHERE a.order_id = o.id AND a.holder <> 'nobody' AND {current_sql("a")}) AS held""",  # noqa: S608 -- our own text
)
# An end for want of a contact is told anew like all else.
BESIDE = f"""{_PEOPLE}
SELECT identity_id, min(at) FROM customers_act JOIN people USING (identity_id)
WHERE kind <> %(let_go)s AND at < %(until)s GROUP BY identity_id
"""  # noqa: S608 -- our own text
