"""The months of the books: which is to be closed next, which have ended, which take entries."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Subquery

from customers.models import Attribution, Registration
from dealers.models import Store
from dealers.months import first_day, hq_day, midnight, next_month
from incentives.models import Period, PlanVersion, Run


def take(month: date) -> Period:
    """The period of a month, locked: until the transaction ends nobody else books in it."""
    Period.objects.get_or_create(month=month)
    return Period.objects.select_for_update().get(month=month)


def taking(at: datetime) -> Period:
    """The period that takes what is booked at ``at``: of that day's month, if it is still open.

    Whoever closes it meanwhile waits for what was booked in it, or has it refused.
    """
    month = open_from(first_day(hq_day(at)))
    return Period.objects.get_or_create(month=month)[0]


def open_from(month: date) -> date:
    """``month`` if it is still open, else the first month that is."""
    last = Run.objects.last_month()
    return max(month, next_month(last)) if last else month


def next_to_close() -> date | None:
    """The month that is closed next, as of ``to_close_after``."""
    return to_close_after(Run.objects.last_month())


def to_close_after(last: date | None) -> date | None:
    """The month after the last closed one; before the first, the first one that can earn anything.

    None while there is no published plan or no event that one could pay for.
    """
    return next_month(last) if last else _first_to_close()


def _first_to_close() -> date | None:
    sold = Attribution.objects.owners().order_by("counts_on").values("counts_on")[:1]
    registered = Registration.objects.order_by("received_on").values("received_on")[:1]
    terms = PlanVersion.objects.published().order_by("starts_on").annotate(
        sold=Subquery(sold), registered=Subquery(registered)
    )  # fmt: skip
    first = terms.values_list("starts_on", "sold", "registered").first()
    known = [day for day in first[1:] if day] if first else []
    if not first or not known:
        return None
    return first_day(max(min(known), first[0]))


def months_due(at: datetime) -> list[date]:
    """The months that have ended and are not closed, in the order to close them."""
    first = next_to_close()
    return due_from(first, at) if first else []


def due_from(first: date, at: datetime) -> list[date]:
    """The same where the month to close next is known."""
    due, month, zones = [], first, _zones()
    while _has_ended(month, at, zones):
        due.append(month)
        month = next_month(month)
    return due


def due_at(month: date) -> datetime:
    """The moment from which a month can be closed: it is over at every store's own clock."""
    return max(midnight(next_month(month), ZoneInfo(zone)) for zone in _zones())


def has_ended(month: date, at: datetime) -> bool:
    """Whether a month is over at every store's own clock."""
    return _has_ended(month, at, _zones())


def _has_ended(month: date, at: datetime, zones: set[str]) -> bool:
    return all(at.astimezone(ZoneInfo(zone)).date() >= next_month(month) for zone in zones)


def _zones() -> set[str]:
    stores = Store.objects.order_by().values_list("timezone", flat=True).distinct()
    return set(stores) or {settings.TIME_ZONE}
