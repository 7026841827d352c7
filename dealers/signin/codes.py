"""Codes by mail and short message: letters or digits that are stored nowhere.

A session and a waiting message hold a code's number only. The code itself is derived from it with
the server's key, once to send it and again to compare what was typed, so that no copy of the
database, the cache or the queue lets anybody in.
"""

import hmac
import secrets
import unicodedata

from dealers.keys import envelopes

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
    rest, letters = _drawn(number), ""
    for _ in range(LENGTH):
        rest, letter = divmod(rest, len(LETTERS))
        letters += LETTERS[letter]
    return f"{letters[:4]}-{letters[4:]}"


def digits(number: str) -> str:
    """The code of ``number`` in six digits, for people who type it once on a phone."""
    return f"{_drawn(f'6|{number}') % 10**6:06}"


def is_right(typed: str, code: str) -> bool:
    """Whether somebody typed this code, in the time that a wrong one takes."""
    return hmac.compare_digest(_plain(typed).encode(), _plain(code).encode())


def _drawn(text: str) -> int:
    key = envelopes.lasting_key(envelopes.CODES)
    return int.from_bytes(hmac.digest(key, text.encode(), "sha256"))


def _plain(text: str) -> str:
    # Chinese keyboards write ＢＣ as easily as BC.
    return unicodedata.normalize("NFKC", text).upper().replace("-", "").replace(" ", "")
