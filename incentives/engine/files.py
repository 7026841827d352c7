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
EXACT = 200  # digits: more than a product of what a file and a program may say


def write(path: Path, lines: Iterable[RunLine], currency: str) -> None:
    """Write lines as CSV; where several plans use a code, a last column names the plan.

    The file is there once all of it is written; until then what stood there stays. Raises OSError.
    """
    unit, found = minor_unit(currency), list(lines)
    named = bool(in_several_plans((line.plan, line.component) for line in found))
    columns = (*COLUMNS, "plan") if named else COLUMNS
    with localcontext(prec=EXACT):
        rows = [_row(line, unit)[: len(columns)] for line in found]
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


def _row(line: RunLine, unit: Decimal) -> tuple[Any, ...]:
    return (
        key(line.month), line.component, line.beneficiary, key(line.for_month),
        line.external_id, plain(line.base, unit if line.of_money else None),
        "" if line.rate is None else plain(line.rate), line.amount.quantize(unit), line.reason,
        line.plan,
    )  # fmt: skip


def plain(value: Decimal, unit: Decimal | None = None) -> Decimal:
    """A number without zeros at its end; money with the decimals of its currency at least."""
    short = Decimal(words.plain(value))
    return short.quantize(unit) if unit is not None and short == short.quantize(unit) else short
