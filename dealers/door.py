"""The door: the only role that reads what opens an account, sessions and passwords.

Everybody comes in by it and leaves it for a role of their own, which an injection into a page would
have. Where a page ends a session or changes a password, it comes back to the door for that alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

from dealers.walls import roles

_TAKE = "SELECT current_setting('role'), set_config('role', %s, true)"


def taken(role: str) -> None:
    """Remember that this transaction runs as ``role`` from here; empty: nobody knows."""
    connection.role_taken = (connection.transaction_begun, role)  # type: ignore[attr-defined]


def _is_open() -> bool:
    begun, role = getattr(connection, "role_taken", (None, ""))
    now = connection.transaction_begun  # type: ignore[attr-defined]  # our own backend
    return connection.in_atomic_block and begun is now and role == roles.DOOR


@contextmanager
def opened() -> Iterator[None]:
    """Run a few statements as the door, then go on in the role that was taken before."""
    if _is_open():
        yield
    elif connection.in_atomic_block:
        before = _take(roles.DOOR)
        try:
            yield
        finally:
            # What is rolled back forgets by itself.
            if can_be_told():
                _take(before)
            else:
                taken("")
    else:
        with transaction.atomic():
            _take(roles.DOOR)
            yield


def can_be_told() -> bool:
    """Whether the transaction takes statements still: not failed, lost, nor to be undone."""
    session = connection.connection
    if session is None or session.closed or connection.needs_rollback:
        return False
    return session.info.transaction_status != TransactionStatus.INERROR


def _take(role: str) -> str:
    """Take a role until the transaction ends; which one it was before."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [role])
        before = str(cursor.fetchone()[0])
    taken(role)
    return before
