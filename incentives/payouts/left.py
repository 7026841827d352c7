"""What of a statement is still to be paid: without what waits, what never is, and what was paid."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    DecimalField,
    Exists,
    F,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Concat

from incentives.disputes import holding
from incentives.disputes.holding import Disputed, LineKey
from incentives.models import (
    DisputeRuling,
    Journal,
    Payout,
    PayoutBatch,
    PayoutState,
    Statement,
)
from incentives.models.adjustments import KEY
from incentives.models.amounts import MONEY

# One batch is made or approved at a time in the whole installation, and no line comes into dispute
# or out of it meanwhile; those do not wait for each other.
_TURN = 0x7061796F
_NOTHING = Value(Decimal(0), output_field=DecimalField(**MONEY))


@dataclass(frozen=True, slots=True)
class Left:
    """What became of what a statement pays.

    ``taken`` is under way or paid, ``never`` was taken off lines that waited, by the decisions of
    disputes. ``disputed`` are the lines that were disputed, each with what of it waits now.
    """

    payable: Decimal
    taken: Decimal
    never: Decimal
    disputed: list[Disputed] = field(default_factory=list)

    @property
    def held(self) -> Decimal:
        """What waits for the decision of disputes."""
        return sum((each.held for each in self.disputed), Decimal(0))

    @property
    def due(self) -> Decimal:
        """What can be paid with the next batch, once a second person approved the statement."""
        return max(self.payable - self.never - self.taken - self.held, Decimal(0))

    def of_dispute(self, pk: UUID) -> Disputed | None:
        """What waits because of one dispute."""
        return next((each for each in self.disputed if each.dispute.pk == pk), None)

    @property
    def lines(self) -> dict[LineKey, Disputed]:
        return {each.line: each for each in self.disputed}


def take_turn() -> None:
    """Wait until no batch is made or approved, and no dispute opened or decided; keep all from it.

    Until the transaction ends.
    """
    _lock("pg_advisory_xact_lock")


def share_turn(at: datetime) -> datetime:
    """Wait until no batch is made or approved, and keep it from that until the transaction ends.

    The moment to record at, ``at`` or later: after every batch that was made meanwhile. It did not
    know of what is recorded, and by their moments one tells what it brought.
    """
    _lock("pg_advisory_xact_lock_shared")
    newest = PayoutBatch.objects.aggregate(newest=Max("made_at"))["newest"]
    return at if newest is None else max(at, newest + timedelta.resolution)


def _lock(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}(%s)", [_TURN])


def with_sums(statements: QuerySet[Statement]) -> QuerySet[Any]:
    """Statements with ``taken``, what is under way or paid, and ``never``, what never is."""
    live = Payout.objects.filter(
        statement=OuterRef("pk"), state__in=[PayoutState.WAITING, PayoutState.PAID]
    )
    booked = Journal.objects.filter(key=Concat(Value(KEY), OuterRef("adjustment__code")))
    against = DisputeRuling.objects.filter(
        Exists(booked), dispute__statement=OuterRef("pk"), withheld__gt=0
    )
    return statements.annotate(
        taken=_sum(live, "statement", "amount"),
        never=_sum(against, "dispute__statement", "withheld"),
    )


def _sum(rows: QuerySet[Any], by: str, what: str) -> Coalesce:
    sums = rows.order_by().values(by).annotate(sum=Sum(what)).values("sum")
    return Coalesce(Subquery(sums), _NOTHING)


def of(statements: Iterable[Statement], at: datetime) -> dict[int, Left]:
    """What is left of each of these, by its id, at ``at``; three queries."""
    rows: Any = with_sums(Statement.objects.filter(pk__in=[each.pk for each in statements]))
    return of_summed(list(rows), at)


def of_summed(statements: Iterable[Any], at: datetime) -> dict[int, Left]:
    """The same of statements that were read with their sums; two queries."""
    rows = list(statements)
    disputed = holding.of_statements([row.pk for row in rows], at)
    return {
        row.pk: _left(row.payable, row.taken, row.never, disputed.get(row.pk, [])) for row in rows
    }


def of_one(statement: Statement, at: datetime) -> Left:
    """What is left of one statement at ``at``."""
    return of([statement], at)[statement.pk]


def to_pay(statements: QuerySet[Statement]) -> QuerySet[Any]:
    """Statements with something to be paid, approved or not, whether or not it is held."""
    paying = with_sums(statements.filter(payable__gt=0))
    return paying.filter(payable__gt=F("taken") + F("never"))


def unpaid(statements: QuerySet[Statement]) -> QuerySet[Any]:
    """Of approved statements those with something to be paid, whether or not it is held."""
    return to_pay(statements.filter(run__release__isnull=False))


def _left(payable: Decimal, taken: Decimal, never: Decimal, disputed: list[Disputed]) -> Left:
    """Nothing waits but what is there: of several the first one that came into dispute first."""
    rest = max(payable - taken - never, Decimal(0))
    found = []
    for each in disputed:
        held = min(each.held, rest)
        rest -= held
        found.append(replace(each, held=held))
    return Left(payable, taken, never, found)
