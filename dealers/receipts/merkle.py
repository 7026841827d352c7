"""A tree of hashes over many, as in RFC 6962, and the path from one of them to its root."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple


class Head(NamedTuple):
    """The last place of a dealer's chain, with random bytes so that nobody can guess it."""

    dealer_id: int
    seq: int
    hash: bytes
    blind: bytes

    @property
    def leaf(self) -> bytes:
        words = f"\0{self.dealer_id} {self.seq} {self.hash.hex()} {self.blind.hex()}"
        return hashlib.sha256(words.encode()).digest()


def tree(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The levels of the Merkle tree of RFC 6962 over leaves, from these to the root."""
    levels = [list(leaves)]
    while len(below := levels[-1]) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        above = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        levels.append(above + below[len(below) & ~1 :])
    return levels


def path(levels: list[list[bytes]], position: int) -> bytes:
    """The hashes on the way from a leaf to the root, one after the other."""
    steps = []
    for level in levels[:-1]:
        beside = position ^ 1
        if beside < len(level):
            steps.append(level[beside])
        position >>= 1
    return b"".join(steps)
