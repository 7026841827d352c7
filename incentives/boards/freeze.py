"""Boards: where stores and dealers stand among their like, by month.

The board of a closed month is what was frozen when it closed; a month that still runs is computed
and kept for some minutes. A unit is on a board once it has an event there. Units are ranked inside
their cohort; ties share a place. A rate needs a sample and is ranked by the lower bound of its 90 %
Wilson interval, so that 3 of 3 does not beat 90 of 100.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection

from dealers.models import Dealer, Store
from dealers.months import next_month
from incentives.boards import cohorts, metrics
from incentives.models import Metric, Run, Unit

LIVE_SECONDS, FROZEN_SECONDS = 300, 3600


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

    @property
    def sample(self) -> int:
        """The events in the denominator as a number that a sentence can count."""
        return int(self.denominator or 0)


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
    return _frozen(run, metric, unit) if run else _running(metric, unit, month)


def _running(metric: str, unit: str, month: date) -> list[Place]:
    """The board of a month that still runs, computed every few minutes."""
    key = f"board:{metric}:{unit}:{month}"
    places = cache.get(key)
    if places is None:
        places = _live(metric, unit, month)
        cache.set(key, places, LIVE_SECONDS)
    return places


def runs_of(*months: date) -> dict[date, Run]:
    """Those of the months that are closed, by month."""
    return {run.month: run for run in Run.objects.filter(month__in=months)}


def place(
    member: Store | Dealer, metric: str, month: date, runs: dict[date, Run] | None = None
) -> Place | None:
    """Where a unit stands, or None if it is not on the board; ``runs`` if they are known already"""
    unit = Unit.STORE if isinstance(member, Store) else Unit.DEALER
    run = (runs_of(month) if runs is None else runs).get(month)
    if run:
        found = _frozen(run, metric, unit, member_id=member.pk)
        return found[0] if found else None
    return next((p for p in _running(metric, unit, month) if p.unit_id == member.pk), None)


def cohort_places(
    metric: str, unit: str, month: date, cohort: str, runs: dict[date, Run]
) -> list[Place]:
    """The places of one cohort's board, by rank."""
    run = runs.get(month)
    if run is None:
        return [p for p in _running(metric, unit, month) if p.cohort == cohort]
    key = f"board:{metric}:{unit}:{month}:{run.pk}:{cohort}"
    places = cache.get(key)
    if places is None:
        places = _frozen(run, metric, unit, cohort=cohort)
        cache.set(key, places, FROZEN_SECONDS)
    return places


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
        "mature_until": end - timedelta(days=metrics.MATURE_DAYS),
        "window_start": end - timedelta(days=metrics.WINDOW_DAYS),
        "sample": metrics.SAMPLE if metric == Metric.CONVERSION else 0,
    }
    return (
        f"""
WITH figures AS ({metrics.figures(Metric(metric), store=store)}),
scored AS (
    SELECT f.unit_id, {dealer} AS dealer_id, u.code, u.name,
        {cohorts.EXPRESSION[Unit(unit)]} AS cohort,
        f.value, f.numerator, f.denominator, {metrics.score(Metric(metric))} AS score,
        coalesce(f.denominator, 0) >= %(sample)s AS ranked
    FROM figures f JOIN {table} u ON u.id = f.unit_id {cohorts.DEALER[Unit(unit)]}
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
