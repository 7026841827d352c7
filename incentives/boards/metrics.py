"""What boards measure, each figure with its statement, in the order of the pages."""

import math

from django.utils.translation import ngettext

from customers.models import current_sql, valid_sql
from incentives.boards.figure import Figure, Summed, only
from incentives.boards.own import not_own, not_own_attributed, not_own_order
from incentives.boards.ranked import Place
from incentives.boards.rates import Contact, Conversion, Dispatch, Training
from incentives.figures import SAMPLE
from incentives.models import Fact, Length, Metric, Unit


class Registrations(Summed):
    facts = frozenset({Fact.GAINED, Fact.POSTED})
    row, day, person = "g", "g.received_on", "g.staff_id"

    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        return f"""
            SELECT {columns}, 1 AS part, 1 AS n
            FROM customers_registration g {join}
            WHERE g.received_on >= %(start)s AND g.received_on < %(end)s
            AND {valid_sql("g", "%(known_until)s")}{not_own("g")}{only("g", some=some)}"""

    def result(self) -> str:
        return """sum(part)::numeric AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator"""

    def work(self, me: Place, ahead: Place) -> int | None:
        return int(ahead.value - me.value)

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more registration", "%(count)d more registrations", work
        ) % {"count": work}  # fmt: skip


class Sales(Summed):
    """Net of returns; ``denominator`` is the number of sales."""

    row = "o"

    def result(self) -> str:
        return """sum(part) AS value, NULL::numeric AS numerator,
                sum(n)::numeric AS denominator"""

    def work(self, me: Place, ahead: Place) -> int | None:
        if not me.denominator or me.value <= 0:
            return None
        return math.ceil((ahead.value - me.value) / (me.value / me.denominator))

    def words(self, work: int) -> str:
        return ngettext(
            "About %(count)d more sale", "About %(count)d more sales", work
        ) % {"count": work}  # fmt: skip


class PlacedSales(Sales):
    """Of the store that made them."""

    facts = frozenset({Fact.PLACED, Fact.POSTED})
    day = "o.placed_on"

    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        return f"""
            SELECT {columns}, o.signed_net AS part, (o.sale_id IS NULL)::int AS n
            FROM customers_order o {join}
            WHERE o.store_id IS NOT NULL AND o.placed_on >= %(start)s AND o.placed_on < %(end)s
            AND o.recorded_at <= %(known_until)s{not_own_order("o")}{only("o", some=some)}"""

    def sums(self, *, some: bool = False, by_month: bool = False) -> str:
        # An order has no dealer: its store has, and sums of stores are far fewer rows to join.
        events = self.events(f"o.store_id, {self.since(by_month=by_month)}", some=some)
        return f"""
            SELECT s.store_id, p.dealer_id, s.since, s.part, s.n
            FROM (SELECT store_id, since, sum(part) AS part, sum(n) AS n
                FROM ({events}) each GROUP BY 1, 2) s
            JOIN dealers_store p ON p.id = s.store_id"""


class OwnedSales(Sales):
    """By the owner of the customer, wherever that one buys."""

    facts = frozenset({Fact.OWNED, Fact.POSTED})
    day, person = "o.counts_on", "followed.staff_id"

    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        if join:  # of people
            join = f"JOIN customers_ownership followed ON followed.id = o.ownership_id {join}"
        return f"""
            SELECT {columns}, o.signed_net AS part, (o.sale_id IS NULL)::int AS n
            FROM customers_attribution o {join}
            WHERE o.holder = 'owner' AND o.counts_on >= %(start)s AND o.counts_on < %(end)s
            AND o.recorded_at <= %(known_until)s
            AND {current_sql("o", "%(known_until)s")}{not_own_attributed("o")}
            {only("o", some=some)}"""


class Earned(Figure):
    """Of closed months: what is open can still change, and the owner sees it as an estimate."""

    facts = frozenset({Fact.CLOSED})
    by_day = False

    def counted(self, unit: Unit, *, some: bool, kept: str) -> str:  # noqa: ARG002 -- dealers alone
        some_of = """ AND r.dealer_id IN
            (SELECT dealer_id FROM dealers_store WHERE id = ANY(%(stores)s))"""
        return f"""
            SELECT r.dealer_id AS unit_id, sum(r.amount) AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator
            FROM incentives_result r JOIN incentives_run closed ON closed.id = r.run_id
            WHERE closed.month >= %(start)s AND closed.month < %(end)s
            {some_of if some else ""} GROUP BY 1"""


# What people do, not what comes of it, and the cases below which it says nothing.
BEHAVIOUR = {
    Metric.CONTACT: 10,
    Metric.DISPATCH: 10,
    Metric.TRAINING: 1,
    Metric.REGISTRATIONS: 0,
}

_PLACES = (Unit.STORE, Unit.DEALER, Unit.REGION)
_SETTLED = (Length.MONTH, Length.QUARTER, Length.SEASON)

# In the order of the pages: first what every store has from its first day.
FIGURES: dict[Metric, Figure] = {
    figure.metric: figure
    for figure in (
        Registrations(Metric.REGISTRATIONS, "count"),
        Conversion(Metric.CONVERSION, "share", decimals=6, sample=SAMPLE),
        Contact(Metric.CONTACT, "share", decimals=6, sample=SAMPLE, grows=True),
        Dispatch(Metric.DISPATCH, "share", decimals=6, sample=SAMPLE, units=_PLACES, grows=True),
        Training(Metric.TRAINING, "share", decimals=6, sample=SAMPLE),
        PlacedSales(Metric.NET_SALES, "money", units=_PLACES),
        OwnedSales(Metric.OWNED_SALES, "money"),
        Earned(Metric.EARNED, "money", units=(Unit.DEALER,), lengths=_SETTLED, private=True),
    )
}
