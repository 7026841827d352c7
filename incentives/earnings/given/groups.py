"""What dealers of each level of sharing received: medians of five or more, and of nobody fewer.

The worker works them out once for each closed month. To what a group received much else
contributes, such as how large its dealers are: the page says so beside it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from customers.models import given_sql
from dealers.models import UNCHOSEN, Dealer, Level
from dealers.months import hq_midnight, next_month
from incentives.earnings.given.money import Month
from incentives.models import Run, SharingGroup
from incentives.models.sharing_groups import FEWEST

MONTHS = 12  # the newest closed ones, which are compared

# Who had a statement, at the level chosen for all its customers when the month ended, and how many
# protections ran then.
GROUPED = f"""
    SELECT level, count(*), round(percentile_cont(0.5) WITHIN GROUP (ORDER BY total)::numeric),
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY total * 100 / nullif(owned, 0)))
            ::numeric)
    FROM (
        SELECT s.total, coalesce(o.owned, 0) AS owned, coalesce((
            SELECT chosen.level FROM dealers_sharing AS chosen
            WHERE chosen.dealer_id = s.dealer_id AND chosen.customer IS NULL
                AND chosen.at < %(end)s
            ORDER BY chosen.at DESC, chosen.id DESC LIMIT 1), {UNCHOSEN.value}) AS level
        FROM incentives_statement AS s
        LEFT JOIN (
            SELECT dealer_id, count(*) AS owned FROM customers_ownership AS given
            WHERE period @> %(end)s::timestamptz AND {given_sql("given")}
            GROUP BY dealer_id
        ) AS o ON o.dealer_id = s.dealer_id
        WHERE s.run_id = %(run)s
    ) AS told
    GROUP BY level"""


def keep() -> int:
    """Work out the groups of the closed months that have none yet; of how many. For the worker."""
    runs = Run.objects.filter(sharing_groups=None).order_by("month")
    for run in runs:
        _keep(run)
    return len(runs)


def _keep(run: Run) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GROUPED, {"run": run.pk, "end": hq_midnight(next_month(run.month))})
        found = {Level(level): row for level, *row in cursor.fetchall()}
        SharingGroup.objects.bulk_create(
            (_group(run, level, found.get(level)) for level in Level), ignore_conflicts=True
        )


def _group(run: Run, level: Level, row: list | None) -> SharingGroup:
    made = SharingGroup(run=run, level=level)
    if row is not None and row[0] >= FEWEST:
        made.dealers, made.received, made.per_hundred = row
    return made


@dataclass(frozen=True, slots=True)
class Compared:
    """A level beside one's own figures: averages over the months that both have."""

    level: Level
    fewest: int | None  # dealers, in the month that had fewest; None where it was never told
    months: int
    received: Decimal | None
    per_hundred: Decimal | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A dealer's own averages of its newest closed months, and those of each level."""

    months: int
    received: Decimal
    per_hundred: Decimal | None
    levels: list[Compared]

    @property
    def told(self) -> bool:
        """Whether of any level there were five dealers or more."""
        return any(each.months for each in self.levels)


def compare(dealer: Dealer, closed: list[Month]) -> Comparison | None:
    """A dealer's newest closed months beside the groups'; None without one. Two statements."""
    newest = {month.month: month for month in closed[:MONTHS]}
    if not newest:
        return None
    owned = _owned(dealer, list(newest))
    per_hundred = [
        each.total * 100 / owned[month] for month, each in newest.items() if owned.get(month)
    ]
    found: dict[int, list[SharingGroup]] = {level.value: [] for level in Level}
    groups = SharingGroup.objects.filter(run__month__in=newest, dealers__isnull=False)
    for group in groups.order_by("level"):
        found[group.level].append(group)
    return Comparison(
        len(newest),
        _average([each.total for each in newest.values()]) or Decimal(0),
        _average(per_hundred),
        [_compared(Level(level), rows) for level, rows in found.items()],
    )


def _compared(level: Level, rows: list[SharingGroup]) -> Compared:
    return Compared(
        level,
        min((row.dealers or 0 for row in rows), default=None),
        len(rows),
        _average([row.received for row in rows if row.received is not None]),
        _average([row.per_hundred for row in rows if row.per_hundred is not None]),
    )


def _average(amounts: list[Decimal]) -> Decimal | None:
    return sum(amounts, Decimal(0)) / len(amounts) if amounts else None


def _owned(dealer: Dealer, months: list[date]) -> dict[date, int]:
    """How many protections of a dealer ran when each of these months ended."""
    query = f"""
        SELECT told.month, count(*)
        FROM unnest(%(months)s::date[], %(ends)s::timestamptz[]) AS told(month, ended)
        JOIN customers_ownership AS o ON o.dealer_id = %(dealer)s AND o.period @> told.ended
            AND {given_sql("o")}
        GROUP BY told.month"""
    with connection.cursor() as cursor:
        ends = [hq_midnight(next_month(each)) for each in months]
        cursor.execute(query, {"months": months, "ends": ends, "dealer": dealer.pk})
        return dict(cursor.fetchall())
