"""How amounts are shared: between those on one place, and within a budget. Nothing is lost."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from incentives.rounding import half_up, split


def of_places(
    ranks: Sequence[int], amounts: Sequence[Decimal], places: int, decimals: int = 2
) -> list[Decimal]:
    """What each of these ranks gets: ``amounts`` are those of the first ``places``, in order.

    Whoever shares a place shares the sum of the places that they take up together, so that two
    firsts share the first and the second amount, and nobody is second. What cannot be divided goes
    to the earlier ones of ``ranks`` (largest remainder, to ``decimals``). Places without an amount
    give zero.
    """
    found = [Decimal(0)] * len(ranks)
    for rank in sorted(set(ranks)):
        together = [at for at, each in enumerate(ranks) if each == rank]
        taken = amounts[:places][rank - 1 : rank - 1 + len(together)]
        shares = [Fraction(1, len(together))] * len(together)
        parts = split(sum(taken, Decimal(0)), shares, decimals)
        for at, part in zip(together, parts, strict=True):
            found[at] = part
    return found


def within(budget: Decimal, amounts: Sequence[Decimal], decimals: int = 2) -> list[Decimal]:
    """The amounts as they are if ``budget`` is enough for all, else each its part of the budget.

    In proportion, by largest remainder to ``decimals``: together they come to the budget exactly.
    """
    total = sum(amounts, Decimal(0))
    budget = half_up(budget, decimals)
    if total <= budget:
        return list(amounts)
    return split(budget, [Fraction(each) / Fraction(total) for each in amounts], decimals)
