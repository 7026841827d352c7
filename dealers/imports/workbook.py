"""Workbooks of spreadsheet programs, read by a child with little memory and less time.

A workbook is a packed file that others made: what it unpacks to is its maker's choice. So it is
read apart from everything else, by ``python -m dealers.imports.workbook IN OUT BYTES``, which knows
no setting and no key, and ends when it takes too much.
"""

import csv
import os
import resource
import subprocess
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dealers.imports.problems import WrongUse

SECONDS = 300
LARGEST = 1 << 30  # bytes of what comes out
EXACT = 10**15  # from here on a workbook has rounded whole numbers
STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of the packed formats, and of the old ones


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, by its first bytes."""
    with path.open("rb") as file:
        return file.read(4).startswith(STARTS)


def as_csv(path: Path) -> Path:
    """The first sheet with something in it as CSV in UTF-8, row for line. Raises WrongUse."""
    target = path.with_name(f"{path.name}.csv")
    memory = str(settings.PORTAL_WORKBOOK_MB << 20)
    command = [sys.executable, "-m", "dealers.imports.workbook", str(path), str(target), memory]
    try:
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", "")},
            capture_output=True,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        raise WrongUse(
            _(
                "%(file)s cannot be read: it is damaged, protected by a password, or too large."
                " Save it as “CSV UTF-8” and bring that."
            )
            % {"file": path.name}
        )
    return target


def text_of(value: Any) -> str:
    """A cell as text: days and times as ISO 8601 has them, whole numbers without a point."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case float() if abs(value) >= EXACT:
            text = f"{value:.1f}"  # by its point one sees that the last digits are lost
        case float():
            value = float(f"{value:.15g}")  # as many digits as spreadsheets show: 59.7 of 3 × 19.9
            text = str(int(value)) if value.is_integer() else str(value)
        case datetime():
            text = value.isoformat(" ")
        case date() | time():
            text = value.isoformat()
        case _:
            text = " ".join(str(value).split())
    return text


def _convert(source: str, target: str) -> None:
    """What the child does."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 -- in the child only

    workbook = CalamineWorkbook.from_path(source)
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if not sheet.height:
                continue
            # Rows above the first cell come as empty ones, columns left of it do not come at all.
            left = [""] * (sheet.start or (0, 0))[1]
            for row in sheet.iter_rows():
                writer.writerow([*left, *(text_of(cell) for cell in row)])
            return


if __name__ == "__main__":
    memory = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    _convert(*sys.argv[1:3])
