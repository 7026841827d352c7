"""What the engine pays for a month as it stands."""

from decimal import Decimal

from django.db import connection

from incentives.engine import run
from incentives.engine.recorded import Recorded
from incentives.engine.scope import Scope, components, terms
from tests.factories.incentives import JANUARY


def paid(*gates: str) -> list[tuple[Decimal | str, ...]]:
    """The amounts of January, each with why it is not what the rate gives.

    ``gates``: besides those that the components have.
    """
    scope = Scope.of(JANUARY)
    found = terms(components(scope), scope.currency)
    for component in found:
        component.gates.extend(gates)
    chain = run.through(found, Recorded(scope, found), scope.currency, keep=False)
    with connection.cursor() as cursor:
        query = "SELECT amount, reasons FROM engine_paid ORDER BY at, amount"
        cursor.execute(chain.reading(query), chain.values)
        return [(amount, *reasons) for amount, reasons in cursor.fetchall()]
