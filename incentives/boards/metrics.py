"""What boards measure: each figure with its SQL, the sentence how it is computed, its unit of work.

The statements of a figure know the days ``start`` and ``end`` of the board (the end excluded) and
the moment ``known_until``; what was recorded later is not on it.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import ngettext

from customers.models import current_sql, valid_sql
from incentives.boards.conversion import bought_sql
from incentives.figures import DEFINITIONS, SAMPLE, Cohort, Key
from incentives.models import Metric, Unit

if TYPE_CHECKING:
    from incentives.boards.places import Place

_Z = 1.6448536269514722  # 90 % of a normal distribution lie within


def wilson_lower_bound(numerator: float, denominator: float) -> float:
    """The lower bound of the 90 % Wilson interval of a rate."""
    if not denominator:
        return 0.0
    p, n, z2 = numerator / denominator, denominator, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * math.sqrt(max(p * (1 - p) / n + z2 / (4 * n * n), 0))
    return max((middle - spread) / (1 + z2 / n), 0.0)


def wilson_sql(numerator: str, denominator: str) -> str:
    """``wilson_lower_bound`` as an expression of a statement, to twelve decimals."""
    p = f"({numerator} / {denominator}::double precision)"
    n, z2 = f"{denominator}::double precision", _Z * _Z
    middle = f"{p} + {z2} / (2 * {n})"
    spread = f"{_Z} * sqrt(greatest({p} * (1 - {p}) / {n} + {z2} / (4 * {n} * {n}), 0))"
    return f"round(greatest(({middle} - {spread}) / (1 + {z2} / {n}), 0)::numeric, 12)"


@dataclass(frozen=True)
class Figure(ABC):
    """One thing that boards measure."""

    metric: Metric
    kind: str  # how a value is written: money, count or share
    decimals: int = 2  # in exports
    sample: int = 0  # events without which a unit has no place

    @property
    def computed(self) -> str:
        """How it is computed, in a sentence."""
        return DEFINITIONS[Key(self.metric)].computed

    @property
    def by_bound(self) -> bool:
        """Whether it is ranked by what is certain of it, not by itself."""
        return bool(self.sample)

    def days(self, start: date, end: date, as_of: date) -> dict[str, Any]:
        """What the statement is told of the board's days and the one before which it stands."""
        return {"start": start, "end": end, "as_of": as_of}

    @abstractmethod
    def sql(self, unit: Unit) -> str:
        """SQL for ``unit_id, value, numerator, denominator`` of every unit with an event."""

    def score(self) -> str:
        """SQL for what a unit is ranked by, of the columns of ``sql``."""
        return "value::double precision"

    @abstractmethod
    def work(self, me: "Place", ahead: "Place") -> int | None:
        """How many events are missing to the next place; None where that cannot be said."""

    @abstractmethod
    def words(self, work: int) -> str:
        """So many events as the reader calls them."""


class Registrations(Figure):
    def sql(self, unit: Unit) -> str:
        return f"""
            SELECT g.{unit}_id AS unit_id, count(*)::numeric AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator
            FROM customers_registration g
            WHERE g.received_on >= %(start)s AND g.received_on < %(end)s
            AND {valid_sql("g", "%(known_until)s")} GROUP BY 1"""

    def work(self, me: "Place", ahead: "Place") -> int | None:
        return int(ahead.value - me.value)

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more registration", "%(count)d more registrations", work
        ) % {"count": work}  # fmt: skip


class Conversion(Figure):
    def days(self, start: date, end: date, as_of: date) -> dict[str, Any]:
        # Not before the end: while a month runs, yesterday's registrations would be old enough.
        cohort = Cohort(as_of)
        ages = {"registered_from": cohort.first, "registered_until": cohort.last}
        return super().days(start, end, as_of) | ages

    def sql(self, unit: Unit) -> str:
        return f"""
            SELECT unit_id, round(avg(bought::int), 6) AS value,
                sum(bought::int)::numeric AS numerator, count(*)::numeric AS denominator
            FROM (
                SELECT g.{unit}_id AS unit_id,
                    {bought_sql("g", "%(known_until)s", "%(as_of)s")} AS bought
                FROM customers_registration g
                WHERE g.received_on BETWEEN %(registered_from)s AND %(registered_until)s
                AND {valid_sql("g", "%(known_until)s")}
            ) g GROUP BY unit_id"""

    def score(self) -> str:
        return wilson_sql("numerator", "denominator")

    def work(self, me: "Place", ahead: "Place") -> int | None:
        """How many more of one's mature registrations have to buy."""
        mine, sample = float(me.numerator or 0), float(me.denominator or 0)
        goal = wilson_lower_bound(float(ahead.numerator or 0), float(ahead.denominator or 0))
        for more in range(1, int(sample - mine) + 1):
            if wilson_lower_bound(mine + more, sample) >= goal:
                return more
        return None

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more customer who buys", "%(count)d more customers who buy", work
        ) % {"count": work}  # fmt: skip


@dataclass(frozen=True)
class Sales(Figure):
    """Net of returns; ``denominator`` is the number of sales."""

    owned: bool = False  # by the owner of the customer, else by the place

    def sql(self, unit: Unit) -> str:
        if self.owned:
            of, table = f"{unit}_id", "customers_attribution"
            counted = f"""o.holder = 'owner' AND o.counts_on >= %(start)s
                AND o.counts_on < %(end)s AND o.recorded_at <= %(known_until)s
                AND {current_sql("o", "%(known_until)s")}"""
        else:
            of, table = "store_id", "customers_order"
            counted = """o.store_id IS NOT NULL AND o.placed_on >= %(start)s
                AND o.placed_on < %(end)s AND o.recorded_at <= %(known_until)s"""
        sums = f"""
            SELECT o.{of} AS unit_id, sum(o.signed_net) AS value,
                count(*) FILTER (WHERE o.sale_id IS NULL) AS sales
            FROM {table} o WHERE {counted} GROUP BY 1"""
        if self.owned or unit == Unit.STORE:
            return f"""
                SELECT unit_id, value, NULL::numeric AS numerator, sales::numeric AS denominator
                FROM ({sums}) s"""
        # By way of the sums of the dealers' stores: far fewer rows to join.
        return f"""
            SELECT p.dealer_id AS unit_id, sum(s.value) AS value, NULL::numeric AS numerator,
                sum(s.sales)::numeric AS denominator
            FROM ({sums}) s JOIN dealers_store p ON p.id = s.unit_id GROUP BY 1"""

    def work(self, me: "Place", ahead: "Place") -> int | None:
        if not me.denominator or me.value <= 0:
            return None
        return math.ceil((ahead.value - me.value) / (me.value / me.denominator))

    def words(self, work: int) -> str:
        return ngettext(
            "About %(count)d more sale", "About %(count)d more sales", work
        ) % {"count": work}  # fmt: skip


# In the order of the pages: first what every store has from its first day.
FIGURES: dict[Metric, Figure] = {
    figure.metric: figure
    for figure in (
        Registrations(Metric.REGISTRATIONS, "count"),
        Conversion(Metric.CONVERSION, "share", decimals=6, sample=SAMPLE),
        Sales(Metric.NET_SALES, "money"),
        Sales(Metric.OWNED_SALES, "money", owned=True),
    )
}
