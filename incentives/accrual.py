"""What each dealer earns or is charged in a month: one SQL statement per component.

The facts of a month are the orders and registrations that count in it and were recorded before its
cut-off. What is recorded later, or taken back later, falls into the month that is open then:

- Paid per event (flat, percent, per unit): an event brings one line with an amount. A return takes
  back the returned part of what its sale was worth, in its own month.
- A period cap holds for all sales of a month less what came back of them, whenever it came back:
  with ``worth`` added up in the order of the events (then of their ids), a line is paid
  ``min(cap, worth after it) - min(cap, worth before it)``. So a return first takes away what the
  cap had cut, what it frees goes to the other sales, and any order of arrival adds up to the same.
  The cap counts per plan, component code, dealer and month: versions that share a month share it,
  and where they differ, the highest counts for that month.
- A registration that is voided brings its line back, with the opposite sign, in the month that is
  open then.
- Tiers: an event brings base only. A dealer's sale month is worth ``f(sold - returned)`` where
  returns are recomputed, and ``f(sold)`` less its returned part where the rate it was paid stays.
  Whatever has been booked for that month before is subtracted, so any order of arrival adds up to
  the same.

Amounts are rounded half up, once per event or once per tiered month. All amounts inside a statement
are positive; what a dealer pays is turned negative where it is written.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from customers.models import current_sql, reconsidered_sql, valid_sql
from dealers.currencies import decimals
from dealers.months import first_day, next_month
from incentives.models import (
    Base,
    Beneficiary,
    Clawback,
    Component,
    Direction,
    Event,
    Kind,
    Program,
    RateRow,
    Run,
)
from incentives.return_window import window_over_from_sql


@dataclass(frozen=True)
class Scope:
    """Which facts a month's computation sees.

    ``known_until`` is the cut-off; without one, all that is known now counts. ``late_since`` is the
    cut-off of the last closed month: facts of closed months recorded after it are late. Amounts
    are rounded to ``decimals``, those of the program's currency. With ``until`` the month's own
    facts of that day and later are left out.
    """

    month: date
    known_until: datetime | None
    first_closed: date
    first_open: date
    late_since: datetime | None
    decimals: int
    run_id: int | None = None
    dealer_id: int | None = None
    until: date | None = None

    @classmethod
    def of(cls, month: date, known_until: datetime | None = None) -> "Scope":
        """What a month's computation sees on top of the months closed before it."""
        closed = Run.objects.filter(month__lt=month).order_by("month")
        first, last = closed.first(), closed.last()
        places = decimals(Program.current().currency)
        if first is None or last is None:
            return cls(month, known_until, month, month, None, places)
        after = next_month(last.month)
        return cls(month, known_until, first.month, after, last.known_until, places)

    @classmethod
    def of_run(cls, run: Run) -> "Scope":
        """What the computation of a closed month saw."""
        return replace(cls.of(run.month, run.known_until), run_id=run.pk)

    def for_dealer(self, dealer_id: int) -> "Scope":
        return replace(self, dealer_id=dealer_id)

    def before(self, day: date) -> "Scope":
        return replace(self, until=day)

    def amount(self, value: Decimal | None) -> Decimal | None:
        """An amount written with the decimals of the currency."""
        return None if value is None else value.quantize(Decimal(1).scaleb(-self.decimals))

    @property
    def params(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "month_end": self.until or next_month(self.month),
            "first_closed": self.first_closed,
            "first_open": self.first_open,
            "known_until": self.known_until or "infinity",
            "late_since": self.late_since or "infinity",
            "decimals": self.decimals,
            "minor": 10**self.decimals,
            "run": self.run_id,
            "dealer": self.dealer_id,
        }


def components(scope: Scope) -> list[Component]:
    """The published components that can have lines in a month.

    Those of versions that apply in it, and earlier ones whose sales can still be returned or
    arrive late.
    """
    found = (
        Component.objects.filter(
            Q(version__ends_on__isnull=True) | Q(version__ends_on__gt=scope.first_closed),
            version__published_at__isnull=False,
            version__starts_on__lt=next_month(scope.month),
        )
        .select_related("version__plan")
        .prefetch_related("rows")
        .order_by("version__plan__code", "version__number", "position", "code")
    )
    return list(found)


@transaction.atomic
def accrue(scope: Scope) -> int:
    """Compute a month and write its results and lines; returns the number of results.

    ``scope.run_id`` names the run that they belong to.
    """
    written = 0
    with connection.cursor() as cursor:
        # A month's lines are sorted and hashed in memory, for as long as the transaction lasts.
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")
        for component, query, params in statements(scope):
            cursor.execute(query + _WRITE, params)
            cursor.execute(
                "SELECT count(*) FROM incentives_result WHERE run_id = %s AND component_id = %s",
                [scope.run_id, component.pk],
            )
            written += cursor.fetchone()[0]
    return written


def statements(scope: Scope) -> Iterator[tuple[Component, str, dict[str, Any]]]:
    """Each component with the expressions ``lines`` and ``results`` of its month, and their values.

    Whoever asks puts behind them what is to become of them, inside one transaction.
    """
    for component in components(scope):
        query, params = _statement(component, scope, _set_aside_returns(component, scope))
        yield component, query, params
    with connection.cursor() as cursor:
        # Whoever computes next in the transaction may have another role.
        cursor.execute("DROP TABLE IF EXISTS pg_temp.accrued_returns")


def _set_aside_returns(component: Component, scope: Scope) -> str | None:
    """Put the month's returns into a table, so that the planner knows how many they are.

    It thinks too little of them otherwise, and would compare all of them with everything. What
    one dealer's page reads is few enough not to mind.
    """
    if component.event == Event.REGISTRATION:
        return None
    query, params = _returns(component, scope), _values(component, scope)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.accrued_returns")
        cursor.execute(f"CREATE TEMP TABLE accrued_returns ON COMMIT DROP AS {query}", params)
        cursor.execute("ANALYZE accrued_returns")
    return "SELECT * FROM accrued_returns"


@dataclass(frozen=True)
class Estimate:
    """A result that has not been booked: what a component would give a dealer now."""

    component: Component
    dealer_id: int
    for_month: date
    adjustment: bool
    count: int
    base: Decimal
    returned: Decimal
    uncapped: Decimal
    amount: Decimal
    explanation: dict[str, Any]

    @property
    def code(self) -> str:
        return self.component.result_code(adjustment=self.adjustment)


def estimate(scope: Scope) -> list[Estimate]:
    """The same as ``accrue`` with nothing written, for one dealer or for all."""
    found = []
    with connection.cursor() as cursor:
        for component in components(scope):
            query, params = _statement(component, scope)
            cursor.execute(query + _READ_RESULTS, params)
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                values = dict(zip(names, row, strict=True))
                values["explanation"] = json.loads(values["explanation"])
                found.append(Estimate(component=component, **values))
    return found


@transaction.atomic
def keep(scope: Scope, open_month: int) -> int:
    """Compute one dealer's open month and write it under ``open_month``; the number of lines.

    The same as ``accrue``, where nothing is booked yet and the next reader may compute it again.
    """
    written = 0
    with connection.cursor() as cursor:
        for component in components(scope):
            query, params = _statement(component, scope)
            cursor.execute(query + _KEEP, params | {"open_month": open_month})
            written += cursor.rowcount
    return written


def _statement(
    component: Component, scope: Scope, returns: str | None = None
) -> tuple[str, dict[str, Any]]:
    """The common table expressions ``lines`` and ``results`` of a component, and their values.

    ``returns`` is a query for the returns where they have been found already.
    """
    params = _values(component, scope)
    if component.tiered:
        return _tiers(component, scope, returns or _returns(component, scope)), params
    cap = _Cap.of(component, scope)
    params |= cap.params
    if component.event == Event.REGISTRATION:
        return _per_registration(scope, cap), params
    return _per_order(component, scope, returns or _returns(component, scope), cap), params


def _values(component: Component, scope: Scope) -> dict[str, Any]:
    version = component.version
    params = scope.params | {
        "component": component.pk,
        "starts_on": version.starts_on,
        "ends_on": version.ends_on or date.max,
        "places": component.places,
        "cap": scope.amount(component.period_cap),
        "clawback_days": component.clawback_days,
        "return_window": component.return_window_days,
        "sign": -1 if version.plan.direction == Direction.DEALER_PAYS else 1,
        "plan_code": version.plan.code,
        "version_number": version.number,
        "kind": component.kind,
        "clawback": component.clawback,
    }
    rows = _rows(component)
    for n, row in enumerate(rows):
        upper = rows[n + 1].starts_at if n + 1 < len(rows) else None
        params |= {f"lower_{n}": row.starts_at, f"upper_{n}": upper, f"rate_{n}": row.rate}
    return params | {"rate": rows[0].rate}


def _rows(component: Component) -> list[RateRow]:
    return sorted(component.rows.all(), key=lambda row: row.starts_at)


# What every statement ends with, after its expressions "lines" and "results".

# A result's id tells its run, component and place, so that ids and lines rise together: that is
# what the index of lines by result lives on.
_WRITE = """,
booked AS (
    INSERT INTO incentives_result (id, run_id, component_id, dealer_id, for_month, adjustment,
        count, base, returned, uncapped, amount, explanation)
    SELECT (lpad(to_hex(%(run)s::bigint), 12, '0') || lpad(to_hex(%(component)s::bigint), 8, '0')
            || lpad(to_hex(row_number() OVER (ORDER BY dealer_id, for_month, adjustment)), 12, '0')
        )::uuid, %(run)s, %(component)s, dealer_id, for_month, adjustment,
        count, base, returned, uncapped, amount, explanation
    FROM results
    RETURNING id, dealer_id, for_month, adjustment
)
INSERT INTO incentives_line
    (result_id, order_id, registration_id, base, rate, share, uncapped, amount)
SELECT b.id, l.order_id, l.registration_id, l.base, l.rate, l.share, l.uncapped, l.amount
FROM lines l JOIN booked b USING (dealer_id, for_month, adjustment)
ORDER BY dealer_id, for_month, adjustment
"""

# The lines of a result beside each other: sorted once, they are added up and stored in that order.
_TOGETHER = "ORDER BY dealer_id, for_month, adjustment"

_READ_RESULTS = """
SELECT dealer_id, for_month, adjustment, count, base, returned, uncapped, amount,
    explanation::text AS explanation
FROM results ORDER BY dealer_id, for_month, adjustment
"""

_KEEP = f""",
kept AS (
    INSERT INTO incentives_openresult (open_month_id, component_id, for_month, adjustment, count,
        base, returned, uncapped, amount, explanation)
    SELECT %(open_month)s, %(component)s, for_month, adjustment, count, base, returned, uncapped,
        amount, explanation
    FROM results WHERE dealer_id = %(dealer)s
    RETURNING id, for_month, adjustment
)
INSERT INTO incentives_openline (open_month_id, result_id, order_id, registration_id, at, back,
    base, rate, share, uncapped, amount, certain_at)
SELECT %(open_month)s, k.id, l.order_id, l.registration_id, l.at, l.back, l.base, l.rate, l.share,
    l.uncapped, l.amount,
    CASE WHEN l.amount IS NOT NULL
    THEN {window_over_from_sql("l.order_id", "%(return_window)s::int")} END
FROM lines l JOIN kept k USING (for_month, adjustment)
WHERE l.dealer_id = %(dealer)s
"""


def _orders(component: Component, scope: Scope, kind: str) -> str:
    """The sales or returns that the month sees, each with the month that it counts in.

    Two branches, the month itself and what arrived late for closed ones, so that each is found by
    its own index.
    """
    share, net = "o.share", "o.signed_net" if kind == "sale" else "-o.signed_net"
    conditions = "o.recorded_at <= %(known_until)s AND " + current_sql("o", "%(known_until)s")
    if component.to == Beneficiary.OWNER:
        conditions += " AND o.holder = 'owner'"
    else:
        # At its own or a sister store the owner is the seller, and has it all.
        conditions += """ AND (o.holder = 'seller'
            OR o.holder = 'owner' AND o.sold_by IN ('own', 'sister'))"""
        share = "CASE o.holder WHEN 'owner' THEN o.share ELSE 1 - o.share END"
    if component.places:
        conditions += " AND o.sold_by = ANY(%(places)s)"
    if scope.dealer_id is not None:
        conditions += " AND o.dealer_id = %(dealer)s"
    if kind == "sale":
        conditions += """ AND o.sale_id IS NULL
            AND o.counts_on >= %(starts_on)s AND o.counts_on < %(ends_on)s"""
        if component.base != Base.NET and not component.pays_zero:
            conditions += " AND o.signed_net > 0"
    else:
        conditions += " AND o.sale_id IS NOT NULL"
    columns = f"""SELECT o.order_id AS id, o.sale_id, o.ordered_at, o.counts_on, {net} AS net,
        o.quantity, {share} AS owner_share, o.dealer_id"""
    query = f"""{columns}, %(month)s::date AS counts_in FROM customers_attribution o
        WHERE o.counts_on >= %(month)s AND o.counts_on < %(month_end)s AND {conditions}"""
    if scope.late_since is not None:
        query += f"""
        UNION ALL
        {columns}, date_trunc('month', o.counts_on::timestamp)::date
        FROM customers_attribution o
        WHERE o.counts_on >= %(first_closed)s AND o.counts_on < %(first_open)s
        AND o.recorded_at > %(late_since)s AND {conditions}"""
    return query


def _half_up(numerator: str, denominator: str) -> str:
    """SQL for the quotient rounded half up to the minor unit, exact for any operands."""
    doubled = f"2 * %(minor)s * ({numerator}) + ({denominator})"
    return f"round(div({doubled}, 2 * ({denominator})) / %(minor)s, %(decimals)s)"


@dataclass(frozen=True)
class _Cap:
    """The period cap of a component paid per event, together with the versions that share it.

    ``shared`` gives the cap of each month that versions share. ``earlier`` is what the versions
    before bring to such a month in this computation, as rows of dealer, month and worth.
    """

    component: Component
    sharing: list[int]
    shared: dict[date, Decimal | None]
    earlier: list[tuple[int, date, Decimal]]

    @classmethod
    def of(cls, component: Component, scope: Scope) -> "_Cap":
        version = component.version
        edges = [day for day in (version.starts_on, version.ends_on) if day and day.day > 1]
        if component.period_cap is None or not edges:
            return cls(component, [component.pk], {}, [])
        siblings = {month: _in_force(component, month) for month in map(first_day, edges)}
        shared = {}
        for month, found in siblings.items():
            caps = [each.period_cap for each in found]
            highest = None if None in caps else max(cap for cap in caps if cap is not None)
            shared[month] = scope.amount(highest)
        together = {each.pk: each for found in siblings.values() for each in found}
        earlier = []
        for each in together.values():
            if each.period_cap is not None and each.version.starts_on < version.starts_on:
                earlier += _worth(each, scope)
        sharing = [pk for pk, each in together.items() if each.period_cap is not None]
        return cls(component, sharing, shared, earlier)

    @property
    def params(self) -> dict[str, Any]:
        rows = [
            {"dealer_id": dealer, "for_month": month.isoformat(), "worth": str(worth)}
            for dealer, month, worth in self.earlier
        ]
        caps: dict[str, Any] = {}
        for n, (month, cap) in enumerate(self.shared.items()):
            caps |= {f"shared_{n}": month, f"shared_cap_{n}": cap}
        return caps | {"sharing": self.sharing, "earlier": json.dumps(rows)}

    def applied(self, lines: str) -> str:
        """SQL that cuts the worth of ``lines`` at the cap, earlier events first."""
        if self.component.period_cap is None:
            return f"SELECT *, uncapped AS amount FROM {lines}"
        shared = " ".join(
            f"WHEN %(shared_{n})s::date THEN %(shared_cap_{n})s::numeric"
            for n in range(len(self.shared))
        )
        cap = f"CASE l.for_month {shared} ELSE %(cap)s END" if shared else "%(cap)s"
        return f"""
    SELECT l.*, least({cap}, coalesce(b.worth, 0) + l.running)
        - least({cap}, coalesce(b.worth, 0) + l.running - l.uncapped) AS amount
    FROM (SELECT *, sum(uncapped) OVER (PARTITION BY dealer_id, for_month
            ORDER BY at, back, order_id, registration_id) AS running FROM {lines}) l
    LEFT JOIN (
        SELECT dealer_id, for_month, sum(worth) AS worth FROM ({self._before(lines)}) before
        GROUP BY 1, 2
    ) b USING (dealer_id, for_month)"""

    def _before(self, lines: str) -> str:
        """What has counted towards the cap already: booked, or of a version that came before.

        The first form of the engine measured what it paid: what it booked is worth that.
        """
        booked = f"""
        SELECT r.dealer_id, r.for_month, %(sign)s * CASE run.engine
            WHEN 1 THEN (r.explanation->>'paid')::numeric ELSE r.uncapped END AS worth
        FROM incentives_result r
        JOIN incentives_run run ON run.id = r.run_id AND run.month < %(month)s
        WHERE r.component_id = ANY(%(sharing)s) AND (r.dealer_id, r.for_month)
            IN (SELECT dealer_id, for_month FROM {lines} WHERE for_month < %(month)s)"""
        if not self.earlier:
            return booked
        return f"""{booked}
        UNION ALL
        SELECT * FROM jsonb_to_recordset(%(earlier)s::jsonb)
            AS e (dealer_id bigint, for_month date, worth numeric)"""


def _in_force(component: Component, month: date) -> list[Component]:
    """The component in the published versions of its plan that apply in a month."""
    return list(
        Component.objects.filter(
            Q(version__ends_on__isnull=True) | Q(version__ends_on__gt=month),
            code=component.code,
            version__plan=component.version.plan_id,
            version__starts_on__lt=next_month(month),
            version__published_at__isnull=False,
        )
        .select_related("version__plan")
        .prefetch_related("rows")
        .order_by("version__starts_on")
    )


def _worth(component: Component, scope: Scope) -> list[tuple[int, date, Decimal]]:
    """What a component brings in this computation before its cap, by dealer and month."""
    query, params = _statement(component, scope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{query} SELECT dealer_id, for_month, %(sign)s * uncapped FROM results", params
        )
        return cursor.fetchall()


_EVENT_RESULTS = """
results AS (
    SELECT dealer_id, for_month, adjustment, count(*) AS count, sum(base) AS base,
        coalesce(-sum(base) FILTER (WHERE back), 0) AS returned,
        sum(uncapped) AS uncapped, sum(amount) AS amount,
        jsonb_build_object(
            'plan', %(plan_code)s, 'version', %(version_number)s::text,
            'kind', %(kind)s, 'clawback', %(clawback)s,
            'rate', %(rate)s::text, 'cap', %(cap)s::numeric::text,
            'events', (count(*) - count(*) FILTER (WHERE back))::text,
            'returns', (count(*) FILTER (WHERE back))::text,
            'paid', (sum(amount) - coalesce(sum(amount) FILTER (WHERE back), 0))::text,
            'taken_back', coalesce(sum(amount) FILTER (WHERE back), 0)::text,
            'before_cap', sum(uncapped)::text, 'amount', sum(amount)::text
        ) AS explanation
    FROM lines GROUP BY dealer_id, for_month, adjustment
)"""


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


def _per_registration(scope: Scope, cap: _Cap) -> str:
    conditions = "g.received_on >= %(starts_on)s AND g.received_on < %(ends_on)s"
    if scope.dealer_id is not None:
        conditions += " AND g.dealer_id = %(dealer)s"
    columns = "SELECT g.id AS registration_id, g.dealer_id, g.received_at AS at"
    table, month = "FROM customers_registration g", "date_trunc('month', g.received_on::timestamp)"
    known = f"""{columns}, %(month)s::date AS for_month, false AS back {table}
        WHERE g.received_on >= %(month)s AND g.received_on < %(month_end)s
        AND {valid_sql("g", "%(known_until)s")} AND {conditions}"""
    for back, late in LATE_REGISTRATIONS if scope.late_since is not None else ():
        known += f"""
        UNION ALL
        {columns}, {month}::date, {back} {table} WHERE {late} AND {conditions}"""
    return f"""
WITH valid AS (
    SELECT k.*, NULL::uuid AS order_id, 1::numeric - 2 * back::int AS base,
        (1 - 2 * back::int) * round(%(rate)s, %(decimals)s) AS uncapped
    FROM ({known}) k
),
paid AS ({cap.applied("valid")}),
lines AS (
    SELECT order_id, registration_id, dealer_id, for_month, false AS adjustment, back, at, base,
        %(rate)s::numeric AS rate, NULL::numeric AS share, %(sign)s * uncapped AS uncapped,
        %(sign)s * amount AS amount
    FROM paid
    {_TOGETHER}
),{_EVENT_RESULTS}"""


_BASE_OF = {Base.NET: "{0}.net", Base.UNITS: "{0}.quantity::numeric", Base.COUNT: "1::numeric"}

# In minor units: the owner's exact part, the rest, and the whole rounded once. The units that
# flooring leaves over go to the larger remainder, so that both parts equal the whole.
_SPLIT = """
    CROSS JOIN LATERAL (SELECT base * %(rate)s * %(minor)s AS units) whole
    CROSS JOIN LATERAL (
        SELECT units * owner_share AS mine, units * (1 - owner_share) AS theirs
    ) part
    CROSS JOIN LATERAL (
        SELECT round(units) - floor(mine) - floor(theirs) AS over,
            mine - floor(mine) >= theirs - floor(theirs) AS mine_first
    ) remainder
    CROSS JOIN LATERAL (
        SELECT floor(mine) + CASE WHEN over = 2 OR over = 1 AND mine_first THEN 1 ELSE 0 END
            AS owners
    ) split"""


def _part(component: Component) -> str:
    """How much of a sale a return takes back: measured in what was paid for, units or money.

    What was sold for nothing is measured in units. What is paid per event or unit loses nothing by
    a return of money alone.
    """
    if component.base == Base.UNITS:
        return "{0}.quantity::numeric"
    alone = "WHEN {0}.quantity = 0 THEN 0" if component.base == Base.COUNT else ""
    return f"CASE WHEN s.net = 0 THEN {{0}}.quantity::numeric {alone} ELSE {{0}}.net END"


def _money_alone(component: Component) -> str:
    """What a return gave back of an event's money without goods: it counts once all are back."""
    if component.base != Base.COUNT:
        return "0"
    return "CASE WHEN o.quantity = 0 AND s.net > 0 THEN o.net ELSE 0 END"


def _returns(component: Component, scope: Scope) -> str:
    part = _part(component)
    sold_in = "date_trunc('month', s.counts_on::timestamp)::date"
    # Under a cap it counts in the month whose cap it gives back.
    for_month = "o.counts_in" if component.period_cap is None else sold_in
    return f"""
    SELECT o.id AS order_id, o.sale_id, o.dealer_id, {for_month} AS for_month, o.ordered_at AS at,
        o.net, {sold_in} AS sold_in,
        {part.format("o")} AS part, {part.format("s")} AS whole,
        o.quantity AS units, s.quantity AS all_units, {_money_alone(component)} AS alone,
        {_BASE_OF[Base(component.base)].format("s")} AS whole_base
    FROM ({_orders(component, scope, "return")}) o
    JOIN (
        SELECT order_id, counts_on, signed_net AS net, quantity FROM customers_attribution a
        WHERE holder = 'owner' AND {current_sql("a", "%(known_until)s")}
    ) s ON s.order_id = o.sale_id
    WHERE s.counts_on >= %(starts_on)s AND s.counts_on < %(ends_on)s
    AND o.counts_on <= s.counts_on + %(clawback_days)s"""


def _per_order(component: Component, scope: Scope, returns: str, cap: _Cap) -> str:
    # A sale, what it was worth before, and its returns are brought together by a window rather than
    # by joins, which would compare all with all where the planner expects few of them. The sales
    # are computed twice, once for the few that came back: cheaper than to keep them all.
    part = _part(component)
    share, split, amount, only = "NULL::numeric", "", "round(base * %(rate)s, %(decimals)s)", ""
    if component.by_share:
        split = _SPLIT
        if component.to == Beneficiary.OWNER:
            share, amount = "owner_share", "round(owners / %(minor)s, %(decimals)s)"
        else:
            share = "1 - owner_share"
            amount = "round((round(units) - owners) / %(minor)s, %(decimals)s)"
            only = "WHERE owner_share < 1"
    base = "target_base - coalesce(lag(target_base) OVER sale, base_before)"
    return f"""
WITH sales AS NOT MATERIALIZED (
    SELECT order_id, dealer_id, for_month, at, base, {share} AS share, {amount} AS uncapped
    FROM (
        SELECT o.id AS order_id, o.dealer_id, o.counts_in AS for_month, o.ordered_at AS at,
            {_BASE_OF[Base(component.base)].format("o")} AS base, o.owner_share
        FROM ({_orders(component, scope, "sale")}) o
    ) o {split} {only}
),
returns AS MATERIALIZED ({returns}),
wanted AS (
    SELECT sale_id, sale_id AS order_id, dealer_id, sold_in AS for_month FROM returns
    WHERE sold_in < %(month)s
    UNION
    SELECT o.sale_id, o.order_id, n.dealer_id, booked_in
    FROM returns n JOIN customers_attribution o
        ON o.sale_id = n.sale_id AND o.holder = 'owner' AND o.counts_on < %(month)s
    CROSS JOIN LATERAL (VALUES (date_trunc('month', o.counts_on::timestamp)::date), (n.sold_in))
        AS months (booked_in)
),
before AS (
    SELECT w.sale_id, w.order_id, r.dealer_id, e.base,
        %(sign)s * CASE run.engine WHEN 1 THEN e.amount ELSE e.uncapped END AS worth
    FROM wanted w
    JOIN incentives_result r ON r.component_id = %(component)s
        AND r.dealer_id = w.dealer_id AND r.for_month = w.for_month
    JOIN incentives_run run ON run.id = r.run_id AND run.month < %(month)s
    JOIN incentives_line e ON e.result_id = r.id AND e.order_id = w.order_id
),
sold_before AS (
    SELECT order_id, dealer_id, worth FROM before WHERE order_id = sale_id
),
taken_before AS (
    SELECT b.sale_id, sum({part.format("o")}) AS part, sum(o.quantity) AS units,
        sum({_money_alone(component)}) AS alone, -sum(b.base) AS base, -sum(b.worth) AS taken
    FROM before b
    JOIN customers_order o ON o.id = b.order_id
    JOIN customers_order s ON s.id = b.sale_id
    WHERE b.order_id <> b.sale_id
    GROUP BY 1
),
events AS (
    SELECT order_id AS sale_id, dealer_id, uncapped AS worth, 0 AS part, 0 AS units, 0 AS alone,
        0 AS base, 0 AS taken, NULL::uuid AS order_id, NULL::date AS for_month,
        NULL::timestamptz AS at, NULL::numeric AS whole, NULL::int AS all_units,
        NULL::numeric AS whole_base
    FROM sales WHERE order_id IN (SELECT sale_id FROM returns)
    UNION ALL
    SELECT order_id, dealer_id, worth, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL
    FROM sold_before
    UNION ALL
    SELECT sale_id, NULL, NULL, part, units, alone, base, taken, NULL, NULL, NULL, NULL, NULL, NULL
    FROM taken_before
    UNION ALL
    SELECT sale_id, NULL, NULL, part, units, alone, 0, 0, order_id, for_month, at, whole, all_units,
        whole_base
    FROM returns
),
so_far AS (
    SELECT order_id, sale_id, for_month, at, whole, whole_base,
        max(dealer_id) OVER sale AS dealer_id, sum(worth) OVER sale AS worth,
        sum(taken) OVER sale AS taken, sum(base) OVER sale AS base_before,
        least(whole, sum(part) OVER back
            + CASE WHEN sum(units) OVER back < all_units THEN 0 ELSE sum(alone) OVER back END
        ) AS gone
    FROM events
    WINDOW sale AS (PARTITION BY sale_id), back AS (sale ORDER BY at NULLS FIRST, order_id)
),
taken AS (
    SELECT order_id, dealer_id, for_month, at, {base} AS base,
        target - coalesce(lag(target) OVER sale, taken) AS worth
    FROM (
        SELECT *, {_half_up("worth * gone", "whole")} AS target,
            {_half_up("whole_base * gone", "whole")} AS target_base
        FROM so_far WHERE order_id IS NOT NULL AND worth IS NOT NULL
    ) targets
    WINDOW sale AS (PARTITION BY sale_id ORDER BY at, order_id)
),
moved AS (
    SELECT order_id, NULL::bigint AS registration_id, dealer_id, for_month, false AS back, at,
        base, %(rate)s::numeric AS rate, share, uncapped
    FROM sales
    UNION ALL
    SELECT order_id, NULL, dealer_id, for_month, true, at, -base, NULL, NULL, -worth FROM taken
),
lines AS (
    SELECT order_id, registration_id, dealer_id, for_month, false AS adjustment, back, at, base,
        rate, share, %(sign)s * uncapped AS uncapped, %(sign)s * amount AS amount
    FROM ({cap.applied("moved")}) paid
    {_TOGETHER}
),{_EVENT_RESULTS}"""


def _tiers(component: Component, scope: Scope, returns: str) -> str:
    rows = ", ".join(
        f"(%(lower_{n})s::numeric, %(upper_{n})s::numeric, %(rate_{n})s::numeric)"
        for n in range(len(_rows(component)))
    )
    whole = component.kind == Kind.TIERS_WHOLE
    part = (
        "CASE WHEN measured >= lower AND (upper IS NULL OR measured < upper) THEN measured END"
        if whole
        else "CASE WHEN measured > lower"
        " THEN least(measured, coalesce(upper, measured)) - lower END"
    )
    recompute = component.clawback == Clawback.RECOMPUTE
    measured = "greatest(sold - gone, 0)" if recompute else "sold"

    def target(full: str) -> str:
        if recompute:
            return full
        back = _half_up(f"{full} * least(gone, sold)", "nullif(sold, 0)")
        return f"{full} - coalesce({back}, 0)"

    return f"""
WITH lines AS (
    SELECT o.id AS order_id, NULL::bigint AS registration_id, o.dealer_id,
        o.counts_in AS for_month, o.counts_in < %(month)s AS adjustment, false AS back,
        o.ordered_at AS at, o.net AS base, NULL::numeric AS rate, NULL::numeric AS share,
        NULL::numeric AS uncapped, NULL::numeric AS amount
    FROM ({_orders(component, scope, "sale")}) o
    UNION ALL
    SELECT order_id, NULL, dealer_id, sold_in, sold_in < %(month)s, true,
        at, -net, NULL, NULL, NULL, NULL
    FROM ({returns}) returns
    WHERE sold_in >= %(first_closed)s AND sold_in < %(first_open)s OR sold_in = %(month)s
    {_TOGETHER}
),
sums AS (
    SELECT dealer_id, for_month, adjustment, count(*) AS count, sum(base) AS base,
        coalesce(-sum(base) FILTER (WHERE back), 0) AS returned
    FROM lines GROUP BY dealer_id, for_month, adjustment
),
before AS (
    SELECT r.dealer_id, r.for_month, sum(r.base + r.returned) AS sold,
        sum(r.returned) AS returned, sum(r.uncapped) * %(sign)s AS uncapped,
        sum(r.amount) * %(sign)s AS amount
    FROM incentives_result r
    JOIN incentives_run run ON run.id = r.run_id AND run.month < %(month)s
    WHERE r.component_id = %(component)s
    GROUP BY r.dealer_id, r.for_month
),
state AS (
    SELECT s.*, coalesce(b.uncapped, 0) AS uncapped_before, coalesce(b.amount, 0) AS before,
        coalesce(b.sold, 0) + s.base + s.returned AS sold,
        coalesce(b.returned, 0) + s.returned AS gone
    FROM sums s LEFT JOIN before b USING (dealer_id, for_month)
),
valued AS (
    SELECT state.*, measured, v.parts, v.exact, v.rounded,
        least(%(cap)s::numeric, v.rounded) AS capped
    FROM state
    CROSS JOIN LATERAL (SELECT {measured} AS measured) m
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(part * rate), 0) AS exact,
            round(coalesce(sum(part * rate), 0), %(decimals)s) AS rounded,
            jsonb_agg(jsonb_build_object('from', lower::text, 'to', upper::text,
                'base', part::text, 'rate', rate::text, 'amount', (part * rate)::text)
                ORDER BY lower) FILTER (WHERE part IS NOT NULL) AS parts
        FROM (SELECT lower, upper, rate, {part} AS part
            FROM (VALUES {rows}) AS tier (lower, upper, rate)) t
    ) v
),
targets AS (
    SELECT *, {target("rounded")} AS uncapped_target, {target("capped")} AS target FROM valued
),
results AS (
    SELECT dealer_id, for_month, adjustment, count, base, returned,
        %(sign)s * (uncapped_target - uncapped_before) AS uncapped,
        %(sign)s * (target - before) AS amount,
        jsonb_build_object(
            'plan', %(plan_code)s, 'version', %(version_number)s::text,
            'kind', %(kind)s, 'clawback', %(clawback)s,
            'sold', sold::text, 'returned', gone::text, 'measured', measured::text,
            'parts', coalesce(parts, '[]'::jsonb), 'exact', exact::text,
            'rounded', rounded::text, 'cap', %(cap)s::numeric::text, 'capped', capped::text,
            'target', target::text, 'before', before::text,
            'amount', (%(sign)s * (target - before))::text
        ) AS explanation
    FROM targets
)"""
