"""A stage of the engine: rows made from those of the stages before it by one query."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from incentives.engine.component import Component


@dataclass(frozen=True)
class Stage:
    """``columns`` says what each column of the rows means; ``query`` makes them, and has the values
    ``decimals`` and ``minor`` (minor units in one) of the currency, and which months were closed
    ``before_fourth`` and ``before_fifth``, by those forms of the engine.

    Where no component of a run asks for the stage (``asked``), ``otherwise`` is the query: it
    passes the rows on, or makes them with less. Where no event has several lines, ``of_one`` is
    the query, if there is one. ``kept``: several stages read the rows, so a run of many keeps them
    in a table and tells the planner how many they are.
    """

    name: str
    columns: dict[str, str]
    query: str
    asked: Callable[[Component], Any] | None = None
    otherwise: str = ""
    of_one: str = ""
    kept: bool = False

    def wanted(self, components: Iterable[Component]) -> bool:
        """Whether one of these components asks for it."""
        return self.asked is None or any(map(self.asked, components))

    def add_to(self, chain: "Chain", components: list[Component]) -> None:
        """Name its query in a run of these components."""
        query = self.query if self.wanted(components) else self.otherwise
        if chain.one_line and self.of_one:
            query = self.of_one
        chain.add(self.name, query, kept=self.kept)


def passed_on(source: str, columns: Iterable[str], **added: str) -> str:
    """The query that passes the rows of ``source`` on, with values for columns that it adds."""
    found = [f"{added[name]} AS {name}" if name in added else name for name in columns]
    return f"SELECT {', '.join(found)} FROM {source}"


_WORD = re.compile(r"\w+")


class Chain:
    """Queries by name, each of which may read those before it: one statement, or tables.

    As one statement nothing is left in the database, and no catalogue is written to: a page can
    wait for it. With ``tables`` the rows that several read are kept for as long as the transaction
    lasts, as many rows need.
    """

    def __init__(self, values: dict[str, Any], *, tables: bool, one_line: bool = False) -> None:
        self.values = values
        self.tables = tables
        self.one_line = one_line  # each event has
        self.kept: list[str] = []
        self._queries: dict[str, str] = {}
        self._settings: list[str] = []

    def plan_with(self, setting: str, value: str) -> None:
        """Have the planner work with a setting, where there are tables, until they are dropped."""
        if self.tables:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, true)", [setting, value])
            self._settings.append(setting)

    def add(self, name: str, query: str, *, kept: bool = False, once: bool = False) -> None:
        """Name a query. With ``kept`` its rows become a table now, where there are tables.

        With ``once`` it is computed once for all that read it in the statement.
        """
        if not (self.tables and kept):
            way = "MATERIALIZED " if once else "NOT MATERIALIZED " if self.tables else ""
            self._queries[name] = f"{name} AS {way}({query})"
            return
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            whole = self.reading(f"SELECT * FROM ({query}) AS {name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {whole}", self.values)
            cursor.execute(f"ANALYZE {name}")
        self.kept.append(name)

    def reading(self, query: str) -> str:
        """A statement that may read whatever has a name; ``query`` may begin with names, too."""
        named = ",\n".join(self._read_by(query))
        if not named:
            return query
        own = query.lstrip().removeprefix("WITH ")
        return f"WITH {named}" + (f"\n{query}" if own == query.lstrip() else f",\n{own}")

    def _read_by(self, query: str) -> list[str]:
        """The queries that a statement needs: the planner looks at all that it is given."""
        needed: list[str] = []
        read = set(_WORD.findall(query))
        for name, each in reversed(self._queries.items()):
            if name in read:
                needed.append(each)
                read.update(_WORD.findall(each))
        return needed[::-1]

    def drop(self) -> None:
        """Drop the tables: whoever computes next in the transaction may have another role."""
        with connection.cursor() as cursor:
            for name in self.kept:
                cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            for setting in self._settings:
                cursor.execute(f"SET LOCAL {setting} TO DEFAULT")


# A quotient is computed to 30 decimals and rounded at the 18th before it becomes an amount: what
# lies nearer to a half than that is a half, for its divisor has not so many digits.
EXACT = "1.000000000000000000000000000000"


def half_up(quotient: str) -> str:
    """SQL for a quotient made with ``EXACT``, rounded half up to the minor unit."""
    return f"round(round({quotient}, 18), %(decimals)s)"
