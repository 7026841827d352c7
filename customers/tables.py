"""The list of customers as its rows say it: thin, because it is the page opened most."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import cards
from customers.cards import Card
from customers.models import Ownership
from customers.ownership.rulebook import last_day, local_day
from dealers.actor import Actor


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of a list, in the reader's words."""

    ownership: Ownership
    card: Card
    kind: str  # of the tag: ok, warn, bad, info or nothing
    left: str
    until: date
    last: date
    follow_up: str
    overdue: bool

    @property
    def until_text(self) -> str:
        return _("until %(day)s") % {"day": formats.date_format(self.until, "SHORT_DATE_FORMAT")}

    @property
    def last_text(self) -> str:
        day = formats.date_format(self.last, "SHORT_DATE_FORMAT")
        if self.ownership.last_activity_at == self.ownership.period.lower:
            return _("Registered %(day)s") % {"day": day}
        return day

    @classmethod
    def of(cls, ownership: Ownership, card: Card, now: datetime) -> "Row":
        tz = ownership.store.tz
        today = local_day(now, tz)
        until = last_day(ownership.protected_until, tz)
        kind, left = protection_left(ownership, until, today, now)
        due = ownership.follow_up_on
        if due is not None and due > today:
            follow_up, overdue = formats.date_format(due, "MONTH_DAY_FORMAT"), False
        elif ownership.contacted_at is None:
            follow_up, overdue = _("Not contacted yet"), True
        elif due is not None:
            follow_up, overdue = (
                _("Due %(day)s") % {"day": formats.date_format(due, "MONTH_DAY_FORMAT")},
                True,
            )
        else:
            follow_up, overdue = "–", False
        return cls(
            ownership=ownership,
            card=card,
            kind=kind,
            left=left,
            until=until,
            last=local_day(ownership.last_activity_at, tz),
            follow_up=follow_up,
            overdue=overdue and ownership.period.upper > now,
        )


def protection_left(
    ownership: Ownership, until: date, today: date, now: datetime
) -> tuple[str, str]:
    """The tag of a protection: its kind, and how long it runs on."""
    if ownership.period.upper <= now:
        return "", _("Ended")
    if ownership.protected_until <= now:
        day = (today - until).days
        return "info", _("Grace, day %(day)d") % {"day": day}
    days = (until - today).days
    kind = "bad" if days <= 1 else "warn" if days <= 3 else ""
    if days == 0:
        return kind, _("Ends today")
    return kind, ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}


def rows_of(ownerships: Iterable[Ownership], *, by: Actor, at: datetime) -> list[Row]:
    """The rows of a list as ``by`` may see them."""
    found = list(ownerships)
    opened = cards.open([owned.customer for owned in found], by=by)
    return [Row.of(owned, card, at) for owned, card in zip(found, opened, strict=True)]


def sheet_rows(ownerships: Iterable[Ownership], now: datetime, *, by: Actor) -> Iterator[list[Any]]:
    """The list for a spreadsheet, a header before it. Numbers masked."""
    yield [
        _("Name"),
        _("Mobile number"),
        _("Store"),
        _("Followed up by"),
        _("Protection"),
        _("Protected until"),
        _("Last activity"),
        _("Next follow-up"),
        _("Last sale"),
    ]
    for ownership in ownerships:
        (row,) = rows_of([ownership], by=by, at=now)
        yield _sheet_row(row)


def _sheet_row(row: Row) -> list[Any]:
    owned = row.ownership
    return [
        row.card.name,
        row.card.phone,
        owned.store.name,
        owned.staff.name if owned.staff else "",
        row.left,
        row.until,
        row.last,
        owned.follow_up_on,
        local_day(owned.sold_at, owned.store.tz) if owned.sold_at else None,
    ]
