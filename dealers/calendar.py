"""Working days and opening hours, by which deadlines are reckoned."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
OPENS, CLOSES = time(9), time(18)
OFFER_HOURS = 2  # of opening, in which an offer is answered
ANSWERS_BY = time(10)  # on the next working day, where the hours of today do not suffice


class Calendar:
    """Which days are worked: those of the week but the holidays, and the weekends that are."""

    def __init__(self, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> None:
        self.holidays = frozenset(holidays)
        self.workdays = frozenset(workdays)  # a weekend's day that is worked in place of another

    def works(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def after(self, day: date, count: int) -> date:
        """The working day that is ``count`` working days after ``day``."""
        while count:
            day += timedelta(days=1)
            count -= self.works(day)
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
    return datetime.combine(day, hour, tz).astimezone(ZoneInfo("UTC"))


WEEKENDS_OFF = Calendar()
