"""Currencies and how many decimals each of them has."""

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


def decimals(currency: str) -> int:
    """The decimals of a currency's amounts: CNY 2, JPY 0, KWD 3."""
    return DECIMALS.get(currency, USUAL)


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: CNY 0.01, JPY 1, KWD 0.001."""
    return Decimal(1).scaleb(-decimals(currency))
