"""The row of stages, gone through from the first to the last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from dealers import currencies
from incentives.engine import tables
from incentives.engine.base import BASE
from incentives.engine.budget import BUDGET_CAP
from incentives.engine.caps import BENEFICIARY_CAP, PERIOD_CAP
from incentives.engine.events import EVENTS
from incentives.engine.explain import EXPLAIN
from incentives.engine.facts import Fact
from incentives.engine.gate import GATE
from incentives.engine.lines import LINES
from incentives.engine.moves import MOVES
from incentives.engine.multipliers import MULTIPLIERS
from incentives.engine.orders import ORDERS
from incentives.engine.periods import PERIODS
from incentives.engine.program import Program
from incentives.engine.rate import RATE
from incentives.engine.returns import RETURNS
from incentives.engine.withhold import WITHHOLD

STAGES = (
    EVENTS, BASE, RATE, MULTIPLIERS, LINES, ORDERS, RETURNS, MOVES, PERIODS, PERIOD_CAP,
    BENEFICIARY_CAP, BUDGET_CAP, GATE, WITHHOLD, EXPLAIN,
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What a program gives for an event or a period, as a closing would book it."""

    month: date
    component: str
    beneficiary: str
    for_month: date
    external_id: str
    base: Decimal
    rate: Decimal | None
    amount: Decimal
    reason: str
    of_money: bool


def lines(program: Program, facts: Iterable[Fact]) -> list[Line]:
    """What a program gives for facts, sorted; each month in which one was recorded is closed in
    turn. Nothing is kept: the tables are the transaction's, which is taken back.
    """
    decimals = currencies.decimals(program.currency)
    with transaction.atomic(), connection.cursor() as cursor:
        tables.load(program.components, facts)
        for stage in STAGES:
            stage.make({"decimals": decimals, "minor": 10**decimals})
        cursor.execute(f"SELECT {', '.join(EXPLAIN.columns)} FROM {EXPLAIN.name}")
        found = [Line(*row) for row in cursor.fetchall()]
        transaction.set_rollback(True)
    return sorted(found, key=_in_order)


def _in_order(line: Line) -> tuple[date, str, str, date, str, Decimal, Decimal, Decimal]:
    return (line.month, line.component, line.beneficiary, line.for_month, line.external_id,
            line.base, line.rate or Decimal(0), line.amount)  # fmt: skip
