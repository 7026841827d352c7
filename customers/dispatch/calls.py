"""Whether a store has reached the customer of a lead that it accepted."""

from datetime import datetime

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from customers.models import Activity, Answer, JunkState, OfferQuerySet
from customers.models.offers import protection
from customers.ownership.rulebook import CONTACTS, IN_VAIN


def with_contact(offers: OfferQuerySet) -> OfferQuerySet:
    """Each with ``contacted_at``: when the store first reached the customer after accepting."""
    first = _reached().order_by().values("customer").annotate(first=Min("at")).values("first")
    return offers.annotate(contacted_at=Subquery(first))


def uncontacted(offers: OfferQuerySet) -> OfferQuerySet:
    """Those accepted whose customer nobody has reached yet, and who has not bought since.

    Of who was erased, nobody can.
    """
    accepted = offers.taken().filter(~Exists(_reached()), lead__closed_at=None)
    return accepted.with_bought().filter(bought=False)


def to_call(offers: OfferQuerySet) -> OfferQuerySet:
    """Those of which the store has to reach the customer now: not what headquarters looks at."""
    return uncontacted(offers).exclude(junk_state=JunkState.ASKED)


def missed(offers: OfferQuerySet, at: datetime) -> OfferQuerySet:
    """Those accepted whose customer nobody reached before the contact was due, by ``at``.

    Who bought was served; whom a closed dealer has, and what was returned as none, waits. Of what
    was accepted without losing the customer for it, the customer's owner alone misses something.
    """
    in_time = _reached().filter(at__lt=OuterRef("contact_due_at"))
    lost = Q(registration__ownership__release_at=F("contact_due_at"))
    return (
        offers.taken()
        .filter(lost | Q(registration__answer=Answer.YOURS_ALREADY))
        .filter(contact_due_at__lte=at, lead__closed_at=None)
        .exclude(junk_state=JunkState.ASKED)
        .filter(~Exists(in_time), ~Exists(protection().filter(frozen=True)))
        .with_bought()
        .filter(bought=False)
    )


def _reached() -> QuerySet[Activity]:
    return Activity.objects.current().filter(
        ~Q(outcome__in=IN_VAIN),
        customer=OuterRef("registration__customer"),
        at__gt=OuterRef("answered_at"),
        kind__in=CONTACTS,
        registration=None,  # the visit that a registration stands for is no call
    )
