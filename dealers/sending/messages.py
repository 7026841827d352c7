"""Mail and short messages of accounts, which wait sealed until the worker sends them.

The page that asks for one answers at once, however slow the mail server is, and takes as long for
an address without an account.
"""

import hashlib
import json
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from dealers import outbox, sms
from dealers.keys import envelopes
from dealers.models import OutboxTask

PURPOSE = "messages"
TASK = "dealers.tasks.deliver"
KEPT = timedelta(days=3)  # that one which was given up can still be handed over again


def mail(message: EmailMessage, *, at: datetime, until: datetime | None = None) -> None:
    """Have the worker send a mail; after ``until`` it is of no use any more."""
    parts = {name: getattr(message, name) for name in ("subject", "body", "from_email", "to")}
    parts["headers"] = same_id(uuid.uuid4().hex)
    _queue({"mail": parts}, at, until)


def text(
    phone: str, words: str, *, at: datetime, until: datetime | None = None, key: str = ""
) -> None:
    """Have the worker send a short message to the number ``phone`` (E.164); once by a ``key``."""
    _queue({"sms": [phone, words]}, at, until, key)


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


def forget(at: datetime) -> int:
    """Empty the envelopes that were given up some days before ``at``; how many.

    Whose number is in one may have been erased since.
    """
    given_up = OutboxTask.objects.given_up().filter(task=TASK, given_up_at__lt=at - KEPT)
    return given_up.exclude(args=[]).update(args=[])


def _queue(message: dict, at: datetime, until: datetime | None, key: str = "") -> None:
    message["until"] = until and until.isoformat()
    outbox.add(TASK, envelopes.seal(PURPOSE, json.dumps(message)), at=at, key=key)
