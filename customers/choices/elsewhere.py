"""Where the customers of a dealer that closed go: each says so, and tells the number themselves.

The former dealer's card stays where it is. Whoever is chosen gets a card of what the customer has
just typed, by a registration like every other; headquarters only what a customer gives it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import identity
from customers.choices.asking import ChoiceRefused
from customers.dispatch import leads
from customers.models import (
    Answer,
    Channel,
    Choice,
    ChoiceAnswer,
    Lead,
    LeadSource,
    Registration,
)
from customers.ownership import counter
from customers.ownership.settings import RegistrationRefused
from dealers.actor import Actor, acting
from dealers.agreements import signing
from dealers.models import Store

ACROSS = "choose"
WISH = gettext_noop("A new store, since the former one closed")


def stores_for(choice: Choice, at: datetime) -> QuerySet[Store]:
    """The stores that a customer may choose: the open ones of the region that may register."""
    region = choice.store.dealer.region_id
    found = Store.objects.open(at).filter(dealer__region=region, opened_on__lte=at)
    return found.exclude(dealer__in=signing.unsigned(at)).order_by("name", "code")


def is_theirs(choice: Choice, number: str) -> bool:
    """Whether a number, in E.164, is that of the person who is asked."""
    known = identity.either(identity.fingerprint(number))
    return bytes(choice.identity.fingerprint) in known


def answer(choice: Choice, store: Store | None, *, number: str, name: str, at: datetime) -> Choice:
    """The customer chooses a store of ``stores_for``; None: headquarters is to find one.

    Answered before, it stays what it was. Raises ChoiceRefused for a number that is not theirs, a
    link that has run out, and where another store looks after them by now.
    """
    if not is_theirs(choice, number):
        raise ChoiceRefused(_("Enter the number that this link was sent to."))
    try:
        with transaction.atomic(), acting(Actor.worker(ACROSS)):
            found = Choice.objects.select_for_update(no_key=True).get(pk=choice.pk)
            if found.answer != "":
                return found
            if at >= found.expires_at:
                raise ChoiceRefused(_("This link has run out. Nothing has changed."))
            found.answered_at = at
            if store is None:
                _ask_headquarters(choice, number, name, at)
                found.answer = ChoiceAnswer.LEAD
            else:
                _register(choice, store, number, name, at)
                found.answer = ChoiceAnswer.STORE
                found.effective_at = found.done_at = at
            found.save(update_fields=["answer", "answered_at", "effective_at", "done_at"])
            return found
    except (RegistrationRefused, leads.LeadRefused) as refused:
        raise ChoiceRefused(str(refused)) from refused


def none(choice: Choice, *, at: datetime) -> None:
    """The customer wants no store; nobody writes to them again."""
    with acting(Actor.worker(ACROSS)):
        Choice.objects.filter(pk=choice.pk, answer="", expires_at__gt=at).update(
            answer=ChoiceAnswer.NOBODY, answered_at=at
        )


def _register(choice: Choice, store: Store, number: str, name: str, at: datetime) -> None:
    made = counter.register(
        Registration(
            key=f"choice:{choice.pk}",
            store=store,
            source="choice",
            channel=Channel.CONFIRMED,
            consent_service=True,
        ),
        phone=number,
        name=name,
        by=Actor.worker(ACROSS),
        at=at,
    )
    if made.answer == Answer.WAITING:
        raise ChoiceRefused(_("This store takes no more customers for now. Choose another one."))
    if made.answer not in {Answer.YOURS, Answer.YOURS_ALREADY}:
        raise ChoiceRefused(_("Another store looks after you by now. Ask there."))


def _ask_headquarters(choice: Choice, number: str, name: str, at: datetime) -> None:
    lead = Lead(
        source=LeadSource.CLOSING,
        external_id=str(choice.pk),
        wish=str(_(WISH)),
        region_id=choice.store.dealer.region_id,
    )
    leads.receive(lead, phone=number, name=name, consent=True, by=Actor.worker(ACROSS), at=at)
