"""Writing the places of a board down, so that a page reads the few next to one's own.

With each place its position, of rates the band of those that cannot be told from it, and with each
cohort what it comes to. Boards keep it for ever when they are frozen. Of those that run and have
large cohorts the worker counts the units anew that something changed of, and ranks their cohorts;
once a day it counts them whole, and compares. Small cohorts are computed by whoever reads them.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from dealers.actor import acting
from dealers.models import Store
from dealers.months import hq_day
from incentives.boards import changes, cohorts, drift, own, places, times
from incentives.boards.metrics import BEHAVIOUR, FIGURES
from incentives.boards.wilson import wilson_most_sql, wilson_sql
from incentives.models import Board, Length, Metric, RunningPlace, Spread, Unit

MANY = 200  # units of a cohort: more are not computed by whoever opens a page


def write(
    board: Board,
    table: str,
    known_until: datetime | str,
    today: date | None,
    kept: str = "",
    *,
    people: own.People | None = None,
) -> int:
    """Write a board's places and spreads down, as of a moment; returns how many places there are.

    ``kept`` is a table that has sums of its figure, or empty; ``people`` are those of ``own.known``
    up to its end or later, where they were looked up before.
    """
    query, params = places.ranked(board, today, kept=kept)
    if people is None:
        with acting(places.RANKING):
            people = own.known(board.ends_on)
    params |= people
    with connection.cursor() as cursor:
        cursor.execute(query + _places_sql(board, table), _params(board, params, known_until))
        added = cursor.rowcount
        cursor.execute(_spreads_sql(board, table), {"board": board.pk, "cohorts": None})
    return added


def _params(board: Board, params: dict[str, Any], known_until: datetime | str) -> dict[str, Any]:
    return params | {
        "known_until": known_until,
        "board": board.pk,
        "unit": board.unit,
        "new_since": places.new_since(board),
        "ends_on": board.ends_on,
    }


def _places_sql(board: Board, table: str) -> str:
    """What follows ``places.ranked`` to write each place with its position and band."""
    seated = """,
seated AS (
    SELECT *, CASE WHEN ranked THEN row_number()
        OVER (PARTITION BY cohort, ranked ORDER BY score DESC, code) END AS position
    FROM places
)"""
    band, first, last = "", "NULL::int", "NULL::int"
    if FIGURES[Metric(board.metric)].by_bound:
        # Whoever is surely better stands before, whoever is surely worse behind: how many ends of
        # other intervals lie beyond each end of one's own, in one sort each way.
        certain = wilson_sql("numerator", "denominator", 6)
        possible = wilson_most_sql("numerator", "denominator", 6)
        seated += f""",
ends (unit_id, cohort, at, low) AS (
    SELECT unit_id, cohort, {certain}, true FROM seated WHERE ranked
    UNION ALL SELECT unit_id, cohort, {possible}, false FROM seated WHERE ranked
),
passed AS (
    SELECT unit_id, low,
        count(*) FILTER (WHERE low) OVER (PARTITION BY cohort ORDER BY at DESC, low
            ROWS UNBOUNDED PRECEDING) AS better,
        count(*) FILTER (WHERE NOT low) OVER (PARTITION BY cohort ORDER BY at, low DESC
            ROWS UNBOUNDED PRECEDING) AS worse
    FROM ends
),
band AS (
    SELECT unit_id, max(better) FILTER (WHERE NOT low) AS better,
        max(worse) FILTER (WHERE low) AS worse
    FROM passed GROUP BY unit_id
)"""
        band = "LEFT JOIN band USING (unit_id)"
        first, last = "band.better + 1", "CASE WHEN ranked THEN of - band.worse END"
    return f"""{seated}
INSERT INTO {table} (board_id, cohort, store_id, dealer_id, post_id, region_id, value,
    numerator, denominator, rank, of, percentile, position, band_first, band_last, is_new)
SELECT %(board)s, cohort, CASE %(unit)s WHEN 'store' THEN unit_id
    WHEN 'staff' THEN (SELECT store_id FROM dealers_membership WHERE id = unit_id) END,
    dealer_id, CASE WHEN %(unit)s = 'staff' THEN unit_id END,
    CASE WHEN %(unit)s = 'region' THEN unit_id END, value, numerator, denominator, rank, of,
    percentile, position, {first}, {last},
    CASE WHEN %(unit)s = 'store' THEN EXISTS (SELECT FROM dealers_store WHERE id = unit_id
        AND opened_on >= %(new_since)s AND opened_on < %(ends_on)s) END
FROM seated {band}
"""


def _spreads_sql(board: Board, table: str) -> str:
    """What each cohort of a board, or of ``cohorts``, comes to, of its places in ``table``."""
    compared = "count(rank)"
    if board.unit == Unit.STAFF:
        compared = "count(DISTINCT dealer_id) FILTER (WHERE rank IS NOT NULL)"
    least = BEHAVIOUR.get(Metric(board.metric))
    doing = "false" if least is None else f"coalesce(denominator, 0) >= {least}"
    return f"""
INSERT INTO incentives_spread (board_id, cohort, of, compared, p25, median, p75, doing, benchmark)
SELECT %(board)s, cohort, of, compared, {_quantile_sql("ordered", "of", "0.25")},
    {_quantile_sql("ordered", "of", "0.5")}, {_quantile_sql("ordered", "of", "0.75")},
    doing, {_quantile_sql("done", "doing", "0.75")}
FROM (
    SELECT cohort, count(rank) AS of, {compared} AS compared,
        count(*) FILTER (WHERE {doing}) AS doing,
        array_agg(value ORDER BY value) FILTER (WHERE rank IS NOT NULL) AS ordered,
        array_agg(value ORDER BY value) FILTER (WHERE {doing}) AS done
    FROM {table} WHERE board_id = %(board)s
    AND (%(cohorts)s::text[] IS NULL OR cohort = ANY(%(cohorts)s)) GROUP BY cohort
) each
"""


def _quantile_sql(ordered: str, count: str, share: str) -> str:
    """``around.quantile`` of an array, exactly."""
    at = f"({share} * ({count} - 1))"
    low = f"{ordered}[floor({at})::int + 1]"
    high = f"{ordered}[least(floor({at})::int + 2, {count})]"
    return f"{low} + ({high} - {low}) * ({at} - floor({at}))"


@transaction.atomic
def forget(board: Board) -> None:
    """Delete what is kept of a board that runs."""
    RunningPlace.objects.filter(board=board).delete()
    Spread.objects.filter(board=board).delete()


@transaction.atomic
def count(board: Board, at: datetime, today: date, people: own.People | None = None) -> int:
    """Count a board that runs anew, as it stands at ``at``; returns the number of its places.

    A frozen one stays as it is, and so does one that was counted as of a later moment: where
    counting takes longer than its turn, two do it at once. ``people`` are as for ``write``.
    """
    board = Board.objects.select_for_update().get(pk=board.pk)
    if board.frozen_at or (board.counted_at and board.counted_at > at):
        return 0
    conditions = cohorts.conditions(board.unit)
    # Among the same cohorts nothing is another figure but by a fact, or of some by the moment,
    # until their days are over: whose post ends on the last one was there when it began.
    same = (
        board.whole_at is not None
        and conditions == board.cohorts
        and (FIGURES[Metric(board.metric)].by_day or board.ends_on <= hq_day(board.whole_at))
    )
    with acting(places.RANKING):
        before = drift.remember(board) if same else ""
        forget(board)
        added = write(board, places.RUNNING, "infinity", today, people=people)
        board.drift = drift.compare(board, before, at) if before else None
    # What was being recorded while a board was counted for the first time may have left no mark.
    board.whole_at = at if board.counted_at else None
    board.cohorts, board.counted_at = conditions, at
    board.save(update_fields=["cohorts", "counted_at", "whole_at", "drift"])
    return added


@transaction.atomic
def refresh(
    board: Board, stores: Collection[int], at: datetime, today: date, people: own.People
) -> list[str]:
    """Count those units of a board anew that something changed of; returns the cohorts ranked.

    They are those of ``stores``; whoever else is in their cohorts is ranked with what is on file.
    ``people`` are as for ``write``, of all stores of the same dealers at least. A frozen board, and
    one that was never counted, stay as they are.
    """
    board = Board.objects.select_for_update().get(pk=board.pk)
    if board.frozen_at or board.counted_at is None:
        return []
    unit = Unit(board.unit)
    stood, source, asked = "store_id", "u.store_id" if unit == Unit.STAFF else "u.id", list(stores)
    changed = asked
    if unit == Unit.DEALER:
        stood = "dealer_id"
        changed, asked = changes.with_dealers(stores)
    with acting(places.RANKING), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT cohort FROM {places.RUNNING}"
            f" WHERE board_id = %(board)s AND {stood} = ANY(%(changed)s)"
            f" UNION SELECT alike.cohort FROM {cohorts.SOURCE[unit]} {cohorts.joined(unit)}"
            f" WHERE {source} = ANY(%(changed)s)",
            {"board": board.pk, "changed": changed},
        )
        touched = [cohort for (cohort,) in cursor.fetchall()]
        query, params = places.ranked(
            board,
            today,
            some=True,
            # Deleted and read at once: what stays is ranked with what is counted. All of it is
            # written anew: among 50,000 with 500 changes more than 40,000 have another place, and
            # to update those alone takes longer (with one change a third of the time).
            beside=f"""DELETE FROM {places.RUNNING}
                WHERE board_id = %(board)s AND cohort = ANY(%(cohorts)s) RETURNING *""",
            unless=f"r.{stood} = ANY(%(changed)s)",
        )
        params |= people | {"stores": asked, "cohorts": touched, "changed": changed}
        cursor.execute(
            query + _places_sql(board, places.RUNNING), _params(board, params, "infinity")
        )
        Spread.objects.filter(board=board, cohort__in=touched).delete()
        cursor.execute(_spreads_sql(board, places.RUNNING), {"board": board.pk, "cohorts": touched})
    board.counted_at = max(board.counted_at, at)
    board.save(update_fields=["counted_at"])
    return touched


def due(today: date) -> list[Board]:
    """The boards of this week, month, quarter, season and those before, not frozen yet.

    Of units of which a cohort has many; and what was counted once is counted until it is frozen.
    """
    large = {unit for unit in Unit if unit != Unit.REGION and is_large(unit)}
    counted = Board.objects.filter(frozen_at=None, counted_at__isnull=False)
    found = {board.pk: board for board in counted}
    for length in Length if large else ():
        now = times.until(length, today)
        starts = [] if now is None else times.last(length, now, 2)
        for figure in FIGURES.values():
            if length not in figure.lengths:
                continue
            for unit in large.intersection(figure.units):
                for starts_on in starts:
                    board, _made = Board.objects.get_or_create(
                        length=length, starts_on=starts_on, metric=figure.metric, unit=unit
                    )
                    if board.frozen_at is None:
                        found[board.pk] = board
    return list(found.values())


def is_large(unit: Unit) -> bool:
    """Whether a cohort of such units has so many that a page does not compute it."""
    if unit != Unit.STAFF and Store.objects.count() <= MANY:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {cohorts.SOURCE[unit]} {cohorts.joined(unit)}"
            " GROUP BY alike.cohort HAVING count(*) > %s)",
            [MANY],
        )
        return cursor.fetchone()[0]
