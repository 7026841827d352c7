"""What a person's own registrations bring their dealer in a month that runs."""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from dealers.models import Dealer, User
from incentives import estimates
from incentives.models import OpenLine


def reward(user: User, dealer: Dealer, month: date, at: datetime) -> Decimal:
    """What the plan pays ``dealer`` for the customers that ``user`` won in an open month."""
    estimate = estimates.current(dealer, month, at)
    lines = OpenLine.objects.filter(open_month=estimate.month, registration__staff=user)
    return lines.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")
