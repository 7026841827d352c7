"""The row of stages, gone through from the first to the last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from dealers import currencies
from incentives.engine import tables
from incentives.engine.base import BASE
from incentives.engine.budget import BUDGET_CAP
from incentives.engine.caps import BENEFICIARY_CAP, PERIOD_CAP
from incentives.engine.component import Component
from incentives.engine.events import EVENTS
from incentives.engine.explain import EXPLAIN
from incentives.engine.facts import Fact
from incentives.engine.firsts import FIRSTS
from incentives.engine.gate import GATE
from incentives.engine.groups import GROUPS
from incentives.engine.lines import LINES
from incentives.engine.moves import MOVES
from incentives.engine.multipliers import MULTIPLIERS
from incentives.engine.orders import ORDERS
from incentives.engine.periods import PERIODS
from incentives.engine.program import Program
from incentives.engine.rate import RATE
from incentives.engine.returns import RETURNS
from incentives.engine.scope import closed_before
from incentives.engine.stage import Chain
from incentives.engine.sums import SUMS
from incentives.engine.tables import Given
from incentives.engine.withhold import WITHHOLD

STAGES = (
    EVENTS, GROUPS, BASE, FIRSTS, RATE, MULTIPLIERS, LINES, SUMS, ORDERS, RETURNS, MOVES,
    PERIODS, PERIOD_CAP, BENEFICIARY_CAP, BUDGET_CAP, GATE, WITHHOLD,
)  # fmt: skip


@dataclass(frozen=True)
class RunLine:
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
    plan: str
    share: Decimal | None
    multiplier: Decimal | None


def through(
    components: list[Component], source: tables.Source, currency: str, *, keep: bool
) -> Chain:
    """The stages of components, for a source of facts: a sink reads ``engine_paid`` of the chain.

    With ``keep`` rows that several stages read are kept in tables, as many rows need.
    """
    decimals = currencies.decimals(currency)
    values = {"decimals": decimals, "minor": 10**decimals, **closed_before([])}
    chain = Chain(values, tables=keep, one_line=source.one_line)
    # How many rows a table has is what matters, and a few of them tell.
    chain.plan_with("default_statistics_target", "10")
    tables.terms(chain, components)
    source.add_to(chain)
    # All of a stage goes with all of another one; only a guess that there are few says nested.
    chain.plan_with("enable_nestloop", "off")
    _through_stages(chain, components)
    return chain


def again(chain: Chain, components: list[Component]) -> None:
    """Go through the stages once more with the same facts, by other terms of the components."""
    tables.terms(chain, components)
    _through_stages(chain, components)


def _through_stages(chain: Chain, components: list[Component]) -> None:
    for stage in STAGES:
        stage.add_to(chain, components)


def lines(program: Program, facts: Iterable[Fact]) -> list[RunLine]:
    """What a program gives for facts, sorted; each month in which one was recorded is closed in
    turn. Nothing is kept: the tables are the transaction's, which is taken back.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        chain = through(program.components, Given(facts), program.currency, keep=True)
        cursor.execute(chain.reading(EXPLAIN.query), chain.values)
        found = [RunLine(*row) for row in cursor.fetchall()]
        transaction.set_rollback(True)
    return sorted(found, key=_in_order)


def _in_order(line: RunLine) -> tuple[Any, ...]:
    return (line.month, line.component, line.beneficiary, line.for_month, line.external_id,
            line.base, line.rate or Decimal(0), line.amount, line.plan)  # fmt: skip
