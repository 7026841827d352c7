"""Who of a board is rewarded, by each kind of program: pure rules of places and moments.

The order of those who get something is that of their places, equal ones by the code of the unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from incentives.boards import kinds
from incentives.boards.ranked import Place
from incentives.boards.standing import are_enough
from incentives.rewards import distribution, lift
from incentives.rewards.lift import events


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a program its rules need.

    ``goal`` is in the figure's own measure, of a lift in points. ``share``: the figure is a share;
    ``decimals``: of the currency.
    """

    places: int
    amounts: tuple[Decimal, ...]
    goal: Decimal | None = None
    least: int = 1
    share: bool = False
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Winner:
    """A unit that is rewarded: its place where there are places, its figure, and the amount.

    ``tied`` is how many share the place, ``at`` the moment a goal was reached. The figure of who
    improved is by how much, of a region the lift.
    """

    place_on_board: Place
    rank: int | None
    value: Decimal
    full: Decimal
    tied: int = 1
    at: datetime | None = None


def top(places: Iterable[Place], terms: Terms, unit: str) -> list[Winner]:
    """The first places of each cohort that is large enough; a figure of nothing wins nothing."""
    found = []
    for listed in by_cohort(places):
        if are_enough(listed, unit):
            found += ranked([place for place in listed if place.value > 0], terms)
    return found


def improved(
    now: Iterable[Place], before: Iterable[Place], terms: Terms, unit: str
) -> list[Winner]:
    """Those of each cohort whose figure rose most against the time before, as boards rank them.

    Both times they had a place and ``least`` events.
    """
    earlier = [place for place in before if events(place) >= terms.least]
    found = []
    for listed in by_cohort(now):
        if are_enough(listed, unit):
            many = [place for place in listed if events(place) >= terms.least]
            found += ranked(kinds.improved(many, earlier), terms)
    return found


def ranked(places: Iterable[Place], terms: Terms) -> list[Winner]:
    """The first places of one cohort, whose amounts are shared where a place is."""
    listed = sorted(
        (place for place in places if place.rank is not None and place.rank <= terms.places),
        key=lambda place: (place.rank or 0, place.code),
    )
    ranks = [place.rank or 0 for place in listed]
    full = distribution.of_places(ranks, terms.amounts, terms.places, terms.decimals)
    return [
        Winner(place, rank, place.value, amount, ranks.count(rank))
        for place, rank, amount in zip(listed, ranks, full, strict=True)
    ]


def reached(places: Iterable[Place], terms: Terms) -> list[Winner]:
    """Everybody whose figure is at least the goal, of a share with enough events for a place."""
    goal, amount = terms.goal or Decimal(0), next(iter(terms.amounts), Decimal(0))
    found = [place for place in places if place.rank is not None and place.value >= goal]
    return [
        Winner(place, None, place.value, amount)
        for place in sorted(found, key=attrgetter("cohort", "code"))
    ]


def first(places: Iterable[Place], moments: Mapping[int, datetime], terms: Terms) -> list[Winner]:
    """Of each cohort the first whose figure came to the goal and still is there at the end.

    ``moments`` are when it did, by unit; at the same instant they share a place.
    """
    goal = terms.goal or Decimal(0)
    there = [place for place in places if place.value >= goal and place.unit_id in moments]
    found = []
    for listed in by_cohort(there):
        each = [moments[place.unit_id] for place in listed]
        placed = [
            replace(place, rank=1 + sum(1 for other in each if other < moments[place.unit_id]))
            for place in listed
        ]
        found += [
            replace(winner, at=moments[winner.place_on_board.unit_id])
            for winner in ranked(placed, terms)
        ]
    return found


def grew(now: Sequence[Place], before: Sequence[Place], terms: Terms) -> list[Winner]:
    """The regions whose lift, see ``lift``, is above zero and at least the goal."""
    changes = lift.changes(now, before, terms.least, share=terms.share)
    lifts = lift.lifts(changes, share=terms.share)
    goal, amount = terms.goal or Decimal(0), next(iter(terms.amounts), Decimal(0))
    found = [
        (place, lifts[place.unit_id])
        for place in now
        if lifts.get(place.unit_id, Decimal(0)) > 0 and lifts[place.unit_id] >= goal
    ]
    return [
        Winner(place, None, value, amount)
        for place, value in sorted(found, key=lambda each: each[0].code)
    ]


def by_cohort(places: Iterable[Place]) -> list[list[Place]]:
    """The places of each cohort for itself."""
    ordered = sorted(places, key=attrgetter("cohort"))
    return [list(listed) for _cohort, listed in groupby(ordered, attrgetter("cohort"))]
