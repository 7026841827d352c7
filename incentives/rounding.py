"""Money is rounded half up to the minor unit, and split without losing any of it."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

MINOR_UNITS = 100


def half_up(value: Decimal | Fraction) -> Decimal:
    """The nearest amount; exactly between two, the one further from zero."""
    if isinstance(value, Fraction):
        cents = (abs(value) * MINOR_UNITS * 2 + 1) // 2
        return Decimal(cents if value >= 0 else -cents).scaleb(-2)
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def split(whole: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount by shares that total 1, so that the parts equal the rounded whole.

    Every part is rounded down first; what is left over goes to the largest remainders, of equal
    ones to the earlier share.
    """
    total = half_up(whole)
    exact = [Fraction(whole) * Fraction(share) * MINOR_UNITS for share in shares]
    parts = [part // 1 for part in exact]
    over = int(total * MINOR_UNITS) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[:over]:
        parts[n] += 1
    return [Decimal(part).scaleb(-2) for part in parts]
