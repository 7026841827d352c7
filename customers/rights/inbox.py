"""What the pages for everybody share: a signed address, a proved number, and an inbox.

Whoever holds the address may leave a number that they prove by a code. What they leave goes into a
table that the page can add to and not read; a worker answers it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.db import IntegrityError, transaction

from customers.models import LeadEntry, PageEntry
from customers.rights import proofs
from customers.rights.proofs import Proof
from dealers import outbox
from dealers.actor import Actor, acting
from dealers.keys import envelopes
from dealers.models import TryKind
from dealers.signin import tries
from dealers.signin.devices import Door
from dealers.signin.tries import Limit

Entry = PageEntry | LeadEntry


class PageClosed(Exception):
    """The address opens no page; the message is written for whoever scanned it."""


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a page as it stands in its code, and when that expires."""

    key: str
    until: datetime


def link(what: str | int, *, until: datetime, salt: str) -> Link:
    """A new address for the page of ``what``, good for no page of another ``salt``."""
    return Link(signing.dumps([what, int(until.timestamp())], salt=salt), until)


def signed(key: str, *, salt: str) -> tuple[Any, int]:
    """Of what an address is, and until which second; ``("", 0)`` of one that nobody signed."""
    try:
        what, until = signing.loads(key, salt=salt)
    except (signing.BadSignature, ValueError, TypeError):
        return "", 0
    return what, until


def ask(
    phone: str,
    said: dict[str, Any],
    *,
    of: str,
    place: Door,
    limit: Limit,
    door: Door,
    at: datetime,
) -> str:
    """Send a code to ``phone``; what the next page has to carry. Raises TooManyTries.

    It counts for ``place``, the page, once it is sent: asking in vain closes no page.
    """
    tries.check(place, TryKind.ASKED, at, limit)
    carried = proofs.ask(phone, said | {"key": str(uuid4())}, of=of, door=door, at=at)
    tries.record(place, TryKind.ASKED, at)
    return carried


def put_down(entry: Entry, proof: Proof, task: str, *, at: datetime) -> None:
    """Put what a person left into the inbox, once, and have the worker answer it by ``task``."""
    wants = proof.wants
    entry.pk, told = UUID(wants["key"]), {"phone": proof.phone, "name": wants["name"]}
    entry.contact = envelopes.seal_for(entry.pk, envelopes.PAGES, told)
    entry.evidence, entry.received_at = proof.evidence, at
    try:
        with transaction.atomic(), acting(Actor.page()):
            entry.save(force_insert=True)
    except IntegrityError:
        return  # sent twice
    outbox.add(task, str(entry.pk), at=at)


def opened(entry: Entry) -> dict[str, str]:
    """The number in E.164 and the name of who left something that is not answered yet."""
    return envelopes.unseal_for(entry.pk, envelopes.PAGES, bytes(entry.contact))


def forget(theirs: Callable[[str], bool]) -> None:
    """Throw away what the holder of a number (E.164) left and the worker has not answered yet.

    For the worker. What is being answered at this moment is answered first.
    """
    for model in (PageEntry, LeadEntry):
        waiting = model.objects.filter(answered_at=None)
        found = [entry.pk for entry in waiting if theirs(opened(entry)["phone"])]
        waiting.filter(pk__in=found).delete()
