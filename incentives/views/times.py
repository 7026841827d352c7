"""Weeks, months and quarters of boards in addresses."""

from datetime import date

from incentives.boards import times
from incentives.models import Length


class TimeConverter:
    """``2026-W43``, ``2026-10`` or ``2026-Q4`` in an address is a length and its first day."""

    regex = times.PATTERN

    def to_python(self, value: str) -> tuple[Length, date]:
        return times.parse(value)

    def to_url(self, value: tuple[str, date] | date | str) -> str:
        match value:
            case str():
                return value
            case date():
                return times.key(Length.MONTH, value)
        return times.key(*value)
