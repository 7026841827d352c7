"""A closed month computed again from what is stored, and held against what was booked.

Lines and results are compared by value: what the books have and the computation does not give, and
the other way round. A month that the first engine closed is replayed by its own rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from incentives import accrual, oracle
from incentives.accrual import Scope
from incentives.books.closing import inputs_hash
from incentives.models import FIRST_ENGINE, Component, Line, Run


@dataclass(frozen=True)
class Outcome:
    """How many lines a month has, and what does not come out again, in words."""

    lines: int
    differences: list[str]


@transaction.atomic
def check(run: Run) -> Outcome:
    """Compute a closed month anew; nothing is written."""
    scope = Scope.of_run(run)
    found = list(_differences(scope))
    if found and run.engine == FIRST_ENGINE:
        found = list(oracle.differences())
    if inputs_hash(scope, run.engine) != run.inputs_hash:
        found.append(_("What went in has another hash than at the closing."))
    return Outcome(Line.objects.filter(result__run=run).count(), found)


def _differences(scope: Scope) -> Iterator[str]:
    with connection.cursor() as cursor:
        computed = []
        for component, query, params in accrual.statements(scope):
            computed.append(component.pk)
            cursor.execute(query + _COMPARE, params)
            for row in cursor.fetchall():
                yield _in_words(component, row)
        others = Component.objects.filter(results__run=scope.run_id).exclude(pk__in=computed)
        for component in others.distinct():
            yield _("%(code)s was booked, and does not apply in the month.") % {
                "code": component.code
            }


type _Row = tuple[str, str, date, str | None, Decimal, Decimal | None]


def _in_words(component: Component, row: _Row) -> str:
    side, dealer, for_month, event, base, amount = row
    where = " ".join(filter(None, [component.code, dealer, f"{for_month:%Y-%m}", event]))
    text = {
        "booked": _("%(where)s: booked %(amount)s of %(base)s, which is not computed."),
        "computed": _("%(where)s: computed %(amount)s of %(base)s, which is not booked."),
    }[side]
    return text % {"where": where, "amount": "–" if amount is None else amount, "base": base}


# Behind the expressions of a component. A result differs where its lines do not, too: in its sums.
_COMPARE = """,
computed_lines AS MATERIALIZED (
    SELECT dealer_id, for_month, adjustment, order_id, registration_id, base,
        rate::numeric(14, 6) AS rate, share::numeric(9, 6) AS share, uncapped, amount
    FROM lines
),
computed_results AS (
    SELECT dealer_id, for_month, adjustment, count, base, returned, uncapped, amount FROM results
),
stored AS (
    SELECT id, dealer_id, for_month, adjustment, count, base, returned, uncapped, amount
    FROM incentives_result WHERE run_id = %(run)s AND component_id = %(component)s
),
stored_results AS (
    SELECT dealer_id, for_month, adjustment, count, base, returned, uncapped, amount FROM stored
),
stored_lines AS MATERIALIZED (
    SELECT s.dealer_id, s.for_month, s.adjustment, l.order_id, l.registration_id, l.base, l.rate,
        l.share, l.uncapped, l.amount
    FROM stored s JOIN incentives_line l ON l.result_id = s.id
),
off AS (
    SELECT 'booked' AS side, dealer_id, for_month, order_id, registration_id, base, amount
    FROM (TABLE stored_lines EXCEPT ALL TABLE computed_lines) b
    UNION ALL
    SELECT 'computed', dealer_id, for_month, order_id, registration_id, base, amount
    FROM (TABLE computed_lines EXCEPT ALL TABLE stored_lines) c
    UNION ALL
    SELECT 'booked', dealer_id, for_month, NULL, NULL, base, amount
    FROM (TABLE stored_results EXCEPT ALL TABLE computed_results) b
    UNION ALL
    SELECT 'computed', dealer_id, for_month, NULL, NULL, base, amount
    FROM (TABLE computed_results EXCEPT ALL TABLE stored_results) c
)
SELECT side, d.code, for_month, coalesce(o.external_id, '#' || registration_id), base, amount
FROM off JOIN dealers_dealer d ON d.id = dealer_id
LEFT JOIN customers_order o ON o.id = order_id
ORDER BY d.code, for_month, 4 NULLS LAST, side
"""
