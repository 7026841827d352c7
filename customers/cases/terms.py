"""Until when what is done about a case, and how it is refused."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from customers.models import Case
from customers.ownership.rulebook import protection_end
from dealers.calendar import Calendar
from dealers.models import CalendarDay


class CaseRefused(Exception):
    """Not done; the message is written for the person who asked."""


class Terms(NamedTuple):
    """Days of the calendar for the sides, working days for whoever decides."""

    evidence_days: int = 3
    decided_within: int = 5
    appeal_days: int = 7
    final_within: int = 10
    most_of_a_dealer: int = 5  # that it opens in ...
    most_within_days: int = 90
    files: int = 5  # of a side


TERMS = Terms()


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def days_after(moment: datetime, days: int) -> datetime:
    """The end of the day, at headquarters, that is so many days after ``moment``'s."""
    return protection_end(moment, days, _zone())


def working_days_after(moment: datetime, days: int, calendar: Calendar | None = None) -> datetime:
    """The end of the working day that is so many working days after ``moment``'s.

    Who asks for many reads the ``calendar`` once.
    """
    calendar = calendar or CalendarDay.objects.of_region(None)
    return calendar.end_of_day_after(moment, days, _zone())


def closed_at_the_latest(case: Case, calendar: Calendar | None = None) -> datetime:
    """When a case is closed if everybody takes all the time there is, and a side appeals."""
    if case.closed_at is not None:
        return case.closed_at
    decided = case.decide_by or working_days_after(
        case.evidence_until, TERMS.decided_within, calendar
    )
    appealed = case.appeal_until or days_after(decided, TERMS.appeal_days)
    return case.final_by or working_days_after(appealed, TERMS.final_within, calendar)
