"""Customer cards: one dealer's name and number of a person, sealed, searchable by keyed tokens."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Self
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from customers.models import Customer, CustomerQuerySet
from dealers import vault
from dealers.models import AccessAction, AccessLog, Membership
from dealers.phones import PhoneNotValid, normalise
from dealers.vault import Row
from dealers.words import mask_phone

TABLE = Customer._meta.db_table
LONGEST = {"name": 80, "wechat": 64, "email": 254, "notes": 2000}  # characters, however typed
SEALED = tuple(LONGEST)
LONGEST_RUN = 4  # characters of a Chinese name that a search may give in one piece


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


def tokens(dealer_id: int, number: str, name: str) -> list[int]:
    """Keyed tokens of everything that a card is found by."""
    return sorted({vault.token(dealer_id, text) for text in _findable(number, name)})


def _findable(number: str, name: str) -> set[str]:
    return {f"phone:{number}", f"last4:{number[-4:]}"} | {f"name:{n}" for n in _name_parts(name)}


@lru_cache(maxsize=10_000)
def _name_parts(name: str) -> frozenset[str]:
    """The name's words, and of Chinese ones every run of characters, in pinyin and as initials."""
    words = _plain(name).split()
    parts = {"".join(words), *words} - {""}
    for word in words:
        if word.isascii():
            continue
        spelled = lazy_pinyin(word, style=Style.NORMAL)
        for start in range(len(spelled)):
            for end in range(start + 1, min(start + LONGEST_RUN, len(spelled)) + 1):
                run = spelled[start:end]
                parts |= {word[start:end], "".join(run), "".join([part[0] for part in run])}
    return frozenset(parts)


def _plain(text: str) -> str:
    """Without differences of width, case and spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find(queryset: CustomerQuerySet, text: str, dealer_id: int | None = None) -> CustomerQuerySet:
    """Cards of the queryset by a part of the name, in characters or pinyin, or by number.

    Four digits are the last ones of the number; anything longer has to be the whole number, in
    any spelling. The queryset has to be of one dealer: that is whose key the tokens are made with.
    Naming the dealer saves asking for it.
    """
    dealer_id = dealer_id or queryset.values_list("dealer_id", flat=True).order_by().first()
    wanted = _wanted(text)
    if dealer_id is None or not wanted:
        return queryset.none()
    return queryset.filter(
        dealer=dealer_id, search_tokens__contains=[vault.token(dealer_id, w) for w in wanted]
    )


def _wanted(text: str) -> list[str]:
    plain = _plain(text)
    digits = re.sub(r"[\s\-()+.]", "", plain)
    if digits.isdecimal():
        if len(digits) == 4:
            return [f"last4:{digits}"]
        with suppress(PhoneNotValid):
            return [f"phone:{normalise(text)}"]
    return [f"name:{word}" for word in plain.split()]


@transaction.atomic
def update_card(
    customer: Customer,
    *,
    by: Membership,
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


def reveal(customer: Customer, *, by: Membership, purpose: str, at: datetime | None = None) -> str:
    """The full number, after the access log says who saw it and why. Raises CardRefused."""
    if by.dealer_id != customer.dealer_id:
        raise CardRefused(_("This card belongs to another dealer."))
    purpose = purpose.strip()
    if not purpose:
        raise CardRefused(_("Say what you need the number for."))
    AccessLog.objects.create(
        dealer_id=customer.dealer_id,
        user_id=by.user_id,
        role=by.role,
        action=AccessAction.REVEAL,
        customer=customer.pk,
        fields="phone",
        purpose=purpose[:200],
        at=at or timezone.now(),
    )
    return number_of(customer)


def log_export(
    *, by: Membership, fields: str, purpose: str, count: int, at: datetime | None = None
) -> AccessLog:
    """Note in the access log that somebody took a list of the dealer's customers with them.

    Raises CardRefused for a post outside a dealer.
    """
    if by.dealer is None:
        raise CardRefused(_("Only a dealer's own people take its customers with them."))
    return AccessLog.objects.create(
        dealer=by.dealer,
        user_id=by.user_id,
        role=by.role,
        action=AccessAction.EXPORT,
        fields=fields[:200],
        purpose=purpose[:200],
        count=count,
        at=at or timezone.now(),
    )
