"""Seasons, and boards of several figures."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from dealers.actor import Actor
from incentives.boards import combined, seasons
from incentives.models import CombinedBoard, Metric, Season, Unit
from tests.factories.dealers import UserFactory

AT = datetime(2025, 12, 1, tzinfo=UTC)


def season_of(first: date, last: date, name: str = "开春季") -> Season:
    """A season from one month to another, both included; Spring in English."""
    by = Actor.hq(UserFactory(is_staff=True))
    return seasons.define(name, "Spring", first, last, by=by, at=AT)


def combined_of(
    weights: Mapping[Metric, int],
    first: date = date(2026, 1, 1),
    last: date | None = None,
    *,
    unit: Unit = Unit.STORE,
    code: str = "",
    at: datetime = AT,
) -> CombinedBoard:
    """A board of figures with these weights from a month on; All-round in English."""
    board = CombinedBoard(
        code=code or f"all-{CombinedBoard.objects.count()}",
        name="综合榜",
        name_en="All-round",
        unit=unit,
        **{metric.value: weight for metric, weight in weights.items()},
    )
    by = Actor.hq(UserFactory(is_staff=True))
    return combined.define(board, first, last, by=by, at=at)
