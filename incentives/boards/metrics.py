"""What boards measure, each figure with its statement, in the order of the pages."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import ngettext

from customers.models import current_sql, valid_sql
from incentives.boards.figure import (
    Figure,
    by_unit,
    only,
    wilson_lower_bound,
    wilson_sql,
    wilson_upper_bound,
)
from incentives.boards.rates import Contact, Conversion, Dispatch, Training
from incentives.figures import SAMPLE
from incentives.models import Length, Metric, Unit

if TYPE_CHECKING:
    from incentives.boards.places import Place


class Registrations(Figure):
    def counted(self, unit: Unit, *, some: bool) -> str:
        key, join = by_unit(unit, "g", "g.staff_id")
        return f"""
            SELECT {key} AS unit_id, count(*)::numeric AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator
            FROM customers_registration g {join}
            WHERE g.received_on >= %(start)s AND g.received_on < %(end)s
            AND {valid_sql("g", "%(known_until)s")}{only("g", some=some)} GROUP BY 1"""

    def work(self, me: "Place", ahead: "Place") -> int | None:
        return int(ahead.value - me.value)

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more registration", "%(count)d more registrations", work
        ) % {"count": work}  # fmt: skip


@dataclass(frozen=True)
class Sales(Figure):
    """Net of returns; ``denominator`` is the number of sales."""

    owned: bool = False  # by the owner of the customer, else by the place

    def counted(self, unit: Unit, *, some: bool) -> str:
        if self.owned:
            key, join = by_unit(unit, "o", "followed.staff_id")
            if unit == Unit.STAFF:
                join = f"JOIN customers_ownership followed ON followed.id = o.ownership_id {join}"
            table = "customers_attribution"
            counted = f"""o.holder = 'owner' AND o.counts_on >= %(start)s
                AND o.counts_on < %(end)s AND o.recorded_at <= %(known_until)s
                AND {current_sql("o", "%(known_until)s")}"""
        else:
            key, join, table = "o.store_id", "", "customers_order"
            counted = """o.store_id IS NOT NULL AND o.placed_on >= %(start)s
                AND o.placed_on < %(end)s AND o.recorded_at <= %(known_until)s"""
        sums = f"""
            SELECT {key} AS unit_id, sum(o.signed_net) AS value,
                count(*) FILTER (WHERE o.sale_id IS NULL) AS sales
            FROM {table} o {join} WHERE {counted}{only("o", some=some)} GROUP BY 1"""
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


class Earned(Figure):
    """Of closed months: what is open can still change, and the owner sees it as an estimate."""

    def counted(self, unit: Unit, *, some: bool) -> str:  # noqa: ARG002 -- dealers alone
        some_of = """ AND r.dealer_id IN
            (SELECT dealer_id FROM dealers_store WHERE id = ANY(%(stores)s))"""
        return f"""
            SELECT r.dealer_id AS unit_id, sum(r.amount) AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator
            FROM incentives_result r JOIN incentives_run closed ON closed.id = r.run_id
            WHERE closed.month >= %(start)s AND closed.month < %(end)s
            {some_of if some else ""} GROUP BY 1"""


_PLACES = (Unit.STORE, Unit.DEALER, Unit.REGION)
_SETTLED = (Length.MONTH, Length.QUARTER)

# In the order of the pages: first what every store has from its first day.
FIGURES: dict[Metric, Figure] = {
    figure.metric: figure
    for figure in (
        Registrations(Metric.REGISTRATIONS, "count"),
        Conversion(Metric.CONVERSION, "share", decimals=6, sample=SAMPLE),
        Contact(Metric.CONTACT, "share", decimals=6, sample=SAMPLE, grows=True),
        Dispatch(Metric.DISPATCH, "share", decimals=6, sample=SAMPLE, units=_PLACES, grows=True),
        Training(Metric.TRAINING, "share", decimals=6, sample=SAMPLE),
        Sales(Metric.NET_SALES, "money", units=_PLACES),
        Sales(Metric.OWNED_SALES, "money", owned=True),
        Earned(Metric.EARNED, "money", units=(Unit.DEALER,), lengths=_SETTLED, private=True),
    )
}

__all__ = [
    "FIGURES",
    "SAMPLE",
    "Figure",
    "wilson_lower_bound",
    "wilson_sql",
    "wilson_upper_bound",
]
