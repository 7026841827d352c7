"""Places worked out the slow way, from the words of the rules and nothing of the portal."""

from decimal import Decimal, localcontext
from statistics import NormalDist

Z = Decimal(repr(NormalDist().inv_cdf(0.95)))  # 90 % lie within
SAMPLE = 30


def bounds(part: int, whole: int) -> tuple[Decimal, Decimal]:
    """The Wilson interval: where ``(p - part/whole)² = z² p (1 - p) / whole``, by its roots."""
    if not whole:
        return Decimal(0), Decimal(1)
    with localcontext(prec=60):
        seen, z2 = Decimal(part) / whole, Z * Z / whole
        a, b, c = 1 + z2, -(2 * seen + z2), seen * seen
        root = max(b * b - 4 * a * c, Decimal(0)).sqrt()
        return max((-b - root) / (2 * a), Decimal(0)), min((-b + root) / (2 * a), Decimal(1))


def ranked(
    figures: dict[str, tuple[int, int]], *, rate: bool
) -> dict[str, tuple[int | None, int, Decimal | None]]:
    """Place, of how many, and percentile of each unit, of ``(part or value, whole)``."""
    scores = {
        name: round(bounds(part, whole)[0], 12) if rate else Decimal(part)
        for name, (part, whole) in figures.items()
        if not rate or whole >= SAMPLE
    }
    found: dict[str, tuple[int | None, int, Decimal | None]] = {}
    for name in figures:
        if name not in scores:
            found[name] = None, len(scores), None
            continue
        better = worse = 0
        for other in scores.values():
            better += other > scores[name]
            worse += other < scores[name]
        share = Decimal(100 * worse) / (len(scores) - 1) if len(scores) > 1 else Decimal(0)
        found[name] = better + 1, len(scores), share
    return found


def band(name: str, figures: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """The places between those who are surely better and those who are surely worse."""
    low, high = bounds(*figures[name])
    enough = [each for each in figures.values() if each[1] >= SAMPLE]
    better = [each for each in enough if bounds(*each)[0] > high]
    worse = [each for each in enough if bounds(*each)[1] < low]
    return len(better) + 1, len(enough) - len(worse)
