"""How far a statement is on its way to the dealer's bank: approved, on its way, paid, sent back.

It may be paid in parts: what is in dispute waits, and comes with a later batch.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from dealers.models import Dealer
from incentives.disputes.holding import Disputed, LineKey
from incentives.models import (
    Acknowledgement,
    Payout,
    PayoutState,
    Run,
    Statement,
    StatementRelease,
)
from incentives.payouts import left
from incentives.payouts.left import Left

_NOTHING = Left(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a dealer's statement of a closed month; without one, of nothing.

    ``payments`` are all tries that a second person approved, the oldest first; ``left`` is what is
    still to be paid, and what waits.
    """

    statement: Statement | None = None
    release: StatementRelease | None = None
    acknowledgement: Acknowledgement | None = None
    payments: list[Payout] = field(default_factory=list)
    left: Left = _NOTHING

    @property
    def approved_at(self) -> datetime | None:
        return self.release.released_at if self.release else None

    @property
    def pays(self) -> bool:
        """Whether the statement leaves something to be paid."""
        return self.left.payable > self.left.never

    @property
    def arrived(self) -> list[Payout]:
        """The payments that arrived, the oldest first."""
        return [each for each in self.payments if each.state == PayoutState.PAID]

    @property
    def on_the_way(self) -> Payout | None:
        """The payment that the bank has not answered."""
        return next((each for each in self.payments if each.state == PayoutState.WAITING), None)

    @property
    def came_back(self) -> Payout | None:
        """The last try, if the bank sent it back and there is no other yet."""
        last = self.payments[-1] if self.payments else None
        return last if last and last.state == PayoutState.FAILED else None

    def disputed(self, line: LineKey) -> Disputed | None:
        """What is or was in dispute of a line."""
        return self.left.lines.get(line)

    def payment_of(self, line: LineKey) -> Payout | None:
        """The payment that brings a line, or brought it: the first that did not leave it out."""
        disputed = self.disputed(line)
        for each in self.payments:
            there = each.state in {PayoutState.WAITING, PayoutState.PAID}
            if there and (disputed is None or not disputed.waited(each.batch.made_at)):
                return each
        return None


def of_statement(dealer: Dealer, run: Run, at: datetime) -> Progress:
    """How far the dealer's statement of a closed month is at ``at``; four queries."""
    found = (
        left.with_sums(Statement.objects.filter(dealer=dealer, run=run))
        .select_related("run__release", "acknowledgement__by")
        .first()
    )
    if found is None:
        return Progress()
    payments = found.payouts.filter(batch__approved_at__isnull=False)
    return Progress(
        found,
        getattr(found.run, "release", None),
        getattr(found, "acknowledgement", None),
        list(payments.select_related("batch").order_by("pk")),
        left.of_summed([found], at)[found.pk],
    )
