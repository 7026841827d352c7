"""What is wrong with a file or a row, and what would be right."""

import sqlite3
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, islice

from django.utils.translation import gettext as _

OF_A_PERSON: set[str] = set()  # names of columns that say it of themselves, by ``kinds.register``
UNSAID = "…"  # in place of such a value


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
        return self.said({})

    def said(self, heads: Mapping[str, str]) -> str:
        """The sentence, with other words for the names of columns."""
        return self._said(_("line %(line)d") % {"line": self.line}, heads)

    def on_record(self) -> str:
        """The sentence without who a customer is: it stays, and headquarters reads it."""
        return str(replace(self, value=UNSAID) if self.column in OF_A_PERSON else self)

    def said_to(self, last: int, heads: Mapping[str, str]) -> str:
        """The sentence for all lines from this one to ``last``."""
        if last == self.line:
            return self.said(heads)
        lines = {"first": self.line, "last": last}
        return self._said(_("lines %(first)d–%(last)d") % lines, heads)

    def _said(self, where: str, heads: Mapping[str, str]) -> str:
        if not self.column:
            return _("%(where)s: %(remedy)s") % {"where": where, "remedy": self.remedy}
        return _("%(where)s, %(column)s “%(value)s”: %(remedy)s") % {
            "where": where,
            "column": heads.get(self.column, self.column),
            "value": self.value,
            "remedy": self.remedy,
        }


def in_short(problems: Iterable[Problem], heads: Mapping[str, str], *, most: int) -> Iterator[str]:
    """At most this many sentences; one for lines in a row of which the same is to be said."""
    runs = groupby(
        enumerate(problems),
        lambda each: (each[1].line - each[0], each[1].column, each[1].value, each[1].remedy),
    )
    for _same, run in islice(runs, most):
        _number, first = next(run)
        last = deque(run, maxlen=1)
        yield first.said_to(last[0][1].line if last else first.line, heads)


class Problems:
    """The problems of a file in order of its lines, on disk: all of a large file may be bad."""

    def __init__(self) -> None:
        # A file without a name that goes with the connection, which any thread may clear away.
        self._rows = sqlite3.connect("", check_same_thread=False)
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
