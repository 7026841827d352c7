"""Months: a month is the date of its first day."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Self

from django.utils import formats, timezone
from django.utils.translation import pgettext

from dealers.bounds import EARLIEST, LATEST


def first_day(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def add_months(day: date, count: int) -> date:
    """The same day ``count`` months later, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return add_months(first_day(day), 1)


def previous_month(day: date) -> date:
    """The first day of the month before a day's."""
    return add_months(first_day(day), -1)


def hq_day(moment: datetime) -> date:
    """The day of a moment at headquarters, whose calendar months and rules run by."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def readers_day(moment: datetime) -> date:
    """The day of a moment for who reads: their store's; in the worker headquarters'."""
    return timezone.localdate(moment, timezone.get_current_timezone())


def midnight(day: date, clock: tzinfo | None = None) -> datetime:
    """When a day begins on a clock; without one on that of who reads."""
    return datetime.combine(day, time.min, clock or timezone.get_current_timezone())


def hq_midnight(day: date) -> datetime:
    """When a day begins at headquarters."""
    return midnight(day, timezone.get_default_timezone())


def parse(text: str) -> date:
    """The month that is written like 2017-03. Raises ValueError, also before 1990 or after 2199."""
    month = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 -- a month
    if not EARLIEST.date() <= month < LATEST.date():
        raise ValueError(text)
    return month


def key(month: date) -> str:
    """A month as files, addresses and commands write it: 2017-03."""
    return f"{month:%Y-%m}"


def name(month: date) -> str:
    """A month for the reader: 2026年10月, October 2026."""
    return formats.date_format(month, "YEAR_MONTH_FORMAT")


def short_name(month: date) -> str:
    """A month under a chart: 10月, Oct."""
    return formats.date_format(month, pgettext("date format of a month alone", "M"))


@dataclass(frozen=True)
class Span:
    """Days ``[start, end)``, the month that they begin in, and days before to compare them with."""

    month: date
    start: date
    end: date
    before_start: date
    before_end: date

    @classmethod
    def until(cls, today: date) -> Self:
        """The running month up to and with ``today``, against as many days of the last one."""
        month = today.replace(day=1)
        before = previous_month(month)
        days = (today - month).days + 1
        return cls(month, month, today + timedelta(days=1), before,
                   min(before + timedelta(days=days), month))  # fmt: skip

    @classmethod
    def of(cls, start: date, length: timedelta) -> Self:
        """So many days from ``start`` on, against as many right before them."""
        return cls(first_day(start), start, start + length, start - length, start)

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def before_last(self) -> date:
        return self.before_end - timedelta(days=1)
