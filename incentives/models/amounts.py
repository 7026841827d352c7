"""How money and rates are kept."""

from decimal import Decimal
from typing import Any

# As it is given: currencies differ in their decimals, and sums in their digits.
MONEY: dict[str, Any] = {}
RATE: dict[str, Any] = {"max_digits": 14, "decimal_places": 6}
LARGEST_GIVEN = Decimal(10) ** 12  # what people may write: a cap, or where a rate starts
LARGEST_RATE = Decimal(10) ** 8  # above what its column holds
