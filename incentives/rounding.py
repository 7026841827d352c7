"""Money is rounded half up to the minor unit, and split without losing any of it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from dealers.words import rounded


def half_up(value: Decimal | Fraction, places: int = 2) -> Decimal:
    """The nearest amount of so many decimals; between two, the one further from zero."""
    if isinstance(value, Fraction):
        units = (abs(value) * 10**places * 2 + 1) // 2
        return Decimal(units if value >= 0 else -units).scaleb(-places)
    return rounded(value, places)


def split(
    whole: Decimal, shares: Sequence[Decimal] | Sequence[Fraction], places: int = 2
) -> list[Decimal]:
    """Split an amount by shares that total 1, so that the parts equal the rounded whole.

    Every part is rounded down first; what is left over goes to the largest remainders, of equal
    ones to the earlier share.
    """
    total = half_up(whole, places)
    exact = [Fraction(whole) * Fraction(share) * 10**places for share in shares]
    parts = [part // 1 for part in exact]
    over = int(total.scaleb(places)) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[:over]:
        parts[n] += 1
    return [Decimal(part).scaleb(-places) for part in parts]
