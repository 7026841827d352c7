"""What a region grew more than the others: for what regional managers are rewarded.

A manager of a large region has the largest figures whatever they do. What they did shows in the
change, and whether all changed alike, in the change of the others::

    growth of money and counts = (now / before - 1) x 100, in points
    growth of a share          = (now - before) x 100, in points
    lift                       = growth of the region - growth of all other regions together

The other regions are added up (their numerators and denominators, where it is a share), without the
region itself: 100 to 130 is a growth of 30 points; if the others went from 500 to 550 together,
which is 10 points, the lift is 20 points. A large region and a small one with the same growth have
the same lift.

A region counts, for itself and among the others, that had enough events in both times. Fewer than
``OTHERS`` others are nobody to compare with: the figure would tell which one it is of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from incentives.boards.ranked import Place
from incentives.rounding import half_up

OTHERS = 2  # regions beside one's own, below which there is no lift
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Change:
    """What a region, or several together, had before and has now.

    Of a share the part and the whole of both times, of anything else a whole of one.
    """

    before: Fraction
    now: Fraction
    before_of: Fraction = Fraction(1)
    now_of: Fraction = Fraction(1)

    def growth(self, *, share: bool) -> Fraction | None:
        """In points; None where nothing was before."""
        if share:
            if not self.before_of or not self.now_of:
                return None
            return (self.now / self.now_of - self.before / self.before_of) * 100
        return (self.now / self.before - 1) * 100 if self.before > 0 else None


def together(changes: Sequence[Change]) -> Change:
    """Several regions as if they were one."""
    return Change(
        sum((each.before for each in changes), Fraction(0)),
        sum((each.now for each in changes), Fraction(0)),
        sum((each.before_of for each in changes), Fraction(0)),
        sum((each.now_of for each in changes), Fraction(0)),
    )


def lifts(changes: Mapping[int, Change], *, share: bool) -> dict[int, Decimal]:
    """The lift of each region in points, to six decimals, half up; of none where there is none."""
    found = {}
    for region, change in changes.items():
        others = [each for key, each in changes.items() if key != region]
        own = change.growth(share=share)
        theirs = together(others).growth(share=share)
        if len(others) >= OTHERS and own is not None and theirs is not None:
            found[region] = half_up(own - theirs, DECIMALS)
    return found


def events(place: Place) -> Decimal:
    """How many events a figure is over: its denominator, or the figure itself where it counts."""
    return place.value if place.denominator is None else place.denominator


def changes(
    now: Sequence[Place], before: Sequence[Place], least: int, *, share: bool
) -> dict[int, Change]:
    """What regions with at least ``least`` events in both times had before and have now."""
    earlier = {place.unit_id: place for place in before if events(place) >= least}
    found = {}
    for place in now:
        was = earlier.get(place.unit_id)
        if was is None or events(place) < least:
            continue
        if share:
            parts = [was.numerator, place.numerator, was.denominator, place.denominator]
            found[place.unit_id] = Change(*(Fraction(part or 0) for part in parts))
        else:
            found[place.unit_id] = Change(Fraction(was.value), Fraction(place.value))
    return found
