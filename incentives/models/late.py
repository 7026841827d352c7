"""What may still be recorded in a month that is closed."""

from typing import ClassVar

import pgtrigger

from customers.models import Channel, Registration
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
