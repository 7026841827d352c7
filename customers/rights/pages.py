"""A store's page for everybody: people register themselves, and are told nothing of anybody.

The address of the page is signed and expires. What is left there goes into an inbox that the page
can add to and not read; a worker answers it through the counter, as everything that registers.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
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
from customers.rights import consent, inbox
from customers.rights.inbox import Link, PageClosed
from customers.rights.proofs import Proof
from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.agreements import signing as agreement
from dealers.models import Membership, NoticeKind, Store
from dealers.signin import tries
from dealers.signin.devices import Door

SALT = "customers.pages"
VALID = timedelta(days=365)  # a poster
A_DAY = tries.Limit(300, timedelta(seconds=30), 300, 300)  # codes that a store's page sends
ANSWER = "customers.tasks.answer_page_entry"
SAID = gettext_noop("A customer registered on the page of %(store)s.")


def link(store: Store, *, at: datetime) -> Link:
    """A new address for the page of a store."""
    return inbox.link(store.code, until=at + VALID, salt=SALT)


def opened(code: str, key: str, *, at: datetime) -> Store:
    """The store whose page an address opens. Raises PageClosed."""
    named, until = inbox.signed(key, salt=SALT)
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
    """Send a code to ``phone``; what the next page has to carry. Raises TooManyTries."""
    return inbox.ask(phone, said, of=store.code, place=place, limit=A_DAY, door=door, at=at)


def put_down(store: Store, proof: Proof, *, at: datetime) -> None:
    """Put what a person left into the inbox, once, and have the worker answer it."""
    wants = proof.wants
    entry = PageEntry(store=store, offers=wants["offers"], brand=wants["brand"])
    inbox.put_down(entry, proof, ANSWER, at=at)


def answer(pk: UUID, at: datetime) -> Registration | None:
    """Register what waits in the inbox, as of when it came; None if that is done, or forgotten.

    For the worker. Raises RegistrationRefused where it has to be tried again.
    """
    with transaction.atomic():
        entry = PageEntry.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if entry is None or entry.answered_at is not None:
            return None
        told = inbox.opened(entry)
        store = Store.objects.select_related("dealer").get(pk=entry.store_id)
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
