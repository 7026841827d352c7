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

from incentives.engine.moves import MOVES
from incentives.engine.stage import Stage

_ALL = Stage(
    "engine_budget_cap",
    MOVES.columns | {"place": "in the order of booking"},
    """
SELECT m.*, row_number() OVER (
    ORDER BY m.closing, m.at, m.back, m.event, m.component_id, m.beneficiary, m.sale) AS place
FROM engine_beneficiary_cap m
""",
)
# The highest budget of a plan's versions; none where one has none.
_BUDGETED = """
SELECT b.place, c.plan, p.budget, b.beneficiary, b.amount
FROM engine_budget_cap b JOIN engine_component c ON c.id = b.component_id
JOIN (
    SELECT plan, max(budget_cap) AS budget FROM engine_component
    GROUP BY plan HAVING count(*) = count(budget_cap)
) p ON p.plan = c.plan
WHERE b.closed_gate IS NULL AND b.amount <> 0 ORDER BY b.place
"""
_CUT = """
UPDATE engine_budget_cap b SET amount = p.amount, reasons = b.reasons || 'budget_cap'::text
FROM engine_budgeted p WHERE p.place = b.place
"""


@dataclass(frozen=True)
class BudgetStage(Stage):
    """The stage of the budget."""

    def make(self, values: dict[str, int]) -> None:
        super().make(values)
        with connection.cursor() as cursor:
            cursor.execute(_BUDGETED)
            changed = list(under(cursor.fetchall()))
            cursor.execute("DROP TABLE IF EXISTS pg_temp.engine_budgeted")
            cursor.execute(
                "CREATE TEMP TABLE engine_budgeted (place bigint, amount numeric) ON COMMIT DROP"
            )
            with cursor.copy("COPY engine_budgeted FROM STDIN") as copy:
                for row in changed:
                    copy.write_row(row)
            cursor.execute(_CUT)


BUDGET_CAP = BudgetStage(_ALL.name, _ALL.columns, _ALL.query)


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
