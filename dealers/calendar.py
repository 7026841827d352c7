"""Working days and opening hours, by which deadlines are reckoned.

Public holidays with the weekends that are worked for them come from the ``holidays`` package; what
headquarters says of a day goes before.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays as public_holidays

SATURDAY = 5
OPENS, CLOSES = time(9), time(18)
OFFER_HOURS = 2  # of opening, in which an offer is answered
ANSWERS_BY = time(10)  # on the next working day, where the hours of today do not suffice
LONGEST_REST = 60  # days in a row without work, which no calendar has


class Calendar:
    """Which days are worked: those of the week but the holidays, and the weekends that are.

    ``country``: whose public holidays count as well, where nothing else is said of a day.
    """

    def __init__(
        self,
        holidays: Collection[date] = (),
        workdays: Collection[date] = (),
        country: str = "",
    ) -> None:
        self.holidays = frozenset(holidays)
        self.workdays = frozenset(workdays)  # a weekend's day that is worked in place of another
        self.country = country

    def works(self, day: date) -> bool:
        if day in self.workdays or day in self.holidays:
            return day in self.workdays
        if self.country:
            return _public(self.country).is_working_day(day)
        return day.weekday() < SATURDAY

    def after(self, day: date, count: int) -> date:
        """The working day that is ``count`` working days after ``day``.

        Raises ValueError where nobody works for two months.
        """
        rest = 0
        while count:
            day += timedelta(days=1)
            worked = self.works(day)
            count -= worked
            rest = 0 if worked else rest + 1
            if rest > LONGEST_REST:
                raise ValueError(f"Nobody works for {LONGEST_REST} days up to {day}.")
        return day

    def end_of_day_after(self, moment: datetime, count: int, tz: ZoneInfo) -> datetime:
        """The end of the local working day that is ``count`` working days after ``moment``'s."""
        day = self.after(moment.astimezone(tz).date(), count)
        return _at(day + timedelta(days=1), time.min, tz)

    def hours_after(self, moment: datetime, hours: int, tz: ZoneInfo) -> datetime:
        """``hours`` of opening after ``moment``, or by 10:00 of the next opening."""
        day = moment.astimezone(tz).date()
        if self.works(day):
            if moment < _at(day, OPENS, tz):
                return _at(day, ANSWERS_BY, tz)
            due = moment + timedelta(hours=hours)
            if due <= _at(day, CLOSES, tz):
                return due
        return _at(self.after(day, 1), ANSWERS_BY, tz)


def _at(day: date, hour: time, tz: ZoneInfo) -> datetime:
    # As an instant at once: two times of one zone are compared by their clocks.
    return datetime.combine(day, hour, tz).astimezone(UTC)


@cache
def _public(country: str) -> public_holidays.HolidayBase:
    return public_holidays.country_holidays(country)


WEEKENDS_OFF = Calendar()
