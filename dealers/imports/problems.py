"""What is wrong with a file or a row, and what would be right."""

import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _


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
        where = _("line %(line)d") % {"line": self.line}
        if not self.column:
            return _("%(where)s: %(remedy)s") % {"where": where, "remedy": self.remedy}
        return _("%(where)s, %(column)s “%(value)s”: %(remedy)s") % {
            "where": where,
            "column": heads.get(self.column, self.column),
            "value": self.value,
            "remedy": self.remedy,
        }


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
