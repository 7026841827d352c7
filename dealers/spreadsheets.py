"""What spreadsheets do to text, and files made for them."""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any, TextIO

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from dealers.words import exact_percent

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


def not_inert(text: str) -> str:
    """A text as it was before ``inert``."""
    return text[1:] if text.startswith("'") and inert(text[1:]) == text else text


def write_csv(file: TextIO, rows: Iterable[Iterable[Any]]) -> int:
    """Write rows as CSV, no cell a formula; how many."""
    writer, count = csv.writer(file), 0
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
        count += 1
    return count


def csv_pieces(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Rows as a CSV file that spreadsheets open as it is meant, a line at a time."""
    yield BOM.encode()
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


class Percentage(Decimal):
    """A share of one, which a file shows in percent."""

    def __str__(self) -> str:
        return exact_percent(Decimal(self))


def left_out(most: int) -> list[str]:
    """The last row of a file that has the newest ``most`` rows of its page alone."""
    said = _("Only the newest %(count)s are in this file; the page has all of them.")
    return [said % {"count": f"{most:,}"}]


def as_csv(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as a CSV file that spreadsheets open as it is meant: UTF-8, and no cell a formula."""
    text = io.StringIO()
    text.write(BOM)
    write_csv(text, rows)
    return text.getvalue()


def _write_xlsx(made: IO[bytes], rows: Iterable[Iterable[Any]]) -> None:
    """Rows as a workbook, the first one its header: numbers, days and shares are what they are.

    Raises ValueError for more rows than it takes, which would be missing and nobody told.
    """
    import xlsxwriter  # noqa: PLC0415 -- pages that export nothing need not load it

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, {**options, "tmpdir": tempfile.gettempdir()}) as book:
        sheet = book.add_worksheet()
        shapes: dict[Any, Any] = {
            "head": book.add_format({"bold": True, "text_wrap": True}),
            "text": book.add_format({"num_format": "@"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "share": book.add_format({"num_format": "0.0###%"}),
            0: book.add_format({"num_format": "#,##0"}),  # of a yen
            2: book.add_format({"num_format": "#,##0.00"}),
            3: book.add_format({"num_format": "#,##0.000"}),  # of a dinar
            4: book.add_format({"num_format": "#,##0.0000"}),
        }
        for line, row in enumerate(rows):
            if line > MOST_ROWS:
                raise ValueError(f"A workbook has at most {MOST_ROWS} rows below its heads.")
            if line == 0:
                sheet.freeze_panes(1, 0)
            for column, cell in enumerate(row):
                if line == 0:
                    sheet.set_column(column, column, min(40, max(10, 2 * len(str(cell)) + 2)))
                    sheet.write_string(line, column, str(cell), shapes["head"])
                else:
                    _write_cell(sheet, line, column, cell, shapes)


def _write_cell(sheet: Any, line: int, column: int, cell: Any, shapes: dict[Any, Any]) -> None:
    match cell:
        case None | "":
            pass
        case bool():
            sheet.write_string(line, column, str(cell), shapes["text"])
        case Percentage():
            sheet.write_number(line, column, float(cell), shapes["share"])
        case Decimal():
            places = -int(cell.as_tuple().exponent)
            sheet.write_number(line, column, float(cell), shapes.get(places, shapes[2]))
        case int() | float():
            sheet.write_number(line, column, cell)
        case datetime():
            sheet.write_datetime(line, column, cell.replace(tzinfo=None), shapes["moment"])
        case date():
            sheet.write_datetime(line, column, cell, shapes["day"])
        case _:
            sheet.write_string(line, column, str(cell)[:32_767], shapes["text"])


def write(file: IO[bytes], rows: Iterable[Iterable[Any]], kind: str) -> None:
    """Write rows as a file of a kind, ``csv`` or ``xlsx``, whatever their number."""
    if kind == "xlsx":
        _write_xlsx(file, rows)
        return
    file.writelines(csv_pieces(rows))


def made(rows: Iterable[Iterable[Any]], kind: str) -> bytes:
    """Rows as the content of a file of a kind: ``csv`` or ``xlsx``."""
    file = io.BytesIO()
    write(file, rows, kind)
    return file.getvalue()


MOST_ROWS = 2**20 - 1  # of a sheet of Excel, below its heads
NAMES = {"xlsx": "Excel", "csv": "CSV"}  # as people call them
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OTHERS = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    "tsr": "application/timestamp-reply",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
}


class Pieces(StreamingHttpResponse):
    """A file that is sent piece by piece, for which nothing of the database is needed any more."""


def download(content: bytes | str | Iterable[bytes], name: str) -> HttpResponseBase:
    """An answer that a browser keeps as a file; its type is that of its name's end.

    What comes piece by piece is sent so, too.
    """
    kind = (TYPES | OTHERS).get(name.rpartition(".")[2], "application/octet-stream")
    whole = isinstance(content, bytes | str | list)
    answer = HttpResponse if whole else Pieces
    response = answer(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


class DigitsLost(Exception):
    """A number that a spreadsheet rounded; the message says how to send it whole."""


# What is neither seen nor printed, beside the controls and format characters of Unicode.
_UNSEEN = dict.fromkeys(
    map(ord, "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\ufe0e\ufe0f\uffa0")
)
_USUAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/:#-]*", re.ASCII)
_QUOTES = "'`\u2018\u2019\u02bc\u00b4\u2032\uff07\uff40"
_ROUNDED = re.compile(
    r"[+-]?\d(?:[.,]\d+E[+-]?|E\+)\d{1,3}|\d{16,}[.,]0+", re.ASCII | re.IGNORECASE
)
_WHOLE = re.compile(r"(\d{6,15})[.,]0+", re.ASCII)


@lru_cache(maxsize=10_000)
def identifier(text: str) -> str:
    """The number or name that somebody gave a thing, without what programs put around it.

    Widths, invisible characters, spaces at the ends, ``="…"``, and a leading apostrophe go, so that
    the same order has the same number. Raises DigitsLost for 2.02E+18. A NUL stays for the caller
    to refuse.
    """
    if _USUAL.fullmatch(text) and not _ROUNDED.fullmatch(text):
        return text
    text = unicodedata.normalize("NFKC", text.strip().lstrip(_QUOTES)).translate(_UNSEEN)
    text = "".join(s for s in text if s == "\0" or unicodedata.category(s) not in ("Cc", "Cf"))
    text = text.strip()
    quoted = re.fullmatch(r'=?"([^"]*)"', text)
    text = (quoted[1] if quoted else text).strip().lstrip(_QUOTES).strip()
    if _ROUNDED.fullmatch(text):
        raise DigitsLost(
            _(
                "A spreadsheet has rounded this number; its last digits are lost. Format the column"
                " as text before you fill it, and export the file again."
            )
        )
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text
