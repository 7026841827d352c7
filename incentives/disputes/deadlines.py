"""Until when what is done about a dispute, and how it is refused."""

from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from customers.cases.terms import days_after, working_days_after
from customers.ownership import rulebook
from incentives.models import Statement


class DisputeRefused(Exception):
    """Not done; the message is written for the person who asked."""


class Terms(NamedTuple):
    """Days of the calendar for the dealer, working days for whoever decides: the rulebook's."""

    open_days: int = 15
    acknowledged_within: int = 1
    decided_within: int = 5
    reopen_days: int = 7
    files: int = 5  # of each time that it is opened


TERMS = Terms()


def open_until(statement: Statement) -> datetime | None:
    """The moment from which on no line of a statement can be disputed any more.

    The end of the day at headquarters, 15 days after the one on which a second person approved the
    statement, which is when it counts; None before that.
    """
    release = getattr(statement.run, "release", None)
    return days_after(release.released_at, TERMS.open_days) if release else None


def open_through(statement: Statement) -> date | None:
    """The last day on which a line of a statement can be disputed; None where none is set yet."""
    until = open_until(statement)
    return last_day(until) if until else None


def acknowledge_by(opened_at: datetime) -> datetime:
    """Until when somebody has begun to check: the end of the next working day."""
    return working_days_after(opened_at, TERMS.acknowledged_within)


def decide_by(opened_at: datetime) -> datetime:
    """Until when it is decided: the end of the fifth working day after."""
    return working_days_after(opened_at, TERMS.decided_within)


def reopen_until(ruled_at: datetime) -> datetime:
    """The moment from which on a decision is final."""
    return days_after(ruled_at, TERMS.reopen_days)


def last_day(until: datetime) -> date:
    """The last day of a deadline that ends with a day at headquarters."""
    return rulebook.last_day(until, timezone.get_default_timezone())
