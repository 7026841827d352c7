"""A region's figures of a few minutes ago: counted once for everybody who looks at them.

They are counted from all registrations of half a year, so a large region would be counted for
seconds at every click. The pages say of when they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache

from customers import sharing
from customers.sharing import Reached
from dealers.models import Membership
from dealers.months import Span
from incentives.desk import region
from incentives.desk.region import Funnel, MonthFigures, StoreFigures
from incentives.figures import Cohort

KEPT = timedelta(minutes=10)
NETWORK_KEPT = timedelta(hours=1)  # which takes as much longer to count


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
    return _kept("months", membership, until, now, lambda: region.history(stores, until, now))


def conversion(membership: Membership, until: date, now: datetime) -> Decimal | None:
    """The region's conversion, which a store's is held against."""
    return history(membership, until, now).figures[-1].conversion


def network(until: date, now: datetime) -> Counted[Funnel]:
    """The whole network's funnel."""
    cohort = Cohort(until + timedelta(days=1))
    return _kept("funnel", None, until, now, lambda: Funnel.of_network(cohort), kept=NETWORK_KEPT)


def shared(until: date, now: datetime) -> Counted[Reached]:
    """How many of the whole network's customers the brand may reach."""
    return _kept("shared", None, until, now, lambda: sharing.of_network(now), kept=NETWORK_KEPT)


def _kept(
    what: str,
    membership: Membership | None,
    day: date,
    now: datetime,
    count: Callable[[], Any],
    *,
    kept: timedelta = KEPT,
) -> Counted[Any]:
    region_id = membership.region_id if membership else "all"
    key = f"region:{region_id}:{what}:{day}"
    known = cache.get(key)
    if known is None:
        known = Counted(count(), now)
        cache.set(key, known, kept.total_seconds())
    return known
