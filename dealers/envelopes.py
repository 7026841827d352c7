"""The portal's own secrets at rest: second factors, and messages that wait to be sent.

They belong to no dealer, so they are sealed with keys derived from the master key, one a purpose.
"""

import base64
import binascii
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from dealers import vault

VERSION = "1"


def seal(purpose: str, text: str) -> str:
    """Encrypt ``text`` as printable characters; it opens for the same ``purpose`` only."""
    nonce = secrets.token_bytes(vault.NONCE)
    sealed = AESGCM(key(purpose)).encrypt(nonce, text.encode(), None)
    body = base64.urlsafe_b64encode(nonce + sealed).decode()
    return ".".join([VERSION, vault.master_key_id(), body])


def unseal(purpose: str, envelope: str) -> str:
    """Decrypt what ``seal`` made. Raises VaultError for everything else."""
    version, _, rest = envelope.partition(".")
    key_id, _, body = rest.partition(".")
    if version != VERSION or not body:
        raise vault.VaultError(f"This is no sealed value ({purpose}).")
    if key_id != vault.master_key_id():
        raise vault.VaultError(
            f"A value ({purpose}) is sealed with master key {key_id},"
            f" but PORTAL_MASTER_KEY is {vault.master_key_id()}."
        )
    try:
        sealed = base64.urlsafe_b64decode(body)
        nonce, text = sealed[: vault.NONCE], sealed[vault.NONCE :]
        return AESGCM(key(purpose)).decrypt(nonce, text, None).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise vault.VaultError(f"A sealed value ({purpose}) does not open.") from None


def is_sealed(text: str) -> bool:
    """Whether ``text`` looks like an envelope of ``seal``, by whichever key."""
    return text.startswith(f"{VERSION}.") and text.count(".") == 2


def key(purpose: str) -> bytes:
    """The 32 bytes that the master key gives for ``purpose``."""
    return _derived(settings.PORTAL_MASTER_KEY, purpose)


@cache
def _derived(encoded: str, purpose: str) -> bytes:
    master = vault.decode_key(encoded, "PORTAL_MASTER_KEY")
    return HKDF(SHA256(), 32, salt=None, info=f"portal|{purpose}".encode()).derive(master)
