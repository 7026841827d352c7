"""The one key by which the network knows a person, and nobody can read back without it.

A second key makes its fingerprint of the first one's, not of the number: so all of them can be
made anew from those on file, without a number, and whoever has only the first key has nothing.
"""

import hmac
from functools import cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from dealers.keys.masters import decode_keys


def fingerprints(e164: str) -> list[bytes]:
    """The keyed fingerprints, 32 bytes each, by one key more each time: same number, same person.

    Without the keys there is no way back. With them there is: mobile numbers are few enough to try
    them all in hours. Whoever holds the keys and the database holds the numbers.
    """
    made, value = [], e164.encode()
    for key in _fingerprint_keys(settings.PORTAL_FINGERPRINT_KEY):
        value = hmac.digest(key, value, "sha256")
        made.append(value)
    return made


def fingerprint(e164: str) -> bytes:
    """The fingerprint by which a number is looked for: ``either`` gives what it may be on file."""
    return fingerprints(e164)[-2:][0]


def either(fingerprint: bytes) -> list[bytes]:
    """What a person with this fingerprint may be on file as while the newest key comes into use.

    Of a fingerprint that has the newest key already, one more than that, which nobody has.
    """
    keys = _fingerprint_keys(settings.PORTAL_FINGERPRINT_KEY)
    return [fingerprint] if len(keys) == 1 else [fingerprint, renewed(fingerprint, len(keys) - 1)]


def of_new(fingerprint: bytes, keys: int) -> bytes:
    """The fingerprint that a new person is put on file with, where ``keys`` are in use."""
    return either(fingerprint)[-1 if keys == known_keys() else 0]


def renewed(fingerprint: bytes, keyed: int) -> bytes:
    """The fingerprint by all keys, made of one by the first ``keyed`` of them."""
    for key in _fingerprint_keys(settings.PORTAL_FINGERPRINT_KEY)[keyed:]:
        fingerprint = hmac.digest(key, fingerprint, "sha256")
    return fingerprint


def known_keys() -> int:
    """How many fingerprint keys this process knows."""
    return len(_fingerprint_keys(settings.PORTAL_FINGERPRINT_KEY))


def content_hash(*parts: object) -> bytes:
    """A keyed hash of what was sent, to tell a repeat from a different content. 32 bytes.

    Keyed, because names and numbers are few enough to try them all against a plain hash; with a key
    of its own, so that whoever compares contents need not have the one that names people.
    """
    key = _content_key(settings.PORTAL_FINGERPRINT_KEY)
    return hmac.digest(key, _joined(parts), "sha256")


def first_content_hash(*parts: object) -> bytes:
    """The hash as it was first made, with the fingerprints' key, for rows that were stored so."""
    key = _fingerprint_keys(settings.PORTAL_FINGERPRINT_KEY)[0]
    return hmac.digest(key, b"content\x1f" + _joined(parts), "sha256")


def _joined(parts: tuple[object, ...]) -> bytes:
    return "\x1f".join(["" if part is None else str(part) for part in parts]).encode()


@cache
def _fingerprint_keys(encoded: str) -> list[bytes]:
    return decode_keys(encoded, "PORTAL_FINGERPRINT_KEY")


@cache
def _content_key(encoded: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"content").derive(_fingerprint_keys(encoded)[0])


def may_be_the_same(name: str, number: str, other_name: str, other_number: str) -> bool:
    """Whether two people are a possible match: the same name, and one digit of difference."""
    named = " ".join(name.split()).casefold()
    if not named or named != " ".join(other_name.split()).casefold():
        return False
    if len(number) != len(other_number):
        return False
    return sum(one != other for one, other in zip(number, other_number, strict=True)) == 1
