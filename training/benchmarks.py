"""What frozen boards say of a store or dealer: the figures that a story may tell of.

Boards belong to an app above this one; ``BOARD_RESULTS`` names the function that reads them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.module_loading import import_string

from dealers import sayings


@dataclass(frozen=True)
class Result:
    """A place on a frozen board, with the sentence that says where it stands."""

    ranking: int  # the place's own key
    metric: str
    length: str
    starts_on: date
    value: Decimal
    rank: int
    of: int
    source: str  # as sayings keep it

    @property
    def sentence(self) -> str:
        return sayings.read(self.source)


def results(dealer: int, store: int | None) -> list[Result]:
    """The places of a store, or with None of the dealer itself, the newest first.

    Of boards that were frozen, have enough members, and that others may see.
    """
    read: Callable[[int, int | None], list[Result]] = import_string(settings.BOARD_RESULTS)
    return read(dealer, store)
