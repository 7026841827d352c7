"""What a pack consists of. Each app adds its own parts when it is ready: ``register``.

Parts are read as the owner who asked, behind the walls of the database: a part that forgets its
dealer finds nothing of others. Rows come one after the other, whatever their number.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Choices

from dealers.actor import Actor

CHUNK = 500  # rows that are read from the database at once

Row = Sequence[Any]
Rows = Iterator[Row]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in files, what it holds in words, and its codes if it has."""

    name: str
    says: Any
    codes: type[Choices] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, which the pack has as CSV and as JSON. ``fields`` names the personal data in them."""

    name: str
    title: Any
    columns: tuple[Column, ...]
    rows: Callable[[int, Actor], Rows]
    count: Callable[[int], int]
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """Files as they are, each by its name within the pack."""

    name: str
    title: Any
    says: Any
    files: Callable[[int, Actor], Iterator[tuple[str, Iterable[bytes]]]]


Part = Table | Documents

PARTS: dict[str, Part] = {}


def register(*parts: Part) -> None:
    """Have these parts in every pack from now on, in this order; the same again is one."""
    PARTS.update({part.name: part for part in parts})


def tables() -> list[Table]:
    return [part for part in PARTS.values() if isinstance(part, Table)]


def documents() -> list[Documents]:
    return [part for part in PARTS.values() if isinstance(part, Documents)]


def plain(cell: Any) -> Any:
    """A cell as text or number: codes, moments and amounts in one way of writing."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case date():  # and moments
            return cell.isoformat()
        case Decimal():
            return format(cell, "f")
        case int():
            return cell
    return str(cell)


class _Amount(Decimal):
    """A number as a file has it: exact, without a power of ten."""

    def __str__(self) -> str:
        return format(self, "f")


def cell(value: Any) -> Any:
    """A cell as CSV takes it: an amount stays a number, whose minus begins no formula."""
    return _Amount(value) if isinstance(value, Decimal) else plain(value)
