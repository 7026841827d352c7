"""Months in addresses."""

from datetime import date

from django.http import Http404

from dealers.months import key, next_month, parse, previous_month

FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


class MonthConverter:
    """``2026-10`` in an address is the first day of that month."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return parse(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else key(value)


class ComponentConverter:
    """A component's code in an address, after its plan's where several plans use it."""

    regex = r"[-a-zA-Z0-9_]+(\.[-a-zA-Z0-9_]+)?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def steps(month: date, first: date, last: date) -> dict:
    """The months before and after ``month`` that can be opened, within ``first`` to ``last``."""
    before, after = previous_month(month), next_month(month)
    return {
        "month": month,
        "before": before if before >= first else None,
        "after": after if after <= last else None,
    }


def in_range(month: date, last: date) -> date:
    """The month, unless it lies in the future or before there was anything: then 404."""
    if not FIRST <= month <= last:
        raise Http404
    return month
