"""The places of a board: of a frozen one as they were kept, of another computed as it stands now.

A unit is on a board once it has an event there. Units are ranked inside their cohort; ties share a
place. A rate needs a sample and is ranked by the lower bound of its 90 % Wilson interval, so that
3 of 3 does not beat 90 of 100.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection

from dealers import currencies
from dealers.actor import Actor, acting
from dealers.models import Store
from dealers.spreadsheets import write_csv
from incentives.boards import cohorts, own
from incentives.boards.cohorts import LIVE_SECONDS
from incentives.boards.metrics import FIGURES
from incentives.boards.ranked import Place
from incentives.models import Board, Length, Metric, Unit

NEW_DAYS = 180  # from the opening of a store to the end of a board on which it is still new
FROZEN_SECONDS = 3600
# Where places are on file, of boards that are frozen and of those that run.
FROZEN, RUNNING = "incentives_ranking", "incentives_runningplace"
# A board that runs is counted over all dealers, whoever opens it.
RANKING = own.READER


def find(metric: str, unit: str, starts_on: date, length: str = Length.MONTH) -> Board:
    """The board of a figure, a unit and a time; one that is not on file is not frozen either."""
    found = Board.objects.about(metric, unit, starts_on, length).first()
    return found or Board(metric=metric, unit=unit, starts_on=starts_on, length=length)


def of_times(unit: str, *starts: date, length: str = Length.MONTH) -> dict[tuple[str, date], Board]:
    """The boards of all figures in some months or weeks, by figure and start, in one query."""
    found: dict[tuple[str, date], Board] = {
        (metric, start): Board(metric=metric, unit=unit, starts_on=start, length=length)
        for metric in Metric.values
        for start in starts
    }
    for board in Board.objects.filter(unit=unit, starts_on__in=starts, length=length):
        found[board.metric, board.starts_on] = board
    return found


def is_kept(board: Board) -> bool:
    """Whether the places of a board are on file: it is frozen, or runs and was counted."""
    return bool(board.frozen_at or board.counted_at)


def table(board: Board) -> str:
    """Where the places of a board are on file."""
    return FROZEN if board.frozen_at else RUNNING


def read(board: Board, today: date | None = None) -> list[Place]:
    """All places of a board, by cohort and rank; for HQ and the regional manager.

    A board whose days still run stands as of ``today``, or as it was counted last.
    """
    if is_kept(board):
        return _on_file(board)
    return _kept(f"{_key(board)}:{today}", LIVE_SECONDS, lambda: _computed(board, today))


def of_members(board: Board, members: Collection[int], today: date | None = None) -> list[Place]:
    """The places of some units, by cohort and rank; for whoever may see them in full."""
    if is_kept(board):
        return _on_file(board, members=list(members))
    return [place for place in read(board, today) if place.unit_id in members]


def of_cohort(board: Board, cohort: str, today: date | None = None) -> list[Place]:
    """The places of one cohort, by rank. What it costs, hangs on the cohort alone."""
    key = f"{_key(board)}:{cohort}"
    if is_kept(board):
        return _kept(key, FROZEN_SECONDS, lambda: _on_file(board, cohort=cohort))
    return _kept(f"{key}:{today}", LIVE_SECONDS, lambda: _computed(board, today, cohort=cohort))


def of_new(board: Board, today: date | None = None) -> list[Place]:
    """The places of stores that opened in the half year before the end of a board, of all cohorts.

    Too few of them are in one cohort to be compared there.
    """
    key = f"{_key(board)}::new"  # a cohort may be called new as well
    opened = Store.objects.filter(opened_on__gte=new_since(board), opened_on__lt=board.ends_on)

    def look() -> list[Place]:
        if is_kept(board) and _knows_the_new(board):
            return _on_file(board, new=True)
        found = list(opened.values_list("pk", flat=True))
        if is_kept(board):
            return _on_file(board, members=found)
        return _computed(board, today, stores=found)

    if is_kept(board):
        return _kept(key, FROZEN_SECONDS, look)
    return _kept(f"{key}:{today}", LIVE_SECONDS, look)


def new_since(board: Board) -> date:
    """The first day on which a store opened that is new on a board."""
    return board.ends_on - timedelta(days=NEW_DAYS)


def _knows_the_new(board: Board) -> bool:
    """Whether a board keeps which stores were new; one that was frozen before does not."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT is_new IS NOT NULL FROM {table(board)} WHERE board_id = %s LIMIT 1", [board.pk]
        )
        found = cursor.fetchone()
    return bool(found and found[0])


def of_units(
    board: Board, cohort: str, units: Collection[int], today: date | None = None
) -> list[Place]:
    """The places of some units of a cohort, as far as they have one there."""
    if is_kept(board):
        return [p for p in _on_file(board, members=list(units)) if p.cohort == cohort]
    return [p for p in of_cohort(board, cohort, today) if p.unit_id in units]


def as_known_now(board: Board, member_id: int, cohort: str) -> Place | None:
    """Where a unit of a frozen board would stand with what has come since, in the same cohort.

    The frozen board stays as it is: this is told beside it.
    """
    key = f"{_key(board)}:{cohort}:since"
    found = _kept(key, LIVE_SECONDS, lambda: _computed(board, None, cohort=cohort))
    return next((place for place in found if place.unit_id == member_id), None)


def own_as_known_now(board: Board, member_id: int, stores: list[int]) -> Place | None:
    """What a unit of a frozen board, with these stores, would have by now; its place says nothing.

    Only its own events are read.
    """
    found = _computed(board, None, stores=stores)
    return next((place for place in found if place.unit_id == member_id), None)


def of_member(
    board: Board, member_id: int, cohort: Callable[[], str], today: date | None = None
) -> Place | None:
    """The place of a unit, or None if it is not on the board.

    ``cohort`` tells which one takes it now: of a board that is on file it is not asked.
    """
    if is_kept(board):
        return next(iter(_on_file(board, members=[member_id])), None)
    found = of_cohort(board, cohort(), today)
    return next((place for place in found if place.unit_id == member_id), None)


def _key(board: Board) -> str:
    counted = board.counted_at.timestamp() if board.counted_at else ""
    kept = f"{board.pk}-{counted}" if is_kept(board) else ""
    return f"board:{board.metric}:{board.unit}:{board.length}:{board.starts_on}:{kept}"


def _kept(key: str, seconds: int, look: Callable[[], list[Place]]) -> list[Place]:
    found = cache.get(key)
    if found is None:
        found = look()
        cache.set(key, found, seconds)
    return found


def _computed(
    board: Board,
    today: date | None,
    *,
    cohort: str | None = None,
    stores: list[int] | None = None,
) -> list[Place]:
    query, params = ranked(board, today, cohort=cohort, some=stores is not None)
    with acting(RANKING):
        if cohort is not None:
            stores = cohorts.stores(Unit(board.unit), cohort)
        params |= {"stores": stores, "cohort": cohort}
        end = board.ends_on
        if not board.has_own:
            params |= own.lately(end) if stores is None else own.known(end, stores)
        with connection.cursor() as cursor:
            cursor.execute(query + _READ, params | {"known_until": "infinity"})
            return [Place(*row) for row in cursor.fetchall()]


# The column of a ranking that names its unit.
COLUMN = {
    Unit.STORE: "store_id",
    Unit.DEALER: "dealer_id",
    Unit.STAFF: "post_id",
    Unit.REGION: "region_id",
}
# Of a unit ``u`` what a place says of it: people have no name here.
_SAID = {
    Unit.STORE: "u.dealer_id, u.code, u.name",
    Unit.DEALER: "u.id, u.code, u.name",
    Unit.STAFF: "u.dealer_id, u.id::text, ''",
    Unit.REGION: "NULL::bigint, u.code, u.name",
}
# Whether a unit was there in the days of the board at all: what ended as they begin was not.
_THERE = {
    Unit.STORE: "(u.closed_at IS NULL OR u.closed_at > %(start)s::timestamp"
    " AT TIME ZONE u.timezone)",
    Unit.DEALER: "true",
    Unit.STAFF: "(u.ends_at IS NULL OR u.ends_at > %(start)s::timestamp AT TIME ZONE s.timezone)",
    Unit.REGION: "true",
}


def reading(board: Board) -> AbstractContextManager[Actor | None]:
    """Whoever may read the kept places of all dealers: of people and of what is earned the boards.

    Of the other places everybody may.
    """
    hidden = board.unit == Unit.STAFF or FIGURES[Metric(board.metric)].private
    return acting(RANKING) if hidden else nullcontext()


def said(unit: Unit) -> tuple[str, str]:
    """What a place ``r`` that is on file says of its unit ``u``, and the table that has those."""
    # The posts of a board of people have stood at their stores: nothing more is asked of them.
    units = "dealers_membership" if unit == Unit.STAFF else f"dealers_{unit}"
    return _SAID[unit].replace("u.dealer_id", "r.dealer_id"), units


def _on_file(
    board: Board,
    *,
    cohort: str | None = None,
    members: list[int] | None = None,
    new: bool = False,
) -> list[Place]:
    unit = Unit(board.unit)
    columns, units = said(unit)
    query = f"""
        SELECT u.id, {columns}, r.cohort, r.value, r.numerator, r.denominator,
            r.rank, r.of, r.percentile
        FROM {table(board)} r JOIN {units} u ON u.id = r.{COLUMN[unit]}
        WHERE r.board_id = %(board)s"""
    if cohort is not None:
        query += " AND r.cohort = %(cohort)s"
    if new:
        query += " AND r.is_new"
    if members is not None:
        query += f" AND r.{COLUMN[unit]} = ANY(%(members)s)"
        if unit == Unit.DEALER:
            query += " AND r.store_id IS NULL"  # as all of its boards: the index has it first
    with reading(board), connection.cursor() as cursor:
        cursor.execute(
            f"{query} ORDER BY r.cohort, r.rank NULLS LAST, 3",
            {"board": board.pk, "cohort": cohort, "members": members},
        )
        return [Place(*row) for row in cursor.fetchall()]


_READ = """
SELECT unit_id, dealer_id, code, name, cohort, value, numerator, denominator, rank, of, percentile
FROM places ORDER BY cohort, rank NULLS LAST, code
"""


def as_of(board: Board, today: date | None) -> date:
    """The day before which a board stands: its end, or tomorrow while its days run."""
    return min(board.ends_on, today + timedelta(days=1)) if today else board.ends_on


def ranked(
    board: Board,
    today: date | None = None,
    *,
    cohort: str | None = None,
    some: bool = False,
    kept: str = "",
    beside: str = "",
    unless: str = "",
) -> tuple[str, dict[str, Any]]:
    """The common table expression ``places`` of a board, and its values but ``known_until``.

    ``some``: of the units alone whose stores are ``stores``; of a ``cohort`` they all are. ``kept``
    is a table with sums of the figure that were made before. Whose own people buy from them, as
    ``own.known`` says it, is told with the values; until then they are customers as others.
    ``beside`` is SQL for places on file: ``unless`` a condition says that a place ``r`` of them is
    counted here, they are ranked with those that are, in the cohorts that they are in.
    """
    unit, figure = Unit(board.unit), FIGURES[Metric(board.metric)]
    asked = " AND alike.cohort = %(cohort)s" if cohort is not None else ""
    some = some or cohort is not None
    begin, also = "WITH", ""
    if beside:
        columns, units = said(unit)
        begin = f"WITH beside AS ({beside}),"
        also = f"""
    UNION ALL
    SELECT u.id, {columns}, r.cohort, r.value, r.numerator, r.denominator, {figure.score()},
        coalesce(r.denominator, 0) >= %(sample)s
    FROM beside r JOIN {units} u ON u.id = r.{COLUMN[unit]} WHERE NOT ({unless})"""
    # Of all that have a place so many stand up to one's own and beside it; one sort tells it all.
    return (
        f"""
{begin} figures AS ({figure.sql(unit, some=some, kept=kept)}),
scored (unit_id, dealer_id, code, name, cohort, value, numerator, denominator, score, ranked) AS (
    SELECT f.unit_id, {_SAID[unit]}, alike.cohort,
        f.value, f.numerator, f.denominator, {figure.score()},
        coalesce(f.denominator, 0) >= %(sample)s
    FROM {cohorts.SOURCE[unit]} JOIN figures f ON f.unit_id = u.id
    {cohorts.joined(unit)}
    WHERE {_THERE[unit]}{asked}{also}
),
counted AS (
    SELECT *, rank() OVER best AS place, count(*) OVER best AS up_to,
        count(*) FILTER (WHERE ranked) OVER (PARTITION BY cohort) AS of
    FROM scored
    WINDOW best AS (PARTITION BY cohort, ranked ORDER BY score DESC)
),
places AS (
    SELECT *, CASE WHEN ranked THEN place END AS rank, CASE WHEN ranked
        THEN round(((of - up_to) / greatest(of - 1, 1)::float8 * 100)::numeric, 2) END AS percentile
    FROM counted
)""",
        {
            **figure.days(board.starts_on, board.ends_on, as_of(board, today)),
            **own.NOBODY,
            "sample": figure.sample,
        },
    )


def write_export(path: Path, board: Board, today: date) -> int:
    """Write a board as CSV, as it stands ``today`` and now; returns the number of rows."""
    places = _on_file(board) if board.frozen_at else _computed(board, today)
    figure = FIGURES[Metric(board.metric)]
    decimals = Decimal(1).scaleb(-figure.decimals)
    if figure.kind == "money":
        decimals = currencies.minor_unit(currencies.of_program())
    rows = [
        (it.cohort, it.code, it.value.quantize(decimals), it.rank or "", it.of, it.percentile)
        for it in places
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(file, [("cohort", "code", "value", "rank", "of", "percentile"), *rows])
    return len(places)
