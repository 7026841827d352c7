"""How far a statement is on its way to the dealer's bank: approved, on its way, paid, sent back."""

from dataclasses import dataclass, field
from datetime import date, datetime

from dealers.models import Dealer
from incentives.models import (
    Acknowledgement,
    Payout,
    PayoutState,
    Run,
    Statement,
    StatementRelease,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a dealer's statement of a closed month; without one, of nothing.

    ``payments`` are all tries that a second person approved, the oldest first.
    """

    statement: Statement | None = None
    release: StatementRelease | None = None
    acknowledgement: Acknowledgement | None = None
    payments: list[Payout] = field(default_factory=list)

    @property
    def approved_at(self) -> datetime | None:
        return self.release.released_at if self.release else None

    @property
    def pays(self) -> bool:
        """Whether the statement leaves something to be paid."""
        return self.statement is not None and self.statement.payable > 0

    @property
    def paid(self) -> Payout | None:
        """The payment that arrived."""
        return self._in(PayoutState.PAID)

    @property
    def paid_on(self) -> date | None:
        return self.paid.bank_on if self.paid else None

    @property
    def on_the_way(self) -> Payout | None:
        """The payment that the bank has not answered."""
        return self._in(PayoutState.WAITING)

    @property
    def came_back(self) -> Payout | None:
        """The last try, if the bank sent it back and there is no other yet."""
        last = self.payments[-1] if self.payments else None
        return last if last and last.state == PayoutState.FAILED else None

    def _in(self, state: PayoutState) -> Payout | None:
        return next((each for each in self.payments if each.state == state), None)


def of_statement(dealer: Dealer, run: Run) -> Progress:
    """How far the dealer's statement of a closed month is; two queries."""
    statement = (
        Statement.objects.filter(dealer=dealer, run=run)
        .select_related("run__release", "acknowledgement__by")
        .first()
    )
    if statement is None:
        return Progress()
    payments = statement.payouts.filter(batch__approved_at__isnull=False).order_by("pk")
    return Progress(
        statement,
        getattr(statement.run, "release", None),
        getattr(statement, "acknowledgement", None),
        list(payments),
    )
