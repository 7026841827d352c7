"""What the portal's own database backend can do beyond Django's."""

from typing import Protocol, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Preparing(Protocol):
    def prepared(self) -> CursorWrapper: ...


def prepared() -> CursorWrapper:
    """A cursor for hot statements, which the server parses and plans once a connection."""
    return cast(_Preparing, connection).prepared()
