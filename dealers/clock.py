"""Whose clock counts: the database's, which all servers share."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

TOLERANCE = timedelta(seconds=5)


class ClockWrong(Exception):
    """This server's clock is not the database's: what it recorded could not be repaired."""


def differs(before: datetime, theirs: datetime, after: datetime) -> bool:
    """Whether our clock, read before and after the database's, is off by more than 5 seconds.

    However long the answer took, ``theirs`` was read between the two.
    """
    return not before - TOLERANCE <= theirs <= after + TOLERANCE


def check() -> None:
    """Raise ClockWrong if this server must not record anything."""
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    if differs(before, theirs, timezone.now()):
        raise ClockWrong(
            _(
                "The clock of this server differs from the database's by more than 5 seconds, so"
                " it records nothing. Set the clock, then try again."
            )
        )
