"""What a dealer's month gives by component and category: booked, or estimated while it runs.

Pages, papers and exports read a month through this module and ``lines``.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dealers.models import Dealer
from incentives import estimates
from incentives.estimates import Estimate
from incentives.explanation import amounts
from incentives.explanation.amounts import Explanation
from incentives.models import TIERED, Component, OpenResult, Result, Run


@dataclass(frozen=True)
class ComponentShare:
    """One component's part of a dealer's month, booked or estimated; ``id`` only where booked."""

    component: Component
    for_month: date
    adjustment: bool
    code: str
    count: int
    base: Decimal
    returned: Decimal
    uncapped: Decimal
    amount: Decimal
    stored: dict[str, Any] = field(repr=False, default_factory=dict)
    id: UUID | None = None

    @property
    def name(self) -> str:
        return amounts.name_of(self.component, self.for_month, adjustment=self.adjustment)

    @property
    def plan(self) -> str:
        return self.component.version.plan.code

    @property
    def tiered(self) -> bool:
        return self.component.kind in TIERED

    def explain(self, currency: str) -> Explanation:
        """How this amount comes about."""
        if self.tiered:
            return amounts.of_tiers(
                self.component, self.stored, self.for_month, self.amount, currency
            )
        return amounts.of_events(self.stored, self.amount, currency)


@dataclass
class Category:
    """All of a month that is called by one component code of a plan.

    ``key`` is its part of an address: the code, after the plan's where another plan has it too.
    """

    plan: str
    code: str
    key: str
    shares: list[ComponentShare] = field(default_factory=list)

    @property
    def name(self) -> str:
        if len({share.for_month for share in self.shares}) > 1:
            return self.shares[0].component.local_name
        return self.shares[0].name

    @property
    def component(self) -> Component:
        return self.shares[0].component

    @property
    def count(self) -> int:
        return sum(share.count for share in self.shares)

    @property
    def base(self) -> Decimal:
        return sum((share.base for share in self.shares), Decimal(0))

    @property
    def amount(self) -> Decimal:
        return sum((share.amount for share in self.shares), Decimal(0))


def source_of(dealer: Dealer, month: date, at: datetime) -> Run | Estimate:
    """What a dealer's month is read from: the run that closed it, or its estimate."""
    run = Run.objects.filter(month=month).first()
    return run or estimates.current(dealer, month, at)


def shares_of(source: Run | Estimate, dealer: Dealer) -> list[ComponentShare]:
    """A dealer's results of a month, booked or estimated."""
    if isinstance(source, Estimate):
        return [share_of(result) for result in source.results()]
    results = Result.objects.filter(run=source, dealer=dealer).select_related(
        "component__version__plan"
    )
    # To the last, as they were booked: files whose hash is on paper are written in this order.
    ordered = results.order_by(
        "component__version__plan__code", "component__position", "for_month", "pk"
    )
    return [replace(share_of(result), id=result.pk) for result in ordered]


def share_of(r: Result | OpenResult) -> ComponentShare:
    """A stored result as its readers know it."""
    return ComponentShare(
        r.component, r.for_month, r.adjustment, r.component.result_code(adjustment=r.adjustment),
        r.count, r.base, r.returned, r.uncapped, r.amount, r.explanation,
    )  # fmt: skip


def categories(shares: Iterable[ComponentShare]) -> list[Category]:
    """Results by the plan and the code they are exported and called by."""
    given = list(shares)
    shared = in_several_plans((share.plan, share.code) for share in given)
    found: dict[tuple[str, str], Category] = {}
    for share in given:
        key = f"{share.plan}.{share.code}" if share.code in shared else share.code
        category = Category(share.plan, share.code, key)
        found.setdefault((share.plan, share.code), category).shares.append(share)
    return list(found.values())


def in_several_plans(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Of pairs of plan and component code, the codes that several plans use."""
    plans: dict[str, set[str]] = defaultdict(set)
    for plan, code in pairs:
        plans[code].add(plan)
    return {code for code, users in plans.items() if len(users) > 1}
