"""What the engine is told of an event: a row of a file, or of the records."""

import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dealers.imports import values
from dealers.imports.problems import RowProblem
from dealers.months import first_day
from incentives.engine.registry import FACTS, RETURN

SOLD_BY = ("own", "sister", "other", "online")
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST = 200  # characters of a code or number
REMEMBERED = 10_000  # codes and moments: most come again
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_DEBT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")  # a margin may be a loss


@dataclass
class Fact:
    """One row: a line of an event. ``month`` it counts in, ``closing`` the month that books it.

    Times as they are, days by the program's time zone. Empty texts are None.
    """

    line: int
    lines: int  # of its event
    kind: str
    external_id: str
    at: datetime
    day: date
    month: date
    closing: date
    known: bool  # booked by an earlier closing
    back: bool  # takes away what the same event brought
    dealer: str | None
    store: str | None
    staff: str | None
    region: str | None
    level: str | None
    sold_by: str | None
    category: str | None
    quantity: Decimal
    net: Decimal
    margin: Decimal | None  # None: in proportion to the money, of a return
    owner_share: Decimal
    owned_on: date | None
    returns: str | None
    seller: str | None
    customer: str | None
    source: str | None
    agreement_signed: bool
    data_complete: bool
    certified: bool  # on record; in a file, certificates are facts of their own
    agreement_from: date | None  # first day of the newest version signed by then

    @classmethod
    def columns(cls) -> list[str]:
        return [each.name for each in fields(cls)]

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.columns())

    @property
    def head(self) -> tuple[Any, ...]:
        """What all rows of one event have in common."""
        return (self.at, self.closing, self.dealer, self.store, self.staff, self.region,
                self.sold_by, self.owner_share, self.owned_on, self.returns, self.seller,
                self.customer, self.source)  # fmt: skip

    @classmethod
    def of(cls, line: int, row: dict[str, str], tz: ZoneInfo) -> Self:
        """A row of the file. Raises RowProblem: column, value, and what would be right."""
        kind = _choice("kind", row.get("kind", "").strip(), FACTS)
        at = _moment("at", row["at"].strip())
        recorded = row.get("recorded_at", "").strip()
        recorded_at = _moment("recorded_at", recorded) if recorded else at
        day = at.astimezone(tz).date()
        seen = recorded_at.astimezone(tz).date()
        sold_by = row.get("sold_by", "").strip()
        share = _given(row, "owner_share", _NUMBER, Decimal(1))
        if share > 1:
            raise RowProblem("owner_share", row["owner_share"], _("Write a share from 0 to 1."))
        if kind == RETURN and not row.get("returns", "").strip():
            raise RowProblem("returns", "", _("Name the external_id of the sale."))

        def text(name: str) -> str | None:
            return _text(name, row.get(name, ""))

        return cls(
            line=line, lines=1, kind=kind,
            external_id=values.identifier("external_id", row.get("external_id", ""), LONGEST),
            at=at, day=day, month=first_day(day), closing=first_day(max(day, seen)),
            known=False, back=False,
            dealer=text("dealer"), store=text("store"), staff=text("staff"), region=text("region"),
            level=text("level"), category=text("category"),
            sold_by=_choice("sold_by", sold_by, SOLD_BY) if sold_by else None,
            quantity=_given(row, "quantity", _NUMBER, Decimal(0)),
            net=_given(row, "net", _NUMBER, Decimal(0)),
            margin=_given(row, "margin", _DEBT, None if kind == RETURN else Decimal(0)),
            owner_share=share, owned_on=_owned_on(row.get("owned_since", "").strip(), tz),
            returns=text("returns"), seller=text("seller"), customer=text("customer"),
            source=text("source"), agreement_signed=_yes(row, "agreement_signed"),
            data_complete=_yes(row, "data_complete"), certified=False,
            agreement_from=_day("agreement_from", row.get("agreement_from", "").strip()),
        )  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def _text(name: str, value: str) -> str | None:
    return values.optional_identifier(name, value, LONGEST).strip() or None


@lru_cache(maxsize=REMEMBERED)
def _moment(name: str, value: str) -> datetime:
    return values.moment(name, value, LATEST)


def _choice(column: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise RowProblem(
            column, value, _("Write one of: %(choices)s.") % {"choices": ", ".join(known)}
        )
    return value


def _given[Missing: (Decimal, Decimal | None)](
    row: dict[str, str], name: str, form: re.Pattern[str], missing: Missing
) -> Decimal | Missing:
    value = row.get(name, "").strip()
    if not value:
        return missing
    if not form.fullmatch(value):
        if name == "owner_share":
            raise RowProblem(name, value, _("Write a share from 0 to 1."))
        raise RowProblem(name, value, _("Write a number such as 1234.50."))
    return Decimal(value)


def _owned_on(value: str, tz: ZoneInfo) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return _moment("owned_since", value).astimezone(tz).date()


def _day(column: str, value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise RowProblem(column, value, _("Write a day like 2017-03-01.")) from None


def _yes(row: dict[str, str], name: str) -> bool:
    value = row.get(name, "").strip()
    return values.yes_or_no(name, value) if value else False
