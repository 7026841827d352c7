"""Reward programs as they are promised."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from dealers.actor import Actor
from incentives.models import Metric, RewardKind, RewardProgram, Unit
from incentives.rewards import editor
from tests.factories.dealers import UserFactory
from tests.factories.incentives import JANUARY


def drafted(**fields) -> RewardProgram:
    """A draft: the first three stores of January by net sales."""
    usual = {
        "code": "stars", "name": "销售之星", "name_en": "Stars of sales", "kind": RewardKind.TOP,
        "metric": Metric.NET_SALES, "unit": Unit.STORE, "starts_on": JANUARY, "places": 3,
        "amounts": [Decimal(3000), Decimal(2000), Decimal(1000)], "budget": Decimal(6000),
        "badge": "之星", "badge_en": "Star",
    }  # fmt: skip
    return RewardProgram.objects.create(**usual | fields)


def promised(at: datetime | None = None, **fields) -> RewardProgram:
    """A program that two people have published, eight days before it starts unless told."""
    draft = drafted(**fields)
    first, second = (Actor.hq(UserFactory(is_staff=True)) for _person in range(2))
    at = at or moment(draft.starts_on) - timedelta(days=8)
    editor.put_forward(draft, by=first, at=at)
    editor.approve(draft, by=second, at=at)
    return editor.publish(draft, by=second, at=at)


def moment(day: date) -> datetime:
    """Noon of a day at headquarters."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_default_timezone())
