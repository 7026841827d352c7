"""What closed months booked."""

from datetime import date
from decimal import Decimal

from incentives.models import Line, Result


def amounts(month: date, code: str | None = None) -> list[Decimal]:
    found = Result.objects.filter(run__month=month).select_related("component")
    results = sorted(found, key=lambda r: (r.code, r.for_month))
    return [result.amount for result in results if code in (None, result.code)]


def line(order) -> Line:
    return Line.objects.get(order_id=order.pk)
