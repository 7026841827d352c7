"""A store's page for everybody: people register themselves, and are told nothing of anybody.

The address of the page is signed and expires. What is left there goes into an inbox that the page
can add to and not read; a worker answers it through the counter, as everything that registers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.models import (
    Channel,
    ConfirmedBy,
    ConsentChannel,
    ConsentPurpose,
    PageEntry,
    Registration,
)
from customers.ownership import confirming, counter
from customers.rights import consent, proofs
from customers.rights.proofs import Proof
from dealers import notices, outbox, sayings
from dealers.actor import Actor, acting
from dealers.agreements import signing as agreement
from dealers.keys import envelopes
from dealers.models import Membership, NoticeKind, Store, TryKind
from dealers.signin import tries
from dealers.signin.devices import Door

SALT = "customers.pages"
VALID = timedelta(days=365)  # a poster
A_DAY = tries.Limit(300, timedelta(seconds=30), 300, 300)  # codes that a store's page sends
ANSWER = "customers.tasks.answer_page_entry"
SAID = gettext_noop("A customer registered on the page of %(store)s.")


class PageClosed(Exception):
    """The address opens no page; the message is written for whoever scanned it."""


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a store's page as it stands in its code, and when that expires."""

    key: str
    until: datetime


def link(store: Store, *, at: datetime) -> Link:
    """A new address for the page of a store."""
    until = at + VALID
    said = signing.dumps([store.code, int(until.timestamp())], salt=SALT)
    return Link(said, until)


def opened(code: str, key: str, *, at: datetime) -> Store:
    """The store whose page an address opens. Raises PageClosed."""
    try:
        named, until = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        named, until = "", 0
    if named != code:
        raise PageClosed(_("This code is none of this store's. Ask the store for its code."))
    store = Store.objects.select_related("dealer").filter(code=code).first()
    if store is None or at.timestamp() >= until:
        raise PageClosed(_("This code has expired. Ask the store for its new one."))
    if store.is_closed(at):
        raise PageClosed(
            _("%(store)s has closed: it takes no customers any more.") % {"store": store.name}
        )
    with acting(Actor.worker("store page")):  # whoever opens it sees nothing of a dealer
        unsigned = agreement.needed(store.dealer_id, at)
    if unsigned:
        raise PageClosed(
            _("%(store)s takes no customers here yet. Ask the store.") % {"store": store.name}
        )
    return store


def ask(
    store: Store, phone: str, said: dict[str, Any], *, place: Door, door: Door, at: datetime
) -> str:
    """Send a code to ``phone``; what the next page has to carry. Raises TooManyTries.

    It counts for ``place``, the store's page, once it is sent: asking in vain closes no page.
    """
    tries.check(place, TryKind.ASKED, at, A_DAY)
    wants = said | {"key": str(uuid4())}
    carried = proofs.ask(phone, wants, of=store.code, door=door, at=at)
    tries.record(place, TryKind.ASKED, at)
    return carried


def put_down(store: Store, proof: Proof, *, at: datetime) -> None:
    """Put what a person left into the inbox, once, and have the worker answer it."""
    wants = proof.wants
    pk, told = UUID(wants["key"]), {"phone": proof.phone, "name": wants["name"]}
    entry = PageEntry(
        pk=pk,
        store=store,
        contact=envelopes.seal_for(pk, envelopes.PAGES, told),
        offers=wants["offers"],
        brand=wants["brand"],
        evidence=proof.evidence,
        received_at=at,
    )
    try:
        with transaction.atomic(), acting(Actor.page()):
            entry.save(force_insert=True)
    except IntegrityError:
        return  # sent twice
    outbox.add(ANSWER, str(entry.pk), at=at)


def answer(pk: UUID, at: datetime) -> Registration | None:
    """Register what waits in the inbox, as of when it came; None if that is done, or forgotten.

    For the worker. Raises RegistrationRefused where it has to be tried again.
    """
    with transaction.atomic():
        entry = PageEntry.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if entry is None or entry.answered_at is not None:
            return None
        told, store = _opened(entry), Store.objects.select_related("dealer").get(pk=entry.store_id)
        registration = _registered(entry, told, store, _moment(entry, store, at))
        if entry.brand:
            consent.say(
                [registration.customer], [ConsentPurpose.BRAND], channel=ConsentChannel.PAGE,
                evidence=entry.evidence, text_version=entry.text_version, at=entry.received_at,
            )  # fmt: skip
        entry.contact, entry.answered_at, entry.registration = b"", at, registration
        entry.save(update_fields=["contact", "answered_at", "registration"])
        _tell(store, registration, at)
        return registration


def _registered(entry: PageEntry, told: dict[str, str], store: Store, at: datetime) -> Registration:
    """The answer to an entry, which confirms what waits at the store for this number."""
    waiting = confirming.at_store(store, told["phone"], at)
    if waiting is not None:
        how = ConfirmedBy.SCAN
        return confirming.answer(waiting.pk, how, at=at, offers=entry.offers, name=told["name"])
    return counter.register(
        Registration(
            key=f"page:{entry.pk}",
            store=store,
            source="page",
            channel=Channel.PAGE,
            consent_service=True,
            consent_marketing=entry.offers,
            consent_text=entry.text_version,
        ),
        phone=told["phone"],
        name=told["name"],
        by=Actor.worker("store page"),
        at=at,
    )


def forget(theirs: Callable[[str], bool]) -> None:
    """Throw away what the holder of a number (E.164) left and the worker has not answered yet.

    For the worker. What is being answered at this moment is answered first.
    """
    waiting = PageEntry.objects.filter(answered_at=None)
    found = [entry.pk for entry in waiting if theirs(_opened(entry)["phone"])]
    waiting.filter(pk__in=found).delete()


def _moment(entry: PageEntry, store: Store, at: datetime) -> datetime:
    """When it came; but now, where the month of that day may be closed by now."""
    came, today = (moment.astimezone(store.tz) for moment in (entry.received_at, at))
    return entry.received_at if (came.year, came.month) == (today.year, today.month) else at


def _tell(store: Store, registration: Registration, at: datetime) -> None:
    posts = Membership.objects.current(at).filter(store=store).select_related("user")
    notices.tell(
        [post.user for post in posts.order_by("pk")],
        NoticeKind.PAGE,
        sayings.kept(SAID, store=[store.name]),
        to=registration.get_absolute_url(),
        about=registration.receipt,
        at=at,
    )


def _opened(entry: PageEntry) -> dict[str, str]:
    return envelopes.unseal_for(entry.pk, envelopes.PAGES, bytes(entry.contact))
