"""The places of a board: of a frozen one as they were kept, of another computed as it stands now.

A unit is on a board once it has an event there. Units are ranked inside their cohort; ties share a
place. A rate needs a sample and is ranked by the lower bound of its 90 % Wilson interval, so that
3 of 3 does not beat 90 of 100.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection

from dealers.actor import Actor, acting
from dealers.spreadsheets import write_csv
from incentives.boards import cohorts
from incentives.boards.metrics import FIGURES, wilson_lower_bound
from incentives.models import Board, Length, Metric, Unit

LIVE_SECONDS, FROZEN_SECONDS = 300, 3600
# A board that runs is counted over all dealers, whoever opens it.
RANKING = Actor.worker("board")


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on a board. ``rank`` is None where the sample is too small.

    For sales ``denominator`` is the number of sales; for conversion ``numerator`` and
    ``denominator`` are registrations that bought and mature ones, ``value`` is their quotient.
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
    def certain(self) -> Decimal:
        """Of a rate what is certain, by which it is ranked: its lower bound, to six decimals."""
        bound = wilson_lower_bound(float(self.numerator or 0), float(self.denominator or 0))
        return Decimal(bound).quantize(Decimal("0.000001"))

    @property
    def sample(self) -> int:
        """The events in the denominator as a number that a sentence can count."""
        return int(self.denominator or 0)


def find(metric: str, unit: str, starts_on: date, length: str = Length.MONTH) -> Board:
    """The board of a figure, a unit and a time; one that is not on file is not frozen either."""
    about: dict[str, Any] = {
        "metric": metric, "unit": unit, "starts_on": starts_on, "length": length
    }  # fmt: skip
    return Board.objects.filter(**about).first() or Board(**about)


def of_months(unit: str, *months: date) -> dict[tuple[str, date], Board]:
    """The boards of all figures in some months, by figure and month, in one query."""
    found: dict[tuple[str, date], Board] = {
        (metric, month): Board(metric=metric, unit=unit, starts_on=month, length=Length.MONTH)
        for metric in Metric.values
        for month in months
    }
    for board in Board.objects.filter(unit=unit, starts_on__in=months, length=Length.MONTH):
        found[board.metric, board.starts_on] = board
    return found


def read(board: Board, today: date | None = None) -> list[Place]:
    """All places of a board, by cohort and rank; for HQ and the regional manager.

    A board whose days still run stands as of ``today``.
    """
    if board.frozen_at:
        return _frozen(board)
    key = f"board:{board.metric}:{board.unit}:{board.length}:{board.starts_on}:{today}"
    found = cache.get(key)
    if found is None:
        query, params = ranked(board, today)
        with acting(RANKING), connection.cursor() as cursor:
            cursor.execute(query + _READ, params | {"known_until": "infinity"})
            found = [Place(*row) for row in cursor.fetchall()]
        cache.set(key, found, LIVE_SECONDS)
    return found


def of_cohort(board: Board, cohort: str, today: date | None = None) -> list[Place]:
    """The places of one cohort, by rank."""
    if not board.frozen_at:
        return [place for place in read(board, today) if place.cohort == cohort]
    key = f"board:{board.pk}:{cohort}"
    found = cache.get(key)
    if found is None:
        found = _frozen(board, cohort=cohort)
        cache.set(key, found, FROZEN_SECONDS)
    return found


def of_member(board: Board, member_id: int, today: date | None = None) -> Place | None:
    """The place of a store or dealer, or None if it is not on the board."""
    if board.frozen_at:
        return next(iter(_frozen(board, member_id=member_id)), None)
    return next((place for place in read(board, today) if place.unit_id == member_id), None)


def _frozen(
    board: Board, *, cohort: str | None = None, member_id: int | None = None
) -> list[Place]:
    query = f"""
        SELECT u.id, r.dealer_id, u.code, u.name, r.cohort, r.value, r.numerator, r.denominator,
            r.rank, r.of, r.percentile
        FROM incentives_ranking r JOIN dealers_{board.unit} u ON u.id = r.{board.unit}_id
        WHERE r.board_id = %(board)s"""
    if cohort is not None:
        query += " AND r.cohort = %(cohort)s"
    if member_id is not None:
        query += f" AND r.{board.unit}_id = %(member)s"
    with connection.cursor() as cursor:
        cursor.execute(
            query + " ORDER BY r.cohort, r.rank NULLS LAST, u.code",
            {"board": board.pk, "cohort": cohort, "member": member_id},
        )
        return [Place(*row) for row in cursor.fetchall()]


_READ = """
SELECT unit_id, dealer_id, code, name, cohort, value, numerator, denominator, rank, of, percentile
FROM places ORDER BY cohort, rank NULLS LAST, code
"""


def ranked(board: Board, today: date | None = None) -> tuple[str, dict[str, Any]]:
    """The common table expression ``places`` of a board, and its values but ``known_until``."""
    unit, figure = Unit(board.unit), FIGURES[Metric(board.metric)]
    dealer = "u.dealer_id" if unit == Unit.STORE else "u.id"
    as_of = min(board.ends_on, today + timedelta(days=1)) if today else board.ends_on
    return (
        f"""
WITH figures AS ({figure.sql(unit)}),
scored AS (
    SELECT f.unit_id, {dealer} AS dealer_id, u.code, u.name, {cohorts.EXPRESSION[unit]} AS cohort,
        f.value, f.numerator, f.denominator, {figure.score()} AS score,
        coalesce(f.denominator, 0) >= %(sample)s AS ranked
    FROM figures f JOIN dealers_{unit} u ON u.id = f.unit_id {cohorts.DEALER[unit]}
),
places AS (
    SELECT *, CASE WHEN ranked THEN rank() OVER best END AS rank,
        count(*) FILTER (WHERE ranked) OVER (PARTITION BY cohort) AS of,
        CASE WHEN ranked THEN round((percent_rank() OVER worst * 100)::numeric, 2) END AS percentile
    FROM scored
    WINDOW best AS (PARTITION BY cohort, ranked ORDER BY score DESC),
        worst AS (PARTITION BY cohort, ranked ORDER BY score)
)""",
        figure.days(board.starts_on, board.ends_on, as_of) | {"sample": figure.sample},
    )


def write_export(path: Path, board: Board, today: date) -> int:
    """Write a board as CSV, as it stands ``today``; returns the number of rows."""
    places = read(board, today)
    decimals = Decimal(1).scaleb(-FIGURES[Metric(board.metric)].decimals)
    rows = [
        (it.cohort, it.code, it.value.quantize(decimals), it.rank or "", it.of, it.percentile)
        for it in places
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(file, [("cohort", "code", "value", "rank", "of", "percentile"), *rows])
    return len(places)
