"""What the master key seals by itself, wherever it is kept, sealed with the newest one instead."""

from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import transaction
from django.db.models import Model

from dealers.database import rows_of
from dealers.imports import keeping
from dealers.keys import envelopes
from dealers.keys.masters import VaultError
from dealers.models import OutboxTask, UploadedFile
from dealers.sending import messages
from dealers.signin import sessions

PORTION = 200
SECOND_FACTORS = "second factors"
FACTORS = ("secret", "seed")


class _AsItIs:
    """Reads and writes what a session's serializer made, without opening it."""

    def dumps(self, text: str) -> bytes:
        return text.encode()

    def loads(self, stored: bytes) -> str:
        return stored.decode()


def _factor(row: Any) -> bool:
    stale = {
        name: envelopes.resealed(SECOND_FACTORS, text)
        for name in FACTORS
        if _is_stale(text := row.data.get(name, ""))
    }
    row.data |= stale
    return bool(stale)


def _message(row: Any) -> bool:
    if row.task != messages.TASK or not row.args or not _is_stale(row.args[0]):
        return False
    row.args = [envelopes.resealed(messages.PURPOSE, row.args[0]), *row.args[1:]]
    return True


def _session(row: Any) -> bool:
    salt = sessions.SessionStore().key_salt
    try:
        text = signing.loads(row.session_data, salt=salt, serializer=_AsItIs)
    except signing.BadSignature:  # of another secret key: nobody's any more
        return False
    if not _is_stale(text):
        return False
    try:
        text = envelopes.resealed(sessions.PURPOSE, text)
    except VaultError:  # of a key that is gone: whoever it was signs in again
        return False
    row.session_data = signing.dumps(text, salt=salt, serializer=_AsItIs, compress=True)
    return True


def _preview(row: Any) -> bool:
    if not _is_stale(row.preview):
        return False
    row.preview = envelopes.resealed(keeping.PURPOSE, row.preview)
    return True


def _is_stale(text: Any) -> bool:
    return isinstance(text, str) and envelopes.is_sealed(text) and not envelopes.is_current(text)


Renew = Callable[[Any], bool]
PLACES: tuple[tuple[type[Model], str, Renew], ...] = (
    (Authenticator, "data", _factor),
    (OutboxTask, "args", _message),
    (Session, "session_data", _session),
    (UploadedFile, "preview", _preview),
)


def count() -> int:
    """How many rows there are to look at."""
    return sum(rows_of(model).count() for model, _column, _renew in PLACES)


def portions() -> Iterator[int]:
    """Look at all rows, a portion in a transaction; how many each time."""
    for model, column, renew in PLACES:
        rows = rows_of(model).order_by("pk")
        after: Any = None
        while True:
            with transaction.atomic():
                later = rows.filter(pk__gt=after) if after is not None else rows
                portion = list(later.select_for_update(of=("self",))[:PORTION])
                stale = [row for row in portion if renew(row)]
                rows_of(model).bulk_update(stale, [column])
            if not portion:
                break
            after = portion[-1].pk
            yield len(portion)


def stale() -> int:
    """How many rows hold something that is sealed with another master key than the newest."""
    return sum(renew(row) for model, _column, renew in PLACES for row in rows_of(model).iterator())
