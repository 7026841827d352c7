"""How somebody stands in a reward program: what is so far, as an estimate while the board runs."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from dealers.models import Membership, Role, Store
from incentives.boards import cohorts, members, places, standing
from incentives.boards.members import Member
from incentives.boards.ranked import Place
from incentives.models import Board, RewardProgram, Unit
from incentives.rewards import computing
from incentives.rewards.winners import Winner


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of one unit on a board that is not settled yet: its place there, and what it would get.

    ``winner`` is None for nothing. The budget is not in the amount: who else wins is not known yet.
    Where too few are compared the place has no rank, as on the page of the board.
    """

    member: Member
    board: Board
    place: Place | None
    winner: Winner | None


def running(program: RewardProgram, today: date) -> date | None:
    """The start of the week, month or quarter that runs; None before the first and after all."""
    return max((each for each in program.starts if each <= today < program.ends_on), default=None)


def of_post(program: RewardProgram, post: Membership, today: date) -> list[Outlook]:
    """How those stand whom a post sees: an owner's dealer or stores, oneself, one's own region."""
    start = running(program, today)
    if start is None:
        return []
    board = computing.board_of(program, start)
    listed = cache(lambda cohort: places.of_cohort(board, cohort, today))
    won = cache(lambda cohort: computing.of_cohort(program, board, cohort, today))
    return [
        _of(program, board, member, listed(cohort), won(cohort))
        for member in taking_part(program, post)
        for cohort in [cohorts.lately(member)]
    ]


def taking_part(program: RewardProgram, post: Membership) -> list[Member]:
    """Whom a program rewards of those that a post sees."""
    match program.unit:
        case Unit.REGION if post.role == Role.REGIONAL_MANAGER and post.region:
            found: list[Member] = [post.region]
        case Unit.DEALER if post.dealer and not post.is_store_post:
            found = [post.dealer]
        case Unit.STORE if post.store:
            found = [post.store]
        case Unit.STORE if post.dealer_id:
            found = list(Store.objects.filter(dealer=post.dealer_id).order_by("code"))
        case Unit.STAFF if post.is_store_post:
            found = [members.stands(post)]
        case _:
            found = []
    if not program.cohort:
        return found
    return [each for each in found if cohorts.lately(each) == program.cohort]


def _of(
    program: RewardProgram, board: Board, member: Member, listed: list[Place], won: list[Winner]
) -> Outlook:
    place = next((place for place in listed if place.unit_id == member.pk), None)
    if place is not None and not standing.are_enough(listed, program.unit):
        place = replace(place, rank=None)
    return Outlook(
        member,
        board,
        place,
        next((each for each in won if each.place_on_board.unit_id == member.pk), None),
    )


def estimate(outlook: Outlook) -> Decimal:
    """The amount that it would be, before the budget."""
    return outlook.winner.full if outlook.winner else Decimal(0)
