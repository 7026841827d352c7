"""What a figure of the boards is: its SQL for every unit, how certain a rate is, what is missing.

The statements of a figure know the days ``start`` and ``end`` of the board (the end excluded) and
the moment ``known_until``; what was recorded later is not on it. Where only some units are asked
for, ``stores`` are those of theirs.

Most figures add their events up by store and dealer first (``Summed``): stores, dealers and regions
are told of those sums, and so are a month and its quarter when they are frozen together.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from dealers.models import Role
from incentives.boards.ranked import Place
from incentives.boards.wilson import wilson_lower_bound, wilson_sql
from incentives.figures import DEFINITIONS, Key
from incentives.models import Fact, Length, Metric, Unit

MOST_WORK = 500  # events, above which a number helps nobody

# Somebody's post at a store, the last of several: the unit of boards of people.
POSTS = """(SELECT DISTINCT ON (user_id, store_id) id, user_id, store_id, dealer_id, ends_at
    FROM dealers_membership WHERE store_id IS NOT NULL
    ORDER BY user_id, store_id, starts_at DESC, id DESC)"""


def by_unit(unit: Unit, row: str, person: str) -> tuple[str, str]:
    """The column that names the unit of a row, and what is joined for it.

    ``row`` is what the statement calls a table with store and dealer, ``person`` the column with
    the person of a row. Of a region the rows are counted by dealer first.
    """
    if unit == Unit.STAFF:
        return "m.id", f"JOIN {POSTS} m ON m.user_id = {person} AND m.store_id = {row}.store_id"
    return f"{row}.{'store' if unit == Unit.STORE else 'dealer'}_id", ""


@dataclass(frozen=True)
class Figure(ABC):
    """One thing that boards measure."""

    metric: Metric
    kind: str  # how a value is written: money, count or share
    decimals: int = 2  # in exports
    sample: int = 0  # events without which a unit has no place
    units: tuple[Unit, ...] = (Unit.STORE, Unit.DEALER, Unit.STAFF, Unit.REGION)
    lengths: tuple[Length, ...] = (Length.WEEK, Length.MONTH, Length.QUARTER, Length.SEASON)
    private: bool = False  # the owner's alone, and never beside a name
    # What it is made of: a unit is counted anew once one of these is marked.
    facts: ClassVar[frozenset[Fact]]
    # Whether a fact is on the boards of its own day alone, and not of whoever it is about as of
    # the moment that a board is counted at.
    by_day: ClassVar[bool] = True

    @property
    def computed(self) -> str:
        """How it is computed, in a sentence."""
        return DEFINITIONS[Key(self.metric)].computed

    @property
    def by_bound(self) -> bool:
        """Whether it is ranked by what is certain of it, not by itself."""
        return bool(self.sample)

    def shown_to(self, role: str, unit: str) -> bool:
        """Whether somebody of this role sees boards of it, of such units."""
        return unit in self.units and (not self.private or role == Role.OWNER)

    def days(self, start: date, end: date, as_of: date) -> dict[str, Any]:
        """What the statement is told of the board's days and the one before which it stands."""
        return {"start": start, "end": end, "as_of": as_of}

    def sql(self, unit: Unit, *, some: bool = False, kept: str = "") -> str:
        """SQL for ``unit_id, value, numerator, denominator`` of every unit with an event.

        ``some``: of the units whose stores are ``stores``. ``kept`` is a table that has the rows of
        ``Summed.sums`` for the board's days, and may have more.
        """
        if unit != Unit.REGION:
            return self.counted(unit, some=some, kept=kept)
        value = "sum(f.value)"
        if self.by_bound:
            value = "round(sum(f.numerator) / sum(f.denominator), 6)"
        return f"""
            SELECT d.region_id AS unit_id, {value} AS value, sum(f.numerator) AS numerator,
                sum(f.denominator) AS denominator
            FROM ({self.counted(Unit.DEALER, some=some, kept=kept)}) f
            JOIN dealers_dealer d ON d.id = f.unit_id GROUP BY 1"""

    @abstractmethod
    def counted(self, unit: Unit, *, some: bool, kept: str) -> str:
        """``sql`` of all units but regions."""

    def score(self) -> str:
        """SQL for what a unit is ranked by, of the columns of ``sql``."""
        return "value::double precision"

    def work(self, me: Place, ahead: Place) -> int | None:  # noqa: ARG002 -- as it may be
        """How many events are missing to the next place; None where that cannot be said."""
        return None

    def words(self, work: int) -> str:
        """So many events as the reader calls them."""
        return f"{work}"


@dataclass(frozen=True)
class Summed(Figure):
    """A figure of events at stores, each of which counts by itself.

    ``row`` is what its statement calls a table with store and dealer, ``day`` the day that an event
    counts on, ``person`` whose it is.
    """

    row: ClassVar[str]
    day: ClassVar[str]
    person: ClassVar[str]

    @abstractmethod
    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        """SQL for the events: ``columns``, ``part`` and ``n``, both to be added up."""

    @abstractmethod
    def result(self) -> str:
        """SQL for value, numerator and denominator of the events of a unit."""

    def sums(self, *, some: bool = False, by_month: bool = False) -> str:
        """SQL for ``part`` and ``n`` of the events of each ``store_id`` and ``dealer_id``.

        ``since`` is the first day of the board, or with ``by_month`` of the month that they count
        in.
        """
        columns = f"{self.row}.store_id, {self.row}.dealer_id, {self.since(by_month=by_month)}"
        return f"""
            SELECT store_id, dealer_id, since, sum(part) AS part, sum(n) AS n
            FROM ({self.events(columns, some=some)}) each GROUP BY 1, 2, 3"""

    def since(self, *, by_month: bool) -> str:
        """The column ``since`` of ``sums``, of an event."""
        month = f"date_trunc('month', ({self.day})::timestamp)::date"
        return f"{month if by_month else '%(start)s::date'} AS since"

    def counted(self, unit: Unit, *, some: bool, kept: str) -> str:
        if unit == Unit.STAFF:
            key, join = by_unit(unit, self.row, self.person)
            rows = self.events(f"{key} AS unit_id", join, some=some)
        else:
            sums = f"({self.sums(some=some)})"
            if kept:
                sums = f"(SELECT * FROM {kept} WHERE since >= %(start)s AND since < %(end)s)"
            rows = f"SELECT {by_unit(unit, 's', '')[0]} AS unit_id, part, n FROM {sums} s"
        return f"SELECT unit_id, {self.result()} FROM ({rows}) counted GROUP BY unit_id"


def ratio(part: str = "sum(part)", n: str = "sum(n)") -> str:
    """SQL for value, numerator and denominator of a rate."""
    return f"""round({part}::numeric / {n}, 6) AS value, {part}::numeric AS numerator,
                {n}::numeric AS denominator"""


@dataclass(frozen=True)
class Rate(Figure):
    """A part of a whole, ranked by what is certain of it.

    ``grows``: what is done more makes the whole larger as well.
    """

    grows: bool = False

    def score(self) -> str:
        return wilson_sql("numerator", "denominator")

    def work(self, me: Place, ahead: Place) -> int | None:
        mine, sample = me.numerator or Decimal(0), me.denominator or Decimal(0)
        goal = wilson_lower_bound(float(ahead.numerator or 0), float(ahead.denominator or 0))
        most = MOST_WORK if self.grows else min(int(sample - mine), MOST_WORK)
        for more in range(1, most + 1):
            whole = sample + more if self.grows else sample
            if wilson_lower_bound(float(mine + more), float(whole)) >= goal:
                return more
        return None


def only(row: str, *, some: bool) -> str:
    """The condition that a row of a statement is of the ``stores`` asked for."""
    return f" AND {row}.store_id = ANY(%(stores)s)" if some else ""
