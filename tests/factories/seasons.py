"""Seasons."""

from datetime import UTC, date, datetime

from dealers.actor import Actor
from incentives.boards import seasons
from incentives.models import Season
from tests.factories.dealers import UserFactory


def season_of(first: date, last: date, name: str = "开春季") -> Season:
    """A season from one month to another, both included; Spring in English."""
    by = Actor.hq(UserFactory(is_staff=True))
    at = datetime(2025, 12, 1, tzinfo=UTC)
    return seasons.define(name, "Spring", first, last, by=by, at=at)
