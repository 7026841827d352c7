"""How long somebody waits for others: a second for one thing, and no two for a whole answer.

The transaction of a request says at its beginning how long each lock is waited for at most, and of
all of them everything counts together: what the statements before have taken is gone from what the
next may wait, whichever lock it is for. So the answer comes within two seconds, with a sentence,
however many others stand in the way: where whoever asks for the lock has none, the page for all has
(``config.errors``). A task waits as long as it takes, unless it says otherwise. Who stands before a
customer waits no longer for a database that stands still either: see ``hurried``.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, LockNotAvailable

from dealers import door

PATIENCE = 0.9  # seconds at most for one thing: a turn with all its locks, or a lock by itself
WHOLE = 1.5  # seconds that the statements of a request wait in all; the rest of two is for the work
LEAST = 0.05  # seconds to wait for a lock when all that is over: nobody fails over an instant
NOTICED = 0.05  # seconds that a statement takes which nobody holds up
AFTER = 0.3  # seconds more, in which the database itself says that a lock is not to be had

_SET = "SELECT set_config('lock_timeout', %s, true)"
_budget: ContextVar["_Budget | None"] = ContextVar("budget", default=None)
# Seconds that the request of this thread waited before somebody took it up.
queued: ContextVar[float] = ContextVar("queued", default=0.0)


class _Budget:
    """What a request may still wait. Counts its statements, and tells the database what is left."""

    def __init__(self, waited: float) -> None:
        self.left = WHOLE - waited
        self.told: object = None  # in which transaction a limit was set, if one was
        self.late = False  # whether less is left than the database knows

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.late and self._may_tell():
            with connection.wrap_database_errors:
                # Past what counts statements: whether one took long is no matter of the page.
                connection.connection.execute(_SET, [limit()])
        began, done = time.monotonic(), False
        try:
            result = execute(sql, params, many, context)
            done = True
            return result
        finally:
            took = time.monotonic() - began
            if took > NOTICED:
                self.left -= took
            # What is taken back to a savepoint also forgets what was told after it.
            forgot = not done or str(sql).startswith("ROLLBACK TO")
            self.late = self.late or took > NOTICED or forgot

    def _may_tell(self) -> bool:
        begun = connection.transaction_begun  # type: ignore[attr-defined]  # our own backend
        return connection.in_atomic_block and self.told is begun and door.can_be_told()


def hurried[View: Callable[..., Any]](view: View) -> View:
    """Mark a view to which somebody sends what a customer waits for, and may send twice.

    A statement or COMMIT that stands still is given up in time, of which nobody knows then whether
    it was kept. One that is only slow is not: however many there were, each has a second.
    """
    view.hurried = True  # type: ignore[attr-defined]
    return view


@contextmanager
def answering(waited: float = 0.0) -> Iterator[Callable[[], float]]:
    """Have all that the block waits for together, one request, take ``WHOLE`` at most.

    It has ``waited`` so many seconds before. Gives what says how many the database may still take
    for one thing that a customer waits for.
    """
    budget = _Budget(waited)
    token = _budget.set(budget)
    try:
        with connection.execute_wrapper(budget):
            yield lambda: max(PATIENCE, budget.left) + AFTER
    finally:
        _budget.reset(token)


def patience() -> float:
    """How many seconds the next thing may be waited for."""
    budget = _budget.get()
    return PATIENCE if budget is None else max(LEAST, min(PATIENCE, budget.left))


def limit() -> str:
    """The same as a setting of the database, which the transaction is told with it."""
    told()
    return f"{milliseconds(patience())}ms"


def told() -> None:
    """Note that the database was told in this transaction how long its locks are waited for."""
    if (budget := _budget.get()) is not None:
        budget.told = connection.transaction_begun  # type: ignore[attr-defined]  # our own backend
        budget.late = False


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def wait_no_longer() -> None:
    """Let no lock of this transaction be waited for longer than ``patience``: see ``busy_as``."""
    with connection.cursor() as cursor:
        cursor.execute(_SET, [limit()])


@contextmanager
def busy_as(refusal: Callable[[str], Exception]) -> Iterator[None]:
    """Raise ``refusal`` with a sentence where a turn does not come in time.

    Also where two wait for each other: the database then ends the waiting of one of them.
    """
    try:
        yield
    except OperationalError as problem:
        if not is_busy(problem):
            raise
        raise refusal(
            _("Somebody else is recording, or a file is being stored. Try again in a minute.")
        ) from None


def is_busy(problem: BaseException | None) -> bool:
    """Whether it is that others stood in the way for too long."""
    cause = getattr(problem, "__cause__", None)
    return isinstance(cause, (LockNotAvailable, DeadlockDetected))
