"""Reading the files of other systems: one way to say what is wrong with a row and what is right."""

import codecs
import csv
import hashlib
import sqlite3
import sys
import time
import weakref
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import psycopg
from django.core.management.base import CommandError
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.commands import PortalCommand
from dealers.models import FileImport, ImportState, User

CHUNK = 1 << 20
MANY = 100_000  # of them take seconds to write
SHOWN = 20  # problems printed and kept with the import; the file of rejected rows has them all
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class WrongUse(Exception):
    """The whole file cannot be read; the message says what would be right."""


class RowProblem(Exception):
    """A row cannot be taken: column, value, and what would be right."""

    def __init__(self, column: str, value: str, remedy: str) -> None:
        super().__init__(remedy)
        self.column, self.value, self.remedy = column, value, remedy


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was rejected. ``line`` counts from 1, which is the header."""

    line: int
    column: str
    value: str
    remedy: str

    def __str__(self) -> str:
        where = _("line %(line)d") % {"line": self.line}
        if not self.column:
            return f"{where}: {self.remedy}"
        return f"{where}, {self.column} “{self.value}”: {self.remedy}"


class Problems:
    """The problems of a file in order of its lines, on disk: all of a large file may be bad."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a file without a name that goes with the connection
        weakref.finalize(self, self._rows.close)
        self._rows.execute(
            "CREATE TABLE problem (line INTEGER PRIMARY KEY, name TEXT, value TEXT, remedy TEXT)"
        )
        self._count = 0

    def add(self, problem: Problem) -> None:
        """Note a problem; the first one of a line counts."""
        self._count += self._rows.execute(
            "INSERT OR IGNORE INTO problem VALUES (?, ?, ?, ?)",
            (problem.line, problem.column, problem.value, problem.remedy),
        ).rowcount

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Problem]:
        for row in self._rows.execute("SELECT * FROM problem ORDER BY line"):
            yield Problem(*row)


@dataclass(slots=True)
class CsvFile:
    """A CSV file with a header, and what was found wrong with its rows."""

    path: Path
    columns: Sequence[str]
    encoding: str
    sha256: str
    size: int
    header: list[str]
    started_at: datetime
    problems: Problems = field(default_factory=Problems)
    rows_read: int = 0
    repeated: int = 0

    @classmethod
    def open(cls, path: Path, columns: Sequence[str]) -> "CsvFile":
        """Check encoding and header. Raises WrongUse."""
        started_at = timezone.now()
        if not path.is_file():
            raise WrongUse(_("There is no file %(path)s.") % {"path": path})
        encoding, sha256, size = _inspect(path)
        with path.open(encoding=encoding, newline="") as file:
            try:
                header = next(csv.reader(file, strict=True), None)
            except csv.Error as error:
                raise WrongUse(
                    _("The header cannot be read (%(error)s). It has to be: %(columns)s.")
                    % {"error": error, "columns": ", ".join(columns)}
                ) from None
        header = [name.strip() for name in header or []]
        _check_header(header, columns)
        return cls(path, columns, encoding, sha256, size, header, started_at)

    def rows(self, progress: "Progress | None" = None) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Line number and the values of the columns asked for; malformed rows are rejected here."""
        pick = itemgetter(*[self.header.index(name) for name in self.columns])
        width = len(self.header)
        with self.path.open(encoding=self.encoding, newline="") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, strict=True)
            next(reader)
            while True:
                lines.mark()
                first = lines.number + 1
                try:
                    for row in reader:
                        if len(row) == width:
                            self.rows_read += 1
                            yield first, pick(row)
                        elif row:
                            self.rows_read += 1
                            self.reject(first, "", "", _wrong_width(len(row), width))
                        lines.mark()
                        first = lines.number + 1
                        if progress is not None and not self.rows_read & 4095:
                            progress.show(file.buffer.tell())  # type: ignore[attr-defined]
                    return
                except csv.Error as error:
                    self.rows_read += 1
                    self.reject(first, "", lines.line_of_mark(), _unreadable(error))
                    lines.back_to_mark()
                    reader = csv.reader(lines, strict=True)

    def reject(self, line: int, column: str, value: str, remedy: str) -> None:
        """Leave a row out; the first problem of a line counts."""
        self.problems.add(Problem(line, column, value[:80], remedy))

    @property
    def accepted(self) -> int:
        return self.rows_read - self.repeated - len(self.problems)

    def write_rejected(self, target: Path) -> None:
        """The rejected rows as they came, with a ``problem`` column."""
        with (
            target.open("w", encoding="utf-8-sig", newline="") as out,
            self.path.open(encoding=self.encoding, newline="") as file,
        ):
            writer = csv.writer(out)
            writer.writerow([*self.header, "problem"])
            lines = _Lines(file)
            for problem in self.problems:
                line = lines.at(problem.line)
                try:
                    row = next(csv.reader(chain([line], lines), strict=True))
                except csv.Error:
                    row = [line.strip()]
                    lines.back_to_mark()
                row += [""] * (len(self.header) - len(row))
                writer.writerow([*row, str(problem)])

    def note(self, kind: str, *, by: User | None = None) -> FileImport:
        """Put the import on record."""
        problems = [str(problem) for problem in islice(self.problems, SHOWN)]
        state = ImportState.REJECTED if self.problems else ImportState.DONE
        return FileImport.objects.create(
            kind=kind,
            name=self.path.name[:255],
            sha256=self.sha256,
            state=state,
            rows=self.rows_read,
            accepted=self.accepted,
            repeated=self.repeated,
            rejected=len(self.problems),
            problems="\n".join(problems),
            started_at=self.started_at,
            finished_at=timezone.now(),
            by=by,
        )


class _Lines:
    """The lines of a file, which can be read again from a mark: for rows that never end."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.number = 0  # lines given out
        self._since: list[str] = []
        self._again: list[str] = []

    def __iter__(self) -> "_Lines":
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


def _inspect(path: Path) -> tuple[str, str, int]:
    """Encoding, SHA-256 and size of a file, which is never kept in memory. Raises WrongUse."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    for encoding in ("utf-8-sig", "gb18030"):
        if _readable(path, encoding):
            return encoding, digest.hexdigest(), size
    raise WrongUse(
        _("%(name)s is neither UTF-8 nor GB18030. Save it as “CSV UTF-8”.") % {"name": path.name}
    )


def _readable(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _check_header(header: list[str], columns: Sequence[str]) -> None:
    expected = ", ".join(columns)
    if not any(header):
        raise WrongUse(
            _("The file is empty. Its first row has to name the columns: %(columns)s.")
            % {"columns": expected}
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise WrongUse(_("Columns named twice: %(columns)s.") % {"columns": ", ".join(twice)})
    missing = [name for name in columns if name not in header]
    if missing:
        unknown = [name for name in header if name not in columns]
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
    return _("The row has %(found)d values, the header has %(wanted)d columns.") % {
        "found": found,
        "wanted": wanted,
    }


def _unreadable(error: csv.Error) -> str:
    return _("A quotation mark is not closed or not doubled (%(error)s).") % {"error": error}


# What all files have in common


def text(column: str, value: str, longest: int) -> str:
    """The value without outer spaces. Raises RowProblem: empty, too long, or with a NUL in it."""
    value = value.strip()
    if not value:
        raise RowProblem(column, value, _("This may not be empty."))
    return optional_text(column, value, longest)


def optional_text(column: str, value: str, longest: int) -> str:
    value = value.strip()
    if len(value) > longest:
        raise RowProblem(
            column,
            value,
            ngettext(
                "At most %(count)d character fits here.",
                "At most %(count)d characters fit here.",
                longest,
            )
            % {"count": longest},
        )
    if "\0" in value:
        raise RowProblem(column, value.replace("\0", "␀"), _("Remove the NUL character."))
    return value


def moment(column: str, value: str, latest: datetime) -> datetime:
    """An instant. Raises RowProblem for a time without offset or one that has not come yet."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise RowProblem(column, value, _("Write a time like 2017-03-01T09:30:00+08:00.")) from None
    if at.tzinfo is None:
        raise RowProblem(
            column, value, _("Add the offset from UTC, like 2017-03-01T09:30:00+08:00.")
        )
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        at = EARLIEST - timedelta(days=1)
    if not EARLIEST <= at <= latest:
        raise RowProblem(column, value, _("The time has to lie in the past, after 1990."))
    return at


@lru_cache(maxsize=64)
def yes_or_no(column: str, value: str) -> bool:
    answer = {"yes": True, "no": False}.get(value.strip().lower())
    if answer is None:
        raise RowProblem(column, value, _("Write yes or no."))
    return answer


class Progress:
    """Says on stderr how far a long work is: in place on a terminal, else a line now and then."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.every = 0.2 if self.terminal else 5.0
        self.last = time.monotonic()
        self.label, self.total = "", 0

    def start(self, label: str, total: int = 0) -> None:
        """A new stage. ``total`` is what ``show`` counts up to; none: only the stage is named."""
        self.label, self.total = label, total
        self._say(label)

    def show(self, done: int) -> None:
        now = time.monotonic()
        if now - self.last >= self.every and self.total:
            self.last = now
            self._say(f"{self.label} {min(100, 100 * done // self.total)} %")

    def finish(self) -> None:
        if self.terminal:
            self.stream.write("\r\033[K")
            self.stream.flush()

    def _say(self, words: str) -> None:
        self.stream.write(f"\r\033[K{words}" if self.terminal else f"{words}\n")
        self.stream.flush()


class ImportCommand(PortalCommand):
    """A command that reads one file or more; ``load`` does it inside one transaction."""

    kind: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_files(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything, write nothing"
        )
        parser.add_argument(
            "--rejected", type=Path, metavar="FILE",
            help="where rejected rows go (default: beside the input, NAME.rejected.csv)",
        )  # fmt: skip

    def add_files(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")

    def load(self, options: dict[str, Any], progress: Progress) -> list[CsvFile]:
        """Open, check and store; called inside a transaction. Raises WrongUse."""
        raise NotImplementedError

    def handle(self, *_args: Any, **options: Any) -> None:
        progress = Progress()
        started_at = timezone.now()
        try:
            with transaction.atomic():
                files = self.load(options, progress)
                if options["dry_run"]:
                    transaction.set_rollback(True)
                else:
                    progress.start(_("Saving"))
                    for file in files:
                        file.note(self.kind)
        except WrongUse as problem:
            progress.finish()
            if not options["dry_run"]:
                self.note_failure(options, str(problem), started_at)
            raise CommandError(str(problem), returncode=2) from None
        except (OperationalError, psycopg.OperationalError) as problem:
            # The second one from cursors that copy or stream past Django.
            progress.finish()
            sentence = _("The database broke off, and nothing was imported: %(problem)s")
            first_line = str(problem).partition("\n")[0]
            raise CommandError(sentence % {"problem": first_line}, returncode=1) from None
        progress.finish()
        rejected = sum(self.report(file, options, progress) for file in files)
        if rejected:
            raise CommandError(
                ngettext("%(count)d row was rejected.", "%(count)d rows were rejected.", rejected)
                % {"count": rejected},
                returncode=1,
            )

    def paths(self, options: dict[str, Any]) -> list[Path]:
        return [options["file"]]

    def note_failure(self, options: dict[str, Any], problem: str, started_at: datetime) -> None:
        """HQ sees in the admin that a file did not get in."""
        names = ", ".join(path.name for path in self.paths(options) if path.is_file())
        if names:
            FileImport.objects.create(
                kind=self.kind,
                name=names[:255],
                state=ImportState.FAILED,
                problems=problem,
                started_at=started_at,
            )

    def report(self, file: CsvFile, options: dict[str, Any], progress: Progress) -> int:
        """Print what became of a file's rows; the number of those rejected."""
        counts = {
            "name": file.path.name,
            "rows": file.rows_read,
            "accepted": file.accepted,
            "repeated": file.repeated,
            "rejected": len(file.problems),
        }
        self.stdout.write(
            _(
                "%(name)s: %(rows)d rows, %(accepted)d new, %(repeated)d already there,"
                " %(rejected)d rejected"
            )
            % counts
        )
        if options["dry_run"]:
            self.stdout.write(_("Only checked, nothing was written."))
        problems = file.problems
        for problem in islice(problems, SHOWN):
            self.stdout.write(f"  {problem}")
        if len(problems) > SHOWN:
            self.stdout.write("  …")
        target = options["rejected"]
        if target is None and not options["dry_run"]:
            target = file.path.with_name(f"{file.path.stem}.rejected.csv")
        if problems and target:
            if options["rejected"] and len(self.paths(options)) > 1:
                target = target.with_name(f"{target.stem}.{file.path.stem}{target.suffix}")
            if len(problems) > MANY:
                progress.start(_("Writing the rejected rows"))
            file.write_rejected(target)
            progress.finish()
            self.stdout.write(_("Rejected rows: %(path)s") % {"path": target})
        return len(problems)
