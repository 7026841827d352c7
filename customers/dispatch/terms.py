"""The numbers of dispatch (rules.md 5)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """By what leads are offered, answered and returned."""

    contact_hours: int = 24
    hops: int = 3  # stores that are asked one after the other
    bands: tuple[int, ...] = (3_000, 10_000, 30_000)  # metres: up to which each distance band goes
    conversion_bands: tuple[int, ...] = (30, 15)  # percent: from which each band is
    mature_least: int = 30  # customers, below which a conversion says nothing
    counted: timedelta = timedelta(days=90)  # how long a lead counts as received
    mature_after: timedelta = timedelta(days=90)  # a customer had time to buy
    mature_until: timedelta = timedelta(days=270)
    junk_within: timedelta = timedelta(hours=72)  # after it was accepted
    junk_percent: int = 15  # of a store's leads that it returns without anybody looking


TERMS = Terms()
