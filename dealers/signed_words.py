"""What a receipt, a root and a restart say, word for word: see ``verify_receipt``.

Who signs them has a process of its own, which knows nothing of Django: no more do these.
"""

from datetime import UTC, date, datetime

NOTHING = bytes(32)  # what comes before the first link, and before the first root


def to_the_second(at: datetime) -> str:
    """A moment as it stands in receipts and roots."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def receipt_words(dealer_id: int, seq: int, hash_: bytes, at: datetime) -> str:
    """What a receipt says, which is what is signed."""
    return f"portal-receipt/1 {dealer_id} {seq} {hash_.hex()} {to_the_second(at)}"


def root_words(day: date, count: int, root: bytes, before: bytes, at: datetime) -> str:
    """What the root of a day says; ``before`` is the hash of the words of the root before it."""
    return f"portal-root/1 {day} {count} {root.hex()} {before.hex()} {to_the_second(at)}"


def restart_words(
    dealer_id: int, kept: tuple[int, bytes], lost: tuple[int, bytes], at: datetime
) -> str:
    """What is signed: the last place that stays, and the last that was signed, with their heads."""
    (seq, hash_), (last, last_hash) = kept, lost
    return (
        f"portal-restart/1 {dealer_id} {seq} {hash_.hex()} {last} {last_hash.hex()}"
        f" {to_the_second(at)}"
    )
