"""What a statement says: what a dealer earned in a closed month, added up and found to agree.

All of it is read from the stored results and lines. Before anything is handed out, the lines,
the categories, the headline and the books are added up again and have to agree to the cent.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from dealers.actor import Actor
from incentives.earnings import adjusted, held
from incentives.earnings.adjusted import Adjusted
from incentives.earnings.held import Held
from incentives.earnings.lines import EarningLine, lines
from incentives.earnings.results import Category, ComponentShare, categories, shares_of
from incentives.models import Entry, PlanVersion, Statement
from incentives.statements.issue import StatementMismatch


@dataclass
class Content:
    """A statement with everything that is on it, added up and found to agree."""

    statement: Statement
    categories: list[Category]
    lines: list[EarningLine]
    earned: Decimal = Decimal(0)
    deducted: Decimal = Decimal(0)
    versions: list[PlanVersion] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)  # in none of the sums
    adjustments: list[Adjusted] = field(default_factory=list)

    @property
    def adjusted_name(self) -> str:
        """What they are called together: adjustments, rewards, or both."""
        return adjusted.name(self.adjustments)

    @property
    def adjusted(self) -> Decimal:
        """What the adjustments come to; not in what was earned or deducted."""
        return adjusted.total(self.adjustments)

    @property
    def tiered(self) -> list[ComponentShare]:
        """The months that are paid as a whole: their amount is theirs, not their lines'."""
        return [s for category in self.categories for s in category.shares if s.tiered]


def read(statement: Statement, *, by: Actor | None = None) -> Content:
    """Read a statement's lines and categories. Raises StatementMismatch if sums differ.

    Without ``by``, who reads it, lines do not name the customer.
    """
    month, dealer = statement.run.month, statement.dealer
    shares = shares_of(statement.run, dealer)
    at = statement.run.closed_at
    newest_first = lines(dealer, month, at, source=statement.run, size=None, by=by).lines
    found = Content(statement, categories(shares), newest_first[::-1])
    found.held = held.of_month(dealer, month, statement.run, at, by=by)
    found.adjustments = adjusted.of_month(dealer, month)
    amounts = [line.amount for line in found.lines if line.amount is not None]
    amounts += [share.amount for share in found.tiered]
    found.earned = sum((amount for amount in amounts if amount > 0), Decimal(0))
    found.deducted = sum((amount for amount in amounts if amount < 0), Decimal(0))
    versions = {share.component.version_id: share.component.version for share in shares}
    found.versions = sorted(versions.values(), key=lambda v: (v.plan.code, v.number))
    booked = Entry.objects.filter(journal=statement.journal, account__dealer=dealer)
    earned = statement.total - statement.adjusted
    sums = {
        "statement": earned,
        "lines": found.earned + found.deducted,
        "categories": sum((category.amount for category in found.categories), Decimal(0)),
        "books": sum((entry.amount for entry in booked), Decimal(0)),
    }
    if found.adjusted != statement.adjusted:
        raise StatementMismatch(f"{statement}: {statement.adjusted}, found {found.adjusted}")
    if len(set(sums.values())) > 1 or len(found.lines) != sum(c.count for c in found.categories):
        raise StatementMismatch(f"{statement}: {sums}, {len(found.lines)} lines")
    return found
