"""Personal data at rest: sealed with the dealer's own key, which the master key wraps."""

import hmac
import secrets
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from dealers.keys import masters
from dealers.keys.masters import NONCE, VaultError
from dealers.models import DealerKey

VERSION = 3
# Earlier envelopes open until a migration has sealed them anew.
BARE = 2  # as long as its text, which tells one name from another
UNBOUND = 1  # opens in any row
BLOCK = 16  # bytes; a text is filled up to a multiple of it
END = b"\x80"  # behind the text, before what fills it up
HEADER = struct.Struct(">BI")  # version of the envelope, id of the dealer's key
CLOSED = "••••"  # what stands in the place of a text where the keys are missing
READ_FOR = 30.0  # seconds that a process uses a dealer's keys without looking for newer ones
KNOWN_AFTER = timedelta(seconds=60)  # after it was made every process knows a key


class Row(NamedTuple):
    """The row of a dealer's table that a sealed value stands in; it opens in no other."""

    dealer_id: int
    table: str
    id: UUID | int

    @classmethod
    def of(cls, instance: Any) -> Self:
        """The row of a model that has a ``dealer``, saved or with its id given beforehand."""
        return cls(instance.dealer_id, instance._meta.db_table, instance.pk)


@dataclass(frozen=True, slots=True)
class Keys:
    """One of a dealer's keys, ready to use."""

    id: int
    cipher: AESGCM
    search: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ring:
    """All keys of a dealer that open anything, the earliest first, as read at ``read_at``.

    None where they were destroyed.
    """

    keys: tuple[Keys, ...]
    made_at: tuple[datetime, ...]
    read_at: float

    @property
    def sealing(self) -> Keys:
        """The newest key that every process knows by now; the only one, if there is no other.

        Raises VaultError where all are destroyed.
        """
        if len(self.keys) == 1:
            return self.keys[0]
        if not self.keys:
            raise VaultError("The keys of this dealer were destroyed.")
        known = timezone.now() - KNOWN_AFTER
        usable = [key for key, at in zip(self.keys, self.made_at, strict=True) if at <= known]
        return usable[-1] if usable else self.keys[0]

    def opening(self, key_id: int) -> Keys | None:
        return next((key for key in self.keys if key.id == key_id), None)


@dataclass(frozen=True, slots=True)
class _Keep:
    """Puts a key made in this transaction into the cache once it is committed."""

    dealer_id: int
    ring: Ring

    def __call__(self) -> None:
        _committed[self.dealer_id] = self.ring


_committed: dict[int, Ring] = {}


def seal(row: Row, field: str, text: str) -> bytes:
    """Encrypt ``text`` with the dealer's key; it opens only as this ``field`` of this row."""
    keys = keys_of(row.dealer_id)
    nonce = secrets.token_bytes(NONCE)
    padded = text.encode() + END
    padded += bytes(-len(padded) % BLOCK)
    sealed = keys.cipher.encrypt(nonce, padded, _bound(row, field, VERSION))
    return HEADER.pack(VERSION, keys.id) + nonce + sealed


def unseal(row: Row, field: str, sealed: bytes | memoryview | None) -> str:
    """Decrypt what ``seal`` made; nothing sealed, or erased, is an empty text.

    Raises VaultError.
    """
    envelope = bytes(sealed or b"")
    if not envelope:
        return ""
    if settings.PORTAL_WITHOUT_KEYS and is_closed(row.dealer_id):
        return CLOSED
    if len(envelope) <= HEADER.size + NONCE:
        raise VaultError(f"The {field} of dealer {row.dealer_id} is too short to be sealed data.")
    version, key_id = HEADER.unpack_from(envelope)
    ring = _ring(row.dealer_id)
    keys = ring.opening(key_id)
    if keys is None and ring.keys:  # made or destroyed since the keys were read
        ring = _ring(row.dealer_id, anew=True)
        keys = ring.opening(key_id)
    if not ring.keys:
        return ""
    if version not in {VERSION, BARE, UNBOUND} or keys is None:
        raise VaultError(f"The {field} of dealer {row.dealer_id} was sealed with another key.")
    nonce, body = envelope[HEADER.size : HEADER.size + NONCE], envelope[HEADER.size + NONCE :]
    try:
        text = keys.cipher.decrypt(nonce, body, _bound(row, field, version))
    except InvalidTag:
        raise VaultError(f"The {field} of dealer {row.dealer_id} does not open.") from None
    return (text.rstrip(b"\0").removesuffix(END) if version == VERSION else text).decode()


def is_current(sealed: bytes | memoryview) -> bool:
    """Whether a value is sealed as today: into its row, and as long as others of about its size."""
    return bytes(sealed[:1]) == bytes([VERSION])


def is_closed(dealer_id: int) -> bool:
    """Whether the master key that a dealer's key is wrapped with is missing."""
    try:
        _ring(dealer_id)
    except VaultError:
        return True
    return False


def sealed_with(sealed: bytes | memoryview) -> int:
    """The id of the key that a value is sealed with."""
    return HEADER.unpack_from(bytes(sealed[: HEADER.size]))[1]


def _bound(row: Row, field: str, version: int) -> bytes:
    """What a sealed value is bound to."""
    if version == UNBOUND:
        return f"{row.dealer_id}|{field}".encode()
    place = f"{row.dealer_id}|{row.table}|{row.id}|{field}"
    return (place if version == BARE else f"{version}|{place}").encode()


def token(dealer_id: int, text: str) -> int:
    """A keyed 64-bit token of ``text``: equal texts of one dealer have equal tokens."""
    return _token(keys_of(dealer_id), text)


def tokens(dealer_id: int, texts: Iterable[str]) -> list[list[int]]:
    """The tokens of ``texts`` by each key of the dealer: while it is changed there are two."""
    texts = list(texts)
    return [[_token(keys, text) for text in texts] for keys in _ring(dealer_id).keys]


def _token(keys: Keys, text: str) -> int:
    digest = hmac.digest(keys.search, text.encode(), "sha256")
    return int.from_bytes(digest[:8], signed=True)


def keys_of(dealer_id: int) -> Keys:
    """The keys to seal with, made on first use. Two processes at once end up with the same ones.

    Raises VaultError, as for keys that were destroyed.
    """
    return _ring(dealer_id).sealing


def _ring(dealer_id: int, *, anew: bool = False) -> Ring:
    ring = _committed.get(dealer_id)
    if ring and not anew and time.monotonic() - ring.read_at < READ_FOR:
        return ring
    # A key made in this transaction may still be rolled back, and sealing with it afterwards would
    # lose the data. Django forgets a callback exactly when the savepoint or transaction that
    # registered it is rolled back, so a pending callback is proof that the key still exists.
    for entry in connection.run_on_commit:
        if isinstance(entry[1], _Keep) and entry[1].dealer_id == dealer_id:
            return entry[1].ring
    # Nothing but what earlier databases have as well, for the migrations that open something.
    known = DealerKey.objects.only("dealer", "wrapped", "master_key_id", "created_at")
    stored = list(known.filter(dealer=dealer_id).order_by("pk"))
    made_here = False
    if not stored:
        first, made_here = _create(dealer_id)
        stored = [first]
    ring = _unwrapped(stored)
    if made_here:
        transaction.on_commit(_Keep(dealer_id, ring))
    else:
        _committed[dealer_id] = ring
    return ring


def forget(dealer_id: int) -> None:
    """Have this process read a dealer's keys anew."""
    _committed.pop(dealer_id, None)


def closed_keys() -> list[str]:
    """What stands against opening the dealers' keys, read anew: a sentence for each."""
    closed = []
    for stored in DealerKey.objects.filter(destroyed_at=None).order_by("dealer", "pk"):
        try:
            _unwrap(stored)
        except VaultError as problem:
            closed.append(str(problem))
    return closed


def new_key(dealer_id: int, replaces: DealerKey | None = None) -> DealerKey:
    """A fresh key for a dealer, wrapped and not saved."""
    key_id, wrapped = masters.provider().wrap(secrets.token_bytes(32), _purpose(dealer_id))
    return DealerKey(dealer_id=dealer_id, wrapped=wrapped, master_key_id=key_id, replaces=replaces)


def rewrap(stored: DealerKey) -> None:
    """Wrap a dealer's key, not saved, with the newest master key. Raises VaultError."""
    provider, purpose = masters.provider(), _purpose(stored.dealer_id)
    key = provider.unwrap(stored.master_key_id, bytes(stored.wrapped), purpose)
    stored.master_key_id, stored.wrapped = provider.wrap(key, purpose)


def _create(dealer_id: int) -> tuple[DealerKey, bool]:
    if settings.PORTAL_WITHOUT_KEYS:
        raise VaultError(f"There is no master key to make one for dealer {dealer_id}.")
    draft = new_key(dealer_id)
    wrapped = draft.wrapped
    # Waits for another transaction that is making the same dealer's key, and then loses to it.
    DealerKey.objects.bulk_create([draft], ignore_conflicts=True)
    stored = DealerKey.objects.get(dealer=dealer_id)
    return stored, bytes(stored.wrapped) == wrapped


def _unwrapped(stored: list[DealerKey]) -> Ring:
    alive = [each for each in stored if each.wrapped]
    return Ring(
        tuple(_unwrap(each) for each in alive),
        tuple(each.created_at for each in alive),
        time.monotonic(),
    )


def _unwrap(stored: DealerKey) -> Keys:
    try:
        key = masters.provider().unwrap(
            stored.master_key_id, bytes(stored.wrapped), _purpose(stored.dealer_id)
        )
    except VaultError as problem:
        raise VaultError(f"The key of dealer {stored.dealer_id} does not open: {problem}") from None
    search = HKDF(SHA256(), 32, salt=None, info=b"search tokens").derive(key)
    return Keys(stored.pk, AESGCM(key), search)


def _purpose(dealer_id: int) -> bytes:
    return f"dealer key|{dealer_id}".encode()
