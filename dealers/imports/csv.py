"""A CSV file with a header, read row by row."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from dealers.bounds import readable
from dealers.imports import encodings
from dealers.imports.problems import Problem, Problems, RowProblem, WrongUse
from dealers.imports.progress import Progress
from dealers.models import FileImport, ImportState, User
from dealers.spreadsheets import not_inert, write_csv

CHUNK = 1 << 20
PROBLEM = "problem"  # the last column of a file of rejected rows
SHOWN = 20  # problems kept with the import; the file of rejected rows has them all


@dataclass(slots=True)
class CsvFile:
    """A CSV file with a header, and what was found wrong with its rows."""

    path: Path
    columns: Sequence[str]
    encoding: str
    sha256: str
    size: int
    header: list[str]
    problems: Problems = field(default_factory=Problems)
    rows_read: int = 0
    repeated: int = 0

    @classmethod
    def open(cls, path: Path, columns: Sequence[str], more: Sequence[str] = ()) -> "CsvFile":
        """Check encoding and header, which may name ``more`` than ``columns``. Raises WrongUse."""
        if not path.is_file():
            raise WrongUse(_("There is no file %(path)s.") % {"path": path})
        encoding = encodings.detect(path)
        sha256, size = _digest(path)
        with path.open(encoding=encoding, newline="") as file:
            try:
                header = next(filter(any, csv.reader(file, strict=True)), None)
            except csv.Error as error:
                raise WrongUse(
                    _("The header cannot be read (%(error)s). It has to be: %(columns)s.")
                    % {"error": error, "columns": ", ".join(columns)}
                ) from None
        header = [name.strip() for name in header or []]
        while header and not header[-1]:  # spreadsheets write empty columns behind the last one
            header.pop()
        _check_header(header, columns, more)
        return cls(path, columns, encoding, sha256, size, header)

    @property
    def name(self) -> str:
        """The file's name as it can be stored and printed."""
        return readable(self.path.name)

    def rows(
        self,
        progress: Progress | None = None,
        malformed: Callable[[int, tuple[str, ...], str], None] | None = None,
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Line number and the values of the columns asked for; malformed rows are rejected here.

        ``malformed`` is told each of those: line, values as far as they can be made out, remedy.
        """

        def leave_out(line: int, cells: list[str], value: str, remedy: str) -> None:
            self.rows_read += 1
            self.reject(line, "", value, remedy)
            if malformed is not None:
                cells = [*map(not_inert, cells)] if ours else cells
                malformed(line, pick([*cells, *[""] * width]), remedy)

        pick = itemgetter(*[self.header.index(name) for name in self.columns])
        width = len(self.header)
        ours = PROBLEM in self.header
        with self.path.open(encoding=self.encoding, newline="") as file:
            lines = Lines(file)
            reader = csv.reader(lines, strict=True)
            next(filter(any, reader))  # there may be empty lines above the header
            while True:
                lines.mark()
                first = lines.number + 1
                try:
                    for row in reader:
                        if not any(row):
                            pass  # an empty line, or an empty row of a spreadsheet
                        elif len(row) == width or (len(row) > width and not any(row[width:])):
                            self.rows_read += 1
                            yield first, pick([*map(not_inert, row)] if ours else row)
                        else:
                            leave_out(first, row, "", _wrong_width(len(row), width))
                        lines.mark()
                        first = lines.number + 1
                        if progress is not None and not self.rows_read & 4095:
                            progress.show(file.buffer.tell())  # type: ignore[attr-defined]
                    return
                except csv.Error as error:
                    broken = lines.line_of_mark()
                    leave_out(first, loosely(broken), broken, _unreadable(error))
                    lines.back_to_mark()
                    reader = csv.reader(lines, strict=True)

    def reject(self, line: int, column: str, value: str, remedy: str) -> None:
        """Leave a row out; the first problem of a line counts."""
        self.problems.add(Problem(line, column, value[:80].replace("\0", "␀"), remedy))

    def reject_for(self, line: int, problem: RowProblem) -> None:
        """Leave a row out for what was raised about it."""
        self.reject(line, problem.column, problem.value, problem.remedy)

    @property
    def accepted(self) -> int:
        return self.rows_read - self.repeated - len(self.problems)

    def write_rejected(self, target: Path, heads: Mapping[str, str] | None = None) -> None:
        """The rejected rows as they came, with a ``problem`` column behind those that they have.

        The file can be sent again as it is: the column is not read, and it is written anew. What a
        spreadsheet would run is kept a text by a quote, which is taken off when the file is read.
        ``heads`` are other words for the names of columns.
        """
        heads = heads or {}
        with (
            target.open("w", encoding="utf-8-sig", newline="") as out,
            self.path.open(encoding=self.encoding, newline="") as file,
        ):
            header = [name for name in self.header if name != PROBLEM]
            write_csv(out, [[heads.get(name, name) for name in (*header, PROBLEM)]])
            lines = Lines(file)
            for problem in self.problems:
                line = lines.at(problem.line)
                try:
                    row = next(csv.reader(chain([line], lines), strict=True))
                except csv.Error:
                    row = [line.strip()]
                    lines.back_to_mark()
                row = self._without_problem(row)
                row += [""] * (len(header) - len(row))
                write_csv(out, [[*row, problem.said(heads)]])

    def _without_problem(self, row: list[str]) -> list[str]:
        """A row of a file of rejected rows as it was before: the problem is its last cell."""
        if PROBLEM in self.header and len(row) > 1:
            del row[self.header.index(PROBLEM) if len(row) == len(self.header) else -1]
        return row

    def note(
        self, kind: str, *, started_at: datetime, finished_at: datetime, by: User | None = None
    ) -> FileImport:
        """Put the import on record."""
        problems = [problem.on_record() for problem in islice(self.problems, SHOWN)]
        state = ImportState.REJECTED if self.problems else ImportState.DONE
        return FileImport.objects.create(
            kind=kind,
            name=self.name[:255],
            sha256=self.sha256,
            state=state,
            rows=self.rows_read,
            accepted=self.accepted,
            repeated=self.repeated,
            rejected=len(self.problems),
            problems="\n".join(problems),
            started_at=started_at,
            finished_at=finished_at,
            by=by,
        )


class Lines:
    """The lines of a file, which can be read again from a mark: for rows that never end.

    ``mark`` before each row, ``back_to_mark`` after one that cannot be read.
    """

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.number = 0  # lines given out
        self._since: list[str] = []
        self._again: list[str] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self.file)
        self.number += 1
        self._since.append(line)
        return line

    def mark(self) -> None:
        self._since.clear()

    def at(self, number: int) -> str:
        """Go forward to the line of that number, and mark it."""
        while self.number < number:
            self.mark()
            line = next(self)
        return line

    def line_of_mark(self) -> str:
        return self._since[0].strip()

    def back_to_mark(self) -> None:
        """Go on behind the line at the mark."""
        again = self._since[1:]
        self.number -= len(again)
        self._again.extend(reversed(again))
        self._since.clear()


def loosely(line: str, mark: str = ",") -> list[str]:
    """What the values of a line that cannot be read may be."""
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        return [line]


def _digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, which is never kept in memory."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _check_header(header: list[str], columns: Sequence[str], more: Sequence[str]) -> None:
    expected = ", ".join(columns)
    if not any(header):
        raise WrongUse(
            _("The file is empty. Its first row has to name the columns: %(columns)s.")
            % {"columns": expected}
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise WrongUse(_("Columns named twice: %(columns)s.") % {"columns": ", ".join(twice)})
    missing = [name for name in columns if name not in header]
    if missing:
        unknown = [name for name in header if name not in {*columns, *more}]
        raise WrongUse(
            _(
                "Missing columns: %(missing)s. Unknown columns: %(unknown)s. The header has to be:"
                " %(columns)s."
            )
            % {
                "missing": ", ".join(missing),
                "unknown": ", ".join(unknown)[:200] or "–",
                "columns": expected,
            }
        )


def _wrong_width(found: int, wanted: int) -> str:
    if found > wanted:
        return _(
            "There are more values than columns. Put a value with a comma or a quotation mark in it"
            " into quotation marks, and take out what stands behind the last column."
        )
    return _("The row has %(found)d values, the header has %(wanted)d columns.") % {
        "found": found,
        "wanted": wanted,
    }


def _unreadable(error: csv.Error) -> str:
    return _("A quotation mark is not closed or not doubled (%(error)s).") % {"error": error}
