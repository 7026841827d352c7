"""Whose clock counts: the database's, which all servers share."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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


_shows_only: ContextVar[bool] = ContextVar("shows_only", default=False)


@contextmanager
def showing_only() -> Iterator[None]:
    """A page of a server whose clock is wrong: what it puts down is to be taken back with it."""
    token = _shows_only.set(True)
    try:
        yield
    finally:
        _shows_only.reset(token)


def must_record() -> None:
    """Raise ClockWrong where nothing stays: for what must not be shown or promised without."""
    if _shows_only.get():
        raise ClockWrong(_said())


def check() -> None:
    """Raise ClockWrong if this server must not record anything."""
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    if differs(before, theirs, timezone.now()):
        raise ClockWrong(_said())


def _said() -> str:
    return _(
        "The clock of this server differs from the database's by more than 5 seconds, so"
        " it records nothing. Set the clock, then try again."
    )
