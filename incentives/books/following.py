"""What a return takes with it: its part of what disputes gave the line of its sale, or took off it.

A sale and its full return come to nothing, with all that people adjusted of its line. The closing
that books a line which takes back another one books with it the same part of each adjustment of
that one, the other way round; where the adjustment comes after the return, the closing of the
adjustment's month does. All parts of an adjustment are rounded together, as returns of a sale are.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import sayings
from dealers.actor import Actor, acting
from dealers.currencies import decimals
from incentives.books import adjustments, ledger
from incentives.books.ledger import Booking
from incentives.models import Account, Adjustment, Period, Program, Run
from incentives.rounding import half_up

RETURNED = gettext_noop("Its sale was returned: the same part of adjustment %(code)s goes with it.")
VOIDED = gettext_noop("Its registration was voided: adjustment %(code)s goes with it.")
SINCE = 3  # the engine whose closings book it
FINEST = 10**8  # the largest divisor of a part: of two such parts 18 decimals tell which is meant


@dataclass(frozen=True, slots=True)
class Part:
    """What goes with a line that takes back what an adjustment is about.

    ``month`` is the first one in which both are booked, ``at`` the moment since which both count.
    """

    given: int  # the id of the adjustment
    line: int | None  # the id of the line; None where it is estimated
    amount: Decimal
    month: date
    at: datetime
    of_sale: bool


def taken(amount: Decimal, whole: Decimal, came: Iterable[Decimal], places: int) -> list[Decimal]:
    """What each of several returns takes of an amount, in their order; the last one what is left.

    ``whole`` is the base of the line, ``came`` what of it comes back each time: money and units as
    they are, a part of what is counted once to 18 decimals, which stands for the fraction nearest
    to it. More than all of it never comes back, and of a line without a base all does at once.
    """
    found, gone, before = [], Fraction(0), Decimal(0)
    for base in came:
        part = Fraction(base).limit_denominator(FINEST)
        gone += part / Fraction(whole) if whole else 1
        after = half_up(Fraction(amount) * min(max(gone, Fraction(0)), Fraction(1)), places)
        found.append(after - before)
        before = after
    return found


def book(run: Run, period: Period, *, by: Actor) -> int:
    """Book what goes with returns and was not booked before; how many adjustments that is.

    Called by the closing of ``run``, which has locked its ``period``. Again: nothing.
    """
    due = [part for part in _parts() if part.month <= run.month]
    done = set(Adjustment.objects.filter(follows__isnull=False).values_list("follows", "line"))
    new = [part for part in due if (part.given, part.line) not in done]
    if not new:
        return 0
    with acting(Actor.worker("adjustments", by.user)):
        known = Adjustment.objects.select_related("plan")
        given = known.in_bulk({part.given for part in new})
        program = Program.current()
        made = Adjustment.objects.bulk_create(
            _adjustment(part, given[part.given], program.adjustment_limit, run.closed_at)
            for part in new
        )
        bookings = _bookings(zip(new, made, strict=True), program.currency)
        ledger.write(bookings, period, by=by, at=run.closed_at)
    return len(made)


def expected(dealer_id: int, month: date, open_month: int) -> list[Part]:
    """What the closing of a month will book of a dealer, as its estimate of this id stands."""
    parts = _parts(dealer_id, open_month)
    return [part for part in parts if part.month == month]


def reason(part: Part, given: Adjustment) -> str:
    """Why it is taken, as it is kept: read it with ``sayings.read``."""
    return sayings.kept(RETURNED if part.of_sale else VOIDED, code=[given.code])


def differences(run: Run | None = None) -> list[str]:
    """What goes with returns and is not booked, or otherwise, in words; of one month or of all."""
    runs = Run.objects.filter(engine__gte=SINCE).order_by("month")
    months = list(runs.values_list("month", flat=True))
    computed: dict[tuple[int, int | None], tuple[date | None, Decimal]] = {}
    for part in _parts():
        month = next((month for month in months if month >= part.month), None)
        if month is not None:
            computed[part.given, part.line] = month, part.amount
    rows: Any = Adjustment.objects.filter(follows__isnull=False).with_booking()
    stored = {
        (given, line): (month, amount)
        for given, line, month, amount in rows.values_list("follows", "line", "month", "amount")
    }
    wrong = [
        (key, stored.get(key), computed.get(key))
        for key in sorted(stored.keys() | computed.keys())
        if stored.get(key) != computed.get(key)
    ]
    if run is not None:
        wrong = [row for row in wrong if run.month in {it[0] for it in row[1:] if it}]
    codes = dict(
        Adjustment.objects.filter(pk__in={key[0] for key, *_row in wrong}).values_list("pk", "code")
    )
    return [
        _("%(code)s, line #%(line)s: %(booked)s goes with a return, computed %(amount)s.")
        % {
            "code": codes[given],
            "line": line,
            "booked": _in_words(booked),
            "amount": _in_words(amount),
        }
        for (given, line), booked, amount in wrong
    ]


def _in_words(found: tuple[date | None, Decimal] | None) -> str:
    if found is None:
        return "–"
    month, amount = found
    return f"{amount}" if month is None else f"{month:%Y-%m} {amount}"


def _adjustment(part: Part, given: Adjustment, limit: Decimal, at: datetime) -> Adjustment:
    told = [given.code, part.line, str(part.amount.normalize())]
    return Adjustment(
        key=f"follows:{given.code}:{part.line}",
        content=hashlib.sha256(json.dumps(told).encode()).digest(),
        dealer_id=given.dealer_id,
        plan=given.plan,
        amount=part.amount,
        currency=given.currency,
        alone_up_to=limit,
        reason=reason(part, given),
        follows=given,
        line_id=part.line,
        proposed_at=at,
    )


def _bookings(made: Iterable[tuple[Part, Adjustment]], currency: str) -> list[Booking]:
    """The journal of each, when what took it and what it follows are both booked."""
    rows = list(made)
    ledger.open_accounts(currency)
    owed = ledger.owed_to_each({each.dealer_id for _part, each in rows}, currency)
    costs = {
        (account.plan_id, account.kind): account
        for account in Account.objects.filter(currency=currency, plan__isnull=False)
    }
    return [
        adjustments.booking(
            each, owed[each.dealer_id], costs[each.plan_id, ledger.kind_for(each.plan)], part.at
        )
        for part, each in rows
    ]


class _Given(NamedTuple):
    """An adjustment of a line, and a line that takes that one back."""

    given: int
    amount: Decimal
    month: date
    at: datetime
    whole: Decimal
    line: int | None
    base: Decimal
    line_month: date
    line_at: datetime
    of_sale: bool


def _parts(dealer_id: int | None = None, open_month: int | None = None) -> list[Part]:
    """All that goes with what came back of lines, where that is anything.

    Of one dealer, with the lines of an estimate, by its id, where these are given.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RETURNED, {"dealer": dealer_id, "open_month": open_month})
        rows = [_Given(*row) for row in cursor.fetchall()]
    if not rows:
        return []
    places = decimals(Program.current().currency)
    by_given: dict[int, list[_Given]] = defaultdict(list)
    for row in rows:
        by_given[row.given].append(row)
    return [
        part for given in by_given.values() for part in _of_one(given, places)
        if part.amount
    ]  # fmt: skip


def _of_one(rows: Sequence[_Given], places: int) -> list[Part]:
    """The parts of one adjustment, in the order in which closings booked what took them."""
    first = rows[0]
    amounts = taken(first.amount, first.whole, [-row.base for row in rows], places)
    return [
        Part(
            row.given,
            row.line,
            -amount,
            max(row.month, row.line_month),
            max(row.at, row.line_at),
            row.of_sale,
        )
        for row, amount in zip(rows, amounts, strict=True)
    ]


# What decisions gave, and what took that back since; each with the lines of the same component and
# dealer about a return of the sale, or about the registration that was voided. What was given for a
# line that itself takes back, because it should not have, stays.
_RETURNED = """
WITH said AS (
    SELECT d.line_id, r.adjustment_id FROM incentives_dispute d
    JOIN incentives_disputeruling r ON r.dispute_id = d.id
    WHERE %(dealer)s::bigint IS NULL OR d.dealer_id = %(dealer)s
),
given AS (
    SELECT a.id, a.amount, j.month, j.effective_at, said.line_id
    FROM (
        SELECT line_id, adjustment_id AS id FROM said
        UNION ALL
        SELECT said.line_id, a.id FROM said
        JOIN incentives_adjustment a ON a.reverses_id = said.adjustment_id
    ) said
    JOIN incentives_adjustment a ON a.id = said.id
    JOIN incentives_journal j ON j.key = 'adjust:' || a.code
),
whole AS (
    SELECT l.id, l.base, l.order_id, l.registration_id, r.component_id, r.dealer_id
    FROM incentives_line l JOIN incentives_result r ON r.id = l.result_id
    WHERE l.id IN (SELECT line_id FROM given) AND l.base >= 0
),
came AS (
    SELECT w.*, o.id AS return_id, o.ordered_at AS at
    FROM whole w JOIN customers_order o ON o.sale_id = w.order_id
    UNION ALL
    SELECT w.*, NULL, coalesce(v.at, g.received_at)
    FROM whole w JOIN customers_registration g ON g.id = w.registration_id
    LEFT JOIN customers_void v ON v.registration_id = g.id
)
SELECT g.id, g.amount, g.month, g.effective_at, c.base, back.id, back.base, back.month, c.at,
    c.return_id IS NOT NULL
FROM came c JOIN given g ON g.line_id = c.id
CROSS JOIN LATERAL (
    SELECT l.id, l.base, run.month FROM incentives_result r
    JOIN incentives_run run ON run.id = r.run_id
    JOIN incentives_line l ON l.result_id = r.id
    WHERE (r.dealer_id, r.component_id) = (c.dealer_id, c.component_id) AND l.id <> c.id
    AND (l.order_id = c.return_id OR l.registration_id = c.registration_id)
    UNION ALL
    SELECT NULL, l.base, m.month FROM incentives_openmonth m
    JOIN incentives_openline l ON l.open_month_id = m.id
    JOIN incentives_openresult r ON r.id = l.result_id
    WHERE m.id = %(open_month)s AND (m.dealer_id, r.component_id) = (c.dealer_id, c.component_id)
    AND (l.order_id = c.return_id OR l.registration_id = c.registration_id)
    OFFSET 0
) back
ORDER BY g.id, back.month, c.at, c.return_id, back.id
"""
