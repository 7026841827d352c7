"""What holds the master keys: it wraps and unwraps other keys, and never has to give one away.

``PORTAL_KEY_PROVIDER`` names it. ``Configured`` reads them from the settings; one that asks a key
management service has the same methods. During a rotation several master keys are known at once.
"""

import base64
import binascii
import hashlib
import secrets
from functools import cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

NONCE = 12  # bytes, the length that AES-GCM is made for


class VaultError(Exception):
    """Sealed data or a key does not open: another key, another owner, or damage."""


class Provider(Protocol):
    """The master keys. Each has an id of eight characters that tells nothing about it."""

    def newest(self) -> str:
        """The id of the key that wraps."""

    def known(self) -> frozenset[str]:
        """The ids of all keys that still unwrap."""

    def wrap(self, key: bytes, purpose: bytes) -> tuple[str, bytes]:
        """Encrypt 32 bytes with the newest key, bound to ``purpose``: its id, and the envelope."""

    def unwrap(self, key_id: str, wrapped: bytes, purpose: bytes) -> bytes:
        """Decrypt what ``wrap`` made. Raises VaultError, also for a key that is not known."""

    def derive(self, key_id: str, purpose: str) -> bytes:
        """32 bytes that are always the same for a key and a purpose. Raises VaultError."""


class Configured:
    """The master keys in ``PORTAL_MASTER_KEY``: base64, the newest last."""

    def newest(self) -> str:
        return list(_configured(settings.PORTAL_MASTER_KEY))[-1]

    def known(self) -> frozenset[str]:
        return frozenset(_configured(settings.PORTAL_MASTER_KEY))

    def wrap(self, key: bytes, purpose: bytes) -> tuple[str, bytes]:
        key_id, nonce = self.newest(), secrets.token_bytes(NONCE)
        return key_id, nonce + AESGCM(self._key(key_id)).encrypt(nonce, key, purpose)

    def unwrap(self, key_id: str, wrapped: bytes, purpose: bytes) -> bytes:
        try:
            return AESGCM(self._key(key_id)).decrypt(wrapped[:NONCE], wrapped[NONCE:], purpose)
        except (InvalidTag, ValueError):
            raise VaultError("it is damaged, or was wrapped for something else.") from None

    def derive(self, key_id: str, purpose: str) -> bytes:
        return _derived(self._key(key_id), purpose)

    def _key(self, key_id: str) -> bytes:
        keys = _configured(settings.PORTAL_MASTER_KEY)
        if key_id not in keys:
            raise VaultError(
                f"it needs master key {key_id}, but PORTAL_MASTER_KEY is {', '.join(keys)}."
            )
        return keys[key_id]


def provider() -> Provider:
    """The provider of this installation."""
    return _provider(settings.PORTAL_KEY_PROVIDER)


def decode_keys(encoded: str, name: str) -> list[bytes]:
    """The keys of 32 bytes in the setting ``name``: base64, with spaces between several.

    Raises ImproperlyConfigured.
    """
    keys = [_decoded(each, name) for each in encoded.split()]
    if not keys or len(set(keys)) < len(keys):
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64, or several, all different.")
    return keys


def _decoded(encoded: str, name: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64.")
    return key


@cache
def _provider(path: str) -> Provider:
    return import_string(path)()


@cache
def _configured(encoded: str) -> dict[str, bytes]:
    keys = decode_keys(encoded, "PORTAL_MASTER_KEY")
    return {hashlib.sha256(b"master-key-id" + key).hexdigest()[:8]: key for key in keys}


@cache
def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"portal|{purpose}".encode()).derive(master)
