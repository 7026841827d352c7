"""What people added to a dealer's month, or took off it, beside what the plans give."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from dealers.models import Dealer
from incentives.models import Adjustment, Dispute

CODE = "adjustment"  # in files, where a line has the code of its component


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An adjustment in the books of a month, with its reason as the dealer reads it.

    ``reverses`` is the number of one that it takes back, ``case`` and ``dispute`` what it comes
    from.
    """

    code: str
    amount: Decimal
    reason: str
    booked_at: datetime
    reverses: str
    case: str
    dispute: Dispute | None

    @property
    def day(self) -> date:
        """The day that it was booked, at headquarters."""
        return timezone.localdate(self.booked_at, timezone.get_default_timezone())


def of_month(dealer: Dealer, month: date) -> list[Adjusted]:
    """What is in the books of a dealer's month, closed or open, in the order of its coming."""
    return of_months(dealer, [month])[month]


def of_months(dealer: Dealer, months: list[date]) -> dict[date, list[Adjusted]]:
    """The same of several months; one query."""
    found: dict[date, list[Adjusted]] = {month: [] for month in months}
    rows: Any = Adjustment.objects.filter(dealer=dealer).booked_in(months)
    for row in rows.select_related("reverses", "ruling__dispute"):
        found[row.month].append(
            Adjusted(
                code=row.code,
                amount=row.amount,
                reason=row.reason,
                booked_at=row.booked_at,
                reverses=row.reverses.code if row.reverses else "",
                case=row.case_id or "",
                dispute=row.ruling.dispute if hasattr(row, "ruling") else None,
            )
        )
    return found


def total(adjustments: Iterable[Adjusted]) -> Decimal:
    """What they come to together."""
    return sum((each.amount for each in adjustments), Decimal(0))


def of_all(month: date) -> dict[str, list[Decimal]]:
    """The amounts in the books of a month, by the code of the dealer."""
    found: dict[str, list[Decimal]] = defaultdict(list)
    rows = Adjustment.objects.booked_in([month])
    for dealer, amount in rows.values_list("dealer__code", "amount"):
        found[dealer].append(amount)
    return found
