"""What may still be recorded in a month that is closed."""

from typing import ClassVar

import pgtrigger

from customers.models import Attribution, AttributionCause, Channel, Registration, Void
from dealers.actor import HQ
from dealers.triggers import refuses


class CounterRegistration(Registration):
    """What a store registers itself counts at that moment; only a file may come late."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            refuses(
                "registration_counter_in_an_open_month",
                """EXISTS (SELECT FROM incentives_run
                    WHERE month = date_trunc('month', NEW.received_on)::date)""",
                "The month of this registration is closed.",
                condition=pgtrigger.Q(new__channel=Channel.CAPTURE),
                rows=True,
            ),
        ]


class DealersVoid(Void):
    """A dealer voids what its open month still counts; what is closed, headquarters alone."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            refuses(
                "void_by_a_dealer_in_an_open_month",
                """EXISTS (SELECT FROM incentives_run AS run
                    JOIN customers_registration AS r ON r.id = NEW.registration_id
                    WHERE run.month = date_trunc('month', r.received_on)::date)""",
                "The month of this registration is closed.",
                condition=~pgtrigger.Q(new__role=HQ),
                rows=True,
            ),
        ]


class VoidedAttribution(Attribution):
    """What a closed month paid for a sale stays, whoever's customer it was."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            refuses(
                "attribution_voided_in_an_open_month",
                """EXISTS (SELECT FROM incentives_run
                    WHERE month = date_trunc('month', NEW.counts_on)::date)""",
                "The month of this sale is closed.",
                condition=pgtrigger.Q(
                    new__cause__in=[AttributionCause.VOID, AttributionCause.RULING]
                ),
                rows=True,
            ),
        ]
