"""Rulebooks, and customers made the way the portal makes them."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from customers import cards
from customers.cards import Card
from customers.models import (
    CONSENT_TEXT,
    Act,
    ActKind,
    Category,
    Customer,
    Identity,
    Ownership,
    Registration,
    Rulebook,
    Story,
    Unconfirmed,
)
from customers.ownership.changes import Cause, rows, standings_of
from customers.ownership.counter import register
from customers.ownership.rulebook import Claim
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from dealers.actor import Actor
from dealers.database import next_ids, save_together
from dealers.keys import envelopes
from dealers.models import Membership, Role, Store, User
from dealers.signin import codes
from tests.factories.dealers import UserFactory

DAY_ONE = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # a Monday, 10 in the morning in Shanghai
CARD = ("name", "wechat", "email")
_numbers = count(1)


def _somebody(rulebook: Any) -> User | None:
    """Who took a step of a rulebook that is published once customers were decided about."""
    if rulebook.published_at is None or not Registration.objects.exists():
        return None
    return UserFactory()


class RulebookFactory(DjangoModelFactory):
    """A published rulebook with the defaults; ``published_at=None`` makes it a draft.

    But nobody is let go for want of a contact, which most tests do not tell of.
    """

    release_after_days = None
    name = factory.Sequence(lambda n: f"规则 {n}")
    starts_on = date(2016, 1, 1)
    published_at = datetime(2016, 1, 1, tzinfo=UTC)
    tested_at = approved_at = factory.SelfAttribute("published_at")
    tested_by = approved_by = factory.LazyAttribute(_somebody)
    notice_days = 0

    class Meta:
        model = Rulebook


class StoryFactory(DjangoModelFactory):
    name = factory.Sequence(lambda n: f"story {n}")
    story = factory.LazyFunction(lambda: {"stores": {}, "events": []})

    class Meta:
        model = Story


class CategoryFactory(DjangoModelFactory):
    code = factory.Sequence(lambda n: f"CATEGORY {n}")
    name = factory.SelfAttribute("code")

    class Meta:
        model = Category


def phone_number() -> str:
    """A mobile number that no other test customer has, nor one that differs in one digit only."""
    digits = f"{next(_numbers):07}"
    return f"138{digits}{-sum(map(int, digits)) % 10}"


def registered(
    store: Store,
    *,
    phone: str | None = None,
    staff: User | None = None,
    at: datetime = DAY_ONE,
    key: str | None = None,
    **details,
) -> Registration:
    """A registration by the rulebook's answer; ``staff``: who made it."""
    card = {name: details.pop(name) for name in CARD if name in details}
    said = {"key": key or f"test-{next(_numbers)}", "consent_service": True} | details
    return register(
        Registration(store=store, **said),
        phone=phone or phone_number(),
        **card,
        by=Actor(user=staff),
        at=at,
    )


def unconfirmed(post: Membership, *, phone: str, name: str = "", at: datetime) -> Unconfirmed:
    """What somebody typed, and which waits for the customer, whatever the rulebook says."""
    pk = uuid4()
    said = {
        "phone": f"+86{phone}", "name": name, "source": "walk-in", "offers": False,
        "text": CONSENT_TEXT, "corrects": None,
    }  # fmt: skip
    return Unconfirmed.objects.create(
        pk=pk,
        key=str(pk),
        dealer_id=post.store.dealer_id,
        store=post.store,
        staff=post.user,
        contact=envelopes.seal_for(pk, envelopes.UNCONFIRMED, said),
        received_at=at,
        until=at + timedelta(hours=72),
        code=codes.draw(),
        sent_at=at,
    )


def chosen(made: Registration) -> Ownership:
    """The customer chooses the store of a registration, at its moment, whatever it was answered."""
    claim = Claim(made.dealer_id, made.store_id, made.store.tz, made.channel, made.staff_id)
    ids = iter(next_ids(Ownership))
    track = Track(Rulebooks.on_file(), standings_of(made.identity_id), ids)
    given = track.give(claim, made.received_at)
    act = Act.objects.create(
        kind=ActKind.CHOSEN, at=made.received_at, recorded_at=made.recorded_at, store=made.store,
        dealer_id=made.dealer_id, identity_id=made.identity_id,
    )  # fmt: skip
    save_together(rows(given.changes, Cause(act=act), made.recorded_at, made.customer))
    return Ownership.objects.get(pk=given.changes[-1].after.id)


def moved(made: Registration, to: Store, at: datetime) -> Ownership:
    """The store of a registration closes, and a sister store goes on with its customer."""
    track = Track(Rulebooks.on_file(), standings_of(made.identity_id), iter(next_ids(Ownership)))
    owner = track.running(at)
    done = track.move(owner, Claim(to.dealer_id, to.pk, to.tz, made.channel, owner.staff), at)
    act = Act.objects.create(
        kind=ActKind.STORE_CLOSED, at=at, recorded_at=made.recorded_at, store=made.store,
        dealer_id=made.dealer_id, identity_id=made.identity_id,
    )  # fmt: skip
    save_together(rows(done, Cause(act=act), made.recorded_at, made.customer))
    return Ownership.objects.get(pk=done[-1].after.id)


def number_of(customer: Customer) -> str:
    """The number on a card, whosever it is."""
    return cards.number_of(customer, by=of_dealer(customer))


def card_of(customer: Customer) -> Card:
    """A card as its dealer's people see it."""
    return cards.open_one(customer, by=of_dealer(customer))


def of_dealer(customer: Customer) -> Actor:
    """Its dealer's owner, who need not exist."""
    return Actor.of(Membership(user=User(), role=Role.OWNER, dealer_id=customer.dealer_id))


def owner_of(identity: Identity, at: datetime) -> Store:
    """The store that owns a person at a moment."""
    found = Ownership.objects.running(at).filter(identity=identity).select_related("store")
    return found.get().store
