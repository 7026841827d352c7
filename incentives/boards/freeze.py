"""Freezing: the places of a board are kept with the cohorts that were compared, for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from customers import cutoff
from dealers.actor import acting
from dealers.months import add_months, hq_day, next_month
from incentives.boards import cohorts, combining, keeping, own, places, rising, seasons, times
from incentives.boards.combined import Time, of_time
from incentives.boards.figure import Summed
from incentives.boards.metrics import FIGURES
from incentives.boards.times import monday
from incentives.models import Board, Length, Run, Unit

EARLIEST_WEEK = timedelta(days=3)  # after its end: calls of its last day have had their time
WEEKS_BACK = 4  # weeks that are still frozen when nobody froze them in time


def freeze_month(run: Run) -> int:
    """Freeze all boards of a month as they are when it closes; returns the number of places.

    With the last month of a quarter those of the quarter, and with that of a season the season's.
    """
    about: list[tuple[Length, date]] = [(Length.MONTH, run.month)]
    if run.month.month % 3 == 0:
        about.append((Length.QUARTER, add_months(run.month, -2)))
    seasons.take_turn()
    if season := seasons.ending(next_month(run.month)):
        about.append((Length.SEASON, season.starts_on))
    # All of them end together: the one that begins first has the others in it.
    about.sort(key=lambda each: each[1], reverse=True)
    return freeze_all(about, run.known_until, run.closed_at)


def freeze_weeks(at: datetime) -> int:
    """Freeze the boards of the last weeks that ended some days before ``at``, of each once.

    Raises CutoffFailed while recording never pauses.
    """
    newest = times.before(Length.WEEK, monday(hq_day(at - EARLIEST_WEEK)))
    kept = 0
    for starts_on in times.last(Length.WEEK, newest, WEEKS_BACK):
        about = Board.objects.frozen().filter(length=Length.WEEK, starts_on=starts_on)
        if not about.exists():
            kept += freeze_all([(Length.WEEK, starts_on)], cutoff.known_until(), at)
    return kept


@transaction.atomic
def freeze_all(about: list[tuple[Length, date]], known_until: datetime, at: datetime) -> int:
    """Freeze every board of a week, or of a month, its quarter and season; returns their places.

    Each of them lies in the last one.
    """
    kept = 0
    large: list[Board] = []  # of which those who improved are on file
    last = Board(length=about[-1][0], starts_on=about[-1][1])
    with acting(places.RANKING):
        people = own.known(last.ends_on)
    for figure in FIGURES.values():
        boards = [
            Board.objects.get_or_create(
                length=length, starts_on=starts_on, metric=figure.metric, unit=unit
            )[0]
            for length, starts_on in about
            for unit in (figure.units if length in figure.lengths else ())
        ]
        large += [board for board in boards if board.counted_at is not None]
        if not isinstance(figure, Summed):
            kept += sum(freeze(board, known_until, at, people=people) for board in boards)
            continue
        days = figure.days(last.starts_on, last.ends_on, last.ends_on) | people
        days["known_until"] = known_until
        with _summed(figure, days, by_month=len(about) > 1) as sums:
            kept += sum(freeze(board, known_until, at, sums, people=people) for board in boards)
    for board in large:
        starts_on = times.earlier(board.length, board.starts_on)
        if starts_on is not None:
            board.refresh_from_db()
            earlier = places.find(board.metric, board.unit, starts_on, board.length)
            rising.write(board, earlier, at)
    for length, starts_on in about:
        for combined in of_time(list(Unit), starts_on):
            combining.write(combined, length, Time.of(combined, length, starts_on).boards, at)
    return kept


@contextmanager
def _summed(figure: Summed, days: dict[str, Any], *, by_month: bool) -> Iterator[str]:
    """A table with what the events of some days come to: they are read once for all boards."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE board_sums ON COMMIT DROP AS {figure.sums(by_month=by_month)}", days
        )
        cursor.execute("ANALYZE board_sums")
        yield "board_sums"
        cursor.execute("DROP TABLE board_sums")


@transaction.atomic
def freeze(
    board: Board,
    known_until: datetime,
    at: datetime,
    kept: str = "",
    *,
    people: own.People | None = None,
) -> int:
    """Keep what was recorded until then as the board's places; returns how many there are.

    A board that is frozen already stays as it is. ``kept`` is a table with sums of its figure, and
    ``people`` are as for ``keeping.write``.
    """
    board = Board.objects.select_for_update().get(pk=board.pk)
    if board.frozen_at:
        return 0
    keeping.forget(board)
    added = keeping.write(board, places.FROZEN, known_until, None, kept, people=people)
    board.cohorts = cohorts.conditions(board.unit)
    board.known_until, board.frozen_at, board.without_own = known_until, at, True
    board.counted_at, board.whole_at, board.drift = None, None, None
    board.save(
        update_fields=[
            "cohorts", "known_until", "frozen_at", "counted_at", "whole_at", "drift", "without_own",
        ]
    )  # fmt: skip
    return added
