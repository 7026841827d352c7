"""A region's figures of a few minutes ago: counted once for everybody who looks at them.

They are counted from all registrations of half a year, so a large region would be counted for
seconds at every click. The pages say of when they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache

from dealers.models import Membership
from incentives.desk import region
from incentives.desk.region import MonthFigures, Span, StoreFigures

KEPT = timedelta(minutes=10)


@dataclass(frozen=True)
class Counted[T]:
    """Figures and the moment at which they were counted."""

    figures: T
    at: datetime


def figures(membership: Membership, span: Span, now: datetime) -> Counted[list[StoreFigures]]:
    """Every store of a regional manager's region with its figures."""
    stores = region.visible_stores(membership)
    return _kept("stores", membership, span.last, now, lambda: region.figures(stores, span, now))


def history(membership: Membership, until: date, now: datetime) -> Counted[list[MonthFigures]]:
    """The region's last months up to the one of ``until``, oldest first."""
    stores = region.visible_stores(membership)
    return _kept("months", membership, until, now, lambda: region.history(stores, until))


def _kept(
    what: str, membership: Membership, day: date, now: datetime, count: Callable[[], Any]
) -> Counted[Any]:
    key = f"region:{membership.region_id}:{what}:{day}"
    known = cache.get(key)
    if known is None:
        known = Counted(count(), now)
        cache.set(key, known, KEPT.total_seconds())
    return known
