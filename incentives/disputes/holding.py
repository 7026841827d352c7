"""What of statements waits while lines of them are in dispute: of each only that line."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from dealers.models import Dealer
from incentives.models import Dispute, Run, Statement


def held_of(statements: Iterable[Statement], at: datetime) -> dict[int, Decimal]:
    """What of each statement, by its id, is not paid at ``at``; those without a dispute are not in.

    Never more than is to be paid. A deduction in dispute stays taken off, and a line of a month
    that is paid as a whole has no amount of its own to wait: an adjustment makes up for both.
    """
    payable = {statement.pk: statement.payable for statement in statements}
    disputed: dict[int, Decimal] = defaultdict(Decimal)
    rows = Dispute.objects.open_at(at).filter(statement__in=payable, line__amount__gt=0)
    for statement, amount in rows.values_list("statement", "line__amount"):
        disputed[statement] += amount or Decimal(0)
    return {pk: min(amount, payable[pk]) for pk, amount in disputed.items()}


def held_lines(dealer: Dealer, run: Run, at: datetime) -> set[tuple[int, UUID | int]]:
    """The lines of a dealer's month that wait: each by its component, and order or registration."""
    rows = Dispute.objects.open_at(at).filter(dealer=dealer, statement__run=run, line__amount__gt=0)
    found = rows.values_list("line__result__component", "line__order", "line__registration")
    return {(component, order or registration) for component, order, registration in found}


def held_of_statement(statement: Statement, at: datetime) -> Decimal:
    """What of one statement is not paid at ``at``."""
    return held_of([statement], at).get(statement.pk, Decimal(0))
