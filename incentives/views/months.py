"""Months in addresses and in the reader's words."""

from datetime import date

from django.http import Http404
from django.utils import formats
from django.utils.translation import pgettext

FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


class MonthConverter:
    """``2026-10`` in an address is the first day of that month."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        year, month = value.split("-")
        return date(int(year), int(month), 1)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else f"{value:%Y-%m}"


def month_name(month: date) -> str:
    """A month's short name under a chart: 10月, Oct."""
    return formats.date_format(month, pgettext("date format of a month alone", "M"))


def steps(month: date, first: date, last: date) -> dict:
    """The months before and after ``month`` that can be opened, within ``first`` to ``last``."""
    before, after = _add(month, -1), _add(month, 1)
    return {
        "month": month,
        "before": before if before >= first else None,
        "after": after if after <= last else None,
    }


def _add(month: date, count: int) -> date:
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def in_range(month: date, last: date) -> date:
    """The month, unless it lies in the future or before there was anything: then 404."""
    if not FIRST <= month <= last:
        raise Http404
    return month
