"""Which of a region's stores to look at first, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incentives.desk.region import ENOUGH, NEW_STAFF_DAYS, StoreFigures


@dataclass(frozen=True)
class Reason:
    """Why a store comes first today: the figure behind it, and what would help."""

    row: StoreFigures
    weight: int  # the higher, the earlier in the list
    severe: bool
    text: str
    detail: str
    action: str


def _silent(row: StoreFigures, today: date) -> Reason | None:
    if not row.silent(today) or row.new(today):
        return None
    last = row.last_registered_on
    if last is None:
        since = _("Open since %(day)s") % {"day": _day(row.store.opened_on)}
        return Reason(row, 1000, True, _("No registration yet"), since, _("Call the store"))
    days = (today - last).days
    text = ngettext("No registration for %(days)d day", "No registration for %(days)d days", days)
    return Reason(
        row,
        weight=500 + min(days, 400),
        severe=True,
        text=text % {"days": days},
        detail=_("Last one on %(day)s") % {"day": _day(last)},
        action=_("Call the store"),
    )


def _late(row: StoreFigures) -> Reason | None:
    if not row.late:
        return None
    missed = row.registrations - row.contacted
    text = ngettext(
        "%(count)d first contact missed or late", "%(count)d first contacts missed or late", missed
    )
    return Reason(
        row,
        weight=300 + min(missed, 199),
        severe=True,
        text=text % {"count": missed},
        detail=_("%(contacted)d of %(registrations)d contacted in time")
        % {"contacted": row.contacted, "registrations": row.registrations},
        action=_("Coach follow-up"),
    )


def _declining(row: StoreFigures) -> Reason | None:
    if not row.declining or row.change is None:
        return None
    percent = round(-row.change * 100)
    return Reason(
        row,
        weight=200 + min(percent, 99),
        severe=False,
        text=_("Registrations down by %(percent)d%%") % {"percent": percent},
        detail=_("%(now)d, in the same days last month %(before)d")
        % {"now": row.registrations, "before": row.registrations_before},
        action=_("Look at the store"),
    )


def _unsold(row: StoreFigures, conversion: Decimal | None) -> Reason | None:
    if row.registrations < 3 * ENOUGH or row.conversion is None or not conversion:
        return None
    if row.conversion >= conversion / 2:
        return None
    return Reason(
        row,
        weight=100 + min(row.registrations, 99),
        severe=False,
        text=_("Many registrations, few sales"),
        detail=_("%(sold)d of %(registrations)d registrations bought")
        % {"sold": row.sold, "registrations": row.registrations},
        action=_("Coach follow-up"),
    )


def _untrained(row: StoreFigures) -> Reason | None:
    if not row.new_staff:
        return None
    text = ngettext(
        "%(count)d new colleague without training",
        "%(count)d new colleagues without training",
        row.new_staff,
    )
    return Reason(
        row,
        weight=min(row.new_staff, 99),
        severe=False,
        text=text % {"count": row.new_staff},
        detail=_("Started within the last %(days)d days") % {"days": NEW_STAFF_DAYS},
        action=_("Look at the training"),
    )


def reason(row: StoreFigures, conversion: Decimal | None, today: date) -> Reason | None:
    """The strongest reason to look at a store, or nothing; ``conversion`` is the region's."""
    return (
        _silent(row, today)
        or _late(row)
        or _declining(row)
        or _unsold(row, conversion)
        or _untrained(row)
    )


def _day(day: date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")


def attention(
    rows: Iterable[StoreFigures], conversion: Decimal | None, today: date, limit: int = 4
) -> list[Reason]:
    """The stores to look at first, each with its strongest reason."""
    reasons = [found for row in rows if (found := reason(row, conversion, today))]
    return sorted(reasons, key=lambda found: (-found.weight, found.row.code))[:limit]
