"""What the demo promises for places on boards: announced before it began, settled once so far."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from dealers.actor import Actor
from dealers.models import User
from incentives.demo.trade import TZ
from incentives.models import Metric, RewardKind, RewardProgram, Unit
from incentives.rewards import editor, settling

AHEAD = timedelta(days=10)  # that they are announced before their first month


def promise(first_month: date, first: User, second: User) -> None:
    """Publish two programs over two months: one for stores, one for regional managers."""
    stars = RewardProgram(
        code="stars", name="销售之星", name_en="Stars of sales", kind=RewardKind.TOP,
        metric=Metric.NET_SALES, unit=Unit.STORE, places=3,
        amounts=[Decimal(800), Decimal(500), Decimal(300)], budget=Decimal(8000),
        badge="销售之星", badge_en="Star of sales",
    )  # fmt: skip
    growth = RewardProgram(
        code="growth", name="区域成长奖", name_en="Growth of regions", kind=RewardKind.LIFT,
        metric=Metric.REGISTRATIONS, unit=Unit.REGION, goal=Decimal(2),
        amounts=[Decimal(1200)], budget=Decimal(6000),
    )  # fmt: skip
    at = datetime.combine(first_month, time(10), TZ) - AHEAD
    for program in (stars, growth):
        program.starts_on, program.periods, program.drafted_at = first_month, 2, at
        program.save()
        editor.put_forward(program, by=Actor.hq(first), at=at)
        editor.approve(program, by=Actor.hq(second), at=at + timedelta(hours=2))
        editor.publish(program, by=Actor.hq(first), at=at + timedelta(hours=3))


def settle(closed_at: datetime, now: datetime) -> None:
    """Settle what was frozen with a month, as the worker does soon after it closed."""
    settling.settle_due(min(closed_at + timedelta(minutes=5), now))
