"""Lines as a file (the columns of LINES.csv)."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from dealers.currencies import minor_unit
from dealers.months import key
from dealers.spreadsheets import write_csv
from incentives.engine.run import Line

COLUMNS = ("month", "component", "beneficiary", "for_month", "external_id", "base", "rate",
           "amount", "reason")  # fmt: skip


def write(path: Path, lines: Iterable[Line], currency: str) -> None:
    """Write lines as CSV. Raises OSError."""
    unit = minor_unit(currency)
    rows = (
        (
            key(line.month), line.component, line.beneficiary, key(line.for_month),
            line.external_id, plain(line.base, unit if line.of_money else None),
            "" if line.rate is None else plain(line.rate), line.amount.quantize(unit), line.reason,
        )
        for line in lines
    )  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, [COLUMNS, *rows])


def plain(value: Decimal, unit: Decimal | None = None) -> Decimal:
    """A number without zeros at its end; money with the decimals of its currency at least."""
    short = Decimal(f"{value.normalize():f}")
    return short.quantize(unit) if unit is not None and short == short.quantize(unit) else short
