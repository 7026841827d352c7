"""What of statements waits while lines of them are in dispute: of each only that line."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery, Sum

from incentives.disputes.stages import Course
from incentives.models import Dispute, DisputeRuling, Payout, PayoutState, Statement

type LineKey = tuple[int, UUID | int]  # a component, and an order or registration


@dataclass(frozen=True, slots=True)
class Disputed:
    """A line of a statement that is or was in dispute; ``held`` of it is not paid until then.

    ``brought``: a payment was made with the line in it, while it was not in dispute.
    """

    dispute: Dispute
    course: Course
    amount: Decimal  # what the line comes to; nothing for a part of a month paid as a whole
    line: LineKey
    never: Decimal  # what decisions in effect took off while it waited
    held: Decimal
    brought: bool

    @property
    def never_paid(self) -> bool:
        """Whether decisions took off all that the line came to."""
        return bool(self.never) and self.never == self.amount

    def waited(self, moment: datetime) -> bool:
        """Whether a payment of that moment left the line out: nothing else ever waits."""
        return self.amount > 0 and self.course.waited(moment)


def of_statements(statements: Iterable[int], at: datetime) -> dict[int, list[Disputed]]:
    """What was disputed of statements, by their ids, until ``at``: the oldest first.

    ``held`` is what each open one asks to wait: of its line what no payment brought and no decision
    took off. A deduction in dispute stays taken off, and a line of a month that is paid as a whole
    has no amount of its own to wait: an adjustment makes up for both.
    """
    withheld = DisputeRuling.objects.in_effect().filter(dispute=OuterRef("pk"), withheld__gt=0)
    sums = withheld.order_by().values("dispute").annotate(sum=Sum("withheld")).values("sum")
    rows: Any = list(
        Dispute.objects.filter(statement__in=list(statements), opened_at__lte=at)
        .with_moments()
        .annotate(never=Subquery(sums))
        .select_related("line__result")
        .order_by("opened_at", "pk")
    )
    courses = [Course.of(row, at) for row in rows]
    waiting = {row.statement_id for row, course in zip(rows, courses, strict=True) if course.waits}
    paid = _paid(waiting)
    found: dict[int, list[Disputed]] = defaultdict(list)
    for row, course in zip(rows, courses, strict=True):
        line, never = row.line, row.never or Decimal(0)
        amount = line.amount or Decimal(0)
        key = (line.result.component_id, line.order_id or line.registration_id)
        moments = paid.get(row.statement_id, [])
        brought = amount > 0 and any(not course.waited(moment) for moment in moments)
        waits = course.waits and not brought
        held = max(amount - never, Decimal(0)) if waits else Decimal(0)
        found[row.statement_id].append(Disputed(row, course, amount, key, never, held, brought))
    return found


def is_brought(statement: Statement) -> bool:
    """Whether a payment brought what of a statement never was in dispute."""
    return bool(_paid({statement.pk}))


def _paid(statements: set[int]) -> dict[int, list[datetime]]:
    """When the batches were made that paid something of statements, and did not come back.

    Each paid all that did not wait when it was made.
    """
    found: dict[int, list[datetime]] = defaultdict(list)
    if statements:
        there = Payout.objects.filter(
            statement__in=statements,
            state__in=[PayoutState.WAITING, PayoutState.PAID],
            batch__approved_at__isnull=False,
        )
        for statement, moment in there.values_list("statement", "batch__made_at"):
            found[statement].append(moment)
    return found
