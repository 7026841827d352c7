"""Lines as a file (the columns of LINES.csv)."""

from collections.abc import Iterable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from dealers import words
from dealers.currencies import minor_unit
from dealers.months import key
from dealers.spreadsheets import write_csv
from incentives.engine.run import Line

COLUMNS = ("month", "component", "beneficiary", "for_month", "external_id", "base", "rate",
           "amount", "reason")  # fmt: skip
EXACT = 200  # digits: more than a product of what a file and a program may say


def write(path: Path, lines: Iterable[Line], currency: str) -> None:
    """Write lines as CSV. Raises OSError."""
    unit = minor_unit(currency)
    with localcontext(prec=EXACT):
        rows = [_row(line, unit) for line in lines]
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, [COLUMNS, *rows])


def _row(line: Line, unit: Decimal) -> tuple[Any, ...]:
    return (
        key(line.month), line.component, line.beneficiary, key(line.for_month),
        line.external_id, _plain(line.base, unit if line.of_money else None),
        "" if line.rate is None else _plain(line.rate), line.amount.quantize(unit), line.reason,
    )  # fmt: skip


def _plain(value: Decimal, unit: Decimal | None = None) -> Decimal:
    """A number without zeros at its end; money with the decimals of its currency at least."""
    short = Decimal(words.plain(value))
    return short.quantize(unit) if unit is not None and short == short.quantize(unit) else short
