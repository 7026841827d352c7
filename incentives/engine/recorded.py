"""Facts as the portal has them on record, and what earlier closings booked of them.

They come as one month sees them that is being closed (``Recorded``), or as several closed months
saw them one after the other (``Replayed``).

An order is a fact once for its owner and once for its seller. What came back of sales is brought
together first, with those sales and their earlier returns that were booked: they are few.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import connection

from customers.models import (
    Answer,
    Channel,
    current_sql,
    one_protection_sql,
    reconsidered_sql,
    valid_sql,
)
from customers.ownership.contacts import first_contacts_sql
from incentives.engine import evidence
from incentives.engine.component import Component
from incentives.engine.registry import DISPATCH, FIRST_CONTACT, LEAD, REGISTRATION, SALE
from incentives.engine.scope import Scope, closed_before
from incentives.engine.stage import Chain
from incentives.models import FIRST_ENGINE

_KNOWN = f"""o.recorded_at <= %(known_until)s AND {current_sql("o", "%(known_until)s")}
        AND (%(dealer)s::bigint IS NULL OR o.dealer_id = %(dealer)s)
        AND (%(deal)s::uuid IS NULL OR %(deal)s IN (o.order_id, o.sale_id))"""
# What only says that a dealer has no part any more is no fact.
A_PART = "(o.holder <> 'nobody' OR o.share > 0)"
_NOT_HELD = "o.order_id <> ALL (%(held)s::uuid[])"
_NOT_HELD_BEFORE = "o.order_id <> ALL (%(held_before)s::uuid[])"
OF_THE_MONTH = f"o.counts_on >= %(month)s AND o.counts_on < %(month_end)s AND {_NOT_HELD}"
_CLOSED = "o.counts_on >= %(first_closed)s AND o.counts_on < %(first_open)s"
# Of closed months: what was recorded too late for them, what was in dispute and is not any more.
LATE = (
    f"{_CLOSED} AND o.recorded_at > %(late_since)s AND {_NOT_HELD} AND {_NOT_HELD_BEFORE}",
    f"{_CLOSED} AND o.order_id = ANY (%(released)s::uuid[])",
)
_BOOKED = f"{_CLOSED} AND o.recorded_at <= %(late_since)s AND {_NOT_HELD_BEFORE}"
_SOLD_IN = "date_trunc('month', o.counts_on::timestamp)::date"
_HAS_A_PART = "(o.holder = 'owner' OR %(sellers)s AND o.holder = 'seller')"
_WANTED = "%(sales)s AND (%(places)s::text[] IS NULL OR o.sold_by = ANY (%(places)s))"


def of_a_lead_sql(attribution: str) -> str:
    """SQL for whether the protection of an owner's attribution began with a lead of HQ."""
    return f"""EXISTS (
            SELECT FROM customers_ownership AS owned
            JOIN customers_ownership AS began ON {one_protection_sql("owned", "began")}
            JOIN customers_registration AS came ON came.ownership_id = began.id
            WHERE owned.id = {attribution}.ownership_id AND came.channel = '{Channel.DISPATCH}'
            AND came.answer = '{Answer.YOURS}')"""


def owned_on_sql(attribution: str) -> str:
    """SQL for the day on which the protection began that an owner's attribution rests on.

    By the clock of the store that the sale counts for, as the day of the sale is.
    """
    return f"""(
            SELECT least((coalesce(owned.since, lower(owned.period)) AT TIME ZONE place.timezone)
                ::date, {attribution}.counts_on)
            FROM customers_ownership AS owned
            JOIN dealers_store AS place ON place.id = {attribution}.store_id
            WHERE owned.id = {attribution}.ownership_id)"""


def _order(kind: str, month: str, *, known: bool) -> str:
    """The columns of a fact about an order ``o``."""
    closing = "%(month)s::date - 1" if known else "%(month)s::date"
    net = "o.signed_net" if kind == SALE else "-o.signed_net"
    return f"""1 AS line, 1 AS lines, '{kind}'::text AS kind,
        o.order_id AS external_id, o.ordered_at AS at, o.counts_on AS day,
        {month} AS month, {closing} AS closing, {known} AS known, false AS back,
        CASE o.holder WHEN 'owner' THEN o.dealer_id END AS dealer,
        NULL::bigint AS store, NULL::bigint AS staff, NULL::bigint AS region, NULL::text AS level,
        o.sold_by, NULL::text AS category, o.quantity::numeric AS quantity, {net} AS net,
        NULL::numeric AS margin,
        CASE o.holder WHEN 'owner' THEN o.share ELSE 1 - o.share END AS owner_share,
        CASE WHEN %(asks_ages)s THEN {owned_on_sql("o")} END AS owned_on, o.sale_id AS returns,
        CASE o.holder WHEN 'seller' THEN o.dealer_id END AS seller,
        NULL::text AS customer,
        CASE WHEN %(asks_leads)s AND {of_a_lead_sql("o")} THEN '{LEAD}' END::text AS source,
        {evidence.OF_ORDER}"""


# What came back in the month, and what was booked of the same sales before. A return is one fact,
# whoever has a share of it.
_CAME = "\n    UNION\n    ".join(
    f"""SELECT o.order_id, o.sale_id FROM customers_attribution o
    WHERE {when} AND o.sale_id IS NOT NULL AND {A_PART} AND {_KNOWN}"""
    for when in (OF_THE_MONTH, *LATE)
)
_RETURNED = f"""
WITH came AS (
    {_CAME}
)
SELECT * FROM (
    SELECT DISTINCT ON (o.order_id) {_order("return", _SOLD_IN, known=False)}
    FROM customers_attribution o
    WHERE o.order_id IN (SELECT order_id FROM came) AND o.holder <> 'nobody' AND {_KNOWN}
    ORDER BY o.order_id, o.holder
) returns
UNION ALL
SELECT * FROM (
    SELECT DISTINCT ON (o.order_id) {_order("return", _SOLD_IN, known=True)}
    FROM customers_attribution o
    WHERE o.sale_id IN (SELECT sale_id FROM came) AND {_BOOKED} AND o.holder <> 'nobody'
    AND {_KNOWN}
    ORDER BY o.order_id, o.holder
) earlier
UNION ALL
SELECT {_order(SALE, _SOLD_IN, known=True)}
FROM customers_attribution o
WHERE o.order_id IN (SELECT sale_id FROM came) AND {_BOOKED} AND o.sale_id IS NULL
AND {_HAS_A_PART} AND {_KNOWN}
"""


# What a registration is a fact of, and which of them are wanted at all.
_REGISTERED = {
    REGISTRATION: "%(registrations)s",
    DISPATCH: f"%(leads)s AND g.channel = '{Channel.DISPATCH}'",
}


def _counted(kind: str, at: str, day: str, month: str, *, back: bool) -> str:
    """The columns of a fact that is told by its registration ``g``, and is counted."""
    return f"""1, 1, '{kind}', lpad(to_hex(g.id), 32, '0')::uuid, {at},
        {day}, {month}, %(month)s::date, false, {back}, g.dealer_id, NULL, NULL, NULL,
        NULL, NULL, NULL, 1::numeric, 0::numeric, NULL::numeric, 1::numeric, NULL::date, NULL, NULL,
        NULL, NULL"""


def _registration(kind: str, month: str, *, back: bool) -> str:
    return f"""SELECT {_counted(kind, "g.received_at", "g.received_on", month, back=back)},
        {evidence.OF_REGISTRATION}
FROM customers_registration g
WHERE {_REGISTERED[kind]} AND (%(dealer)s::bigint IS NULL OR g.dealer_id = %(dealer)s)"""


def _late_registrations() -> tuple[tuple[bool, str], ...]:
    """Conditions on a registration ``g`` of a closed month of which the books do not know yet.

    True: it comes back, because it counted at the last cut-off and was voided since; False: it
    counts, and did not then. Each finds its rows by an index of its own.
    """
    then, now = valid_sql("g", "%(late_since)s"), valid_sql("g", "%(known_until)s")
    closed = "g.received_on >= %(first_closed)s AND g.received_on < %(first_open)s"
    voids = f"g.id IN ({reconsidered_sql('%(late_since)s', '%(known_until)s')})"
    return (
        (False, f"{closed} AND g.recorded_at > %(late_since)s AND {now}"),
        (
            False,
            f"{closed} AND g.recorded_at <= %(late_since)s AND {voids} AND {now} AND NOT {then}",
        ),
        (True, f"{closed} AND {voids} AND {then} AND NOT {now}"),
    )


LATE_REGISTRATIONS = _late_registrations()

# The first contacts that a month may know of, for conditions on one of them ``g``.
_KNOWN_CONTACTS = first_contacts_sql("""%(contacts)s AND said.recorded_at <= %(known_until)s
        AND (%(dealer)s::bigint IS NULL OR won.dealer_id = %(dealer)s)""")
CONTACTED = f"contacted AS MATERIALIZED ({_KNOWN_CONTACTS})"


def _contacts() -> tuple[tuple[bool, str], ...]:
    """Conditions on first contacts that a month counts, and on those that come back in it.

    One counts as long as its registration does: in the month of its day, or in the first month that
    is open once the books know of it.
    """
    own = "g.day >= %(month)s AND g.day < %(month_end)s"
    closed = "g.day >= %(first_closed)s AND g.day < %(first_open)s"
    then = f"(g.contacted_at <= %(late_since)s AND {valid_sql('g', '%(late_since)s')})"
    now = valid_sql("g", "%(known_until)s")
    voids = f"g.id IN ({reconsidered_sql('%(late_since)s', '%(known_until)s')})"
    late = f"{closed} AND (g.contacted_at > %(late_since)s OR {voids})"
    return (
        (False, f"({own} OR {late} AND NOT {then}) AND {now}"),
        (True, f"{late} AND {then} AND NOT {now}"),
    )


CONTACTS = _contacts()

_RECEIVED_IN = "date_trunc('month', g.received_on::timestamp)::date"
_CONTACTED_IN = "date_trunc('month', g.day::timestamp)::date"
_FACTS = f"WITH {CONTACTED}\n" + "\nUNION ALL\n".join([
    f"""SELECT {_order(SALE, "%(month)s::date", known=False)}
FROM customers_attribution o
WHERE {_WANTED} AND {OF_THE_MONTH} AND o.sale_id IS NULL AND {_HAS_A_PART} AND {_KNOWN}""",
    *(
        f"""SELECT {_order(SALE, _SOLD_IN, known=False)}
FROM customers_attribution o
WHERE {_WANTED} AND {late} AND o.sale_id IS NULL AND {_HAS_A_PART} AND {_KNOWN}"""
        for late in LATE
    ),
    *(
        f"""{_registration(kind, "%(month)s::date", back=False)}
AND g.received_on >= %(month)s AND g.received_on < %(month_end)s
AND {valid_sql("g", "%(known_until)s")}"""
        for kind in _REGISTERED
    ),
    *(
        f"{_registration(kind, _RECEIVED_IN, back=back)} AND {late}"
        for kind in _REGISTERED
        for back, late in LATE_REGISTRATIONS
    ),
    *(
        f"""SELECT {_counted(FIRST_CONTACT, "g.at", "g.day", _CONTACTED_IN, back=back)},
        {evidence.OF_CONTACT}
FROM contacted g WHERE {counts}"""
        for back, counts in CONTACTS
    ),
    "SELECT * FROM engine_returned",
])  # fmt: skip

# The first form of the engine measured what it paid: what it booked is worth that.
_RESULTS = f"""
WITH touched AS MATERIALIZED (
    SELECT DISTINCT coalesce(dealer, seller) AS dealer_id, month FROM engine_fact
    WHERE month < %(month)s AND kind <> 'return'
)
SELECT r.component_id, r.dealer_id AS beneficiary, r.for_month AS period,
    r.for_month AS month, sum(r.base + r.returned) AS sold, sum(r.returned) AS returned,
    sum(CASE WHEN run.engine = {FIRST_ENGINE} AND NOT c.period
        THEN (r.explanation->>'paid')::numeric ELSE r.uncapped END) * c.sign AS worth,
    sum(r.amount) * c.sign AS amount
FROM touched t
JOIN incentives_result r ON r.dealer_id = t.dealer_id AND r.for_month = t.month
JOIN incentives_run run ON run.id = r.run_id AND run.month < %(month)s
JOIN engine_component c ON c.id = r.component_id AND (c.period OR c.period_cap IS NOT NULL)
GROUP BY r.component_id, r.dealer_id, r.for_month, c.sign
"""

_LINES = f"""
WITH sold AS MATERIALIZED (
    SELECT external_id AS sale, coalesce(dealer, seller) AS dealer_id, month
    FROM engine_returned WHERE known AND kind = 'sale'
),
wanted AS MATERIALIZED (
    SELECT sale, sale AS event, dealer_id, month FROM sold
    UNION
    SELECT s.sale, r.external_id, s.dealer_id, booked_in.month
    FROM sold s JOIN engine_returned r ON r.known AND r.returns = s.sale
    CROSS JOIN LATERAL (VALUES (r.month), (s.month)) AS booked_in (month)
)
SELECT r.component_id, r.dealer_id AS beneficiary, w.sale, w.event, e.base,
    CASE run.engine WHEN {FIRST_ENGINE} THEN e.amount ELSE e.uncapped END * c.sign AS worth
FROM wanted w
JOIN incentives_result r ON r.dealer_id = w.dealer_id AND r.for_month = w.month
JOIN incentives_run run ON run.id = r.run_id AND run.month < %(month)s
JOIN engine_component c ON c.id = r.component_id AND NOT c.period
JOIN incentives_line e ON e.result_id = r.id AND e.order_id = w.event
"""


def _places(components: list[Component]) -> list[str] | None:
    """Where a sale has to be made for one of these to count it; None: anywhere."""
    found: set[str] = set()
    for values in (each.values for each in components if each.values["fact"] == SALE):
        only = values["places"] or [values["only_sold_by"]]
        if None in only or values["only_repeat"]:
            return None
        found.update(only)
    return sorted(found)


def _wanted_by(components: list[Component], *, asked: bool = False) -> dict[str, Any]:
    """What of the records the components look at at all; ``asked``: all about one sale."""
    facts = {each.values["fact"] for each in components}
    return {
        "sales": asked or SALE in facts,
        "places": None if asked else _places(components),
        "registrations": not asked and REGISTRATION in facts,
        "leads": not asked and DISPATCH in facts,
        "contacts": not asked and FIRST_CONTACT in facts,
        "sellers": asked or any(each.values["to_seller"] for each in components),
        "asks_leads": any(each.filters for each in components),
        "asks_ages": any(each.values["measure"] == "age" for each in components),
        **evidence.asked_by(
            (gate for each in components for gate in each.gates),
            (each.values["agreement_from"] for each in components),
        ),
    }


def _certified(chain: Chain) -> None:
    """Name when dealers were certified; each event looks for the times of its dealer."""
    chain.add("engine_certified", evidence.CERTIFIED, kept=True)
    if chain.tables:
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX ON engine_certified (dealer_id)")


@dataclass(frozen=True)
class Recorded:
    """What a scope sees of the facts on record. Codes are the ids of dealers and events."""

    scope: Scope
    components: list[Component]
    one_line: ClassVar[bool] = True

    def add_to(self, chain: Chain) -> None:
        # What is asked about one sale is asked of every component; else what none counts is left.
        asked = self.scope.deal is not None
        chain.values |= self.scope.params | _wanted_by(self.components, asked=asked)
        chain.values |= closed_before([self.scope])
        _certified(chain)
        chain.add("engine_returned", _RETURNED, kept=True)
        chain.add("engine_fact", _FACTS, kept=True)
        chain.add("engine_booked", _RESULTS, kept=True)
        chain.add("engine_booked_event", _LINES, kept=True)


# A fact that one of the months brings is none that was booked before them.
_BROUGHT = """
SELECT * FROM engine_brought WHERE NOT known
UNION ALL
SELECT * FROM (
    SELECT DISTINCT ON (kind, external_id, dealer, seller) * FROM engine_brought WHERE known
) before
WHERE NOT EXISTS (
    SELECT FROM engine_brought own
    WHERE NOT own.known AND own.kind = before.kind AND own.external_id = before.external_id
    AND own.dealer IS NOT DISTINCT FROM before.dealer
    AND own.seller IS NOT DISTINCT FROM before.seller
)
"""


@dataclass(frozen=True)
class Replayed:
    """What closed months, of which each follows the one before it, saw in turn.

    Each brings what its closing saw, so that what came late, back or out of a dispute falls into
    the month in which it did. What was booked before is what the books have of earlier months; of
    the months themselves nothing is, so that they may be computed by other terms.
    """

    scopes: list[Scope]
    components: list[Component]
    progress: Callable[[], None] = lambda: None  # told of each month
    one_line: ClassVar[bool] = True

    def add_to(self, chain: Chain) -> None:
        chain.values |= self.scopes[0].params | _wanted_by(self.components)
        chain.values |= closed_before(self.scopes)
        _certified(chain)
        for n, scope in enumerate(self.scopes):
            chain.values |= {f"{name}_{n}": value for name, value in scope.params.items()}
            for name, query in (("engine_returned", _RETURNED), ("engine_fact", _FACTS)):
                chain.add(f"{name}_{n}", _of(n, query, scope.params), kept=True)
            self.progress()
        chain.add(
            "engine_brought",
            "\nUNION ALL\n".join(f"SELECT * FROM engine_fact_{n}" for n in range(len(self.scopes))),
            kept=True,
        )
        chain.add("engine_fact", _BROUGHT, kept=True)
        chain.add("engine_returned", "SELECT * FROM engine_fact WHERE known", kept=True)
        chain.add("engine_booked", _RESULTS, kept=True)
        chain.add("engine_booked_event", _LINES, kept=True)


def _of(number: int, query: str, values: Iterable[str]) -> str:
    """A query with the values of the scope of that number; what is known was booked before all."""
    first = query.replace("%(month)s::date - 1", "%(month_0)s::date - 1")
    numbered = re.sub(rf"%\(({'|'.join(values)})\)s", rf"%(\1_{number})s", first)
    return numbered.replace("engine_returned", f"engine_returned_{number}")
