"""Boards: where stores and dealers stand among their like, by month.

The board of a closed month is what was frozen when it closed; a month that still runs is computed
and kept for some minutes. A unit is on a board once it has an event there. Units are ranked inside
their cohort; ties share a place. A rate needs a sample and is ranked by the lower bound of its 90 %
Wilson interval, so that 3 of 3 does not beat 90 of 100.
"""

import csv
import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection

from dealers.models import Dealer, Store
from incentives.accrual import next_month, previous_month
from incentives.models import Metric, Run, Unit

SAMPLE = 30  # mature registrations below which a rate has no place
FEWEST = 5  # units below which no figure over all of them is shown
MATURE_DAYS, WINDOW_DAYS = 30, 90
LIVE_SECONDS, FROZEN_SECONDS = 300, 3600
_Z = 1.6448536269514722  # 90 % of a normal distribution lie within


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on a board. ``rank`` is None where the sample is too small.

    For sales ``denominator`` is the number of sales; for conversion ``numerator`` and
    ``denominator`` are converted and mature registrations and ``value`` is their quotient.
    """

    unit_id: int
    dealer_id: int
    code: str
    name: str
    cohort: str
    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    rank: int | None
    of: int
    percentile: Decimal | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What one store or dealer sees of a board: itself, those around it, the top, never the bottom.

    ``change`` is places gained since the month before (negative: lost). ``gap`` is what is missing
    to the next place in the metric's own measure, ``work`` the same in events: sales,
    registrations, conversions. Both are None at the top. Quartiles are None below five units.
    """

    me: Place | None
    cohort: str
    of: int
    before: Place | None
    change: int | None
    next: Place | None
    gap: Decimal | None
    work: int | None
    p25: Decimal | None
    median: Decimal | None
    p75: Decimal | None
    top: list[Place]
    around: list[Place]

    @property
    def enough(self) -> bool:
        """Whether the cohort is large enough to show figures of others."""
        return self.of >= FEWEST


def wilson_lower_bound(numerator: float, denominator: float) -> float:
    """The lower bound of the 90 % Wilson interval of a rate."""
    if not denominator:
        return 0.0
    p, n, z2 = numerator / denominator, denominator, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max((middle - spread) / (1 + z2 / n), 0.0)


def freeze(run: Run) -> int:
    """Keep all boards of a month as they are when it closes; returns the number of places."""
    places = 0
    with connection.cursor() as cursor:
        for metric in Metric:
            for unit in Unit:
                query, params = _board(metric, unit, run.month)
                params |= {"known_until": run.known_until, "run": run.pk}
                cursor.execute(query + _FREEZE, params)
                places += cursor.rowcount
    return places


def board(metric: str, unit: str, month: date) -> list[Place]:
    """All places of a month's board, by cohort and rank; for HQ and the regional manager."""
    run = Run.objects.filter(month=month).first()
    if run:
        return _frozen(run, metric, unit)
    key = f"board:{metric}:{unit}:{month}"
    places = cache.get(key)
    if places is None:
        places = _live(metric, unit, month)
        cache.set(key, places, LIVE_SECONDS)
    return places


def history(member: Store | Dealer, metric: str, month: date, months: int = 6) -> list[Any]:
    """``(month, place or None)`` of the last months up to and with this one, oldest first."""
    found: list[Any] = []
    for _step in range(months):
        found.insert(0, (month, place(member, metric, month)))
        month = previous_month(month)
    return found


def place(member: Store | Dealer, metric: str, month: date) -> Place | None:
    """Where a unit stands, or None if it is not on the board."""
    unit = Unit.STORE if isinstance(member, Store) else Unit.DEALER
    run = Run.objects.filter(month=month).first()
    if run:
        found = _frozen(run, metric, unit, member_id=member.pk)
        return found[0] if found else None
    return next((p for p in board(metric, unit, month) if p.unit_id == member.pk), None)


def standing(member: Store | Dealer, metric: str, month: date) -> Standing:
    """What a store or dealer sees of a month's board."""
    unit = Unit.STORE if isinstance(member, Store) else Unit.DEALER
    me = place(member, metric, month)
    before = place(member, metric, previous_month(month))
    cohort = me.cohort if me else _cohort_of(member, unit)
    ranked = [p for p in _cohort(metric, unit, month, cohort) if p.rank is not None]
    rank = me.rank if me else None
    above = [p for p in ranked if rank is not None and p.rank is not None and p.rank < rank]
    following = above[-1] if above else None
    if me is not None and rank is None and ranked:
        following = ranked[-1]
    gap, work = _gap(metric, me, following) if me and following else (None, None)
    same_cohort = before is not None and before.cohort == cohort
    change = None
    if same_cohort and before is not None and before.rank is not None and rank is not None:
        change = before.rank - rank
    enough = len(ranked) >= FEWEST
    position = next((n for n, p in enumerate(ranked) if me and p.unit_id == me.unit_id), None)
    around = ranked[max(position - 2, 0) : position + 3] if position is not None else []
    values = sorted(p.value for p in ranked) if enough else []
    return Standing(
        me=me,
        cohort=cohort,
        of=len(ranked),
        before=before,
        change=change,
        next=following if enough else None,
        gap=gap if enough else None,
        work=work if enough else None,
        p25=_quantile(values, Decimal("0.25")),
        median=_quantile(values, Decimal("0.5")),
        p75=_quantile(values, Decimal("0.75")),
        top=ranked[:3] if enough else [],
        around=around if enough else [],
    )


def _gap(metric: str, me: Place, following: Place) -> tuple[Decimal, int | None]:
    gap = following.value - me.value
    if metric == Metric.REGISTRATIONS:
        return gap, int(gap)
    if metric == Metric.CONVERSION:
        return gap, _conversions_to(me, following)
    if me.denominator and me.value > 0:
        average = me.value / me.denominator
        return gap, math.ceil(gap / average)
    return gap, None


def _conversions_to(me: Place, following: Place) -> int | None:
    """How many more of one's mature registrations have to convert to reach the next place."""
    mine, sample = float(me.numerator or 0), float(me.denominator or 0)
    goal = wilson_lower_bound(float(following.numerator or 0), float(following.denominator or 0))
    for more in range(1, int(sample - mine) + 1):
        if wilson_lower_bound(mine + more, sample) >= goal:
            return more
    return None


def _quantile(ordered: list[Decimal], share: Decimal) -> Decimal | None:
    """Between the two values around it, as ``percentile_cont`` does."""
    if not ordered:
        return None
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def _cohort(metric: str, unit: str, month: date, cohort: str) -> list[Place]:
    run = Run.objects.filter(month=month).first()
    if run is None:
        return [p for p in board(metric, unit, month) if p.cohort == cohort]
    key = f"board:{metric}:{unit}:{month}:{run.pk}:{cohort}"
    places = cache.get(key)
    if places is None:
        places = _frozen(run, metric, unit, cohort=cohort)
        cache.set(key, places, FROZEN_SECONDS)
    return places


def _cohort_of(member: Store | Dealer, unit: Unit) -> str:
    table = "dealers_store" if unit == Unit.STORE else "dealers_dealer"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COHORT[unit]} FROM {table} u {_DEALER[unit]} WHERE u.id = %s", [member.pk]
        )
        return cursor.fetchone()[0]


def _frozen(
    run: Run, metric: str, unit: str, *, cohort: str | None = None, member_id: int | None = None
) -> list[Place]:
    member = "r.store_id" if unit == Unit.STORE else "r.dealer_id"
    table = "dealers_store" if unit == Unit.STORE else "dealers_dealer"
    query = f"""
        SELECT u.id, r.dealer_id, u.code, u.name, r.cohort, r.value, r.numerator, r.denominator,
            r.rank, r.of, r.percentile
        FROM incentives_ranking r JOIN {table} u ON u.id = {member}
        WHERE r.run_id = %(run)s AND r.metric = %(metric)s AND r.unit = %(unit)s"""
    if cohort is not None:
        query += " AND r.cohort = %(cohort)s"
    if member_id is not None:
        query += f" AND {member} = %(member)s"
    values: dict[str, Any] = {
        "run": run.pk, "metric": metric, "unit": unit, "cohort": cohort, "member": member_id
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query + " ORDER BY r.cohort, r.rank NULLS LAST, u.code", values)
        return [Place(*row) for row in cursor.fetchall()]


def _live(metric: str, unit: str, month: date) -> list[Place]:
    query, params = _board(metric, unit, month)
    with connection.cursor() as cursor:
        cursor.execute(query + _READ, params | {"known_until": "infinity"})
        return [Place(*row) for row in cursor.fetchall()]


_FREEZE = """
INSERT INTO incentives_ranking (run_id, metric, unit, cohort, store_id, dealer_id, value, numerator,
    denominator, rank, of, percentile)
SELECT %(run)s, %(metric)s, %(unit)s, cohort,
    CASE WHEN %(unit)s = 'store' THEN unit_id END, dealer_id, value, numerator, denominator,
    rank, of, percentile
FROM places
"""

_READ = """
SELECT unit_id, dealer_id, code, name, cohort, value, numerator, denominator, rank, of, percentile
FROM places ORDER BY cohort, rank NULLS LAST, code
"""


def groups(unit: str) -> dict[str, list[str]]:
    """The names of the stores or dealers in each cohort as it is now, by the cohort's code.

    ``other`` has those that no cohort takes; without cohorts ``all`` has everybody.
    """
    table = "dealers_store" if unit == Unit.STORE else "dealers_dealer"
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COHORT[Unit(unit)]}, u.name FROM {table} u {_DEALER[Unit(unit)]}"
            " ORDER BY u.code"
        )
        for cohort, name in cursor.fetchall():
            found.setdefault(cohort, []).append(name)
    return found


_DEALER = {
    Unit.STORE: "JOIN dealers_dealer d ON d.id = u.dealer_id",
    Unit.DEALER: "JOIN dealers_dealer d ON d.id = u.id",
}


def _cohort_expression(unit: Unit) -> str:
    size = "OR u.size_class = ANY(c.size_classes)" if unit == Unit.STORE else ""
    return f"""coalesce(
        (SELECT c.code FROM incentives_cohort c
        WHERE c.unit = '{unit}' AND (c.size_classes = '{{}}' {size})
        AND (NOT EXISTS (SELECT 1 FROM incentives_cohort_regions x WHERE x.cohort_id = c.id)
            OR EXISTS (SELECT 1 FROM incentives_cohort_regions x
                WHERE x.cohort_id = c.id AND x.region_id = d.region_id))
        ORDER BY c.position, c.code LIMIT 1),
        CASE WHEN EXISTS (SELECT 1 FROM incentives_cohort c WHERE c.unit = '{unit}')
            THEN 'other' ELSE 'all' END)"""


_COHORT = {unit: _cohort_expression(unit) for unit in Unit}


def _board(metric: str, unit: str, month: date) -> tuple[str, dict[str, Any]]:
    """The common table expression ``places`` of a board, and its values but the cut-off."""
    store = unit == Unit.STORE
    table = "dealers_store" if store else "dealers_dealer"
    dealer = "u.dealer_id" if store else "u.id"
    end = next_month(month)
    params = {
        "metric": metric,
        "unit": unit,
        "month": month,
        "month_end": end,
        "mature_until": end - timedelta(days=MATURE_DAYS),
        "window_start": end - timedelta(days=WINDOW_DAYS),
        "sample": SAMPLE if metric == Metric.CONVERSION else 0,
    }
    z2 = _Z * _Z
    score = "value::double precision"
    if metric == Metric.CONVERSION:
        p, n = "numerator / denominator::double precision", "denominator::double precision"
        score = f"""round(greatest(({p} + {z2} / (2 * {n}) - {_Z} * sqrt(greatest(
            {p} * (1 - {p}) / {n} + {z2} / (4 * {n} * {n}), 0))) / (1 + {z2} / {n}), 0)::numeric,
            12)"""
    return (
        f"""
WITH figures AS ({_figures(Metric(metric), store=store)}),
scored AS (
    SELECT f.unit_id, {dealer} AS dealer_id, u.code, u.name, {_COHORT[Unit(unit)]} AS cohort,
        f.value, f.numerator, f.denominator, {score} AS score,
        coalesce(f.denominator, 0) >= %(sample)s AS ranked
    FROM figures f JOIN {table} u ON u.id = f.unit_id {_DEALER[Unit(unit)]}
),
places AS (
    SELECT *, CASE WHEN ranked THEN rank() OVER best END AS rank,
        count(*) FILTER (WHERE ranked) OVER (PARTITION BY cohort) AS of,
        CASE WHEN ranked THEN round((percent_rank() OVER worst * 100)::numeric, 2) END AS percentile
    FROM scored
    WINDOW best AS (PARTITION BY cohort, ranked ORDER BY score DESC),
        worst AS (PARTITION BY cohort, ranked ORDER BY score)
)""",
        params,
    )


def _figures(metric: Metric, *, store: bool) -> str:
    """SQL for ``unit_id, value, numerator, denominator`` of every unit with an event."""
    if metric == Metric.CONVERSION:
        unit = "g.store_id" if store else "g.dealer_id"
        return f"""
            SELECT unit_id, round(avg(converted::int), 6) AS value,
                sum(converted::int)::numeric AS numerator, count(*)::numeric AS denominator
            FROM (
                SELECT {unit} AS unit_id, EXISTS (
                    SELECT 1 FROM customers_order o
                    WHERE o.ownership_id = g.ownership_id AND o.kind = 'sale'
                    AND o.ordered_at >= g.received_at AND o.owned_on < %(month_end)s
                    AND o.attributed_at <= %(known_until)s
                    AND o.net > (SELECT coalesce(sum(b.net), 0) FROM customers_order b
                        WHERE b.sale_id = o.id AND b.attributed_at <= %(known_until)s
                        AND b.owned_on < %(month_end)s)
                ) AS converted
                FROM customers_registration g
                WHERE g.answer = 'yours' AND g.received_on >= %(window_start)s
                AND g.received_on < %(mature_until)s AND g.recorded_at <= %(known_until)s
            ) g GROUP BY unit_id"""
    if metric == Metric.REGISTRATIONS:
        unit = "store_id" if store else "dealer_id"
        return f"""
            SELECT {unit} AS unit_id, count(*)::numeric AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator
            FROM customers_registration
            WHERE answer = 'yours' AND received_on >= %(month)s AND received_on < %(month_end)s
            AND recorded_at <= %(known_until)s GROUP BY 1"""
    owned = metric == Metric.OWNED_SALES
    day, known = ("owned_on", "attributed_at") if owned else ("placed_on", "recorded_at")
    # Dealers' sales by way of the sums of their stores: far fewer rows to join.
    unit = ("o.owner_store_id" if store else "o.owner_dealer_id") if owned else "o.store_id"
    sums = f"""
        SELECT {unit} AS unit_id, sum(CASE kind WHEN 'sale' THEN net ELSE -net END) AS value,
            count(*) FILTER (WHERE kind = 'sale') AS sales
        FROM customers_order o
        WHERE o.{day} >= %(month)s AND o.{day} < %(month_end)s AND o.{known} <= %(known_until)s
        AND {unit} IS NOT NULL GROUP BY 1"""
    if owned or store:
        return f"""SELECT unit_id, value, NULL::numeric AS numerator, sales::numeric AS denominator
            FROM ({sums}) s"""
    return f"""
        SELECT p.dealer_id AS unit_id, sum(s.value) AS value, NULL::numeric AS numerator,
            sum(s.sales)::numeric AS denominator
        FROM ({sums}) s JOIN dealers_store p ON p.id = s.unit_id GROUP BY 1"""


def write_export(path: Path, metric: str, unit: str, month: date) -> int:
    """Write a board as CSV; returns the number of rows."""
    places = board(metric, unit, month)
    decimals = Decimal("0.000001") if metric == Metric.CONVERSION else Decimal("0.01")
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["cohort", "code", "value", "rank", "of", "percentile"])
        for each in places:
            value = each.value.quantize(decimals)
            out.writerow([each.cohort, each.code, value, each.rank or "", each.of, each.percentile])
    return len(places)
