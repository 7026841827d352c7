"""The calendar file of a session, as RFC 5545 writes it: one event, known again by its UID."""

import unicodedata
from datetime import UTC, datetime

from training.models import SharingSession

FOLD = 75  # octets of a line, without its end
PRODUCT = "-//Dealer Portal//Sharing sessions//EN"


def written(session: SharingSession, *, url: str, location: str, at: datetime) -> bytes:
    """A session as a calendar takes it: again with a higher SEQUENCE once it changed or is off.

    ``url`` is the session's page, ``location`` the place or link that the reader may know, ``at``
    when the file is made: of two with one SEQUENCE, as once there is a place, the later counts.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:CANCEL" if session.is_cancelled else "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{session.uid}",
        f"SEQUENCE:{session.sequence}",
        f"DTSTAMP:{_utc(at)}",
        f"LAST-MODIFIED:{_utc(session.changed_at)}",
        f"DTSTART:{_utc(session.starts_at)}",
        f"DTEND:{_utc(session.ends_at)}",
        f"SUMMARY:{escaped(session.local_title)}",
        f"DESCRIPTION:{escaped(session.local_about)}",
        f"LOCATION:{escaped(location)}",
        f"URL:{url}",
        f"STATUS:{'CANCELLED' if session.is_cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text value: backslash, semicolon and comma with a backslash, the end of a line as \\n."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    # An end of a line by itself would begin a property of somebody's choice.
    text = "\\n".join(text.splitlines())
    return "".join(letter for letter in text if _stays(letter))


def _stays(letter: str) -> bool:
    # A blank of Chinese texts is none that Python prints.
    return letter == "\t" or letter.isprintable() or unicodedata.category(letter) == "Zs"


def folded(line: str) -> bytes:
    """A line of at most 75 octets, going on in lines that begin with a blank; no letter is cut."""
    parts, part, room = [], b"", FOLD
    for letter in line:
        octets = letter.encode()
        if len(part) + len(octets) > room:
            parts.append(part)
            part, room = b"", FOLD - 1  # the blank counts
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
