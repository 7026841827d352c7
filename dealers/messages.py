"""Mail and short messages of accounts, which wait sealed until the worker sends them.

The page that asks for one answers at once, however slow the mail server is, and takes as long for
an address without an account.
"""

import hashlib
import json
import uuid
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from dealers import envelopes, outbox, sms

PURPOSE = "messages"
TASK = "dealers.tasks.deliver"


def mail(message: EmailMessage, *, at: datetime, until: datetime | None = None) -> None:
    """Have the worker send a mail; after ``until`` it is of no use any more."""
    parts = {name: getattr(message, name) for name in ("subject", "body", "from_email", "to")}
    parts["headers"] = same_id(uuid.uuid4().hex)
    _queue({"mail": parts}, at, until)


def text(phone: str, words: str, *, at: datetime, until: datetime | None = None) -> None:
    """Have the worker send a short message to the number ``phone`` (E.164)."""
    _queue({"sms": [phone, words]}, at, until)


def nothing(*, at: datetime) -> None:
    """Send nothing, in as much time as a message takes."""
    _queue({}, at, None)


def same_id(*parts: object) -> dict[str, str]:
    """The headers by which mail servers and readers know a mail that comes a second time."""
    host = urlsplit(settings.PORTAL_ADDRESS).hostname or "localhost"
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return {"Message-ID": f"<{digest[:32]}@{host}>"}


def deliver(envelope: str, at: datetime) -> None:
    """Send what waits in ``envelope``, one message to one person.

    A worker that dies between sending and noting it sends once more: the same mail by its id.
    """
    message = json.loads(envelopes.unseal(PURPOSE, envelope))
    until = message["until"]
    if until and at > datetime.fromisoformat(until):
        return
    if parts := message.get("mail"):
        EmailMessage(**parts).send()
    elif parts := message.get("sms"):
        sms.send(*parts)


def _queue(message: dict, at: datetime, until: datetime | None) -> None:
    message["until"] = until and until.isoformat()
    outbox.add(TASK, envelopes.seal(PURPOSE, json.dumps(message)), at=at)
