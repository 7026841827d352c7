"""At which level dealers share a person with the brand, as time goes on.

What is chosen for a customer goes before the dealer's default; the latest of each counts from its
own moment on. Pure, but for ``OnFile``, which reads the same from the database.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import NamedTuple, Protocol, Self

from customers.models import Customer
from dealers import sharing
from dealers.models import UNCHOSEN, Sharing


class Shared(Protocol):
    """At which level each dealer shares one person."""

    def at(self, dealer: int, moment: datetime) -> int: ...


class Chosen(NamedTuple):
    """A dealer chose a level at a moment; None: the person is shared as its default says again."""

    dealer: int
    level: int | None
    at: datetime


class Course:
    """The levels that each dealer chose, one after the other."""

    __slots__ = ("levels", "moments")

    def __init__(self) -> None:
        self.moments: dict[int, list[datetime]] = defaultdict(list)
        self.levels: dict[int, list[int | None]] = defaultdict(list)

    def add(self, chosen: Chosen) -> None:
        """What was chosen after all that the dealer chose before."""
        self.moments[chosen.dealer].append(chosen.at)
        self.levels[chosen.dealer].append(chosen.level)

    def at(self, dealer: int, moment: datetime) -> int | None:
        """The level that was chosen last; None where none was."""
        if dealer not in self.moments:
            return None
        index = bisect_right(self.moments[dealer], moment) - 1
        return None if index < 0 else self.levels[dealer][index]


class Network:
    """What all dealers chose, for many people at once, each known by a key."""

    def __init__(self) -> None:
        self.defaults = Course()
        self.own: dict[Hashable, Course] = {}

    @classmethod
    def of_all(cls, chosen: Iterable[tuple[Hashable | None, Chosen]]) -> Self:
        """All that was chosen, each for a person or for all: in order of time."""
        made = cls()
        for person, each in chosen:
            made.add(person, each)
        return made

    def add(self, person: Hashable | None, chosen: Chosen) -> None:
        """What a dealer chose, for a person or for all: in order of time."""
        course = self.defaults if person is None else self.own.setdefault(person, Course())
        course.add(chosen)

    def of(self, person: Hashable) -> "Levels":
        return Levels(self, person)


class Levels(NamedTuple):
    """What dealers chose for one person, else their defaults."""

    network: Network
    person: Hashable

    def at(self, dealer: int, moment: datetime) -> int:
        own = self.network.own.get(self.person)
        level = None if own is None else own.at(dealer, moment)
        if level is None:
            level = self.network.defaults.at(dealer, moment)
        return UNCHOSEN if level is None else level


NOTHING_CHOSEN = Network().of(None)


class Fixed(NamedTuple):
    """One level, which a statement has read: of one dealer, at one moment."""

    level: int

    def at(self, _dealer: int, _moment: datetime) -> int:
        return self.level


class OnFile(NamedTuple):
    """What is on file about one person, read when it is asked for."""

    identity: int

    def at(self, dealer: int, moment: datetime) -> int:
        card = Customer.objects.filter(identity=self.identity, dealer=dealer)
        chosen = Sharing.objects.filter(dealer=dealer, at__lte=moment).newest_first()
        own = chosen.filter(customer__in=card.values("pk")).first()
        if own is not None and own.level is not None:
            return own.level
        return sharing.default(dealer, moment)
