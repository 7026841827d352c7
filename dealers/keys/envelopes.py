"""The portal's own secrets at rest: second factors, what waits to be sent, who asked for what.

They belong to no dealer, so they are sealed with keys derived from the master key, one a purpose.
"""

import base64
import binascii
import json
import secrets
from functools import cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from dealers.actor import Actor, acting
from dealers.keys import masters
from dealers.keys.masters import NONCE, VaultError
from dealers.models import PortalKey

VERSION = "1"
# What keys last for: names of rows and digests that have to stay the same, files on disk.
LASTING = IMPORTED_ROWS, TRIES, CODES, FILES, LEADS, PAGES, UNCONFIRMED = (
    "imported rows", "sign-in tries", "codes", "imports", "leads", "store pages",
    "unconfirmed registrations",
)  # fmt: skip
FILLED = 128  # bytes: a multiple of it, so that the length tells nothing of a name


def seal(purpose: str, text: str) -> str:
    """Encrypt ``text`` as printable characters; it opens for the same ``purpose`` only."""
    nonce, key_id = secrets.token_bytes(NONCE), masters.provider().newest()
    sealed = AESGCM(key(purpose, key_id)).encrypt(nonce, text.encode(), None)
    body = base64.urlsafe_b64encode(nonce + sealed).decode()
    return ".".join([VERSION, key_id, body])


def unseal(purpose: str, envelope: str) -> str:
    """Decrypt what ``seal`` made. Raises VaultError for everything else."""
    version, _, rest = envelope.partition(".")
    key_id, _, body = rest.partition(".")
    if version != VERSION or not body:
        raise VaultError(f"This is no sealed value ({purpose}).")
    try:
        sealed = base64.urlsafe_b64decode(body)
        nonce, text = sealed[:NONCE], sealed[NONCE:]
        return AESGCM(key(purpose, key_id)).decrypt(nonce, text, None).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise VaultError(f"A sealed value ({purpose}) does not open.") from None


def is_sealed(text: str) -> bool:
    """Whether ``text`` looks like an envelope of ``seal``, by whichever key."""
    return text.startswith(f"{VERSION}.") and text.count(".") == 2


def is_current(envelope: str) -> bool:
    """Whether an envelope is sealed with the newest master key."""
    return envelope.split(".")[1] == masters.provider().newest()


def resealed(purpose: str, envelope: str) -> str:
    """The same text, sealed with the newest master key. Raises VaultError."""
    return seal(purpose, unseal(purpose, envelope))


def key(purpose: str, key_id: str = "") -> bytes:
    """The 32 bytes that a master key, the newest one if none is named, gives for ``purpose``."""
    provider = masters.provider()
    return provider.derive(key_id or provider.newest(), purpose)


def lasting_key(purpose: str) -> bytes:
    """32 bytes for ``purpose`` that stay the same when the master key is another one."""
    return _lasting(purpose, settings.PORTAL_KEY_PROVIDER, settings.PORTAL_MASTER_KEY)


def seal_for(row: UUID, purpose: str, said: Any) -> bytes:
    """Encrypt what JSON can hold with the lasting key of ``purpose``, for this row alone."""
    text, nonce = json.dumps(said, ensure_ascii=False).encode(), secrets.token_bytes(NONCE)
    padded = text + b" " * (-len(text) % FILLED)
    return nonce + AESGCM(lasting_key(purpose)).encrypt(nonce, padded, row.bytes)


def unseal_for(row: UUID, purpose: str, sealed: bytes) -> Any:
    """Decrypt what ``seal_for`` made. Raises VaultError for everything else."""
    cipher = AESGCM(lasting_key(purpose))
    try:
        return json.loads(cipher.decrypt(sealed[:NONCE], sealed[NONCE:], row.bytes))
    except (InvalidTag, ValueError):
        raise VaultError(f"A sealed value ({purpose}) does not open.") from None


def put_down(purpose: str) -> PortalKey:
    """Keep the lasting key of ``purpose``, which is at first what the master key gives for it."""
    draft = PortalKey(name=purpose)
    draft.master_key_id, draft.wrapped = masters.provider().wrap(key(purpose), _purpose(purpose))
    with acting(Actor.worker("keys")):
        PortalKey.objects.bulk_create([draft], ignore_conflicts=True)
        return PortalKey.objects.get(name=purpose)


@cache
def _lasting(purpose: str, *_configured: str) -> bytes:
    if settings.PORTAL_WITHOUT_KEYS:  # what it lasts for is over
        return key(purpose)
    return _unwrap(put_down(purpose))


def closed_keys() -> list[str]:
    """What stands against opening the portal's own keys: a sentence for each."""
    closed = []
    for stored in PortalKey.objects.order_by("name"):
        try:
            _unwrap(stored)
        except VaultError as problem:
            closed.append(f"The key of the portal for {stored.name} does not open: {problem}")
    return closed


def _unwrap(stored: PortalKey) -> bytes:
    wrapped = bytes(stored.wrapped)
    return masters.provider().unwrap(stored.master_key_id, wrapped, _purpose(stored.name))


def rewrap(stored: PortalKey) -> None:
    """Wrap a key of the portal, not saved, with the newest master key. Raises VaultError."""
    purpose = _purpose(stored.name)
    stored.master_key_id, stored.wrapped = masters.provider().wrap(_unwrap(stored), purpose)


def _purpose(name: str) -> bytes:
    return f"portal key|{name}".encode()
