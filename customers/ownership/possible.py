"""Possible matches: the same name and one digit of difference, among one dealer's own customers.

Nothing merges by itself. Whoever is registered so is under review for two working days: somebody
of the dealer says whether the two are one person; silence means that they are two, unless it looks
like fraud. Other dealers' customers are never looked at, so that nobody learns of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from django.db.models import Q

from customers import cards
from customers.identity import either, fingerprint, may_be_the_same
from customers.models import Act, ActKind, Customer, PlantedHit, Registration
from customers.ownership.rulebook import LIVE, Claim
from customers.ownership.track import Review
from dealers.models import Dealer

LOOKED_BACK = timedelta(days=90)  # for planted numbers that the same person typed


def like(dealer: int, number: str, name: str) -> list[Customer]:
    """The dealer's customers of the same name whose number (E.164) differs by one digit."""
    held = Customer.objects.filter(
        dealer=dealer, identity__fingerprint__in=_fingerprints(number) if name else []
    )
    found = held.exclude(phone_sealed=b"").order_by("created_at", "pk")
    return [card for card in found if cards.is_like(card, may_be_the_same, name, number)]


def one_digit_off(number: str) -> list[str]:
    """All numbers that differ from one (E.164) in one digit."""
    return [
        number[:place] + digit + number[place + 1 :]
        for place in range(1, len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]


def _fingerprints(number: str) -> list[bytes]:
    return list(chain.from_iterable(either(fingerprint(it)) for it in one_digit_off(number)))


def alike(claim: Claim, number: str, name: str) -> list[bytes]:
    """The fingerprints by which somebody may be on file already whom a store registers.

    Not of rows of a file, where nobody was in the shop who could be asked, and without a name.
    """
    return _fingerprints(number) if claim.channel in LIVE and name else []


def is_like_one_of(known: Sequence[UUID], number: str, name: str) -> bool:
    """Whether one of these cards, whose numbers differ by one digit, has the same name."""
    found = Customer.objects.filter(pk__in=known)
    return any(cards.is_like(card, may_be_the_same, name, number) for card in found)


def review_of(person: int) -> tuple[Act | None, Review | None]:
    """What is open about a person, of whichever dealer, and how the fold knows it. For the worker.

    It looks like fraud where who registered had typed a planted number lately: then silence does
    not decide.
    """
    opened = Act.objects.in_review().filter(identity=person).select_related("store").first()
    if opened is None:
        return None, None
    made = registration_of(opened)
    claim = Claim(opened.dealer_id, opened.store_id, opened.store.tz, made.channel, made.staff_id)
    return opened, Review(claim, None if looks_like_fraud(opened, made) else opened.due_at)


def registration_of(opened: Act) -> Registration:
    """The registration that a review is about."""
    return Registration.objects.select_related("customer", "staff").get(receipt=opened.reason)


def looks_like_fraud(opened: Act, made: Registration) -> bool:
    """Whether who registered had typed a planted number in the months before. For the worker."""
    hits = PlantedHit.objects.filter(at__gt=opened.at - LOOKED_BACK, at__lte=opened.at)
    theirs = (
        Q(registration__staff=made.staff_id)
        | Q(unconfirmed__staff=made.staff_id)
        | Q(typed_by=made.staff_id)
    )
    return made.staff_id is not None and hits.filter(theirs).exists()


def open_review(made: Registration, due_at: datetime) -> Act:
    """Put down that a registration is under review until a moment."""
    return Act.objects.create(
        kind=ActKind.POSSIBLE,
        reason=made.receipt,
        identity_id=made.identity_id,
        dealer_id=made.dealer_id,
        store_id=made.store_id,
        by_id=made.staff_id,
        at=made.received_at,
        recorded_at=made.recorded_at,
        due_at=due_at,
    )


def answered(opened: Act, kind: ActKind, by: int | None, at: datetime, recorded: datetime) -> Act:
    """Put down what was decided, by somebody or by silence."""
    return Act.objects.create(
        kind=kind,
        reason=opened.reason,
        identity_id=opened.identity_id,
        dealer_id=opened.dealer_id,
        store_id=opened.store_id,
        by_id=by,
        at=max(at, opened.at),
        recorded_at=recorded,
        answers=opened,
    )


def of_dealer(dealer: Dealer, store: int | None) -> list[Act]:
    """What a dealer, or one of its stores, has to decide; the next deadline first."""
    found = Act.objects.in_review().filter(dealer=dealer).select_related("store", "identity")
    return list((found.filter(store=store) if store else found).order_by("due_at", "pk"))
