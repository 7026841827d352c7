"""Whether a store has reached the customer of a lead that it accepted."""

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from customers.models import Activity, OfferQuerySet
from customers.ownership.rulebook import CONTACTS, IN_VAIN


def with_contact(offers: OfferQuerySet) -> OfferQuerySet:
    """Each with ``contacted_at``: when the store first reached the customer after accepting."""
    first = _reached().order_by().values("customer").annotate(first=Min("at")).values("first")
    return offers.annotate(contacted_at=Subquery(first))


def uncontacted(offers: OfferQuerySet) -> OfferQuerySet:
    """Those accepted whose customer nobody has reached yet."""
    return offers.taken().filter(~Exists(_reached()))


def _reached() -> QuerySet[Activity]:
    return Activity.objects.current().filter(
        ~Q(outcome__in=IN_VAIN),
        customer=OuterRef("registration__customer"),
        at__gt=OuterRef("answered_at"),
        kind__in=CONTACTS,
        registration=None,  # the visit that a registration stands for is no call
    )
