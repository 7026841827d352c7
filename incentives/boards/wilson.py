"""What is certain of a rate, and what it may be at most: its 90 % Wilson interval."""

import math

_Z = 1.6448536269514722  # 90 % of a normal distribution lie within


def _wilson(numerator: float, denominator: float, sign: int) -> float:
    p, n, z2 = numerator / denominator, denominator, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * math.sqrt(max(p * (1 - p) / n + z2 / (4 * n * n), 0))
    return min(max((middle + sign * spread) / (1 + z2 / n), 0.0), 1.0)


def wilson_lower_bound(numerator: float, denominator: float) -> float:
    """The lower bound of the 90 % Wilson interval of a rate."""
    return _wilson(numerator, denominator, -1) if denominator else 0.0


def wilson_upper_bound(numerator: float, denominator: float) -> float:
    """The upper bound of the 90 % Wilson interval of a rate; of nothing it may be all."""
    return _wilson(numerator, denominator, 1) if denominator else 1.0


def wilson_sql(numerator: str, denominator: str, decimals: int = 12) -> str:
    """``wilson_lower_bound`` as an expression of a statement."""
    # Of nothing there is no rate, and of what there is not the greatest is 0.
    bound = f"greatest({_wilson_sql(numerator, denominator, '-')}, 0)"
    return f"round({bound}::numeric, {decimals})"


def wilson_most_sql(numerator: str, denominator: str, decimals: int = 12) -> str:
    """``wilson_upper_bound`` as an expression of a statement."""
    bound = f"least({_wilson_sql(numerator, denominator, '+')}, 1)"
    return f"round({bound}::numeric, {decimals})"


def _wilson_sql(numerator: str, denominator: str, sign: str) -> str:
    n, z2 = f"nullif({denominator}, 0)::double precision", _Z * _Z
    p = f"({numerator} / {n})"
    middle = f"{p} + {z2} / (2 * {n})"
    spread = f"{_Z} * sqrt(greatest({p} * (1 - {p}) / {n} + {z2} / (4 * {n} * {n}), 0))"
    return f"({middle} {sign} {spread}) / (1 + {z2} / {n})"
