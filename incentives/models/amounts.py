"""How money and rates are kept."""

from typing import Any

# As it is given: currencies differ in their decimals, and sums in their digits.
MONEY: dict[str, Any] = {}
RATE: dict[str, Any] = {"max_digits": 14, "decimal_places": 6}
