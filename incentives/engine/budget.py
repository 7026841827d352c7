"""The budget of a plan: the most that it pays to all, ever.

In the order of booking, then of the events, an amount is paid as far as there is room. What comes
back first takes away what the budget had cut of the same beneficiary, and only then what was paid:
so nobody owes for what another one got. The room that it frees is there for whoever comes later.
That makes each amount depend on all before it, so this stage is one pass over the amounts of plans
with a budget; the others go through as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from incentives.engine.component import Component
from incentives.engine.moves import MOVES
from incentives.engine.stage import Chain, Stage, passed_on
from incentives.engine.tables import fill

_PLACED = """
SELECT m.*, row_number() OVER (
    ORDER BY m.closing, m.at, m.back, m.event, m.component_id, m.beneficiary, m.period) AS place
FROM engine_beneficiary_cap m
"""
# The highest budget of a plan's versions; none where one has none.
_BUDGETED = """
SELECT b.place, c.plan, p.budget, b.beneficiary, b.amount
FROM engine_placed b JOIN engine_component c ON c.id = b.component_id
JOIN (
    SELECT plan, max(budget_cap) AS budget FROM engine_component
    GROUP BY plan HAVING count(*) = count(budget_cap)
) p ON p.plan = c.plan
WHERE b.closed_gate IS NULL AND b.amount <> 0 ORDER BY b.place
"""
_CUT = """
SELECT b.component_id, b.beneficiary, b.event, b.sale, b.at, b.back, b.closing, b.period, b.month,
    b.for_month, b.base, b.rate, b.share, b.worth, coalesce(p.amount, b.amount) AS amount,
    CASE WHEN p.place IS NULL THEN b.reasons ELSE b.reasons || 'budget_cap'::text END AS reasons,
    b.closed_gate, b.adjustment
FROM engine_placed b LEFT JOIN engine_budgeted p ON p.place = b.place
"""


@dataclass(frozen=True)
class BudgetStage(Stage):
    """The stage of the budget. It looks at rows that are kept: a run with a budget has tables."""

    def add_to(self, chain: Chain, components: list[Component]) -> None:
        if not self.wanted(components):
            super().add_to(chain, components)
            return
        chain.add("engine_placed", _PLACED, kept=True)
        with connection.cursor() as cursor:
            cursor.execute(_BUDGETED)
            changed = list(under(cursor.fetchall()))
        fill(chain, "engine_budgeted", {"place": "bigint", "amount": "numeric"}, changed)
        chain.add(self.name, self.query)


BUDGET_CAP = BudgetStage(
    "engine_budget_cap",
    MOVES.columns,
    _CUT,
    asked=lambda component: component.values["budget_cap"] is not None,
    otherwise=passed_on("engine_beneficiary_cap", MOVES.columns),
)


def under(
    rows: Iterable[tuple[int, str, Decimal, str, Decimal]],
) -> Iterator[tuple[int, Decimal]]:
    """Place and amount of what a budget changes; ``rows``: place, plan, budget, who, amount."""
    spent: dict[str, Decimal] = defaultdict(Decimal)
    cut: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for place, plan, budget, who, amount in rows:
        if amount > 0:
            paid = min(amount, max(budget - spent[plan], Decimal(0)))
        else:
            paid = min(amount + cut[plan, who], Decimal(0))
        spent[plan] += paid
        cut[plan, who] += amount - paid
        if paid != amount:
            yield place, paid
