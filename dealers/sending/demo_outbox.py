"""The mail and the short messages of demo mode: nobody gets them, everybody can read them.

They stand in the terminal and on a page of their own, in words instead of as they would be sent.
"""

import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

KEPT = 100


@dataclass(frozen=True, slots=True)
class Message:
    """What would have been sent at ``at``; a short message has no subject."""

    at: str
    to: str
    subject: str
    text: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def keep(to: str, text: str, subject: str = "") -> None:
    """Keep a message for the page; the oldest are forgotten."""
    message = Message(timezone.now().isoformat(), to, subject, text)
    folder = _folder()
    name = f"{timezone.now():%Y%m%d%H%M%S%f}-{uuid.uuid4().hex}.json"
    draft = folder / f".{name}"
    draft.write_text(json.dumps(asdict(message)))
    draft.rename(folder / name)
    for old in _files()[KEPT:]:
        old.unlink(missing_ok=True)


def messages() -> Iterator[Message]:
    """Those that are kept, newest first."""
    for file in _files()[:KEPT]:
        yield Message(**json.loads(file.read_text()))


def _folder() -> Path:
    folder = settings.PORTAL_DATA / "outbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _files() -> list[Path]:
    return sorted(_folder().glob("2*.json"), reverse=True)


class Backend(BaseEmailBackend):
    """The mail server of demo mode, which writes every mail to the terminal as it reads."""

    stream = sys.stdout

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            to = ", ".join(message.recipients())
            self.stream.write(f"\nTo: {to}\n{message.subject}\n\n{message.body.strip()}\n\n")
            self.stream.flush()
            keep(to, str(message.body), str(message.subject))
        return len(email_messages)
