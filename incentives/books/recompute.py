"""A closed month computed again from what is stored, and held against what was booked.

Lines and results are compared by value: what the books have and the computation does not give, and
the other way round; a month that the first engine closed is replayed by its own rule. What returns
take with them of adjustments is computed anew, too. Statements have to be what lines, adjustments
and books come to.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dealers.months import key as month_key
from incentives import oracle
from incentives.books import following
from incentives.books.closing import inputs_hash
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import FIRST_ENGINE, Line, Run
from incentives.statements.issue import mismatches


@dataclass(frozen=True)
class Outcome:
    """How many lines a month has, and what does not come out again, in words."""

    lines: int
    differences: list[str]


@transaction.atomic
def check(run: Run) -> Outcome:
    """Compute a closed month anew, and add up its statements; nothing is written."""
    scope = Scope.of_run(run)
    found = [_in_words(row) for row in engine.differences(scope)]
    if found and run.engine == FIRST_ENGINE:
        found = list(oracle.differences())
    if inputs_hash(scope, run.engine) != run.inputs_hash:
        found.append(_("What went in has another hash than at the closing."))
    found += following.differences(run)
    found += mismatches(run)
    return Outcome(Line.objects.filter(result__run=run).count(), found)


def _in_words(row: tuple[Any, ...]) -> str:
    side, component, dealer, for_month, event, base, amount = row
    where = " ".join(filter(None, [component, dealer, month_key(for_month), event]))
    text = {
        "booked": _("%(where)s: booked %(amount)s of %(base)s, which is not computed."),
        "computed": _("%(where)s: computed %(amount)s of %(base)s, which is not booked."),
    }[side]
    return text % {"where": where, "amount": "–" if amount is None else amount, "base": base}
