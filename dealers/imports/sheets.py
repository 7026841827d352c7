"""Sheets as people make them, turned into the files that the importers read.

The header may stand below a title, in the words of either language, and columns may come in any
order or be left out where something fits without them. What is not understood stays as it is, so
that the importer says what would be right.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.imports.columns import Column, Row, example_of, folded, heads_of
from dealers.imports.csv import PROBLEM, Lines, loosely
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.imports.reading import Reading
from dealers.imports.spellings import is_rewritten
from dealers.spreadsheets import not_inert

PROBLEM_HEAD = gettext_lazy("Problem")  # over the last column of a file of rejected rows
LOOKED_AT = 10  # lines in which a header may stand
MARKS = (",", ";", "\t")  # between the values of a line
PUSHED_OUT = "…"  # in place of an empty value behind the last column
TOTALS = frozenset(("合计", "总计", "小计", "共计", "total", "subtotal", "sum"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose columns are known."""

    path: Path
    encoding: str
    mark: str  # between values
    line: int  # of the header
    width: int  # values of the header
    places: dict[str, int]  # where each column stands
    unread: tuple[str, ...]  # heads that nobody knows, and those of columns that another one says
    ours: bool  # whether it is a file of rejected rows that came back


def look_for(path: Path, encoding: str, columns: Sequence[Column]) -> Sheet:
    """Find the header of these columns among a file's first lines: the one that has most of them.

    Columns that are needed may be missing; ``missing`` tells which. Of several that mean the
    same, the one whose head says it best is read.
    """
    known = {
        head: (column.name, rank) for column in columns for head, rank in column.ranks().items()
    }
    problem = heads_of(PROBLEM, PROBLEM_HEAD)
    best = Sheet(path, encoding, ",", 1, 0, {}, (), ours=False)
    for mark in MARKS:
        for line, cells, _broken in islice(rows_of(path, encoding, mark), LOOKED_AT):
            heads = [folded(cell) for cell in cells]
            found: dict[str, tuple[int, int]] = {}  # rank and place of each column
            for place, head in enumerate(heads):
                if head in known:
                    name, rank = known[head]
                    found[name] = min(found.get(name, (rank, place)), (rank, place))
            places = {name: place for name, (_rank, place) in found.items()}
            if len(places) <= len(best.places):
                continue
            read = set(places.values())
            unread = tuple(
                cell.strip()[:40]
                for place, (cell, head) in enumerate(zip(cells, heads, strict=True))
                if head and place not in read and head not in problem
            )
            ours = not problem.isdisjoint(heads)
            best = Sheet(path, encoding, mark, line, len(cells), places, unread, ours)
    return best


def missing(sheet: Sheet, columns: Sequence[Column]) -> list[str]:
    """The heads of needed columns that a sheet lacks."""
    return [str(each.label) for each in columns if each.needed and each.name not in sheet.places]


def turn(
    sheet: Sheet,
    target: Path,
    columns: Sequence[Column],
    tidy: Callable[[Row, Reading], None],
    *,
    reading: Reading,
    most: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the file that the importer reads; its rows keep their lines.

    ``tidy`` puts a row's values into the importer's words. A template's example is no row, nor is
    the total below. A row that cannot be read, or that is longer than the header, is written with
    more values than columns, so that the importer rejects it: also where the last ones are empty,
    as a comma inside a value may have pushed out the last column, whose cell is empty in that row.
    Raises WrongUse above ``most`` rows.
    """
    names = [column.name for column in columns]
    examples = [example_of(columns, code) for code, _name in settings.LANGUAGES]
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        written, rows = 0, 0
        for line, cells, broken in rows_of(sheet.path, sheet.encoding, sheet.mark, progress):
            if line < sheet.line:
                continue
            while written < line - 1:
                out.write("\n")
                written += 1
            if line == sheet.line:
                writer.writerow(names)
            else:
                beyond = cells if broken else cells[sheet.width :]
                found = loosely(cells[0], sheet.mark) if broken else cells
                row = _picked(sheet, [not_inert(cell) if sheet.ours else cell for cell in found])
                nothing = not any(cell.strip() for cell in (*beyond, *row.values()))
                if beyond and not any(cell.strip() for cell in beyond):
                    beyond[-1] = PUSHED_OUT
                if nothing or _is_example(row, examples) or _is_total(cells):
                    continue
                rows += 1
                if most is not None and rows > most:
                    raise WrongUse(
                        _("At most %(most)d rows fit into one file. Divide it.") % {"most": most}
                    )
                tidy(row, reading)
                told = [*(row.get(name, "") for name in names), *beyond]
                writer.writerow(" ".join(each.splitlines()) for each in told)
            written += 1


def rows_of(
    path: Path, encoding: str, mark: str, progress: Progress | None = None
) -> Iterator[tuple[int, list[str], bool]]:
    """Line and cells of each row that is not empty, and whether it cannot be read.

    One that cannot is a single cell.
    """
    with path.open(encoding=encoding, newline="") as file:
        lines = Lines(file)
        reader = csv.reader(lines, strict=True, delimiter=mark)
        while True:
            lines.mark()
            first = lines.number + 1
            if progress is not None and not first & 4095:
                progress.show(file.buffer.tell())  # type: ignore[attr-defined]
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield first, [lines.line_of_mark()], True
                lines.back_to_mark()
                reader = csv.reader(lines, strict=True, delimiter=mark)
            else:
                if any(cell.strip() for cell in row):
                    yield first, row, False


def _picked(sheet: Sheet, cells: list[str]) -> Row:
    return {
        name: cells[place] if place < len(cells) else "" for name, place in sheet.places.items()
    }


def _is_example(row: Row, examples: Sequence[Row]) -> bool:
    """Whether a row is the template's, though columns were taken out of it since."""
    return any(
        all(is_rewritten(cell, example[name]) for name, cell in row.items()) for example in examples
    )


def _is_total(cells: list[str]) -> bool:
    """Whether a line adds up those above it."""
    first = next((cell for cell in cells if cell.strip()), "")
    return folded(first) in TOTALS
