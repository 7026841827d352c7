"""Facts for the engine from a file of events (the columns stand in ``engine.program``)."""

import re
from collections import Counter
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dealers.imports import values
from dealers.imports.csv import CsvFile
from dealers.imports.problems import RowProblem
from dealers.months import first_day
from incentives.engine.categories import of_categories
from incentives.engine.registry import FACTS, RETURN, SALE

NEEDED = ("kind", "external_id", "at")
KNOWN = (
    *NEEDED, "dealer", "store", "staff", "region", "level", "sold_by", "category", "quantity",
    "net", "margin", "owner_share", "owned_since", "returns", "recorded_at",
    "seller", "customer", "source", "agreement_signed", "data_complete",
)  # fmt: skip
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
        )  # fmt: skip


def read(path: Path, timezone: str) -> tuple[list[Fact], CsvFile]:
    """The events of a file, and the file with what was wrong with its rows. Raises WrongUse.

    The same row twice counts once. A return waits for the sale that it names: it is booked when
    both are known.
    """
    file = CsvFile.open(path, NEEDED, KNOWN)
    file.columns = [name for name in KNOWN if name in file.header]
    tz = ZoneInfo(timezone)
    found: list[Fact] = []
    heads: dict[tuple[str, str], Fact] = {}
    seen: set[tuple[Any, ...]] = set()
    for line, row in file.rows():
        try:
            fact = Fact.of(line, dict(zip(file.columns, row, strict=True)), tz)
            first = heads.setdefault((fact.kind, fact.external_id), fact)
            if first.head != fact.head:
                raise RowProblem(
                    "external_id", fact.external_id,
                    _("Line %(line)d has the same external_id with another time, place or person.")
                    % {"line": first.line},
                )  # fmt: skip
            same = fact.values[1:]
            if fact.kind not in {SALE, RETURN} and first.values[1:] != same:
                raise RowProblem(
                    "external_id", fact.external_id,
                    _("Line %(line)d has the same event with other values. Only a sale or a return"
                      " has several rows.") % {"line": first.line},
                )  # fmt: skip
            if same in seen:
                file.repeated += 1
                continue
            seen.add(same)
            found.append(fact)
        except RowProblem as problem:
            file.reject_for(line, problem)
    return _matched(found, heads, file), file


def _matched(found: list[Fact], heads: dict[tuple[str, str], Fact], file: CsvFile) -> list[Fact]:
    """The facts without returns of what was never sold; other returns not before their sale."""
    categories: dict[str, set[str | None]] = {}
    for fact in found:
        if fact.kind == SALE:
            categories.setdefault(fact.external_id, set()).add(fact.category)
    kept = []
    for fact in found:
        try:
            if fact.kind == RETURN:
                _match(fact, heads.get((SALE, fact.returns or "")), categories)
        except RowProblem as problem:
            file.reject_for(fact.line, problem)
        else:
            kept.append(fact)
    kept = of_categories(kept)
    lines = Counter((fact.kind, fact.external_id) for fact in kept)
    for number, fact in enumerate(kept, 1):
        fact.line, fact.lines = number, lines[fact.kind, fact.external_id]
    return kept


def _match(back: Fact, sold: Fact | None, categories: dict[str, set[str | None]]) -> None:
    """Put a return beside its sale, of which ``categories`` has the rows. Raises RowProblem."""
    sale = back.returns or ""
    if sold is None:
        raise RowProblem("returns", sale, _("No sale of the file has this external_id."))
    if back.at < sold.at:
        raise RowProblem("at", back.at.isoformat(), _("The sale is of a later moment."))
    if len(categories[sale]) == 1 and None in {back.category, *categories[sale]}:
        (back.category,) = categories[sale]
    if back.category and back.category not in categories[sale]:
        remedy = _("The sale has no row of this category.")
        raise RowProblem("category", back.category, remedy)
    back.closing = max(back.closing, sold.closing)


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


def _yes(row: dict[str, str], name: str) -> bool:
    value = row.get(name, "").strip()
    return values.yes_or_no(name, value) if value else False
