"""The numbers of receipts: never twice the same, and they tell nothing."""

import hashlib
from functools import cache

from django.conf import settings

from dealers.vault import decode_key

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 and O, no 1 and I
HALF = (1 << 25) - 1


def receipt(number: int) -> str:
    """The receipt of the registration with this id, ``R-XXXXX-XXXXX``.

    A keyed permutation of the 50-bit numbers: never twice the same, and it tells neither how many
    registrations there are nor what the next receipt will be.
    """
    left, right = number >> 25 & HALF, number & HALF
    for key in _receipt_keys(settings.PORTAL_FINGERPRINT_KEY):
        mixed = hashlib.blake2b(right.to_bytes(4), key=key, digest_size=4).digest()
        left, right = right, left ^ (int.from_bytes(mixed) & HALF)
    return f"R-{_base32(left)}-{_base32(right)}"


def _base32(half: int) -> str:
    return "".join([ALPHABET[half >> shift & 31] for shift in (20, 15, 10, 5, 0)])


# Keys of their own, from which the portal's cannot be had. Another derivation would be another
# permutation, and might give a receipt twice.
@cache
def _receipt_keys(encoded: str) -> tuple[bytes, ...]:
    key = decode_key(encoded, "PORTAL_FINGERPRINT_KEY")
    return tuple(hashlib.sha256(b"receipt" + bytes([n]) + key).digest() for n in range(4))
