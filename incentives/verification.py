"""What must be true of plans, books, statements and boards, read anew from the data.

Amounts are computed again in Python from the stored lines, rates and facts, not by the statements
that booked them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection

from incentives.accrual import Scope
from incentives.books.closing import inputs_hash
from incentives.models import (
    TIERED,
    Base,
    Beneficiary,
    Clawback,
    Component,
    Direction,
    Kind,
    Run,
)
from incentives.rounding import half_up, split

Check = tuple[str, bool, str]

# Each counts the rows that break a rule, and shows one of them.
_QUERIES = {
    "published plan versions do not overlap": """
SELECT count(*), min(a.id)::text FROM incentives_planversion a
JOIN incentives_planversion b ON b.plan_id = a.plan_id AND b.id > a.id
WHERE a.published_at IS NOT NULL AND b.published_at IS NOT NULL
AND daterange(a.starts_on, a.ends_on) && daterange(b.starts_on, b.ends_on)
""",
    "rate tables of published components start at zero": """
SELECT count(*), min(c.code) FROM incentives_component c
JOIN incentives_planversion v ON v.id = c.version_id AND v.published_at IS NOT NULL
WHERE NOT EXISTS (
    SELECT 1 FROM incentives_raterow r WHERE r.component_id = c.id AND r.starts_at = 0)
""",
    "journals balance": """
SELECT count(*), min(key) FROM (
    SELECT j.key FROM incentives_journal j
    LEFT JOIN incentives_entry e ON e.journal_id = j.id
    LEFT JOIN incentives_account a ON a.id = e.account_id
    GROUP BY j.id, j.key, j.currency
    HAVING count(e.id) < 2 OR sum(e.amount) <> 0 OR bool_or(a.currency <> j.currency)
) broken
""",
    "periods are closed by their runs, and what those booked is in them": """
SELECT count(*), min(name) FROM (
    SELECT coalesce(p.month, r.month)::text AS name
    FROM (SELECT * FROM incentives_period WHERE closed_run_id IS NOT NULL) p
    FULL JOIN incentives_run r ON r.id = p.closed_run_id
    WHERE p.month IS DISTINCT FROM r.month
    UNION ALL
    SELECT j.key FROM incentives_journal j JOIN incentives_period p ON p.month = j.month
    WHERE j.source = 'run'
    AND (p.closed_run_id IS NULL OR j.source_key <> to_char(j.month, 'YYYY-MM'))
) wrong
""",
    "lines belong to a result and to an event": """
SELECT count(*), min(l.id)::text FROM incentives_line l
LEFT JOIN incentives_result r ON r.id = l.result_id
LEFT JOIN customers_order o ON o.id = l.order_id
LEFT JOIN customers_registration g ON g.id = l.registration_id
WHERE r.id IS NULL OR o.id IS NULL AND g.id IS NULL
""",
    "an event is paid once by a component": """
SELECT count(*), min(event) FROM (
    SELECT coalesce(l.order_id::text, l.registration_id::text) AS event
    FROM incentives_line l JOIN incentives_result r ON r.id = l.result_id
    GROUP BY r.component_id, l.order_id, l.registration_id HAVING count(*) > 1
) twice
""",
    "results are the sum of their lines": """
SELECT count(*), min(r.id::text) FROM incentives_result r
LEFT JOIN (
    SELECT result_id, count(*) AS count, sum(base) AS base, sum(uncapped) AS uncapped,
        sum(amount) AS amount
    FROM incentives_line GROUP BY 1
) l ON l.result_id = r.id
WHERE l.count IS DISTINCT FROM r.count OR l.base IS DISTINCT FROM r.base
    OR l.amount IS NOT NULL AND (l.amount <> r.amount OR l.uncapped <> r.uncapped)
""",
    "statements equal results and ledger": """
WITH results AS (
    SELECT run_id, dealer_id, sum(amount) AS amount FROM incentives_result GROUP BY 1, 2
),
books AS (
    SELECT r.id AS run_id, a.dealer_id, sum(e.amount) AS amount
    FROM incentives_entry e
    JOIN incentives_journal j ON j.id = e.journal_id AND j.source = 'run'
    JOIN incentives_run r ON r.month = j.month
    JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'dealer'
    GROUP BY 1, 2
)
SELECT count(*), min(coalesce(s.number, run_id || ' ' || dealer_id)) FROM results
FULL JOIN books USING (run_id, dealer_id)
FULL JOIN incentives_statement s USING (run_id, dealer_id)
WHERE s.id IS NULL OR s.total <> coalesce(results.amount, 0) OR s.total <> coalesce(books.amount, 0)
""",
    "statements carry what was left before": """
SELECT count(*), min(number) FROM (
    SELECT s.number, s.opening <> coalesce(lag(s.closing)
        OVER (PARTITION BY s.dealer_id ORDER BY r.month), 0) AS breaks
    FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
) chain WHERE breaks
""",
    "frozen boards have places without holes": """
SELECT count(*), min(metric) FROM (
    SELECT metric, rank, rank() OVER board AS expected FROM (
        SELECT *, rank AS place FROM incentives_ranking WHERE rank IS NOT NULL
    ) r
    WINDOW board AS (PARTITION BY run_id, metric, unit, cohort ORDER BY place)
) places WHERE rank <> expected
""",
}


def checks() -> Iterator[Check]:
    """Run every check: its name, whether it holds, and otherwise what breaks it."""
    for name, query in _QUERIES.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            broken, example = cursor.fetchone()
        yield name, broken == 0, f"{broken} rows, for example {example}" if broken else ""
    yield _verdict(
        "inputs of closed months are unchanged",
        [
            str(run)
            for run in Run.objects.all()
            if inputs_hash(Scope.of(run.month, run.known_until)) != run.inputs_hash
        ],
    )
    yield _verdict("every amount recomputes", list(differences()))


def _verdict(name: str, broken: list[str]) -> Check:
    detail = f"{len(broken)}, for example {broken[0]}" if broken else ""
    return name, not broken, detail


def differences() -> Iterator[str]:
    """Amounts that do not come out again, in words."""
    components = Component.objects.filter(results__isnull=False).distinct()
    for component in components.select_related("version__plan").prefetch_related("rows"):
        if component.kind in TIERED:
            yield from _tier_differences(component)
        else:
            yield from _event_differences(component)


@dataclass
class _Month:
    """A dealer's sales of one month, as far as they have become known, and what was booked."""

    sold: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    booked: Decimal = Decimal(0)


def _tier_differences(component: Component) -> Iterator[str]:
    sign = _sign(component)
    months: dict[tuple[int, date], _Month] = defaultdict(_Month)
    for result, kind, net in _rows(_TIER_LINES, component):
        dealer, for_month, run_month, amount = result
        month = months[dealer, for_month]
        month.sold += net if kind == "sale" else 0
        month.returned += net if kind == "return" else 0
        if run_month is not None:
            expected = tier_amount(component, month.sold, month.returned) - month.booked
            if expected * sign != amount:
                yield (
                    f"{component.code} {run_month:%Y-%m} dealer {dealer}:"
                    f" {amount} booked, {expected * sign} computed"
                )
            month.booked += amount * sign


def tier_amount(component: Component, sold: Decimal, returned: Decimal) -> Decimal:
    """What a tiered component is worth for a month's sales and what came back of them."""
    recompute = component.clawback == Clawback.RECOMPUTE
    measured = max(sold - returned, Decimal(0)) if recompute else sold
    rows = sorted(component.rows.all(), key=lambda row: row.starts_at)
    exact = Decimal(0)
    for n, row in enumerate(rows):
        upper = rows[n + 1].starts_at if n + 1 < len(rows) else None
        if component.kind == Kind.TIERS_WHOLE:
            if row.starts_at <= measured and (upper is None or measured < upper):
                exact = measured * row.rate
        else:
            top = measured if upper is None else min(measured, upper)
            exact += max(top - row.starts_at, Decimal(0)) * row.rate
    full = half_up(exact)
    if component.period_cap is not None:
        full = min(full, component.period_cap)
    if recompute or not sold:
        return full
    return full - half_up(Fraction(full) * Fraction(min(returned, sold)) / Fraction(sold))


@dataclass
class _Sale:
    """What an order was paid, and what came back of it."""

    paid: Decimal
    whole: Decimal
    gone: Decimal = Decimal(0)
    taken: Decimal = Decimal(0)


def _event_differences(component: Component) -> Iterator[str]:
    sign = _sign(component)
    rate = component.rows.all()[0].rate
    sales: dict[UUID, _Sale] = {}
    spent: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
    for line in _event_lines(component):
        if line.kind == "return":
            sold = sales.get(line.sale_id) if line.sale_id else None
            if sold is None:
                yield f"{component.code}: line {line.id} takes back what was not paid"
                continue
            before = sold.taken
            sold.gone = min(sold.whole, sold.gone + line.measure)
            sold.taken = half_up(Fraction(sold.paid) * Fraction(sold.gone) / Fraction(sold.whole))
            expected = uncapped = before - sold.taken
        else:
            uncapped = _event_amount(component, rate, line)
            room = spent[line.dealer_id, line.for_month]
            spent[line.dealer_id, line.for_month] += uncapped
            cap = component.period_cap
            expected = uncapped if cap is None else min(cap, room + uncapped) - min(cap, room)
            if line.order_id:
                sales[line.order_id] = _Sale(expected, line.measure)
        if (line.amount, line.uncapped) != (sign * expected, sign * uncapped):
            computed = sign * expected
            yield f"{component.code}: line {line.id}: {line.amount} booked, {computed} computed"


def _event_amount(component: Component, rate: Decimal, line: "_Line") -> Decimal:
    whole = line.base * rate
    if not component.by_share:
        return half_up(whole)
    share = line.owner_share or Decimal(0)
    owners, sellers = split(whole, [share, 1 - share])
    return owners if component.to == Beneficiary.OWNER else sellers


def _sign(component: Component) -> int:
    return -1 if component.version.plan.direction == Direction.DEALER_PAYS else 1


@dataclass(slots=True)
class _Line:
    id: int
    order_id: UUID | None
    sale_id: UUID | None
    kind: str | None
    dealer_id: int
    for_month: date
    base: Decimal
    uncapped: Decimal
    amount: Decimal
    owner_share: Decimal | None
    measure: Decimal = field(default=Decimal(0))


# In the order in which they were computed: run by run, sales before what is taken back of them.
_EVENT_LINES = """
SELECT l.id, l.order_id, o.sale_id, o.kind, r.dealer_id, r.for_month, l.base, l.uncapped, l.amount,
    o.owner_share, CASE WHEN {by_units} OR coalesce(s.net, o.net) = 0 THEN o.quantity ELSE o.net END
FROM incentives_line l
JOIN incentives_result r ON r.id = l.result_id
JOIN incentives_run run ON run.id = r.run_id
LEFT JOIN customers_order o ON o.id = l.order_id
LEFT JOIN customers_order s ON s.id = o.sale_id
LEFT JOIN customers_registration g ON g.id = l.registration_id
WHERE r.component_id = %s
ORDER BY run.month, (o.kind = 'return') NULLS FIRST, coalesce(o.ordered_at, g.received_at),
    o.id, g.id
"""

_TIER_LINES = """
SELECT r.dealer_id, r.for_month, CASE WHEN l.id = max(l.id) OVER (PARTITION BY r.id)
        THEN run.month END AS run_month, r.amount, o.kind, o.net
FROM incentives_line l
JOIN incentives_result r ON r.id = l.result_id
JOIN incentives_run run ON run.id = r.run_id
JOIN customers_order o ON o.id = l.order_id
WHERE r.component_id = %s
ORDER BY r.for_month, run.month, r.id, l.id
"""


def _event_lines(component: Component) -> Iterator[_Line]:
    by_units = "true" if component.base == Base.UNITS else "false"
    for row in _stream(_EVENT_LINES.format(by_units=by_units), component):
        line = _Line(*row)
        line.measure = Decimal(line.measure or 0)
        yield line


def _rows(query: str, component: Component) -> Iterator[tuple[Any, str, Decimal]]:
    for dealer, for_month, run_month, amount, kind, net in _stream(query, component):
        yield (dealer, for_month, run_month, amount), kind, net


def _stream(query: str, component: Component) -> Iterable[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, [component.pk])
        while rows := cursor.fetchmany(5000):
            yield from rows
