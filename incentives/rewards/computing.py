"""The winners of a program on a board, frozen or as it stands: facts read, then the pure rules."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.core.cache import cache

from dealers import currencies
from dealers.actor import acting
from incentives.boards import places, times
from incentives.boards.cohorts import LIVE_SECONDS
from incentives.boards.metrics import FIGURES
from incentives.boards.places import RANKING
from incentives.boards.ranked import Place
from incentives.models import Board, Metric, Program, RewardKind, RewardProgram
from incentives.models.reward_programs import COMPARED
from incentives.rewards import moments, winners
from incentives.rewards.winners import Terms, Winner


def board_of(program: RewardProgram, starts_on: date) -> Board:
    """The board of one of its weeks, months or quarters; one that is not on file is not frozen."""
    return places.find(program.metric, program.unit, starts_on, program.length)


def before(board: Board) -> Board:
    """The board of the time before."""
    earlier = times.before(board.length, board.starts_on)
    return places.find(board.metric, board.unit, earlier, board.length)


def terms(program: RewardProgram) -> Terms:
    """What of a program its rules need."""
    share = FIGURES[Metric(program.metric)].kind == "share"
    goal = program.goal
    if goal is not None and share and program.kind != RewardKind.LIFT:
        goal = goal / 100
    return Terms(
        places=program.places or 0,
        amounts=tuple(program.amounts),
        goal=goal,
        least=program.least,
        share=share,
        decimals=currencies.decimals(Program.current().currency),
    )


def of_frozen(program: RewardProgram, board: Board) -> list[Winner]:
    """The winners on a frozen board: by the places that it keeps, whatever came since."""
    earlier: list[Place] = []
    if program.kind in COMPARED:
        past = before(board)
        # A time of which no board was ever frozen has nobody to compare with.
        earlier = places.read(past) if past.frozen_at else []
    return _of(program, board, places.read(board), earlier)


def of_cohort(program: RewardProgram, board: Board, cohort: str, today: date) -> list[Winner]:
    """Who of a cohort would win if the board stayed as it stands ``today``."""
    earlier: list[Place] = []
    if program.kind in COMPARED:
        earlier = places.of_cohort(before(board), cohort, today)
    return _of(program, board, places.of_cohort(board, cohort, today), earlier)


def _of(
    program: RewardProgram, board: Board, now: Sequence[Place], earlier: Sequence[Place]
) -> list[Winner]:
    # A place that no amount is for is rewarded by the badge, or not at all.
    found = _by_kind(program, board, now, earlier)
    return [each for each in found if each.full or program.badge]


def _by_kind(
    program: RewardProgram, board: Board, now: Sequence[Place], earlier: Sequence[Place]
) -> list[Winner]:
    listed = [place for place in now if program.cohort in ("", place.cohort)]
    rules = terms(program)
    match program.kind:
        case RewardKind.TOP:
            return winners.top(listed, rules, program.unit)
        case RewardKind.IMPROVED:
            return winners.improved(listed, earlier, rules, program.unit)
        case RewardKind.THRESHOLD:
            return winners.reached(listed, rules)
        case RewardKind.FIRST:
            return winners.first(listed, _moments(board, rules.goal or Decimal(0)), rules)
    return winners.grew(listed, earlier, rules)


def _moments(board: Board, goal: Decimal) -> dict[int, datetime]:
    def look() -> dict[int, datetime]:
        # Over all dealers, whoever asks.
        with acting(RANKING):
            return moments.reached(board, goal)

    if board.frozen_at:
        return look()
    # The events of the whole network are not read anew for each who opens the page.
    key = f"reached:{board.metric}:{board.length}:{board.starts_on}:{goal}"
    return cache.get_or_set(key, look, LIVE_SECONDS) or {}
