"""Sharing sessions, and who has places there."""

from datetime import timedelta

from django.utils import timezone

from dealers.actor import Actor
from dealers.models import User
from tests.factories.dealers import MembershipFactory, UserFactory
from training.models import Seat, SharingSession
from training.sessions import planning, seats


def planned(*, host: User | None = None, at=None, **fields) -> SharingSession:
    """A session in two days, of an hour, with two places."""
    now = at or timezone.now()
    starts = fields.pop("starts_at", now + timedelta(days=2))
    told = {
        "title": "回访怎么做", "title_en": "Calling back", "place": "总部 3 楼", "capacity": 2,
        "starts_at": starts, "ends_at": starts + timedelta(hours=1),
        "host": host or UserFactory(is_staff=True), **fields,
    }  # fmt: skip
    by = Actor.hq(UserFactory(is_staff=True))
    return planning.save(SharingSession(**told), by=by, at=now)


def seated(session: SharingSession, at=None) -> Seat:
    """Somebody who registered."""
    by = Actor.of(MembershipFactory())
    return seats.register(session, by=by, at=at or timezone.now())
