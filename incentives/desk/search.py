"""What a person finds by one word: customers, receipts, orders, statements, stores; only their own.

A whole mobile number is none of it: ``customers.look_ups`` notes who asks for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers import cards, search
from customers.models import Customer, Order, Registration
from customers.orders import words
from dealers import currencies
from dealers.actor import Actor
from dealers.models import Membership, Role
from dealers.words import money
from incentives.desk.region import visible_stores
from incentives.models import Statement

MOST = 10  # of each kind
LONGEST = 60
RECEIPT = re.compile(r"(?:R-?)?([2-9A-Z]{5})-?([2-9A-Z]{5})")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: what it says, and its page; an order may have none."""

    title: str
    detail: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    icon: str
    hits: list[Hit]


def look(membership: Membership, text: str) -> list[Group]:
    """Everything that the holder of the post may see and that ``text`` finds, by kind."""
    asked = text.strip()[:LONGEST]
    if not asked:
        return []
    kinds = [
        (_("Customers"), "customers", _customers),
        (pgettext("of registrations", "Receipts"), "receipt", _receipts),
        (_("Orders"), "document", _orders),
        (_("Statements"), "wallet", _statements),
        (_("Stores"), "store", _stores),
    ]
    groups = [Group(title, icon, list(find(membership, asked))) for title, icon, find in kinds]
    return [group for group in groups if group.hits]


def _customers(membership: Membership, asked: str) -> Iterator[Hit]:
    if not membership.at_dealer:
        return
    mine = Customer.objects.visible_to(membership).meant()
    found = search.find(mine, asked, membership.dealer_id).order_by("-created_at", "pk")
    for card in cards.open(found[:MOST], by=Actor.of(membership)):
        yield Hit(card.title, card.phone if card.name else "", card.customer.get_absolute_url())


def _receipts(membership: Membership, asked: str) -> Iterator[Hit]:
    parts = RECEIPT.fullmatch(asked.upper())
    if parts is None:
        return
    made = Registration.objects.visible_to(membership).select_related("store")
    for registration in made.filter(receipt=f"R-{parts[1]}-{parts[2]}"):
        yield Hit(
            registration.receipt,
            f"{registration.store.name} · {_day(registration.received_on)}",
            registration.get_absolute_url(),
        )


def _orders(membership: Membership, asked: str) -> Iterator[Hit]:
    sold = Order.objects.visible_to(membership).filter(external_id=asked).select_related("store")
    orders = list(sold.order_by("-ordered_at")[:MOST])
    people = {order.identity_id for order in orders}
    cards = Customer.objects.visible_to(membership).filter(identity__in=people)
    card_of = {card.identity_id: card for card in cards}
    asks = membership.role == Role.OWNER  # what an order brought is the owner's to see
    currency = currencies.of_program()
    for order in orders:
        card = card_of.get(order.identity_id or 0)
        yield Hit(
            f"{order.get_kind_display()} {order.external_id}",
            " · ".join(
                [
                    _day(order.placed_on),
                    money(order.signed_net, currency),
                    words.place(order, membership.dealer_id),
                ]
            ),
            reverse("incentives:order", args=[order.pk])
            if asks
            else card.get_absolute_url()
            if card
            else "",
        )


def _statements(membership: Membership, asked: str) -> Iterator[Hit]:
    issued = Statement.objects.visible_to(membership).select_related("run")
    # By the whole number, or by the month that it names.
    named = Q(number__iexact=asked) | Q(number__istartswith=f"ST-{asked}-")
    for statement in issued.filter(named)[:MOST]:
        month = {"month": statement.run.month}
        yield Hit(
            statement.number,
            money(statement.total, statement.currency),
            reverse("incentives:statement", kwargs=month),
        )


def _stores(membership: Membership, asked: str) -> Iterator[Hit]:
    named = Q(name__icontains=asked) | Q(code__iexact=asked) | Q(dealer__name__icontains=asked)
    stores = visible_stores(membership).filter(named).select_related("dealer").order_by("code")
    for store in stores[:MOST]:
        yield Hit(
            store.name,
            f"{store.code} · {store.dealer.name}",
            reverse("incentives:region-store", args=[store.code]),
        )


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
