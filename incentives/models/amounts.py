"""How money and rates are kept."""

from typing import Any

MONEY: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}
RATE: dict[str, Any] = {"max_digits": 14, "decimal_places": 6}
