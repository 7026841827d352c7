"""Personal data at rest: sealed with the dealer's own key, which the master key wraps."""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from dealers.models import DealerKey

VERSION = 3
# Earlier envelopes open until a migration has sealed them anew.
BARE = 2  # as long as its text, which tells one name from another
UNBOUND = 1  # opens in any row
BLOCK = 16  # bytes; a text is filled up to a multiple of it
END = b"\x80"  # behind the text, before what fills it up
NONCE = 12  # bytes, the length that AES-GCM is made for
HEADER = struct.Struct(">BI")  # version of the envelope, id of the dealer's key


class VaultError(Exception):
    """Sealed data or a key does not open: another key, another owner, or damage."""


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
    """One dealer's key, ready to use."""

    id: int
    cipher: AESGCM
    search: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Keep:
    """Puts a key made in this transaction into the cache once it is committed."""

    dealer_id: int
    keys: Keys

    def __call__(self) -> None:
        _committed[self.dealer_id] = self.keys


_committed: dict[int, Keys] = {}


def seal(row: Row, field: str, text: str) -> bytes:
    """Encrypt ``text`` with the dealer's key; it opens only as this ``field`` of this row."""
    keys = keys_of(row.dealer_id)
    nonce = secrets.token_bytes(NONCE)
    padded = text.encode() + END
    padded += bytes(-len(padded) % BLOCK)
    sealed = keys.cipher.encrypt(nonce, padded, _bound(row, field, VERSION))
    return HEADER.pack(VERSION, keys.id) + nonce + sealed


def unseal(row: Row, field: str, sealed: bytes | memoryview | None) -> str:
    """Decrypt what ``seal`` made; nothing sealed is an empty text. Raises VaultError."""
    if sealed is None:
        return ""
    envelope = bytes(sealed)
    if len(envelope) <= HEADER.size + NONCE:
        raise VaultError(f"The {field} of dealer {row.dealer_id} is too short to be sealed data.")
    keys = keys_of(row.dealer_id)
    version, key_id = HEADER.unpack_from(envelope)
    if version not in {VERSION, BARE, UNBOUND} or key_id != keys.id:
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


def _bound(row: Row, field: str, version: int) -> bytes:
    """What a sealed value is bound to."""
    if version == UNBOUND:
        return f"{row.dealer_id}|{field}".encode()
    place = f"{row.dealer_id}|{row.table}|{row.id}|{field}"
    return (place if version == BARE else f"{version}|{place}").encode()


def token(dealer_id: int, text: str) -> int:
    """A keyed 64-bit token of ``text``: equal texts of one dealer have equal tokens."""
    digest = hmac.digest(keys_of(dealer_id).search, text.encode(), "sha256")
    return int.from_bytes(digest[:8], signed=True)


def keys_of(dealer_id: int) -> Keys:
    """The dealer's keys, made on first use. Two processes at once end up with the same ones."""
    if keys := _committed.get(dealer_id):
        return keys
    # A key made in this transaction may still be rolled back, and sealing with it afterwards would
    # lose the data. Django forgets a callback exactly when the savepoint or transaction that
    # registered it is rolled back, so a pending callback is proof that the key still exists.
    for entry in connection.run_on_commit:
        if isinstance(entry[1], _Keep) and entry[1].dealer_id == dealer_id:
            return entry[1].keys
    stored = DealerKey.objects.filter(dealer=dealer_id).first()
    if stored is None:
        stored, made_here = _create(dealer_id)
        if made_here:
            keys = _unwrap(stored)
            transaction.on_commit(_Keep(dealer_id, keys))
            return keys
    return _committed.setdefault(dealer_id, _unwrap(stored))


def closed_keys() -> list[str]:
    """What stands against opening the dealers' keys, read anew: a sentence for each."""
    closed = []
    for stored in DealerKey.objects.order_by("dealer"):
        try:
            _unwrap(stored)
        except VaultError as problem:
            closed.append(str(problem))
    return closed


def master_key_id() -> str:
    """A name of the master key that tells nothing about it."""
    return hashlib.sha256(b"master-key-id" + _master_key(settings.PORTAL_MASTER_KEY)).hexdigest()[
        :8
    ]


def _create(dealer_id: int) -> tuple[DealerKey, bool]:
    nonce = secrets.token_bytes(NONCE)
    wrapped = nonce + _wrapper().encrypt(nonce, secrets.token_bytes(32), _purpose(dealer_id))
    draft = DealerKey(dealer_id=dealer_id, wrapped=wrapped, master_key_id=master_key_id())
    # Waits for another transaction that is making the same dealer's key, and then loses to it.
    DealerKey.objects.bulk_create([draft], ignore_conflicts=True)
    stored = DealerKey.objects.get(dealer=dealer_id)
    return stored, bytes(stored.wrapped) == wrapped


def _unwrap(stored: DealerKey) -> Keys:
    if stored.master_key_id != master_key_id():
        raise VaultError(
            f"The key of dealer {stored.dealer_id} is wrapped with master key"
            f" {stored.master_key_id}, but PORTAL_MASTER_KEY is {master_key_id()}."
        )
    wrapped = bytes(stored.wrapped)
    try:
        key = _wrapper().decrypt(wrapped[:NONCE], wrapped[NONCE:], _purpose(stored.dealer_id))
    except InvalidTag:
        raise VaultError(f"The key of dealer {stored.dealer_id} does not open.") from None
    search = HKDF(SHA256(), 32, salt=None, info=b"search tokens").derive(key)
    return Keys(stored.pk, AESGCM(key), search)


def _purpose(dealer_id: int) -> bytes:
    return f"dealer key|{dealer_id}".encode()


def _wrapper() -> AESGCM:
    return AESGCM(_master_key(settings.PORTAL_MASTER_KEY))


@cache
def _master_key(encoded: str) -> bytes:
    return decode_key(encoded, "PORTAL_MASTER_KEY")


def decode_key(encoded: str, name: str) -> bytes:
    """The 32 bytes of a base64 secret called ``name``. Raises ImproperlyConfigured."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64.")
    return key
