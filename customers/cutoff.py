"""What is known until when: closing a month must not miss what was still being recorded.

Every transaction that records orders or attributions holds one shared lock, every one that records
registrations another, both until it commits. ``known_until`` gets both exclusively for an instant:
then nothing recorded earlier is still to become visible, and what comes takes a later clock.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from dealers.database import prepared

# The two keys of an advisory lock: the portal's customers, and which of its doors.
SPACE = 0x6D64
ORDERS = 1
REGISTRATIONS = 2

# The clock is read from the lock's own row, so not before the lock is held.
SHARED = (
    "SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock_shared(%s, %s) OFFSET 0) AS held"
)
EXCLUSIVE = "SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock(%s, %s) OFFSET 0) AS held"


class CutoffFailed(Exception):
    """Somebody kept recording for too long."""


def hold_open_orders() -> datetime:
    """Hold the door for orders until the transaction ends; the clock to record them with."""
    return _hold(SHARED, ORDERS)


def take_turn(fingerprint: bytes, door: int) -> datetime:
    """Hold the door, and wait until nobody else records anything of this person; then the clock.

    A statement of its own, because the next one has to see what the one before in the queue wrote.
    """
    with prepared() as cursor:
        cursor.execute(
            "SELECT clock_timestamp() FROM ("
            "SELECT pg_advisory_xact_lock_shared(%s::int4, %s::int4),"
            " pg_advisory_xact_lock(%s::int8) OFFSET 0) AS held",
            [SPACE, door, int.from_bytes(fingerprint[:8], signed=True)],
        )
        return cursor.fetchone()[0]


def hold_all() -> datetime:
    """Wait until nobody records, and let nobody else until the transaction ends; then the clock.

    For bulk loads, which touch too many identities to queue for each of them.
    """
    _hold(EXCLUSIVE, ORDERS)
    return _hold(EXCLUSIVE, REGISTRATIONS)


def _hold(lock: str, door: int) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(lock, [SPACE, door])
        return cursor.fetchone()[0]


def known_until(patience: float = 300.0) -> datetime:
    """A moment until which everything recorded is visible. Raises CutoffFailed.

    Only ever tries for the locks, because registrations would queue behind one that waits, and
    gives them back at once, also inside a longer transaction.
    """
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        with _doors_closed(ORDERS) as orders, _doors_closed(REGISTRATIONS) as registrations:
            if orders and registrations:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT clock_timestamp()")
                    return cursor.fetchone()[0]
        time.sleep(0.02)
    raise CutoffFailed("Orders or registrations are being recorded all the time.")


@contextmanager
def _doors_closed(door: int) -> Iterator[bool]:
    """Whether nobody records at the moment; if so nobody starts to before this ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, door])
        closed = cursor.fetchone()[0]
        try:
            yield closed
        finally:
            if closed:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SPACE, door])
