"""What people added to a dealer's month, or took off it, and boards gave, beside the plans."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dealers import sayings
from dealers.actor import acting
from dealers.models import Dealer
from dealers.months import hq_day
from incentives.books import following
from incentives.earnings import addresses
from incentives.estimates import COUNTING, Estimate, refresh
from incentives.models import Adjustment, Dispute, Line, Reward, Run
from incentives.rewards import reading

CODE = "adjustment"  # in files, where a line has the code of its component
REWARD = "reward"  # the same of what a board gave


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An adjustment in the books of a month, with its reason as the dealer reads it.

    ``reverses`` is the number of one that it takes back, ``case`` and ``dispute`` what it comes
    from. ``follows`` is the one of which it is a part that went with a return, at ``url``. Without
    a ``code`` it is not booked yet: the closing of its month will. ``kind`` is ``REWARD`` for what
    a board gave.
    """

    code: str
    amount: Decimal
    reason: str
    booked_at: datetime
    reverses: str
    case: str
    dispute: Dispute | None
    follows: str = ""
    url: str = ""
    kind: str = CODE

    @property
    def name(self) -> str:
        """What it is called on statements and in files."""
        return pgettext("what a board gave", "Reward") if self.kind == REWARD else _("Adjustment")

    @property
    def day(self) -> date:
        """The day that it was booked, at headquarters."""
        return hq_day(self.booked_at)


def of_month(dealer: Dealer, month: date) -> list[Adjusted]:
    """What is in the books of a dealer's month, closed or open, in the order of its coming."""
    return of_months(dealer, [month])[month]


def of_months(dealer: Dealer, months: list[date]) -> dict[date, list[Adjusted]]:
    """The same of several months; one query."""
    found: dict[date, list[Adjusted]] = {month: [] for month in months}
    rows: Any = Adjustment.objects.filter(dealer=dealer).booked_in(months)
    for row in rows.select_related(*_WITH):
        found[row.month].append(_read(row))
    given: Any = Reward.objects.filter(dealer=dealer, person=None).booked_in(months)
    for row in given:
        found[row.month].append(_given(row))
    return {month: sorted(each, key=attrgetter("booked_at")) for month, each in found.items()}


def _given(row: Any) -> Adjusted:
    return Adjusted(
        code=row.code,
        amount=row.amount,
        reason=reading.line(row),
        booked_at=row.booked_at,
        reverses="",
        case="",
        dispute=None,
        url=reverse("incentives:reward", args=[row.settlement.program.code]),
        kind=REWARD,
    )


def expected(dealer: Dealer, source: Run | Estimate) -> list[Adjusted]:
    """What the closing of a month will add because something came back; of a closed one nothing."""
    if not isinstance(source, Estimate):
        return []
    parts = following.expected(dealer.pk, source.month.month, source.month.pk)
    rows = Adjustment.objects.select_related(*_WITH).in_bulk({part.given for part in parts})
    return [
        Adjusted(
            code="",
            amount=part.amount,
            reason=sayings.read(following.reason(part, given)),
            booked_at=part.at,
            reverses="",
            case="",
            dispute=dispute_of(given),
            follows=given.code,
        )
        for part in parts
        for given in [rows[part.given]]
    ]


def expected_of_all(month: date, at: datetime) -> dict[tuple[str, str], list[Decimal]]:
    """What the closing of an open month will add of each dealer, as ``of_all`` tells the rest.

    The estimates that it reads are kept for nobody: of a month that no page shows they would stay.
    """
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    # Only where a decision gave something, a return takes any of it along.
    given = Dispute.objects.filter(rulings__adjustment__isnull=False).values("dealer")
    for dealer in Dealer.objects.filter(pk__in=given).order_by("pk"):
        with acting(COUNTING), transaction.atomic():
            open_month = refresh(dealer.pk, month, at)
            for part in following.expected(dealer.pk, month, open_month.pk):
                found[dealer.code, CODE].append(part.amount)
            transaction.set_rollback(True)
    return found


def with_line(line: Line) -> list[Adjusted]:
    """What went with a line that takes another one back, the first one first."""
    rows = Adjustment.objects.booked().filter(line=line)
    return [_read(row) for row in rows.select_related(*_WITH).order_by("pk")]


def after(disputes: Iterable[UUID]) -> dict[UUID, list[Adjusted]]:
    """What went with returns of what these disputes gave their lines, or took off them."""
    found: dict[UUID, list[Adjusted]] = defaultdict(list)
    rows = Adjustment.objects.booked().following(disputes)
    for each in map(_read, rows.select_related(*_WITH).order_by("pk")):
        if each.dispute is not None:
            found[each.dispute.pk].append(each)
    return found


def dispute_of(adjustment: Adjustment) -> Dispute | None:
    """Whose decision gave it; of one that follows another or takes it back, the other's."""
    of: Any = adjustment.follows or adjustment
    ruling = getattr(of, "ruling", None) or getattr(of.reverses, "ruling", None)
    return ruling and ruling.dispute


_WITH = (
    "ruling__dispute", "reverses__ruling__dispute", "follows__ruling__dispute",
    "follows__reverses__ruling__dispute", "line__registration", "line__result__run",
    "line__result__component__version__plan",
)  # fmt: skip


def _read(row: Any) -> Adjusted:
    return Adjusted(
        code=row.code,
        amount=row.amount,
        reason=row.why,
        booked_at=row.booked_at,
        reverses=row.reverses.code if row.reverses else "",
        case=row.case_id or "",
        dispute=dispute_of(row),
        follows=row.follows.code if row.follows else "",
        url=addresses.of_line(row.line) if row.line else "",
    )


def name(adjustments: Iterable[Adjusted]) -> str:
    """What they are called together."""
    kinds = {each.kind for each in adjustments}
    if kinds == {REWARD}:
        return pgettext("what boards gave", "Rewards")
    return _("Adjustments and rewards") if REWARD in kinds else _("Adjustments")


def total(adjustments: Iterable[Adjusted]) -> Decimal:
    """What they come to together."""
    return sum((each.amount for each in adjustments), Decimal(0))


def of_all(month: date) -> dict[tuple[str, str], list[Decimal]]:
    """The amounts in the books of a month, by the code of the dealer and the kind."""
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    rows = Adjustment.objects.booked_in([month])
    for dealer, amount in rows.values_list("dealer__code", "amount"):
        found[dealer, CODE].append(amount)
    given = Reward.objects.filter(person=None).booked_in([month])
    for dealer, amount in given.values_list("dealer__code", "amount"):
        found[dealer, REWARD].append(amount)
    return found
