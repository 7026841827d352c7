"""Who stands in line for a customer, and in which order they are served.

Pure. A registration waits where another dealer's protection runs, an offer or a review is open, or
its person or store has more open customers than the cap.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from customers.models import Channel
from customers.ownership.rulebook import LIVE, Claim, local_day


class Waiting(NamedTuple):
    """A registration in line; of those received in one instant, the lower number comes first."""

    at: datetime
    number: int
    claim: Claim


def in_turn(line: Iterable[Waiting]) -> Iterator[Waiting]:
    """The line in the order of service: that of receipt, but no file beats a live registration.

    A row of a file comes behind those who were in the shop on the same day of its store.
    """
    left = sorted(line, key=lambda each: each[:2])
    while left:
        first = next((each for each in left if not _gives_way(each, left)), left[0])
        left.remove(first)
        yield first


def _gives_way(row: Waiting, line: Iterable[Waiting]) -> bool:
    tz = row.claim.tz
    return row.claim.channel == Channel.IMPORT and any(
        each.claim.channel in LIVE and local_day(each.at, tz) == local_day(row.at, tz)
        for each in line
    )
