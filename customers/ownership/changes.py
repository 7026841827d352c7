"""Who looks after a customer now, and the follow-ups that prolong it."""

from dataclasses import replace
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from customers.models import (
    Customer,
    Ownership,
)
from customers.ownership import rulebook
from customers.ownership.rulebook import Standing
from customers.ownership.settings import Settings


def standing_of(ownership: Ownership) -> Standing:
    """The facts of an ownership as the rulebook reads them. Uses ``ownership.store``."""
    return Standing(
        dealer=ownership.dealer_id,
        store=ownership.store_id,
        tz=ownership.store.tz,
        channel=ownership.channel,
        start=ownership.period.lower,
        protected_until=ownership.protected_until,
        end=ownership.period.upper,
        sold=ownership.sold_at is not None,
        renewed_on=ownership.renewed_on,
        contacted_at=ownership.contacted_at,
    )


def running_of(customer: Customer, at: datetime) -> Ownership | None:
    """The card's own dealer's ownership in force at ``at``, grace included."""
    running = Ownership.objects.running(at).select_related("store", "staff")
    return running.filter(customer=customer).first()


def latest_of(customer: Customer) -> Ownership | None:
    """The card's own dealer's latest ownership, running or not."""
    owned = Ownership.objects.filter(customer=customer).select_related("store", "staff")
    return owned.order_by("-period").first()


def first_contact_met(ownership: Ownership, settings: Settings) -> bool:
    """Whether the owner contacted the customer in time; always, where the duty is switched off."""
    return rulebook.duty_met(ownership.period.lower, ownership.contacted_at, settings)


def first_contact_due(ownership: Ownership, settings: Settings) -> datetime | None:
    """Until when the first contact is due; None once it happened or where there is no duty."""
    if ownership.contacted_at is not None:
        return None
    return rulebook.first_contact_due(ownership.period.lower, settings)


def store_standing(owned: Ownership, standing: Standing) -> None:
    """Put what the rulebook made of an ownership back on its row (not saved)."""
    owned.period = DateTimeTZRange(standing.start, standing.end)
    owned.protected_until = standing.protected_until
    owned.renewed_on = standing.renewed_on
    owned.contacted_at = standing.contacted_at


def limited(standing: Standing, following: datetime | None) -> Standing:
    """The standing, ended where the next ownership starts: no answer given is taken back."""
    if following is None or standing.end <= following:
        return standing
    return replace(
        standing, end=following, protected_until=min(standing.protected_until, following)
    )
