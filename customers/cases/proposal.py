"""What the rules say about a case, and which fact would turn it.

Pure: a function of the facts as they are frozen with the case. What a side shows in pictures and
papers is weighed by whoever decides; here counts what the portal itself has recorded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple, Self

from customers.models import CaseOutcome, Side

WHOLE = Decimal("1.000000")
TOUCHED = "NP"  # the rule that headquarters leaves protected customers alone, or pays
RUNNING = "R3"  # another dealer's protection runs


class Strength(IntEnum):
    """The order of evidence, strong to weak: ``E1`` to ``E7``."""

    CHOICE = 1
    PAID = 2
    CODE = 3
    ACCEPTED = 4
    CONTACTED = 5
    SCAN = 6  # or a registration that nobody followed up
    IMPORT = 7

    @property
    def rule(self) -> str:
        return f"E{self.value}"


class Fact(NamedTuple):
    """Something that the portal recorded about a side's dealings with the customer."""

    side: str
    strength: Strength
    at: datetime


class Turn(NamedTuple):
    """The fact that would turn the proposal: as strong as this or stronger, in ``[after, before)``.

    ``after`` is None where any earlier moment does.
    """

    side: str
    strength: Strength
    after: datetime | None
    before: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case when its evidence is closed.

    ``began``: when A's protection began; ``until``: when the case was opened, after which nobody
    makes evidence any more but the customer. ``touched``: when headquarters did what the case is
    about, if it is about that. ``days`` and ``sale_days``: for how long an act and a sale protect,
    by the rulebook that A's protection began with; None: for ever.
    """

    began: datetime
    until: datetime
    facts: tuple[Fact, ...]
    days: int | None
    sale_days: int | None
    touched: datetime | None = None

    def lasts(self, strength: Strength) -> timedelta | None:
        days = self.sale_days if strength == Strength.PAID else self.days
        return None if days is None else timedelta(days=days)

    def counts(self, fact: Fact) -> bool:
        """Whether a fact weighs anything.

        A's do from the beginning of its protection. While that runs only the customer's own choice
        is anything against it, so B's are those of before, for as long as they protect. The
        customer may choose whenever they want, also while the case runs.
        """
        if fact.strength == Strength.CHOICE:
            return True
        if fact.at >= self.until:
            return False
        if fact.side == Side.A:
            return fact.at >= self.began
        lasts = self.lasts(fact.strength)
        return fact.at < self.began and (lasts is None or fact.at + lasts > self.began)

    def strongest(self, side: str) -> Fact | None:
        """The fact that a side stands on: of equal ones the first, of choices the last."""
        mine = [fact for fact in self.facts if fact.side == side and self.counts(fact)]
        return min(mine, key=_weight, default=None)

    def kept(self) -> dict[str, Any]:
        """As it is stored with the proposal."""
        return {
            "began": self.began.isoformat(),
            "until": self.until.isoformat(),
            "touched": self.touched and self.touched.isoformat(),
            "days": self.days,
            "sale_days": self.sale_days,
            "facts": [[each.side, int(each.strength), each.at.isoformat()] for each in self.facts],
        }

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """The facts that were stored."""
        moment = datetime.fromisoformat
        return cls(
            began=moment(kept["began"]),
            until=moment(kept["until"]),
            facts=tuple(
                Fact(side, Strength(strength), moment(at)) for side, strength, at in kept["facts"]
            ),
            days=kept["days"],
            sale_days=kept["sale_days"],
            touched=moment(kept["touched"]) if kept["touched"] else None,
        )


def _weight(fact: Fact) -> tuple[int, float]:
    at = fact.at.timestamp()
    return int(fact.strength), -at if fact.strength == Strength.CHOICE else at


@dataclass(frozen=True, slots=True)
class Proposal:
    """An outcome with the rules that lead to it; ``share``: A's of the money, if that is split."""

    outcome: CaseOutcome
    rules: tuple[str, ...]
    turn: Turn
    share: Decimal | None = None


def propose(facts: Facts) -> Proposal:
    """The outcome of a case by the order of evidence: the stronger, then the earlier; else A's."""
    if facts.touched is not None:
        return _touched(facts, facts.touched)
    a, b = facts.strongest(Side.A), facts.strongest(Side.B)
    if b is not None and (a is None or _weight(b) < _weight(a)):
        return Proposal(CaseOutcome.MOVE, (b.strength.rule,), _turn_for_a(facts, b))
    rules = [RUNNING] if a is None else [RUNNING, a.strength.rule]
    return Proposal(CaseOutcome.KEEP, tuple(rules), _turn_for_b(facts, a))


def _touched(facts: Facts, touched: datetime) -> Proposal:
    """Headquarters leaves a protected customer alone, or it pays; unless the customer wanted it."""
    of_a, of_b = (_latest_choice(facts, side, touched) for side in (Side.A, Side.B))
    if of_b is not None and (of_a is None or of_a < of_b):
        turn = Turn(Side.A, Strength.CHOICE, of_b, touched)
        return Proposal(CaseOutcome.KEEP, (Strength.CHOICE.rule,), turn)
    turn = Turn(Side.B, Strength.CHOICE, of_a, touched)
    return Proposal(CaseOutcome.SPLIT, (TOUCHED, RUNNING), turn, WHOLE)


def _latest_choice(facts: Facts, side: str, before: datetime) -> datetime | None:
    chosen = (
        fact.at
        for fact in facts.facts
        if fact.side == side and fact.strength == Strength.CHOICE and fact.at < before
    )
    return max(chosen, default=None)


def _turn_for_a(facts: Facts, b: Fact) -> Turn:
    if b.strength <= Strength.PAID:  # only the customer is stronger
        after = b.at if b.strength == Strength.CHOICE else facts.began
        return Turn(Side.A, Strength.CHOICE, after, facts.until)
    return Turn(Side.A, Strength(b.strength - 1), facts.began, facts.until)


def _turn_for_b(facts: Facts, a: Fact | None) -> Turn:
    if a is not None and a.strength == Strength.CHOICE:
        return Turn(Side.B, Strength.CHOICE, a.at, facts.until)
    strength = Strength.IMPORT if a is None else a.strength
    lasts = facts.lasts(strength)
    after = None if lasts is None else facts.began - lasts + timedelta(microseconds=1)
    return Turn(Side.B, strength, after, facts.began)
