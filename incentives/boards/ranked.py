"""A unit on a board, with its figure and its rank."""

from dataclasses import dataclass
from decimal import Decimal

from incentives.boards.wilson import wilson_lower_bound, wilson_upper_bound


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on a board. ``rank`` is None where the sample is too small.

    For sales ``denominator`` is the number of sales; for conversion ``numerator`` and
    ``denominator`` are registrations that bought and mature ones, ``value`` is their quotient.
    """

    unit_id: int
    dealer_id: int | None  # of a region none
    code: str
    name: str
    cohort: str
    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    rank: int | None
    of: int
    percentile: Decimal | None

    @property
    def certain(self) -> Decimal:
        """Of a rate what is certain, by which it is ranked: its lower bound, to six decimals."""
        bound = wilson_lower_bound(float(self.numerator or 0), float(self.denominator or 0))
        return Decimal(bound).quantize(Decimal("0.000001"))

    @property
    def possible(self) -> Decimal:
        """Of a rate what it may be at most, to six decimals."""
        bound = wilson_upper_bound(float(self.numerator or 0), float(self.denominator or 0))
        return Decimal(bound).quantize(Decimal("0.000001"))

    @property
    def sample(self) -> int:
        """The events in the denominator as a number that a sentence can count."""
        return int(self.denominator or 0)
