"""What the engine makes of one order for one dealer: for each component, why it gives what it does.

The same stages as a month goes through, with nothing but that sale and what came back of it in
them: caps that it shares with others and sums of a month do not show here, the lines of the month
say those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from incentives.engine import month
from incentives.engine.events import LEFT_OUT
from incentives.engine.registry import EVENTS, SALE
from incentives.engine.scope import Scope
from incentives.models import Component


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one component makes of an order.

    ``left_out`` is the code of why it does not count the sale (``registry.LEFT_OUT``), ``reasons``
    are those of why its line is not what the rate gives (``registry.REASONS``). ``amount`` is what
    the order would give if it were alone; None where the component has no line of it, or pays by
    period.
    """

    component: Component
    left_out: str
    reasons: tuple[str, ...]
    amount: Decimal | None


def verdicts(scope: Scope, order: UUID, stored: Iterable[Component]) -> list[Verdict]:
    """What each component about sales makes of an order of a scope's deal, in their order.

    An order in which the dealer has no part is left out by none and counted by none: the list is
    empty.
    """
    given = [each for each in stored if EVENTS[each.event].kind == SALE]
    with month.through(scope, given) as chain, connection.cursor() as cursor:
        LEFT_OUT.add_to(chain, [])
        cursor.execute(
            chain.reading(_VERDICTS), chain.values | {"deal": scope.deal, "order": order}
        )
        rows = {pk: rest for pk, *rest in cursor.fetchall()}
    return [
        Verdict(each, left_out or "", tuple(reasons or ()), amount)
        for each in given
        if each.pk in rows
        for left_out, reasons, amount in [rows[each.pk]]
    ]


_VERDICTS = """
SELECT l.component_id, l.left_out, p.reasons, c.sign * p.amount AS amount
FROM engine_left_out l JOIN engine_component c ON c.id = l.component_id
LEFT JOIN engine_paid p ON p.component_id = l.component_id AND p.event = %(order)s
WHERE l.event = %(deal)s
"""
