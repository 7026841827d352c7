"""Codes by mail and short message: eight letters that are stored nowhere.

A session and a waiting message hold a code's number only. The code itself is derived from it with
the server's key, once to send it and again to compare what was typed, so that no copy of the
database, the cache or the queue lets anybody in.
"""

import hmac
import secrets

from dealers import envelopes

# Without vowels, so that no word comes about, and without letters that look like digits.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


def draw() -> str:
    """The number of a new code, which tells nothing about it."""
    return secrets.token_urlsafe(16)


def code(number: str) -> str:
    """The code of ``number`` as people read it, ``BCDF-GHJK``; of no number none."""
    if not number:
        return ""
    digest = hmac.digest(envelopes.lasting_key(envelopes.CODES), number.encode(), "sha256")
    rest, letters = int.from_bytes(digest), ""
    for _ in range(LENGTH):
        rest, letter = divmod(rest, len(LETTERS))
        letters += LETTERS[letter]
    return f"{letters[:4]}-{letters[4:]}"


def digits(number: str) -> str:
    """The code of ``number`` in six digits, for people who type it once on a phone."""
    digest = hmac.digest(envelopes.lasting_key(envelopes.CODES), f"6|{number}".encode(), "sha256")
    return f"{int.from_bytes(digest) % 10**6:06}"
