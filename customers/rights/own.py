"""What a person is shown of what is kept about them, and what they change of it.

They are told whose store it is and nothing of ownership: which store has them is a matter between
the stores. All of it is read for whoever has just proved that the number is theirs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import cards, erasure
from customers.identity import either, fingerprint
from customers.models import (
    Activity,
    ConsentChannel,
    Customer,
    Erasure,
    Identity,
    Lead,
    NumberChange,
    Order,
    Ownership,
    Registration,
)
from customers.ownership import confirming
from customers.rights import consent, inbox
from customers.rights.consent import Agreed
from customers.rights.proofs import Proof
from dealers import access, notices, sayings
from dealers.actor import Actor, acting
from dealers.keys import held
from dealers.models import Dealer, Membership, NoticeKind

THEIRS = Actor.themselves()
LOOKED = gettext_noop("The customer looked at what is kept about them")
ASKED = gettext_noop("The person asked for it")
TAKEN_BACK = gettext_noop("A customer took a consent back: %(purpose)s")
CORRECTED = gettext_noop("A customer corrected their card.")
DELETED = gettext_noop("A customer had everything deleted that was kept about them.")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a store noted when it dealt with the person."""

    at: datetime
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something bought, or brought back."""

    at: datetime
    number: str
    place: str
    amount: Decimal  # in the program's currency; below zero for a return


@dataclass(frozen=True, slots=True)
class Kept:
    """What one dealer keeps about a person."""

    customer: Customer
    dealer: Dealer
    stores: list[str]
    number: str
    card: cards.Card
    since: datetime
    earlier_numbers: list[str]  # masked
    consents: list[Agreed]
    follow_ups: list[FollowUp]


@dataclass(frozen=True, slots=True)
class Person:
    """All that is kept about a person, whichever dealer has it."""

    kept: list[Kept]
    purchases: list[Purchase]
    requests: list[Lead]

    @property
    def is_known(self) -> bool:
        return bool(self.kept or self.purchases or self.requests)


@acting(THEIRS)
def person(phone: str) -> Person:
    """What is kept about the holder of a number (E.164), which they proved to be theirs."""
    identity = _identity(phone)
    if identity is None:
        return Person([], [], [])
    found = list(Customer.objects.filter(identity=identity).meant().select_related("dealer"))
    theirs = [each for each in found if _bears(each, phone)]
    orders = Order.objects.filter(identity=identity)
    if len(theirs) == len(found):
        requests = list(Lead.objects.filter(identity=identity))
    else:
        requests, orders = [], orders.filter(store__dealer__in=[each.dealer for each in theirs])
    return Person(
        kept=[_kept(card) for card in _shown(theirs)],
        purchases=list(_purchases(orders)),
        requests=requests,
    )


def _bears(card: Customer, phone: str) -> bool:
    """Whether a card has the number that was proved.

    A number that one dealer gave a person opens no other dealer's card: it may be the dealer's own.
    """
    return cards.number_of(card, by=THEIRS) == phone


def _identity(phone: str) -> Identity | None:
    held.ensure()
    return Identity.objects.filter(fingerprint__in=either(fingerprint(phone))).first()


def _kept(card: cards.Card) -> Kept:
    customer = card.customer
    made = Registration.objects.filter(customer=customer, void=None).select_related("store")
    earlier = NumberChange.objects.filter(customer=customer).order_by("at", "pk")
    noted = Activity.objects.current().filter(customer=customer).order_by("-at", "-pk")
    return Kept(
        customer=customer,
        dealer=customer.dealer,
        stores=sorted({each.store.name for each in made}),
        number=cards.number_of(customer, by=THEIRS),
        card=card,
        since=customer.created_at,
        earlier_numbers=[cards.number_before(each, by=THEIRS) for each in earlier],
        consents=consent.agreed(customer),
        follow_ups=[
            FollowUp(each.at, each.get_kind_display(), cards.note_of(each, by=THEIRS))
            for each in noted
        ],
    )


def _purchases(orders: QuerySet[Order]) -> Iterable[Purchase]:
    for order in orders.select_related("store").order_by("-ordered_at", "-pk"):
        place = order.store.name if order.store else ""
        yield Purchase(order.ordered_at, order.external_id, place, order.signed_net)


@acting(THEIRS)
def mine(phone: str, card: UUID) -> Customer | None:
    """A card of the holder of a number, by its id, if it bears that number."""
    identity = _identity(phone)
    if identity is None:
        return None
    theirs = Customer.objects.filter(identity=identity).meant().select_related("dealer")
    found = theirs.filter(pk=card).first()
    return found if found is not None and _bears(found, phone) else None


@acting(THEIRS)
def card(customer: Customer) -> cards.Card:
    """What a card says, to its person."""
    return _shown([customer])[0]


def _shown(customers: Iterable[Customer]) -> list[cards.Card]:
    """Cards, to their person; each dealer reads that they looked."""
    with access.one_page():  # whose entry is written here, where it may be
        return cards.open(customers, by=THEIRS, purpose=sayings.kept(LOOKED))


@acting(THEIRS)
def correct(customer: Customer, said: dict[str, str], *, at: datetime) -> None:
    """Put right what a card says of its person. Raises CardRefused."""
    cards.update_card(customer, by=THEIRS, at=at, **said)
    _tell([customer], CORRECTED, at)


@acting(THEIRS)
def decide(customer: Customer, purpose: str, *, agrees: bool, proof: Proof, at: datetime) -> None:
    """Agree to one use of a card, or take that back."""
    changed = consent.say(
        [customer], [purpose], withdrawn=not agrees, channel=ConsentChannel.SELF,
        evidence=proof.evidence, at=at,
    )  # fmt: skip
    if changed and not agrees:
        said = sayings.untranslated(changed[0].get_purpose_display)
        _tell([customer], TAKEN_BACK, at, purpose=[said])


@acting(THEIRS)
def delete(phone: str, *, at: datetime) -> Erasure | None:
    """Destroy what is known of the holder of a number.

    So goes what they left on a page for everybody and nobody has answered yet. Raises
    ErasureRefused where it must wait, and while a card bears another number than the one that was
    proved.
    """
    identity = _identity(phone)
    if identity is None:
        _forget_what_waits(phone.__eq__, at)
        identity = _identity(phone)  # of what was being answered meanwhile
    if identity is None:
        return None
    held = list(Customer.objects.filter(identity=identity))
    if not all(_bears(each, phone) for each in held if each.phone_sealed):
        raise erasure.ErasureRefused(
            _("A store knows you under an earlier number, so that nothing is deleted from here. Ask"
              " headquarters: it deletes everything once it has made sure that it is you.")
        )  # fmt: skip
    made = erase(identity, reason=ASKED, by=THEIRS, at=at)
    _tell(held, DELETED, at)
    return made


@transaction.atomic
def erase(identity: Identity, *, reason: str, by: Actor, at: datetime) -> Erasure:
    """Destroy what is known of a person, and what waits to be registered for their number.

    That goes first: whoever answers it holds it before the person's turn. Raises ErasureRefused,
    and then nothing is destroyed.
    """
    with acting(Actor.worker("erasure", by.user)):
        known = bytes(Identity.objects.get(pk=identity.pk).fingerprint)
        _forget_what_waits(lambda phone: known in either(fingerprint(phone)), at)
    return erasure.erase_person(identity, reason=reason, by=by, at=at)


def _forget_what_waits(theirs: Callable[[str], bool], at: datetime) -> None:
    inbox.forget(theirs)
    confirming.forget(theirs, at)


def _tell(customers: Iterable[Customer], sentence: str, at: datetime, **parts: list[str]) -> None:
    """Tell the stores that had or have to do with them, and the dealers' owners.

    A sister store may have gone on with them.
    """
    for customer in customers:
        known = Registration.objects.filter(customer=customer).values("store")
        owned = Ownership.objects.filter(customer=customer).values("store")
        posts = Membership.objects.current(at).filter(dealer=customer.dealer_id)
        here = posts.filter(Q(store=None) | Q(store__in=known) | Q(store__in=owned))
        notices.tell(
            [post.user for post in here.select_related("user").order_by("pk")],
            NoticeKind.RIGHTS,
            sayings.kept(sentence, **parts),
            to=reverse("customers:detail", args=[customer.pk]),
            at=at,
        )


def as_data(found: Person) -> dict[str, Any]:
    """All of it for a file, which other programs read."""
    return {
        "kept_by": [
            {
                "dealer": each.dealer.name,
                "stores": each.stores,
                "since": each.since.isoformat(),
                "mobile_number": each.number,
                "earlier_numbers": each.earlier_numbers,
                "name": each.card.name,
                "wechat": each.card.wechat,
                "email": each.card.email,
                "notes": each.card.notes,
                "consents": [
                    {
                        "purpose": said.purpose.value,
                        "agreed": said.stands,
                        "at": said.last.at.isoformat(),
                        "where": said.last.channel,
                        "text_version": said.last.text_version,
                        "evidence": said.last.evidence,
                    }
                    for said in each.consents
                    if said.last
                ],
                "follow_ups": [
                    {"at": one.at.isoformat(), "what": one.what, "note": one.note}
                    for one in each.follow_ups
                ],
            }
            for each in found.kept
        ],
        "purchases": [
            {"at": each.at.isoformat(), "number": each.number, "place": each.place,
             "net": str(each.amount)}
            for each in found.purchases
        ],
        "requests_to_the_brand": [
            {"at": each.received_at.isoformat(), "what": each.wish} for each in found.requests
        ],
    }  # fmt: skip
