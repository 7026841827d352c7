"""What a line rests on: whose the customer was at that moment and by which receipt, and which terms
applied. All of it as it was known to the month that the line is of.
"""

from dataclasses import dataclass
from datetime import date, datetime

from customers.models import (
    Answer,
    Attribution,
    EventKind,
    Holder,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.ownership.rulebook import last_day, local_day
from dealers.models import Store
from incentives.explanation import terms
from incentives.explanation.terms import Rejected
from incentives.models import Component, PlanVersion
from incentives.plans.reading import sentence_of


@dataclass(frozen=True, slots=True)
class Owned:
    """The dealer's ownership of the customer at the moment of a sale.

    ``protected_until`` is the last day as it stood before the sale; ``began_by`` says how it began
    where no registration did, such as by a decision.
    """

    store: Store
    since: date
    protected_until: date | None
    receipt: Registration | None
    began_by: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The version that applied, in words, and those of the same plan that did not, and why."""

    version: PlanVersion
    applied: str
    rejected: list[Rejected]
    rule: str
    takes_back: str


def owned_at(part: Attribution | None, at: datetime) -> Owned | None:
    """The ownership that a dealer's share of an order rests on; None for who sold or has none."""
    if part is None or part.holder != Holder.OWNER or part.ownership is None:
        return None
    owned, tz = part.ownership, part.store.tz
    one = Ownership.objects.one_protection(owned)
    receipt = (
        Registration.objects.filter(
            ownership__in=one, dealer=part.dealer_id, answer=Answer.YOURS, received_at__lte=at
        )
        .select_related("store", "void")
        .order_by("-received_at", "-pk")
        .first()
    )
    events = OwnershipEvent.objects.filter(ownership__in=one, at__lt=at).select_related("act")
    last = events.order_by("-at", "-pk").first()
    began = events.filter(kind=EventKind.STARTED, act__isnull=False).order_by("-at").first()
    return Owned(
        part.store,
        local_day(owned.began, tz),
        last_day(last.protected_until, tz) if last is not None else None,
        receipt,
        began.act.get_kind_display() if began and began.act and receipt is None else "",
    )


def terms_of(component: Component, day: date, known_at: datetime, currency: str) -> Terms:
    """By which terms an event of ``day`` was computed by a month that knew of what was published
    until ``known_at``.
    """
    version = component.version
    versions = PlanVersion.objects.filter(plan=version.plan_id, published_at__lte=known_at)
    return Terms(
        version,
        terms.applied(version),
        terms.rejected(versions.exclude(pk=version.pk).order_by("number"), day),
        sentence_of(component, version.plan, currency),
        terms.takes_back(component, day),
    )
