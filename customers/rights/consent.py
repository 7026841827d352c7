"""What people agreed to, as it stands: giving it, taking it back, reading it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from customers.models import CONSENT_TEXT, Consent, ConsentChannel, ConsentPurpose, Customer


@dataclass(frozen=True, slots=True)
class Agreed:
    """The last word on one purpose: when it was said, where, and whether it is a yes."""

    purpose: ConsentPurpose
    last: Consent | None

    @property
    def stands(self) -> bool:
        return self.last is not None and not self.last.withdrawn


def agreed(customer: Customer) -> list[Agreed]:
    """What is agreed to on a card, one entry for each purpose."""
    said = {each.purpose: each for each in Consent.objects.last_words().filter(customer=customer)}
    return [Agreed(purpose, said.get(purpose)) for purpose in ConsentPurpose]


def stands(customer: Customer, purpose: ConsentPurpose) -> bool:
    """Whether a person agreed to this on a card, and did not take it back."""
    return Consent.objects.standing().filter(customer=customer, purpose=purpose).exists()


def taken_back(identity: int, dealer: int, purpose: ConsentPurpose, since: datetime) -> bool:
    """Whether a person took this back at a dealer after ``since``, whatever they said before."""
    last = Consent.objects.last_words().filter(identity=identity, dealer=dealer, purpose=purpose)
    return any(word.withdrawn and word.at > since for word in last)


def say(
    cards: Iterable[Customer],
    purposes: Iterable[str],
    *,
    withdrawn: bool = False,
    channel: ConsentChannel,
    evidence: str,
    text_version: str = CONSENT_TEXT,
    at: datetime,
) -> list[Consent]:
    """Write down that a person agrees to these purposes, or takes that back, on these cards.

    ``text_version``: of what they were told. What stands like this already is left as it is.
    """
    cards, wanted = list(cards), list(purposes)
    standing = set(
        Consent.objects.standing().filter(customer__in=cards).values_list("customer", "purpose")
    )
    rows = [
        Consent(
            identity_id=card.identity_id,
            customer=card,
            dealer_id=card.dealer_id,
            purpose=purpose,
            withdrawn=withdrawn,
            text_version=text_version,
            channel=channel,
            evidence=evidence,
            at=at,
            recorded_at=at,
        )
        for card in cards
        for purpose in wanted
        if ((card.pk, purpose) in standing) == withdrawn
    ]
    return Consent.objects.bulk_create(rows)
