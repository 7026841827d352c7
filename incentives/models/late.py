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
    """A dealer voids what its open month still counts; what is closed, headquarters alone.

    Or it could give back what it was paid little for, and register it again for more.
    """

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
    """What a closed month paid for a sale stays, whoever's customer it was.

    What it did not pay is decided freely: what the last closed month left out because it was in
    dispute, with whatever comes back of it, and what nobody knew of then.
    """

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            refuses(
                "attribution_voided_in_an_open_month",
                """EXISTS (SELECT FROM incentives_run
                    WHERE month = date_trunc('month', NEW.counts_on)::date)
                AND EXISTS (SELECT FROM (
                        SELECT id, known_until FROM incentives_run ORDER BY month DESC LIMIT 1
                    ) AS run
                    WHERE EXISTS (SELECT FROM customers_attribution
                        WHERE order_id = NEW.order_id AND recorded_at <= run.known_until)
                    AND NOT EXISTS (SELECT FROM incentives_hold
                        WHERE run_id = run.id AND order_id IN (NEW.order_id, NEW.sale_id)))""",
                "The month of this sale is closed.",
                condition=pgtrigger.Q(
                    new__cause__in=[AttributionCause.VOID, AttributionCause.RULING]
                ),
                rows=True,
            ),
        ]
