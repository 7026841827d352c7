"""Who may take a customer out of the pool.

Pure. In the pool is who had an owner and has none, is offered to nobody and under no review.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from customers.ownership.rulebook import Standing
from customers.ownership.settings import Settings

FIRST_FOR_OTHERS = timedelta(hours=48)  # who claims in this time keeps the former owner away


def cools_off(
    store: int, standings: Sequence[Standing], settings: Settings, moment: datetime
) -> bool:
    """Whether a store had this customer itself, and has to leave them to others for a while."""
    until = free_for(store, standings, settings)
    return until is not None and moment < until


def free_for(store: int, standings: Sequence[Standing], settings: Settings) -> datetime | None:
    """From when a store may take a customer whom it had itself; None: at any time.

    After the whole time only where somebody took the customer within 48 hours of the end.
    """
    days = settings.pool_cooldown_days
    index = max((at for at, it in enumerate(standings) if it.store == store), default=None)
    if not days or index is None:
        return None
    ended = standings[index].end
    others = standings[index + 1 :]
    taken = bool(others) and others[0].start < ended + FIRST_FOR_OTHERS
    until = ended + timedelta(days=days)
    return until if taken else min(until, ended + FIRST_FOR_OTHERS)


def claimed_enough(today: int, settings: Settings) -> bool:
    """Whether a person who took so many customers today has to wait for tomorrow."""
    limit = settings.pool_claims_per_day
    return limit is not None and today >= limit
