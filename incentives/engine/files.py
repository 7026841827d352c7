"""Lines as a file (the columns of LINES.csv)."""

import os
from collections.abc import Iterable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from dealers import words
from dealers.currencies import minor_unit
from dealers.months import key
from dealers.spreadsheets import write_csv
from incentives.earnings.results import in_several_plans
from incentives.engine.run import RunLine

COLUMNS = ("month", "component", "beneficiary", "for_month", "external_id", "base", "rate",
           "amount", "reason")  # fmt: skip
ADDED = ("share", "multiplier", "plan")  # where a line has one, or needs it
EXACT = 200  # digits: more than a product of what a file and a program may say


def write(path: Path, lines: Iterable[RunLine], currency: str) -> None:
    """Write lines as CSV; at the end those columns of ``ADDED`` that a line needs.

    It needs its plan where several plans use a code.
    The file is there once all of it is written; until then what stood there stays. Raises OSError.
    """
    unit, found = minor_unit(currency), list(lines)
    named = bool(in_several_plans((line.plan, line.component) for line in found))
    with localcontext(prec=EXACT):
        read = [_row(line, unit) for line in found]
    said = {name for row in read for name in ADDED if row[name] != ""} - {"" if named else "plan"}
    columns = [*COLUMNS, *(name for name in ADDED if name in said)]
    rows = [[row[name] for name in columns] for row in read]
    target = path.resolve()
    whole = not target.exists() or target.is_file()  # neither a pipe nor a device
    draft = target.with_name(f".{target.name}.{os.getpid()}") if whole else target
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            write_csv(file, [columns, *rows])
        if whole:
            draft.replace(target)
    finally:
        if whole:
            draft.unlink(missing_ok=True)


def _row(line: RunLine, unit: Decimal) -> dict[str, Any]:
    values = (
        key(line.month), line.component, line.beneficiary, key(line.for_month),
        line.external_id, plain(line.base, unit if line.of_money else None),
        _or_none(line.rate), line.amount.quantize(unit), line.reason,
        _or_none(line.share), _or_none(line.multiplier), line.plan,
    )  # fmt: skip
    return dict(zip((*COLUMNS, *ADDED), values, strict=True))


def _or_none(value: Decimal | None) -> Decimal | str:
    return "" if value is None else plain(value)


def plain(value: Decimal, unit: Decimal | None = None) -> Decimal:
    """A number without zeros at its end; money with the decimals of its currency at least."""
    short = Decimal(words.plain(value))
    return short.quantize(unit) if unit is not None and short == short.quantize(unit) else short
