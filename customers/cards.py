"""Customer cards: one dealer's name and number of a person, sealed.

This is the one door to what is sealed: nothing else in the portal opens a card, a note or an
earlier number. Who works for the dealer sees names, and numbers masked; who does not sees neither,
and the dealer sees in its access log who had which cards before them. A whole number is handed out
by ``reveal`` inside the dealer, and by ``grant`` and ``revealed`` to all others.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers import sharing
from customers.cutoff import busy_as, wait_for_staff
from customers.identity import fingerprint
from customers.models import Activity, Customer, NumberChange
from customers.search import tokens
from dealers import access, forbidden, quotas, sayings, vault
from dealers.actor import WORKER, Actor, acting
from dealers.models import AccessAction, AccessLog, ForbiddenAct, Purpose
from dealers.phones import PhoneNotValid, normalise
from dealers.vault import Row
from dealers.words import mask_phone

TABLE = Customer._meta.db_table
LONGEST = {"name": 80, "wechat": 64, "email": 254, "notes": 2000}  # characters, however typed
SEALED = tuple(LONGEST)
SHOWN_FOR = timedelta(minutes=10)  # a call, and coming back from it


class CardRefused(Exception):
    """Not changed or not shown; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a customer's card shows: the name in full, the number masked.

    To people from outside the dealer it has no name, and instead of the number a word that tells
    one card from another.
    """

    customer: Customer
    name: str
    phone: str
    wechat: str
    email: str
    notes: str

    @classmethod
    def _of(cls, customer: Customer) -> Self:
        """Decrypt one card. No query, once the dealer's key is known to the process."""
        texts = {name: _opened(customer, name) for name in SEALED}
        return cls(customer=customer, phone=mask_phone(_opened(customer, "phone")), **texts)

    @classmethod
    def _nameless(cls, customer: Customer) -> Self:
        """A card as people from outside see it; nothing is decrypted."""
        said = _("Customer %(code)s") % {"code": str(customer.pk)[-4:].upper()}
        return cls(customer, name="", phone=said, wechat="", email="", notes="")

    @property
    def title(self) -> str:
        """The name, or the masked number of somebody who gave none."""
        return self.name or self.phone

    @property
    def initial(self) -> str:
        return (self.name or "?")[:1]


def open(customers: Iterable[Customer], *, by: Actor, purpose: str = "") -> list[Card]:
    """The cards as ``by`` may see them, in their order; who is from outside is noted.

    ``purpose`` is a sentence as ``sayings`` keeps it; without it, it is that of the page. Tasks and
    commands see what the dealer's own people see, and are noted like everybody from outside.
    """
    found = list(customers)
    outside: dict[int, list[UUID]] = {}
    for customer in found:
        if not access.is_inside(by, customer.dealer_id):
            outside.setdefault(customer.dealer_id, []).append(customer.pk)
    for dealer_id, cards in outside.items():
        fields = "no name" if is_faceless(by, dealer_id) else "name, phone (masked)"
        access.seen(cards, by=by, dealer_id=dealer_id, fields=fields, purpose=purpose)
    opened = Card._of, Card._nameless  # noqa: SLF001 -- the door itself
    return [opened[is_faceless(by, card.dealer_id)](card) for card in found]


def is_faceless(by: Actor, dealer_id: int) -> bool:
    """Whether ``by`` sees this dealer's cards without what is sealed: from outside, no task."""
    return by.role != WORKER and not access.is_inside(by, dealer_id)


def open_one(customer: Customer, *, by: Actor, purpose: str = "") -> Card:
    """One card as ``by`` may see it; see ``open``."""
    (card,) = open([customer], by=by, purpose=purpose)
    return card


def number_of(customer: Customer, *, by: Actor) -> str:
    """The number on a card, in E.164, for what the dealer's own people do with it.

    What shows it to a person goes through ``reveal``. Raises CardRefused for all others.
    """
    _for_insiders(by, customer.dealer_id)
    return _opened(customer, "phone")


def note_of(activity: Activity, *, by: Actor) -> str:
    """What was noted about a follow-up. Raises CardRefused for who is not of the dealer."""
    _for_insiders(by, activity.dealer_id)
    return _opened(activity, "note")


def number_before(change: NumberChange, *, by: Actor) -> str:
    """The number before a change, masked. Raises CardRefused for who is not of the dealer."""
    _for_insiders(by, change.dealer_id)
    return mask_phone(_opened(change, "number"))


def _for_insiders(by: Actor, dealer_id: int) -> None:
    if not (access.is_inside(by, dealer_id) or by.is_themselves):
        raise CardRefused(_("This card belongs to another dealer."))


def _opened(row: Customer | Activity | NumberChange, field: str) -> str:
    return vault.unseal(Row.of(row), field, getattr(row, f"{field}_sealed"))


def person_on(customer: Customer) -> bytes | None:
    """The fingerprint of the number on a card that opens as a whole; None for one that was erased.

    Nothing of the card leaves: this is how it is checked. Raises VaultError.
    """
    Card._of(customer)  # noqa: SLF001
    number = _opened(customer, "phone")
    return fingerprint(number) if number else None


def is_like(card: Customer, like: Callable[..., bool], name: str, number: str) -> bool:
    """Whether ``like`` finds a card's name and number like others; nothing of the card leaves."""
    return like(_opened(card, "name"), _opened(card, "phone"), name, number)


def check_note(activity: Activity) -> None:
    """Whether the note of a follow-up opens; nothing of it leaves. Raises VaultError."""
    _opened(activity, "note")


def right_number(customer: Customer) -> str | None:
    """The number as it is written today, for a card where it is written otherwise; else nothing.

    For ``repair`` alone, which seals it again; a number that is none stays.
    """
    number = _opened(customer, "phone")
    try:
        right = normalise(number)
    except PhoneNotValid:
        return None
    return None if right == number else right


def tokens_of(customer: Customer) -> list[int]:
    """What a card is found by, made anew of what it says; one that was erased by nothing."""
    number = _opened(customer, "phone")
    return tokens(customer.dealer_id, number, _opened(customer, "name")) if number else []


def renew_tokens(card: Customer) -> None:
    """Make what a card, not saved, is found by anew."""
    card.search_tokens = tokens_of(card)


def make_findable(after: UUID, limit: int = 2000) -> UUID | None:
    """Make the tokens of the next ``limit`` cards anew; the last one's id, None after the last.

    Call it in a transaction of its own, with what it returned last. Cards come in order of id.
    """
    found = list(
        Customer.objects.filter(pk__gt=after)
        .order_by("pk")
        # A card that is being edited waits, and has its new tokens already.
        .select_for_update(no_key=True)
        .only("dealer_id", "phone_sealed", "name_sealed", "search_tokens")[:limit]
    )
    stale = []
    for card in found:
        wanted = tokens_of(card)
        if card.search_tokens != wanted:
            card.search_tokens = wanted
            stale.append(card)
    Customer.objects.bulk_update(stale, ["search_tokens"])
    return found[-1].pk if found else None


def moved_name(dealer_id: int, source: UUID, target: UUID, name: memoryview) -> bytes:
    """A name that a load brought for one card, sealed for another one of the same dealer."""
    text = vault.unseal(Row(dealer_id, TABLE, source), "name", name)
    return vault.seal(Row(dealer_id, TABLE, target), "name", text)


def sealed(
    dealer_id: int,
    card_id: UUID,
    number: str,
    name: str,
    *,
    wechat: str = "",
    email: str = "",
    notes: str = "",
) -> dict:
    """The sealed fields of a card and its search tokens; an empty text is not stored."""
    row = Row(dealer_id, TABLE, card_id)
    texts = {"name": name, "wechat": wechat, "email": email, "notes": notes}
    return {
        "phone_sealed": vault.seal(row, "phone", number),
        "search_tokens": tokens(dealer_id, number, name),
    } | {
        f"{field}_sealed": vault.seal(row, field, text) if text else None
        for field, text in texts.items()
    }


def write(card: Customer, number: str, name: str, *, wechat: str = "", email: str = "") -> Customer:
    """The card, not saved, with what it says sealed."""
    values = sealed(card.dealer_id, card.pk, number, name, wechat=wechat, email=email)
    for field, value in values.items():
        setattr(card, field, value)
    return card


def write_number(card: Customer, number: str) -> None:
    """Store another number on a card, and what it is found by."""
    row = Row.of(card)
    card.phone_sealed = vault.seal(row, "phone", number)
    card.search_tokens = tokens(card.dealer_id, number, _opened(card, "name"))
    card.save(update_fields=["phone_sealed", "search_tokens"])


def renew_number(card: UUID, number: str) -> None:
    """Store a number that the dealer was told anew, where another stands on the card."""
    found = Customer.objects.select_for_update(no_key=True).get(pk=card)
    if _opened(found, "phone") != number:
        write_number(found, number)


@transaction.atomic
def update_card(
    customer: Customer,
    *,
    by: Actor,
    at: datetime,  # noqa: ARG001 -- a card keeps no history yet
    name: str | None = None,
    wechat: str | None = None,
    email: str | None = None,
    notes: str | None = None,
) -> Customer:
    """Change what a card says; None leaves a field as it is, an empty text clears it.

    Raises CardRefused for a person of another dealer. Editing a card never prolongs a protection.
    """
    _for_insiders(by, customer.dealer_id)
    given = {"name": name, "wechat": wechat, "email": email, "notes": notes}
    changes = {field: text.strip() for field, text in given.items() if text is not None}
    card = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if not card.phone_sealed:
        raise CardRefused(_("What was known of this customer was erased."))
    for field, text in changes.items():
        value = vault.seal(Row.of(card), field, text) if text else None
        setattr(card, f"{field}_sealed", value)
    update_fields = [f"{field}_sealed" for field in changes]
    if "name" in changes:
        number = _opened(card, "phone")
        card.search_tokens = tokens(card.dealer_id, number, changes["name"])
        update_fields.append("search_tokens")
    if update_fields:
        card.save(update_fields=update_fields)
    return card


def reveal(customer: Customer, *, by: Actor, purpose: str, at: datetime) -> str:
    """The full number, after the access log says who saw it and why. Raises CardRefused."""
    _for_insiders(by, customer.dealer_id)
    purpose = purpose.strip()
    if not purpose:
        raise CardRefused(_("Say what you need the number for."))
    _within_quota(quotas.check_numbers, by, at)
    access.note(
        AccessAction.REVEAL,
        by=by,
        dealer_id=customer.dealer_id,
        customer=customer.pk,
        fields="phone",
        purpose=purpose,
        at=at,
    )
    return _opened(customer, "phone")


def shown(customer: Customer, *, by: Actor, at: datetime) -> str:
    """The full number, if ``by`` said within the last minutes what it is for; else nothing."""
    lately = AccessLog.objects.filter(
        customer=customer.pk,
        user=by.user_id,
        dealer=customer.dealer_id,
        action=AccessAction.REVEAL,
        at__gt=at - SHOWN_FOR,
    )
    mine = access.is_inside(by, customer.dealer_id)
    return _opened(customer, "phone") if mine and lately.exists() else ""


@dataclass(frozen=True, slots=True)
class Revealed:
    """What somebody from outside the dealer was shown of a card, and what for."""

    customer: Customer
    name: str
    number: str


def grant(customer: Customer, *, by: Actor, purpose: str, at: datetime) -> AccessLog:
    """Let headquarters, a task or a command read name and number of a card: the first of two steps.

    The entry in the dealer's access log is the grant. Once its transaction is committed,
    ``revealed`` reads by it in another one; the database holds both to that. Raises CardRefused
    for a purpose that is none of the list, for what the dealer and its customer do not share with
    the brand, which its log then says, and for everybody else.
    """
    if purpose not in Purpose.values:
        raise CardRefused(_("Say what you need the number for."))
    person = by.user if by.at_hq else None
    if by.role != WORKER and not (person and person.has_perm("customers.reveal_customer")):
        raise CardRefused(_("This card belongs to another dealer."))
    if refused := sharing.why_not(customer, purpose, by=by, at=at):
        # The dealer reads that it was tried, and by whom.
        access.note(
            AccessAction.REFUSED, by=by, dealer_id=customer.dealer_id, customer=customer.pk,
            fields="phone", purpose=purpose, at=at,
        )  # fmt: skip
        if sharing.is_beyond(customer, purpose, at):
            forbidden.note(
                ForbiddenAct.CONTACT, sayings.kept(forbidden.BEYOND), by=by, at=at,
                dealer_id=customer.dealer_id, customer=customer.pk,
            )  # fmt: skip
        raise CardRefused(refused)
    if purpose != Purpose.EMERGENCY:
        _within_quota(quotas.check_numbers, by, at)
    return access.note(
        AccessAction.REVEAL,
        by=by,
        dealer_id=customer.dealer_id,
        customer=customer.pk,
        fields="name, phone",
        purpose=purpose,
        at=at,
    )


def revealed(grant_id: int) -> Revealed:
    """What a grant lets its actor read, within five minutes: the second step.

    The actor is who the database was told acts. Raises CardRefused for a grant of somebody else,
    one that is over, and one of this transaction, which could still be taken back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, dealer_id, phone, name FROM reveal_read(%s)", [grant_id])
        found = cursor.fetchone()
    if found is None:
        raise CardRefused(_("Ask for the number again: a number is shown for five minutes."))
    card_id, dealer_id, phone, name = found
    card = Customer(id=card_id, dealer_id=dealer_id, phone_sealed=phone, name_sealed=name)
    return Revealed(card, name=_opened(card, "name"), number=_opened(card, "phone"))


def hand_out(customer: Customer, *, by: Actor, purpose: str, at: datetime) -> Revealed:
    """Both steps, for tasks and commands: the log is committed before anything is read.

    Raises CardRefused as they do, and RuntimeError inside a transaction, which could take the entry
    back.
    """
    refused = None
    with transaction.atomic(durable=True), acting(by):
        try:
            given = grant(customer, by=by, purpose=purpose, at=at)
        except CardRefused as why:  # what the log says of it is committed
            refused = why
    if refused is not None:
        raise refused
    with transaction.atomic(durable=True), acting(by):
        return revealed(given.pk)


def may_take(*, by: Actor, at: datetime) -> None:
    """Whether ``by`` may take one more file of customers along. Raises CardRefused."""
    _within_quota(quotas.check_files, by, at)


def _within_quota(check: Callable[[Actor, datetime], None], by: Actor, at: datetime) -> None:
    """Refuse what is above the quota; one person's looks are counted one after the other."""
    try:
        with busy_as(CardRefused), transaction.atomic():
            if by.user is not None:
                wait_for_staff(by.user.pk)
            check(by, at)
    except quotas.QuotaReached as reached:
        raise CardRefused(str(reached)) from None


def log_export(
    *,
    by: Actor,
    fields: str,
    purpose: str,
    count: int,
    at: datetime,
    customers: Sequence[UUID] = (),
) -> AccessLog:
    """Note in the access log that somebody took a list of the dealer's customers with them.

    Without ``customers``, the cards in it, each of the dealer's may have been. Raises CardRefused
    for a post outside a dealer.
    """
    if by.dealer_id is None:
        raise CardRefused(_("Only a dealer's own people take its customers with them."))
    return access.note(
        AccessAction.EXPORT,
        by=by,
        dealer_id=by.dealer_id,
        fields=fields,
        purpose=purpose,
        count=count,
        customers=customers,
        at=at,
    )
