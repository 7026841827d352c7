"""What spreadsheets do to text, and files made for them."""

import csv
import io
from collections.abc import Iterable
from typing import Any

BOM = "\ufeff"  # Excel takes a file without it for the old encoding of its country
# Full-width signs too: spreadsheets of East Asia read them as their narrow twins.
FORMULA = tuple("=+-@＝＋－＠")


def inert(value: Any) -> Any:
    """The value, or a text that a spreadsheet would run as a formula kept a text by a quote.

    Blanks, tabs and line breaks before the sign do not stop a spreadsheet, nor does the mark of
    UTF-8. What is not a text is returned as it is.
    """
    if not isinstance(value, str):
        return value
    start = value.lstrip(" \t\r\n\v\f\u00a0\u3000\ufeff\u200b\0")
    if start.startswith(FORMULA) or value.startswith(("\t", "\r", "\n")):
        return f"'{value}"
    return value


def as_csv(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as a CSV file that spreadsheets open as it is meant: UTF-8, and no cell a formula."""
    text = io.StringIO()
    text.write(BOM)
    csv.writer(text).writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue()
