"""What of a dealer's month is on hold, because a case about a customer runs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from customers.cases import holds
from dealers.models import Dealer
from incentives.earnings.lines import found_lines
from incentives.estimates import Estimate
from incentives.models import Run


@dataclass(frozen=True, slots=True)
class Held:
    """The money of a month that one case holds: what is booked or estimated per event."""

    code: str
    count: int
    amount: Decimal


def of_month(dealer: Dealer, month: date, source: Run | Estimate) -> list[Held]:
    """The holds on a month, by the number of the case; what a tier pays is not in them."""
    disputed = holds.held(dealer.pk)
    if not disputed:
        return []
    found: dict[str, list[Decimal]] = defaultdict(list)
    for line in found_lines(dealer, month, source, orders=list(disputed), limit=None):
        if line.order_id is not None:
            found[disputed[line.order_id]].append(line.amount or Decimal(0))
    return [Held(code, len(each), sum(each, Decimal(0))) for code, each in sorted(found.items())]
