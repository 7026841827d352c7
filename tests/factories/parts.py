"""Statements of which a part is paid while another is in dispute, in a February that is open."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.db import connection

from dealers.actor import Actor
from dealers.models import Membership
from incentives import verification
from incentives.books import reconcile
from incentives.disputes import deciding
from incentives.disputes.deciding import Decision
from incentives.models import Adjustment, Dispute, DisputeRuling, Line, Run
from incentives.payouts import batches
from incentives.statements import release
from tests.factories.disputes import dispute_of

SMALL, LARGE = Decimal("6.00"), Decimal("30.00")
CLOSED = datetime(2026, 2, 3, 4, tzinfo=UTC)
_MINUTES = count(1)


def at() -> datetime:
    """A moment after the one before, while February is open."""
    return CLOSED + timedelta(days=7, minutes=next(_MINUTES))


def disputed(owner: Membership, line: Line, **fields) -> Dispute:
    """A dispute about a line, opened now."""
    return dispute_of(owner, at(), line=line, files=0, **fields)


def decided(dispute: Dispute, by: Actor, outcome: str, amount: str | None = None) -> DisputeRuling:
    """What somebody decides about it now."""
    decision = Decision(outcome, "Looked at", None if amount is None else Decimal(amount))
    return deciding.decide(dispute, decision, by=by, at=at())


def raised(owner: Membership, line: Line, by: Actor, amount: str = "20.00") -> Adjustment:
    """A dispute about a line that gives it so much more, in February."""
    dispute = disputed(owner, line, expected=line.amount + Decimal(amount))
    return decided(dispute, by, "upheld", amount).adjustment


def paid(first: Actor, second: Actor) -> Decimal:
    """The sum of a batch that is made and approved now."""
    batch = batches.make(by=first, at=at())
    batches.approve(batch, by=second, at=at())
    return sum((each.amount for each in batch.payouts.all()), Decimal(0))


def paid_all(run: Run, first: Actor, second: Actor) -> Decimal:
    """The sum of a batch with a month's statements, all of it approved now."""
    release.release(run, by=second, at=at())
    return paid(first, second)


def due() -> Decimal:
    """What the next batch pays."""
    return batches.due(at()).amount


def agree() -> None:
    """Nothing differs in the books, between statements and payments, nor in what was decided."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert [check.key for check in reconcile.checks() if not check.holds] == []
    assert [name for name, holds, _why in verification.checks() if not holds] == []
