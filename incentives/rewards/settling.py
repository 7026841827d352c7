"""Settling reward programs: from frozen boards, each once, within the budget, and then booked.

A closing freezes its boards after its statements are issued; what a frozen board gives is booked in
the month that is open then, and stands on that month's statement.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from customers.cutoff import one_by_one
from dealers import currencies, notices, sayings
from dealers.actor import Actor, acting
from dealers.models import Membership, NoticeKind, Role, User
from dealers.months import hq_day, hq_midnight
from dealers.notices import Telling
from incentives.boards import places
from incentives.models import (
    Board,
    Program,
    Reward,
    RewardProgram,
    RewardSettlement,
    RewardSuspicion,
    Unit,
)
from incentives.rewards import booking, computing, distribution, promised, suspicions
from incentives.rewards.suspicions import Suspicion
from incentives.rewards.winners import Winner
from incentives.rounding import split

BY = Actor.worker("rewards")

GIVEN = gettext_noop("A board gave you a reward. See for what, and how it was computed.")
HELD = gettext_noop("A reward is held until headquarters has looked at it. See why.")
TO_REVIEW = gettext_noop("Rewards are held and wait for a decision.")


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a winner one recipient gets: all of it, or a manager's part of a region's."""

    winner: Winner
    full: Decimal
    person_id: int | None
    names: dict[str, int | None]


def settle_due(at: datetime) -> int:
    """Settle what frozen boards allow and nobody settled yet; returns how many settlements.

    One that fails holds up no other; it is raised after the last.
    """
    today = hq_day(at)
    with acting(BY):
        due = [(each, computing.board_of(each, start)) for each, start in promised.unsettled()
               if start < today]  # fmt: skip
        frozen = [(program, board) for program, board in due if board.frozen_at is not None]
        return len(one_by_one("rewards", frozen, lambda each: settle(*each, at=at)))


@transaction.atomic
def settle(program: RewardProgram, board: Board, *, at: datetime) -> RewardSettlement:
    """Settle a published program over one of its frozen boards; again: what is there.

    Suspected rewards are held, the others booked. The worker does it.
    """
    with acting(BY):
        # Whoever settles it at the same moment waits here, and finds it done.
        RewardProgram.objects.select_for_update(no_key=True).get(pk=program.pk)
        there = RewardSettlement.objects.filter(program=program, board=board).first()
        if there is not None:
            return there
        return _settle(program, board, at)


def _settle(program: RewardProgram, board: Board, at: datetime) -> RewardSettlement:
    terms = Program.current()
    decimals = currencies.decimals(terms.currency)
    won = computing.of_frozen(program, board)
    parts = _parts(program, board, won, decimals)
    amounts = distribution.within(program.budget, [part.full for part in parts], decimals)
    # By the figures of the board itself: what somebody is rewarded for may be their rise alone.
    winning = {each.place_on_board.unit_id for each in won}
    figures = [place for place in places.read(board) if place.unit_id in winning]
    suspected = suspicions.found(board, figures, at)
    settlement = RewardSettlement.objects.create(
        program=program,
        board=board,
        full=sum((part.full for part in parts), Decimal(0)),
        total=sum(amounts, Decimal(0)),
        currency=terms.currency,
        alone_up_to=terms.adjustment_limit,
        settled_at=at,
    )
    rewards = Reward.objects.bulk_create(
        Reward(
            settlement=settlement,
            cohort=part.winner.place_on_board.cohort,
            **part.names,
            person_id=part.person_id,
            place=part.winner.rank,
            value=part.winner.value,
            full=part.full,
            amount=amount,
            explanation=_explained(part.winner),
            held=part.winner.place_on_board.unit_id in suspected,
        )
        for part, amount in zip(parts, amounts, strict=True)
    )
    RewardSuspicion.objects.bulk_create(
        _kept(reward, suspicion)
        for reward, part in zip(rewards, parts, strict=True)
        for suspicion in suspected.get(part.winner.place_on_board.unit_id, [])
    )
    booking.book([each for each in rewards if not each.held], by=BY, at=at)
    _tell(program, rewards, at)
    return settlement


def _kept(reward: Reward, suspicion: Suspicion) -> RewardSuspicion:
    return RewardSuspicion(
        reward=reward,
        sign=suspicion.sign,
        reason=suspicion.reason,
        orders=list(suspicion.orders),
        registrations=list(suspicion.registrations),
    )


def _parts(
    program: RewardProgram, board: Board, won: Sequence[Winner], decimals: int
) -> list[_Part]:
    """Who gets what of the winners: a region's is its managers', who share; of nobody it is none"""
    found = []
    ids = [each.place_on_board.unit_id for each in won]
    match program.unit:
        case Unit.REGION:
            managers = _managers(ids, board)
            for winner in won:
                region = winner.place_on_board.unit_id
                people = managers.get(region, [])
                shares = [Fraction(1, len(people))] * len(people)
                amounts = split(winner.full, shares, decimals) if people else []
                for person, full in zip(people, amounts, strict=True):
                    found.append(_Part(winner, full, person, {"region_id": region}))
        case Unit.STAFF:
            posts = Membership.objects.in_bulk(ids)
            for winner in won:
                post = posts[winner.place_on_board.unit_id]
                names = {
                    "post_id": post.pk,
                    "store_id": post.store_id,
                    "dealer_id": winner.place_on_board.dealer_id,
                }
                found.append(_Part(winner, winner.full, post.user_id, names))
        case _:
            for winner in won:
                place = winner.place_on_board
                store = place.unit_id if program.unit == Unit.STORE else None
                names = {"dealer_id": place.dealer_id, "store_id": store}
                found.append(_Part(winner, winner.full, None, names))
    return found


def _managers(regions: Sequence[int], board: Board) -> dict[int, list[int]]:
    """Who manages each region at the last moment of a board, by headquarters' clock."""
    last = hq_midnight(board.ends_on) - timedelta.resolution
    posts = Membership.objects.current(last).filter(role=Role.REGIONAL_MANAGER, region__in=regions)
    found: dict[int, list[int]] = {}
    for region, person in posts.order_by("user").values_list("region", "user").distinct():
        found.setdefault(region, []).append(person)
    return found


def _explained(winner: Winner) -> dict[str, Any]:
    """What ``reading.why`` needs besides the place and the figure."""
    return {
        "of": winner.place_on_board.of,
        "tied": winner.tied,
        "at": winner.at.isoformat() if winner.at else None,
    }


def _tell(program: RewardProgram, rewards: Sequence[Reward], at: datetime) -> None:
    """Tell those who get something, those whose reward is held, and headquarters to look at it."""
    told, page = [], reverse("incentives:reward", args=[program.code])
    people = told_of(rewards, at)
    for reward in rewards:
        said = HELD if reward.held else GIVEN
        about = f"{'held' if reward.held else 'given'}:{reward.code}"
        told.append(Telling(people[reward.code], sayings.kept(said), page, about))
    notices.tell_all(told, NoticeKind.REWARD, at=at)
    if any(reward.held for reward in rewards):
        notices.tell(
            notices.headquarters("incentives.add_rewardreview"),
            NoticeKind.REWARD,
            sayings.kept(TO_REVIEW),
            to=reverse("admin:incentives_reward_changelist") + "?state=held",
            about=f"held:{program.code}:{at:%Y-%m-%d}",
            at=at,
        )


def told_of(rewards: Sequence[Reward], at: datetime) -> dict[str, list[User]]:
    """Who is told of each reward, by its code: whose it is, of a store its managers too."""
    shared = [each for each in rewards if each.person_id is None]
    people = User.objects.in_bulk([each.person_id for each in rewards if each.person_id])
    posts = Membership.objects.current(at).filter(
        Q(role=Role.OWNER, dealer__in={each.dealer_id for each in shared})
        | Q(role=Role.STORE_MANAGER, store__in={each.store_id for each in shared if each.store_id})
    )
    answer: dict[tuple[str, int | None], list[User]] = defaultdict(list)
    for post in posts.select_related("user").order_by("pk"):
        whose = post.dealer_id if post.role == Role.OWNER else post.store_id
        answer[post.role, whose].append(post.user)
    return {
        each.code: [people[each.person_id]]
        if each.person_id is not None
        else answer[Role.OWNER, each.dealer_id] + answer[Role.STORE_MANAGER, each.store_id]
        for each in rewards
    }
