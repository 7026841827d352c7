"""Rewards as people read them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dealers.actor import acting
from incentives.models import Board, Length, Metric, Reward, RewardSettlement, Unit
from incentives.rewards import reading, settling
from tests.factories.dealers import MembershipFactory
from tests.factories.incentives import JANUARY
from tests.factories.rewards import promised
from tests.incentives.rewards.conftest import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def badge(board: Board, post, number: int, *, held: bool = False) -> None:
    """A badge alone that somebody got, so many hours after the first one."""
    program = promised(
        code=f"stars{number}", metric=board.metric, unit=board.unit, amounts=[], budget=Decimal(0),
        badge=f"之星 {number}", badge_en=f"Star {number}",
    )  # fmt: skip
    with acting(settling.BY):
        settlement = RewardSettlement.objects.create(
            program=program, board=board, full=0, total=0, currency="CNY", alone_up_to=5000,
            settled_at=AT + timedelta(hours=number),
        )  # fmt: skip
        Reward.objects.create(
            settlement=settlement, cohort="all", dealer=post.dealer, store=post.store, post=post,
            person=post.user, place=1, value=1, full=0, amount=0, held=held,
        )  # fmt: skip


def test_of_more_than_twelve_badges_the_newest_that_are_not_held_are_shown():
    post = MembershipFactory()
    board = Board.objects.create(
        length=Length.MONTH, starts_on=JANUARY, metric=Metric.REGISTRATIONS, unit=Unit.STAFF,
        frozen_at=AT, known_until=AT,
    )  # fmt: skip
    for number in range(15):
        badge(board, post, number, held=number in {9, 14})

    shown = [each.badge for each in reading.badges_of_post(post)]

    newest = [13, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1]
    assert shown == [f"Star {number}" for number in newest]
