"""Which of a region's stores to look at first, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incentives.desk.region import ENOUGH, NEW_STAFF_DAYS, StoreFigures
from incentives.figures import SAMPLE

SALES_FOR_EACH = 10  # registration: a store that sells more than that does not ask who buys


class Kind(StrEnum):
    """What can be wrong with a store."""

    UNSTAFFED = "unstaffed"
    SILENT = "silent"
    LATE = "late"
    ENDING = "ending"
    DECLINING = "declining"
    UNASKED = "unasked"
    UNSOLD = "unsold"
    UNTRAINED = "untrained"


# Where the store's page shows what helps: whom to call, its people, its figures.
PART = {
    Kind.UNSTAFFED: "contact",
    Kind.SILENT: "contact",
    Kind.LATE: "staff",
    Kind.ENDING: "contact",
    Kind.DECLINING: "trend",
    Kind.UNASKED: "contact",
    Kind.UNSOLD: "figures",
    Kind.UNTRAINED: "staff",
}


@dataclass(frozen=True)
class Reason:
    """Why a store comes first today: the figure behind it, and what would help."""

    row: StoreFigures
    kind: Kind
    weight: int  # the higher, the earlier in the list
    severe: bool
    text: str
    detail: str
    action: str

    @property
    def part(self) -> str:
        """The part of the store's page that goes on from here."""
        return PART[self.kind]


def _unstaffed(row: StoreFigures) -> Reason | None:
    if row.staff:
        return None
    return Reason(
        row,
        Kind.UNSTAFFED,
        weight=1100,
        severe=True,
        text=_("Nobody works here"),
        detail=_("The owner has to invite a manager or associates"),
        action=_("Call the owner"),
    )


def _silent(row: StoreFigures, today: date) -> Reason | None:
    if not row.silent(today) or row.new(today):
        return None
    last = row.last_registered_on
    if last is None:
        since = _("Open since %(day)s") % {"day": _day(row.store.opened_on)}
        return Reason(
            row, Kind.SILENT, 1000, True, _("No registration yet"), since, _("Call the store")
        )
    days = (today - last).days
    text = ngettext("No registration for %(days)d day", "No registration for %(days)d days", days)
    return Reason(
        row,
        Kind.SILENT,
        weight=500 + min(days, 400),
        severe=True,
        text=text % {"days": days},
        detail=_("Last one on %(day)s") % {"day": _day(last)},
        action=_("Call the store"),
    )


def _late(row: StoreFigures) -> Reason | None:
    if not row.late:
        return None
    missed = row.judged - row.contacted
    text = ngettext(
        "%(count)d first contact missed or late", "%(count)d first contacts missed or late", missed
    )
    return Reason(
        row,
        Kind.LATE,
        weight=300 + min(missed, 199),
        severe=True,
        text=text % {"count": missed},
        detail=_("%(contacted)d of %(judged)d contacted in time")
        % {"contacted": row.contacted, "judged": row.judged},
        action=_("Coach follow-up"),
    )


def _ending(row: StoreFigures) -> Reason | None:
    if not row.ending:
        return None
    text = ngettext(
        "%(count)d protection ends without any contact",
        "%(count)d protections end without any contact",
        row.ending,
    )
    return Reason(
        row,
        Kind.ENDING,
        weight=250 + min(row.ending, 49),
        severe=row.ending >= ENOUGH,
        text=text % {"count": row.ending},
        detail=_("Within 7 days; after that and any grace others may register them"),
        action=_("Call the store"),
    )


def _declining(row: StoreFigures) -> Reason | None:
    if not row.declining or row.change is None:
        return None
    percent = round(-row.change * 100)
    return Reason(
        row,
        Kind.DECLINING,
        weight=200 + min(percent, 99),
        severe=False,
        text=_("Registrations down by %(percent)d%%") % {"percent": percent},
        detail=_("%(now)d, in the same days last month %(before)d")
        % {"now": row.registrations, "before": row.registrations_before},
        action=_("Look at the store"),
    )


def _unasked(row: StoreFigures) -> Reason | None:
    if row.sales < ENOUGH or row.sales < SALES_FOR_EACH * row.registrations:
        return None
    return Reason(
        row,
        Kind.UNASKED,
        weight=150 + min(row.sales, 49),
        severe=False,
        text=_("Sells, but hardly registers"),
        detail=_("Sales this month: %(sales)d, valid registrations: %(registrations)d")
        % {"sales": row.sales, "registrations": row.registrations},
        action=_("Call the store"),
    )


def _unsold(row: StoreFigures, conversion: Decimal | None) -> Reason | None:
    if row.mature < SAMPLE or row.conversion is None or not conversion:
        return None
    if row.conversion >= conversion / 2:
        return None
    return Reason(
        row,
        Kind.UNSOLD,
        weight=100 + min(row.mature, 49),
        severe=False,
        text=_("Many registrations, few sales"),
        detail=_("%(sold)d of %(registrations)d registrations bought")
        % {"sold": row.sold, "registrations": row.mature},
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
        Kind.UNTRAINED,
        weight=min(row.new_staff, 99),
        severe=False,
        text=text % {"count": row.new_staff},
        detail=_("Started within the last %(days)d days") % {"days": NEW_STAFF_DAYS},
        action=_("Look at the training"),
    )


def of_store(row: StoreFigures, conversion: Decimal | None, today: date) -> list[Reason]:
    """All reasons to look at a store, the strongest first; ``conversion`` is the region's.

    A closed one has none: nobody works there, and nobody can help it.
    """
    if row.closed(today):
        return []
    found = (
        _unstaffed(row),
        _silent(row, today),
        _late(row),
        _ending(row),
        _declining(row),
        _unasked(row),
        _unsold(row, conversion),
        _untrained(row),
    )
    return sorted(filter(None, found), key=lambda reason: -reason.weight)


def _day(day: date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")


def attention(
    rows: Iterable[StoreFigures], conversion: Decimal | None, today: date, limit: int = 4
) -> list[Reason]:
    """The stores to look at first, each once, the heaviest reason first.

    As many kinds of reasons as there are come before a second store of the same kind: twenty silent
    stores would hide the one that loses its customers.
    """
    reasons = [reason for row in rows for reason in of_store(row, conversion, today)]
    reasons.sort(key=lambda reason: (-reason.weight, reason.row.code))
    chosen: list[Reason] = []
    for pick in (_new_kinds, _others):
        for reason in pick(reasons, chosen):
            if len(chosen) < limit:
                chosen.append(reason)
    return sorted(chosen, key=lambda reason: (-reason.weight, reason.row.code))


def _new_kinds(reasons: Iterable[Reason], chosen: list[Reason]) -> Iterator[Reason]:
    for reason in _others(reasons, chosen):
        if reason.kind not in {each.kind for each in chosen}:
            yield reason


def _others(reasons: Iterable[Reason], chosen: list[Reason]) -> Iterator[Reason]:
    for reason in reasons:
        if reason.row.code not in {each.row.code for each in chosen}:
            yield reason
