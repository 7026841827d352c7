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
from incentives.models import Dispute, DisputeRuling

type LineKey = tuple[int, UUID | int]  # a component, and an order or registration


@dataclass(frozen=True, slots=True)
class Disputed:
    """A line of a statement that is or was in dispute; ``held`` of it is not paid until then."""

    dispute: Dispute
    course: Course
    amount: Decimal  # what the line comes to; nothing for a part of a month paid as a whole
    line: LineKey
    never: Decimal  # what decisions in effect took off while it waited
    held: Decimal


def of_statements(statements: Iterable[int], at: datetime) -> dict[int, list[Disputed]]:
    """What was disputed of statements, by their ids, until ``at``: the oldest first.

    ``held`` is what each open one asks to wait. A deduction in dispute stays taken off, and a line
    of a month that is paid as a whole has no amount of its own to wait: an adjustment makes up for
    both.
    """
    never = DisputeRuling.objects.in_effect().filter(dispute=OuterRef("pk"), withheld__gt=0)
    sums = never.order_by().values("dispute").annotate(sum=Sum("withheld")).values("sum")
    rows: Any = (
        Dispute.objects.filter(statement__in=list(statements), opened_at__lte=at)
        .with_moments()
        .annotate(never=Subquery(sums))
        .select_related("line__result")
        .order_by("opened_at", "pk")
    )
    found: dict[int, list[Disputed]] = defaultdict(list)
    for row in rows:
        course, line = Course.of(row, at), row.line
        amount = line.amount or Decimal(0)
        key = (line.result.component_id, line.order_id or line.registration_id)
        held = max(amount, Decimal(0)) if course.waits else Decimal(0)
        found[row.statement_id].append(
            Disputed(row, course, amount, key, row.never or Decimal(0), held)
        )
    return found
