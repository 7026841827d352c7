"""The one key by which the network knows a person, and nobody can read back."""

import hmac
from functools import cache

from django.conf import settings

from dealers.vault import decode_key


def fingerprint(e164: str) -> bytes:
    """The keyed fingerprint, 32 bytes: the same number, the same person, and no way back."""
    return hmac.digest(_fingerprint_key(settings.PORTAL_FINGERPRINT_KEY), e164.encode(), "sha256")


def content_hash(*parts: object) -> bytes:
    """A keyed hash of what was sent, to tell a repeat from a different content. 32 bytes."""
    # Keyed, because names and numbers are few enough to try them all against a plain hash.
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    key = _fingerprint_key(settings.PORTAL_FINGERPRINT_KEY)
    return hmac.digest(key, b"content\x1f" + text.encode(), "sha256")


@cache
def _fingerprint_key(encoded: str) -> bytes:
    return decode_key(encoded, "PORTAL_FINGERPRINT_KEY")
