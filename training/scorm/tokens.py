"""Addresses of a package's files: signed, for one person and lesson, and for hours only.

The frame in which a package plays has no cookies, so its address is what lets it in. It stays the
same for half a day, so that a phone does not load a package anew each time it is opened.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.signing import BadSignature, Signer

SHIFT = 12  # hours for which an address stays the same; it is good for one to two of them
_SALT = "training.scorm"


@dataclass(frozen=True)
class Pass:
    """Who may fetch the files of which lesson's package."""

    user: int
    lesson: int
    trial: bool = False  # by an author, of a draft too


def give(holder: Pass, *, at: datetime) -> str:
    """The token of ``holder``, good for 12 to 24 hours."""
    until = (_hours(at) // SHIFT + 2) * SHIFT
    kind = "t" if holder.trial else "l"
    return Signer(salt=_SALT).sign(f"{kind}-{holder.user}-{holder.lesson}-{until}")


def read(token: str, *, at: datetime) -> Pass | None:
    """Whose the token is; nothing for one that is not ours or whose time is over."""
    try:
        kind, user, lesson, until = Signer(salt=_SALT).unsign(token).split("-")
    except (BadSignature, ValueError):
        return None
    if _hours(at) >= int(until):
        return None
    return Pass(int(user), int(lesson), trial=kind == "t")


def _hours(at: datetime) -> int:
    return int(at.timestamp()) // 3600
