"""Customer cards: one dealer's name and number of a person, sealed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import busy_as, wait_for_staff
from customers.identity import fingerprint
from customers.models import Customer
from customers.search import LAST, tokens
from dealers import access, vault
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog
from dealers.vault import Row
from dealers.words import mask_phone

TABLE = Customer._meta.db_table
LONGEST = {"name": 80, "wechat": 64, "email": 254, "notes": 2000}  # characters, however typed
SEALED = tuple(LONGEST)
LOOK_UPS = 30  # whole numbers that a person may look up in an hour
HOUR = timedelta(hours=1)
SHOWN_FOR = timedelta(minutes=10)  # a call, and coming back from it


class CardRefused(Exception):
    """Not changed or not shown; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a customer's card shows: the name in full, the number masked."""

    customer: Customer
    name: str
    phone: str
    wechat: str
    email: str
    notes: str

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """Decrypt one card. No query, once the dealer's key is known to the process."""
        row = Row.of(customer)
        return cls(
            customer=customer,
            phone=mask_phone(number_of(customer)),
            **{
                field: vault.unseal(row, field, getattr(customer, f"{field}_sealed"))
                for field in SEALED
            },
        )

    @property
    def title(self) -> str:
        """The name, or the masked number of somebody who gave none."""
        return self.name or self.phone

    @property
    def initial(self) -> str:
        return (self.name or "?")[:1]


def open_cards(customers: list[Customer]) -> list[Card]:
    """The cards of a list, in its order."""
    return [Card.of(customer) for customer in customers]


def number_of(customer: Customer) -> str:
    """The number on a card, in E.164. What shows it to a person goes through ``reveal``."""
    return vault.unseal(Row.of(customer), "phone", customer.phone_sealed)


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
    name = vault.unseal(row, "name", card.name_sealed)
    card.search_tokens = tokens(card.dealer_id, number, name)
    card.save(update_fields=["phone_sealed", "search_tokens"])


def renew_number(card: UUID, number: str) -> None:
    """Store a number that the dealer was told anew, where another stands on the card."""
    found = Customer.objects.select_for_update(no_key=True).get(pk=card)
    if number_of(found) != number:
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
    if by.dealer_id != customer.dealer_id:
        raise CardRefused(_("This card belongs to another dealer."))
    given = {"name": name, "wechat": wechat, "email": email, "notes": notes}
    changes = {field: text.strip() for field, text in given.items() if text is not None}
    card = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    for field, text in changes.items():
        value = vault.seal(Row.of(card), field, text) if text else None
        setattr(card, f"{field}_sealed", value)
    update_fields = [f"{field}_sealed" for field in changes]
    if "name" in changes:
        card.search_tokens = tokens(card.dealer_id, number_of(card), changes["name"])
        update_fields.append("search_tokens")
    if update_fields:
        card.save(update_fields=update_fields)
    return card


def reveal(customer: Customer, *, by: Actor, purpose: str, at: datetime) -> str:
    """The full number, after the access log says who saw it and why. Raises CardRefused."""
    if by.dealer_id != customer.dealer_id:
        raise CardRefused(_("This card belongs to another dealer."))
    purpose = purpose.strip()
    if not purpose:
        raise CardRefused(_("Say what you need the number for."))
    access.note(
        AccessAction.REVEAL,
        by=by,
        dealer_id=customer.dealer_id,
        customer=customer.pk,
        fields="phone",
        purpose=purpose,
        at=at,
    )
    return number_of(customer)


def shown(customer: Customer, *, by: Actor, at: datetime) -> str:
    """The full number, if ``by`` said within the last minutes what it is for; else nothing."""
    lately = AccessLog.objects.filter(
        customer=customer.pk,
        user=by.user_id,
        dealer=customer.dealer_id,
        action=AccessAction.REVEAL,
        at__gt=at - SHOWN_FOR,
    )
    mine = by.dealer_id == customer.dealer_id
    return number_of(customer) if mine and lately.exists() else ""


def look_up(number: str, *, by: Actor, at: datetime) -> Customer | None:
    """The card with this number (E.164) that ``by`` may see, if there is one.

    Whoever may try numbers can complete a masked one. So the access log says who asked for which,
    found or not, and asking has a limit. Raises CardRefused above it.
    """
    with busy_as(CardRefused), transaction.atomic():
        return _look_up(number, by, at)


def _look_up(number: str, by: Actor, at: datetime) -> Customer | None:
    check_look_ups(by, at)
    customers = Customer.objects.visible_to(by.post)
    found = customers.filter(identity__fingerprint=fingerprint(number)).first()
    note_look_up(found, number[-LAST:], by=by, at=at)
    return found


def check_look_ups(by: Actor, at: datetime) -> None:
    """Wait until nobody else counts the look-ups of this person, then see whether one is left.

    Raises CardRefused for a post outside a dealer, and above the limit.
    """
    person = by.person
    if by.post.dealer_id is None:
        raise CardRefused(_("Only a dealer's own people look up its customers."))
    wait_for_staff(person.pk)
    lately = AccessLog.objects.filter(
        user=person, action=AccessAction.LOOK_UP, at__gt=at - HOUR, at__lt=at + HOUR
    )
    if lately.count() >= LOOK_UPS:
        raise CardRefused(
            _(
                "You looked up %(count)d whole numbers in the last hour, as many as a person may."
                " Search by name or by the last 4 digits, or go on in an hour."
            )
            % {"count": LOOK_UPS}
        )


def note_look_up(found: Customer | None, purpose: str, *, by: Actor, at: datetime) -> None:
    """Note in the access log that somebody asked for a number.

    ``purpose`` is its last digits, or a sentence with them as ``sayings`` keeps it.
    """
    access.note(
        AccessAction.LOOK_UP,
        by=by,
        dealer_id=cast(int, by.dealer_id),
        customer=found.pk if found else None,
        fields="phone",
        purpose=purpose,
        count=1 if found else 0,
        at=at,
    )


def log_export(*, by: Actor, fields: str, purpose: str, count: int, at: datetime) -> AccessLog:
    """Note in the access log that somebody took a list of the dealer's customers with them.

    Raises CardRefused for a post outside a dealer.
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
        at=at,
    )
