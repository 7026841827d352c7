"""The one key by which the network knows a person, and nobody can read back without it."""

import hmac
from functools import cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from dealers.vault import decode_key


def fingerprint(e164: str) -> bytes:
    """The keyed fingerprint, 32 bytes: the same number, the same person.

    Without the key there is no way back. With it there is: mobile numbers are few enough to try
    them all in hours. Whoever holds the key and the database holds the numbers.
    """
    return hmac.digest(_fingerprint_key(settings.PORTAL_FINGERPRINT_KEY), e164.encode(), "sha256")


def content_hash(*parts: object) -> bytes:
    """A keyed hash of what was sent, to tell a repeat from a different content. 32 bytes.

    Keyed, because names and numbers are few enough to try them all against a plain hash; with a key
    of its own, so that whoever compares contents need not have the one that names people.
    """
    key = _content_key(settings.PORTAL_FINGERPRINT_KEY)
    return hmac.digest(key, _joined(parts), "sha256")


def first_content_hash(*parts: object) -> bytes:
    """The hash as it was first made, with the fingerprints' key, for rows that were stored so."""
    key = _fingerprint_key(settings.PORTAL_FINGERPRINT_KEY)
    return hmac.digest(key, b"content\x1f" + _joined(parts), "sha256")


def _joined(parts: tuple[object, ...]) -> bytes:
    return "\x1f".join(["" if part is None else str(part) for part in parts]).encode()


@cache
def _fingerprint_key(encoded: str) -> bytes:
    return decode_key(encoded, "PORTAL_FINGERPRINT_KEY")


@cache
def _content_key(encoded: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"content").derive(_fingerprint_key(encoded))


def may_be_the_same(name: str, number: str, other_name: str, other_number: str) -> bool:
    """Whether two people are a possible match: the same name, and one digit of difference."""
    named = " ".join(name.split()).casefold()
    if not named or named != " ".join(other_name.split()).casefold():
        return False
    if len(number) != len(other_number):
        return False
    return sum(one != other for one, other in zip(number, other_number, strict=True)) == 1
