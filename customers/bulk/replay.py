"""Many people's registrations, follow-ups and sales in order of time, each through its track.

Knows no database: it is given what is on file, then each event, and says what happened.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import overload

from customers.ownership.levels import Chosen, Network
from customers.ownership.rulebook import NOTHING_OPEN, Claim, Counts, Dispute, Offer, Standing
from customers.ownership.settings import Rulebooks
from customers.ownership.track import (
    Answered,
    Applied,
    Bought,
    FollowedUp,
    Registered,
    Renewed,
    Review,
    Track,
)

Holder = tuple[str, int]  # "store" or "staff", and which


class OpenCustomers:
    """How many protected customers without a sale each store and person has, as time goes on."""

    def __init__(self) -> None:
        self.open: dict[int, Standing] = {}
        self.counts: dict[Holder, int] = defaultdict(int)
        self.ends: dict[Holder, list[tuple[datetime, int]]] = defaultdict(list)

    def put(self, standing: Standing, at: datetime) -> None:
        """An ownership as it is now, new or changed."""
        open_now = not standing.sold and standing.protected_until > at
        known = standing.id in self.open
        if known and not open_now:
            self._drop(standing.id)
        elif open_now:
            self.open[standing.id] = standing
            for holder in _holders(standing) if not known else ():
                self.counts[holder] += 1
                heapq.heappush(self.ends[holder], (standing.protected_until, standing.id))

    def count(self, claim: Claim, at: datetime) -> Counts:
        """What the claim's person and store hold open at ``at``, which never goes back."""
        person = self._count(("staff", claim.staff), at) if claim.staff is not None else 0
        return Counts(person, self._count(("store", claim.store), at))

    def _count(self, holder: Holder, at: datetime) -> int:
        ends = self.ends[holder]
        while ends and ends[0][0] <= at:
            _until, ownership = heapq.heappop(ends)
            standing = self.open.get(ownership)
            if standing is None:
                continue
            if standing.protected_until > at:
                heapq.heappush(ends, (standing.protected_until, ownership))
            else:
                self._drop(ownership)
        return self.counts[holder]

    def _drop(self, ownership: int) -> None:
        for holder in _holders(self.open.pop(ownership)):
            self.counts[holder] -= 1


def _holders(standing: Standing) -> Iterator[Holder]:
    yield "store", standing.store
    if standing.staff is not None:
        yield "staff", standing.staff


class Replay:
    """The people's ownerships, moved on by one event after the other."""

    def __init__(self, rulebooks: Rulebooks, ids: Iterator[int]) -> None:
        self.rulebooks = rulebooks
        self.ids = ids
        self.capped = any(
            settings.store_cap is not None or settings.person_cap is not None
            for settings in rulebooks.published
        )
        self.open = OpenCustomers()
        self.levels = Network()
        self.tracks: dict[int, Track] = {}
        self.changed: dict[int, bool] = {}  # ownership: whether it is new

    def know(self, person: int, standing: Standing) -> None:
        """An ownership on file. To be given by person in order of start."""
        self._track(person).standings.append(standing)

    def offered(self, person: int, offer: Offer) -> None:
        """An offer on file that waits for its answer."""
        self._track(person).offer = offer

    def disputed(self, person: int, dispute: Dispute) -> None:
        """A case on file that runs."""
        self._track(person).dispute = dispute

    def chosen(self, person: int | None, chosen: Chosen) -> None:
        """A level on file at which a dealer shares a person, or all. In order of time, first."""
        self.levels.add(person, chosen)

    def reviewed(self, person: int, claim: Claim) -> None:
        """A possible match of the person that somebody still looks at."""
        self._track(person).review = Review(claim, None)

    def count(self, standing: Standing, at: datetime) -> None:
        """An ownership that is open when the replay starts at ``at``, of whomever."""
        self.open.put(standing, at)

    def counts(self, claim: Claim, at: datetime) -> Counts:
        """The open customers of a claim's person and store, where there is a cap."""
        return self.open.count(claim, at) if self.capped else NOTHING_OPEN

    @overload
    def apply(self, person: int, event: Registered) -> Answered: ...
    @overload
    def apply(self, person: int, event: FollowedUp | Bought) -> Renewed | None: ...
    def apply(self, person: int, event: Registered | FollowedUp | Bought) -> Applied | None:
        """Apply an event of a person, and note which ownerships it has changed."""
        applied = self._track(person).apply(event)
        for change in applied.changes if applied is not None else ():
            self.changed.setdefault(change.after.id, change.before is None)
            if self.capped:
                self.open.put(change.after, change.at)
        return applied

    def pass_time(self, person: int, until: datetime) -> None:
        """What comes by itself to a person: whoever was not contacted is let go."""
        track = self._track(person)
        while (moment := track.next_due()) is not None and moment <= until:
            for each in track.lapse(moment):
                for change in each.changes:
                    self.open.put(change.after, change.at)

    def running(self, person: int, at: datetime) -> Standing | None:
        """The ownership of a person that runs at a moment."""
        track = self.tracks.get(person)
        return None if track is None else track.running(at)

    def owned(self) -> Iterator[tuple[int, bool, Standing]]:
        """Person, whether it is new, and the standing of each ownership that has changed."""
        for person, track in self.tracks.items():
            for standing in track.standings:
                if standing.id in self.changed:
                    yield person, self.changed[standing.id], standing

    def _track(self, person: int) -> Track:
        track = self.tracks.get(person)
        if track is None:
            track = self.tracks[person] = Track(
                self.rulebooks, ids=self.ids, levels=self.levels.of(person)
            )
        return track
