"""The numbers of receipts: never twice the same, and they tell nothing."""

import hashlib
from functools import cache

from django.conf import settings

from dealers.codes import ALPHABET
from dealers.keys.masters import decode_keys

PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
HALF = (1 << 25) - 1


def receipt(number: int) -> str:
    """The receipt of the registration with this id, ``R-XXXXX-XXXXX``.

    A keyed permutation of the 50-bit numbers: never twice the same, and it tells neither how many
    registrations there are nor what the next receipt will be.
    """
    left, right = number >> 25 & HALF, number & HALF
    for mixer in _mixers(settings.PORTAL_FINGERPRINT_KEY):
        mixed = mixer.copy()
        mixed.update(right.to_bytes(4))
        left, right = right, left ^ (int.from_bytes(mixed.digest()) & HALF)
    return f"R-{_base32(left)}-{_base32(right)}"


def _base32(half: int) -> str:
    return f"{ALPHABET[half >> 20]}{PAIRS[half >> 10 & 1023]}{PAIRS[half & 1023]}"


# Keys of their own, from which the portal's cannot be had. Another derivation would be another
# permutation, and might give a receipt twice.
@cache
def _mixers(encoded: str) -> tuple[hashlib.blake2b, ...]:
    key = decode_keys(encoded, "PORTAL_FINGERPRINT_KEY")[0]
    keys = (hashlib.sha256(b"receipt" + bytes([n]) + key).digest() for n in range(4))
    return tuple(hashlib.blake2b(key=each, digest_size=4) for each in keys)
