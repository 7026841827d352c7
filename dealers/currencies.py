"""Currencies: how many decimals each of them has, and which one the program is in."""

from collections.abc import Callable
from decimal import Decimal

HOME = "CNY"
USUAL = 2
# ISO 4217, where the minor unit is not a hundredth.
DECIMALS = (
    dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
         "VND", "VUV", "XAF", "XOF", "XPF"), 0,
    )
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
    | dict.fromkeys(("CLF", "UYW"), 4)
)  # fmt: skip


_program: list[Callable[[], str]] = []


def told_by(source: Callable[[], str]) -> None:
    """Have ``of_program`` ask ``source``: the program belongs to an app above this one."""
    _program[:] = [source]


def of_program() -> str:
    """The currency of all amounts in the portal."""
    return _program[0]() if _program else HOME


def decimals(currency: str) -> int:
    """The decimals of a currency's amounts: CNY 2, JPY 0, KWD 3."""
    return DECIMALS.get(currency, USUAL)


def kept_decimals(currency: str) -> int:
    """The decimals that an order's amounts are kept and hashed with: CNY 2, JPY 2, KWD 3.

    Hundredths at least, which all orders have had from the beginning.
    """
    return max(USUAL, decimals(currency))


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: CNY 0.01, JPY 1, KWD 0.001."""
    return Decimal(1).scaleb(-decimals(currency))
