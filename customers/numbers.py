"""A customer's other number: the same person, whose ownership goes on under it.

Not for a mistyped number, which is somebody else's: that registration is voided. Other dealers'
cards keep the number that they were told.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import cards, fingerprints, look_ups
from customers.cards import CardRefused
from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.identity import either, fingerprint, of_new
from customers.models import NEW_PERSON, Customer, Identity, NumberChange
from customers.ownership import changes
from customers.search import LAST
from dealers import sayings, vault
from dealers.actor import Actor, acting
from dealers.database import broken_constraint, next_ids
from dealers.phones import normalise
from dealers.vault import Row

# What the access log says of a try.
NEW = gettext_noop("New number ending in %(digits)s")
SOMEBODYS = gettext_noop("New number ending in %(digits)s: somebody's")


def change_number(customer: Customer, *, phone: str, by: Actor, at: datetime) -> NumberChange:
    """Let the person of a card go on under another number from ``at`` on.

    Each try is noted like a look-up of the number, and counts as one. Raises PhoneNotValid, and
    CardRefused for another dealer's card, a customer who is not the dealer's at that moment, and a
    number that somebody else has.
    """
    cards.number_of(customer, by=by)  # refused to who is not of its dealer
    number = normalise(phone)
    try:
        # Whether a number is somebody's already is not only the dealer's to see.
        with (
            busy_as(CardRefused),
            transaction.atomic(),
            acting(Actor.worker("change_number", by.user)),
        ):
            made = _change(customer, number, by, at)
    except IntegrityError as problem:
        if broken_constraint(problem) != NEW_PERSON:
            raise
        # Somebody was recorded under it a moment ago, and what was noted of the try is taken back.
        made = None
        said = sayings.kept(SOMEBODYS, digits=[number[-LAST:]])
        look_ups.note(customer, said, by=by, at=at)
    if made is None:
        raise CardRefused(
            _(
                "This number is somebody's already, so it cannot become this customer's. Register"
                " it: the answer says whose they are."
            )
        )
    return made


def _change(customer: Customer, number: str, by: Actor, at: datetime) -> NumberChange | None:
    """The change; None for a number that is known. The try is noted in both cases."""
    look_ups.check(by, at)
    after = fingerprint(number)
    before = bytes(Identity.objects.get(pk=customer.identity_id).fingerprint)
    if before in either(after):
        raise CardRefused(_("This is the number on the card."))
    # In the order of their locks everywhere, so that no two wait for each other.
    turns = [take_turn(person, REGISTRATIONS) for person in sorted([before, after], key=_queue)]
    cards_of = Customer.objects.select_related("identity")
    card = cards_of.select_for_update(no_key=True, of=("self",)).get(pk=customer.pk)
    if not card.phone_sealed:
        raise CardRefused(_("What was known of this customer was erased."))
    if bytes(card.identity.fingerprint) not in either(before):
        raise CardRefused(_("Somebody else has just changed the number. Look again."))
    if changes.running_of(card, at) is None:
        raise CardRefused(_("Only while the customer is yours can you change the number."))
    known = Identity.objects.filter(fingerprint__in=either(after)).exists()
    said = SOMEBODYS if known else NEW
    look_ups.note(customer, sayings.kept(said, digits=[number[-LAST:]]), by=by, at=at)
    if known:
        return None
    keyed = turns[-1].keys
    before, after = fingerprints.bring_up(card.identity, keyed), of_new(after, keyed)
    made = NumberChange(
        keyed=keyed,
        identity_id=card.identity_id,
        customer=card,
        dealer_id=card.dealer_id,
        before=before,
        after=after,
        changed_by=by.person,
        at=at,
        recorded_at=turns[-1].at,
    )
    (made.pk,) = next_ids(NumberChange)
    made.number_sealed = vault.seal(Row.of(made), "number", cards.number_of(card, by=by))
    made.save(force_insert=True)
    Identity.objects.filter(pk=card.identity_id).update(fingerprint=after)
    cards.write_number(card, number)
    return made


def _queue(person: bytes) -> int:
    return int.from_bytes(person[:8], signed=True)
