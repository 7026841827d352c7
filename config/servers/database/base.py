"""The backend itself; Django looks for it in a module of this name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import MethodType
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError
from django.db.backends.postgresql import base, features
from django.db.backends.utils import CursorWrapper

from config.servers import embedded

CONNECTING = 5  # seconds, for whoever has no limit of their own; libpq's least is 2

# How many seconds the database may take for one answer; none is said for as long as it needs.
_patience: ContextVar[tuple[Callable[[], float], ...]] = ContextVar("patience", default=())


class OutcomeUnknown(OperationalError):
    """The session was lost as it committed: the database may have kept what was sent, or not."""


@contextmanager
def patience(seconds: float | Callable[[], float]) -> Iterator[None]:
    """Let the database take ``seconds`` for each thing that the block asks of it, COMMIT as well.

    They are asked for anew each time where that is a function. Whoever waits longer gets an
    OperationalError and the connection is closed, so that a server that is frozen holds nobody who
    waits for a page. A shorter patience around it is kept.
    """
    own = seconds if callable(seconds) else lambda: seconds
    token = _patience.set((*_patience.get(), own))
    try:
        yield
    finally:
        _patience.reset(token)


def _limit() -> float | None:
    return min((seconds() for seconds in _patience.get()), default=None)


def _wait(
    connection: psycopg.Connection, generator: Any, interval: float = 0.1, timeout: Any = None
) -> Any:
    """The driver's own wait, which ends with the patience of who waits."""
    limit = _limit()
    if limit is None:
        return psycopg.Connection.wait(connection, generator, interval, timeout)
    try:
        return psycopg.Connection.wait(connection, generator, interval, timeout or limit)
    except psycopg.errors._WaitTimeout:  # noqa: SLF001 -- what it promises to raise
        connection.pgconn.finish()  # what it would answer one day nobody would understand
        raise psycopg.OperationalError("The database does not answer in time.") from None


class DatabaseFeatures(features.DatabaseFeatures):
    """What every PostgreSQL has that the portal runs on, from 15: known without connecting."""

    supports_virtual_generated_columns = False


class NumberedCursor(base.CursorMixin, psycopg.RawCursor):
    """Parameters are $1, $2 and so on: nothing to translate, however many a statement has."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Makes sure that the embedded server runs before it connects to it."""

    features_class = DatabaseFeatures
    transaction_begun: object = None  # another one in each transaction

    def set_autocommit(self, autocommit, force_begin_transaction_with_broken_autocommit=False):
        if autocommit and self.connection is None:
            # The session was lost with its transaction. Whoever needs another one gets it by then:
            # waited for here it makes the answer late, and where there is none, that hides what
            # became of the transaction.
            self.transaction_begun = None
            return
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def _set_autocommit(self, autocommit):
        self.transaction_begun = None if autocommit else object()
        super()._set_autocommit(autocommit)

    def get_new_connection(self, conn_params):
        limit = _limit()
        try:
            embedded.ensure_database(
                settings.PORTAL_DATA,
                self.settings_dict["HOST"],
                embedded.PATIENCE if limit is None else limit,
            )
        except embedded.EmbeddedServerFailed as failure:
            if limit is None:
                raise
            raise psycopg.OperationalError(str(failure)) from failure
        wait = CONNECTING if limit is None else max(2, min(CONNECTING, int(limit)))
        connection = super().get_new_connection({"connect_timeout": wait, **conn_params})
        connection.wait = MethodType(_wait, connection)
        return connection

    def _commit(self):
        session = self.connection
        asked = session is not None and not session.closed
        try:
            super()._commit()
        except OperationalError as problem:
            if asked and session.closed:
                raise OutcomeUnknown(*problem.args) from problem
            raise

    def chunked_cursor(self) -> CursorWrapper:
        """Rows of a long result, some at a time.

        Between transactions the server would keep them with the session, which a pool by
        transaction gives to somebody else meanwhile: there all of them come at once.
        """
        if settings.PORTAL_POOLED and not self.in_atomic_block:
            return self.cursor()
        return super().chunked_cursor()

    def as_administrator(self, statements: str) -> None:
        """Have the server's administrator run statements, on the embedded one; else who we are."""
        host = self.settings_dict["HOST"]
        if not embedded.is_database(settings.PORTAL_DATA, host):
            with self.cursor() as cursor:
                cursor.execute(statements)
            return
        name = self.settings_dict["NAME"]
        with psycopg.connect(host=host, user="postgres", dbname=name, autocommit=True) as server:
            server.execute(statements.encode())  # put together by the caller

    def prepared(self, *, numbered: bool = False) -> CursorWrapper:
        """A cursor for hot statements, which the server parses and plans once per connection.

        A pool by transaction has the next one come to another session, which does not know it:
        there each is parsed anew.
        """
        self.ensure_connection()
        # Only cursors that bind on the server prepare, and Django's own do not.
        self.connection.prepare_threshold = None if settings.PORTAL_POOLED else 1
        kind = NumberedCursor if numbered else base.ServerBindingCursor
        cursor = kind(self.connection)  # type: ignore[call-arg]  # the stubs are wrong
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined]  # and lack it
