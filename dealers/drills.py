"""Drills of restoring: each is kept whether it went well or not, for the scorecard to count."""

from datetime import datetime

from django.db import transaction

from dealers.actor import Actor, acting
from dealers.models import RestoreDrill

WRITER = Actor.worker("restore_drills")


def note(*, passed: bool, at: datetime) -> RestoreDrill:
    """Keep that a drill ended at a moment; ``passed``: what was restored was whole."""
    with transaction.atomic(), acting(WRITER):
        return RestoreDrill.objects.create(passed=passed, at=at)
