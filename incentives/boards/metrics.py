"""What boards measure: the figures of each metric, and how a rate is ranked."""

import math

from customers.models import current_sql, valid_sql
from incentives.models import Metric

SAMPLE = 30  # mature registrations below which a rate has no place
MATURE_DAYS, WINDOW_DAYS = 30, 90
_Z = 1.6448536269514722  # 90 % of a normal distribution lie within


def wilson_lower_bound(numerator: float, denominator: float) -> float:
    """The lower bound of the 90 % Wilson interval of a rate."""
    if not denominator:
        return 0.0
    p, n, z2 = numerator / denominator, denominator, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max((middle - spread) / (1 + z2 / n), 0.0)


def score(metric: Metric) -> str:
    """SQL for what a unit is ranked by, of the columns of ``figures``."""
    if metric != Metric.CONVERSION:
        return "value::double precision"
    z2 = _Z * _Z
    p, n = "numerator / denominator::double precision", "denominator::double precision"
    return f"""round(greatest(({p} + {z2} / (2 * {n}) - {_Z} * sqrt(greatest(
        {p} * (1 - {p}) / {n} + {z2} / (4 * {n} * {n}), 0))) / (1 + {z2} / {n}), 0)::numeric,
        12)"""


def _current(alias: str) -> str:
    return current_sql(alias, "%(known_until)s")


def figures(metric: Metric, *, store: bool) -> str:
    """SQL for ``unit_id, value, numerator, denominator`` of every unit with an event."""
    valid = valid_sql("g", "%(known_until)s")
    if metric == Metric.CONVERSION:
        unit = "g.store_id" if store else "g.dealer_id"
        return f"""
            SELECT unit_id, round(avg(converted::int), 6) AS value,
                sum(converted::int)::numeric AS numerator, count(*)::numeric AS denominator
            FROM (
                SELECT {unit} AS unit_id, EXISTS (
                    SELECT 1 FROM customers_attribution a
                    WHERE a.ownership_id = g.ownership_id AND a.sale_id IS NULL
                    AND a.ordered_at >= g.received_at AND a.counts_on < %(month_end)s
                    AND a.recorded_at <= %(known_until)s AND {_current("a")}
                    AND a.signed_net + (
                        SELECT coalesce(sum(b.signed_net), 0) FROM customers_attribution b
                        WHERE b.sale_id = a.order_id AND b.holder = 'owner'
                        AND b.recorded_at <= %(known_until)s AND b.counts_on < %(month_end)s) > 0
                ) AS converted
                FROM customers_registration g
                WHERE {valid} AND g.received_on >= %(window_start)s
                AND g.received_on < %(mature_until)s
            ) g GROUP BY unit_id"""
    if metric == Metric.REGISTRATIONS:
        unit = "store_id" if store else "dealer_id"
        return f"""
            SELECT {unit} AS unit_id, count(*)::numeric AS value, NULL::numeric AS numerator,
                NULL::numeric AS denominator
            FROM customers_registration g
            WHERE {valid} AND received_on >= %(month)s AND received_on < %(month_end)s
            GROUP BY 1"""
    owned = metric == Metric.OWNED_SALES
    # Dealers' sales by way of the sums of their stores: far fewer rows to join.
    if owned:
        unit, table = "store_id" if store else "dealer_id", "customers_attribution"
        counted = f"""
            o.holder = 'owner' AND o.counts_on >= %(month)s
            AND o.counts_on < %(month_end)s AND o.recorded_at <= %(known_until)s
            AND {_current("o")}"""
    else:
        unit, table = "store_id", "customers_order"
        counted = """o.store_id IS NOT NULL AND o.placed_on >= %(month)s
            AND o.placed_on < %(month_end)s AND o.recorded_at <= %(known_until)s"""
    sums = f"""
        SELECT o.{unit} AS unit_id, sum(o.signed_net) AS value,
            count(*) FILTER (WHERE o.sale_id IS NULL) AS sales
        FROM {table} o WHERE {counted} GROUP BY 1"""
    if owned or store:
        return f"""SELECT unit_id, value, NULL::numeric AS numerator, sales::numeric AS denominator
            FROM ({sums}) s"""
    return f"""
        SELECT p.dealer_id AS unit_id, sum(s.value) AS value, NULL::numeric AS numerator,
            sum(s.sales)::numeric AS denominator
        FROM ({sums}) s JOIN dealers_store p ON p.id = s.unit_id GROUP BY 1"""
