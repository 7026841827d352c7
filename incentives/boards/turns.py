"""A turn of the worker: every board that runs and has large cohorts is brought up to a moment.

Of most of them nothing changed, or a little: those units are counted anew. Whole are counted those
that are new, and each of the others once a day. Then come the combined boards of what changed.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from dealers.actor import acting
from dealers.months import hq_day
from incentives.boards import (
    changes,
    cohorts,
    combining,
    drift,
    keeping,
    own,
    places,
    rising,
    times,
)
from incentives.boards.combined import Time, of_time
from incentives.models import Board, DerivedCount, Metric, Unit

MOST = 5000  # stores that something changed of: with more of them a board is counted whole
# The cohorts of a board that were ranked again; None is all of them.
type Ranked = dict[int, list[str] | None]


def take(at: datetime, today: date) -> int:
    """Bring the boards up to ``at``; returns how many there are.

    At the end it is told where counting whole found another figure than was kept.
    """
    found = changes.read(at)
    boards = keeping.due(today)
    # Also for boards that were counted before facts left marks at all.
    if any(board.whole_at is None and board.metric == Metric.CONTACT for board in boards):
        with acting(places.RANKING):
            changes.look_ahead(at)
    conditions = {unit: cohorts.conditions(unit) for unit in {board.unit for board in boards}}
    latest = max((board.ends_on for board in boards), default=today)
    _dealers, theirs = changes.with_dealers(found.everywhere())
    everybody = cache(lambda: _own_people(latest, None))
    of_these = cache(lambda: _own_people(latest, theirs))
    ranked: Ranked = {}
    for board in boards:
        stores = found.stores(board)
        if stores is None or len(stores) > MOST or _is_due_whole(board, today, conditions):
            keeping.count(board, at, today, everybody())
            ranked[board.pk] = None
        elif stores:
            ranked[board.pk] = keeping.refresh(board, stores, at, today, of_these())
    same = [board.pk for board in boards if board.pk not in ranked]
    Board.objects.filter(pk__in=same, counted_at__lt=at).update(counted_at=at)
    combine(boards, ranked, at)
    rise(boards, ranked, at)
    changes.forget(found)
    whole = [board for board, listed in ranked.items() if listed is None]
    otherwise = Board.objects.filter(pk__in=whole, whole_at=at).exclude(drift=None)
    drift.tell(sum(found or 0 for found in otherwise.values_list("drift", flat=True)), at)
    return len(boards)


def combine(boards: Collection[Board], ranked: Ranked, at: datetime) -> None:
    """Work the combined boards out of those of their figures, as far as these changed.

    ``boards`` are as they stood before the turn.
    """
    stood = {board.pk: board.counted_at for board in boards}
    asked = sorted({(board.length, board.starts_on, board.unit) for board in boards})
    for length, starts_on, unit in asked:
        for combined in of_time([Unit(unit)], starts_on):
            several = Time.of(combined, length, starts_on)
            changed = [ranked[each.pk] for each in several.boards.values() if each.pk in ranked]
            if several.count is None or _is_behind(several.count, several.boards.values(), stood):
                combining.write(combined, length, several.boards, at)
            elif changed:
                combining.write(combined, length, several.boards, at, _together(changed))
            else:
                counted = DerivedCount.objects.filter(pk=several.count.pk, counted_at__lt=at)
                counted.update(counted_at=at)


def rise(boards: Collection[Board], ranked: Ranked, at: datetime) -> None:
    """Work out who improved on each board, as far as it or the one before it changed.

    ``boards`` are as they stood before the turn.
    """
    stood = {board.pk: board.counted_at for board in boards}
    for board in Board.objects.filter(pk__in=[board.pk for board in boards], frozen_at=None):
        starts_on = times.earlier(board.length, board.starts_on)
        if starts_on is None:
            continue
        earlier = places.find(board.metric, board.unit, starts_on, board.length)
        count = rising.find(board)
        changed = [ranked[each.pk] for each in (board, earlier) if each.pk in ranked]
        if count is None or _is_behind(count, (board, earlier), stood):
            rising.write(board, earlier, at)
        elif changed:
            rising.write(board, earlier, at, _together(changed))
        else:
            DerivedCount.objects.filter(pk=count.pk, counted_at__lt=at).update(counted_at=at)


def _is_behind(
    count: DerivedCount, boards: Collection[Board], stood: Mapping[int, datetime | None]
) -> bool:
    """Whether one of the boards, which ``stood`` so before this turn, was counted or frozen since.

    By a turn that broke off before it came to what is worked out of it, or is on its way there. Of
    a whole count no mark tells; and marks that are read once more name the cohort that a store has
    gone to, not the one that it has left.
    """
    since = (moment for board in boards for moment in (stood.get(board.pk), board.frozen_at))
    return any(moment is not None and moment > count.counted_at for moment in since)


def _together(changed: Collection[list[str] | None]) -> set[str] | None:
    """The cohorts that were ranked again on one of several boards; None where all were."""
    if None in changed:
        return None
    return {cohort for listed in changed for cohort in listed or ()}


def _is_due_whole(board: Board, today: date, conditions: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether a board is to be counted whole: once a day, and when cohorts are others."""
    return (
        board.whole_at is None
        or hq_day(board.whole_at) != today
        or board.cohorts != conditions[board.unit]
    )


def _own_people(ends_on: date, stores: Collection[int] | None) -> own.People:
    """Whose own people buy from them: of all dealers, or of those of ``stores``."""
    with acting(places.RANKING):
        return own.known(ends_on, stores)
