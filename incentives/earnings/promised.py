"""What a registration brings its dealer by the plans of its day, before any cap of the month.

What a gate leaves unpaid is not promised.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from customers.models import Answer, Channel, Registration
from dealers.actor import acting
from incentives.engine import evidence
from incentives.estimates import COUNTING
from incentives.models import Component, Direction, Event, Program


@dataclass(frozen=True, slots=True)
class Promised:
    """An amount in a currency; ``capped``: a cap of the month may cut it."""

    amount: Decimal
    currency: str
    capped: bool


def for_registration(registration: Registration) -> Promised | None:
    """None where no plan pays for it."""
    if registration.answer != Answer.YOURS:
        return None
    day = registration.received_on
    lead = registration.channel == Channel.DISPATCH
    counted = [Event.REGISTRATION, *([Event.DISPATCH] if lead else [])]
    components = Component.objects.filter(
        Q(version__ends_on__isnull=True) | Q(version__ends_on__gt=day),
        event__in=counted,
        version__published_at__isnull=False,
        version__starts_on__lte=day,
        version__plan__direction=Direction.BRAND_PAYS,
    ).prefetch_related("rows")
    paying = [component for component in components if not component.tiered]
    if any(component.gates for component in paying):
        with acting(COUNTING):
            paying = evidence.open_for(registration, paying)
    amount = sum((component.rows.all()[0].rate for component in paying), Decimal(0))
    if not amount:
        return None
    capped = any(component.period_cap is not None for component in paying)
    return Promised(amount, Program.current().currency, capped)
