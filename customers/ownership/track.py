"""A person's ownerships as one event after the other changes them: the one fold of the portal.

Knows no database. The counter, follow-ups and sales apply one event to what is on file; a bulk load
applies many in order of time.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple, overload

from customers.models import ActivityKind, EventKind
from customers.ownership import changes, rulebook
from customers.ownership.changes import Change
from customers.ownership.rulebook import NOTHING_OPEN, Claim, Counts, Decision, Situation, Standing
from customers.ownership.settings import Rulebooks, Settings


class Registered(NamedTuple):
    """A store claims the person."""

    claim: Claim
    at: datetime
    counts: Counts = NOTHING_OPEN


class FollowedUp(NamedTuple):
    """A dealer's staff did something with the person, and may have agreed when to go on."""

    dealer: int
    kind: str
    outcome: str
    at: datetime
    next_on: date | None = None


class Bought(NamedTuple):
    """The person bought at a store, or online where there is none."""

    store: int | None
    dealer: int | None
    at: datetime
    paid: bool = True  # more than 0.00


NO_IDS: Iterator[int] = iter(())


class Answered(NamedTuple):
    """What a registration was answered, and what that has changed, by the settings that applied.

    ``before`` and ``after``: the ownership that it is about; None where there is none.
    """

    settings: Settings
    changes: tuple[Change, ...]
    before: Standing | None
    after: Standing | None
    decision: Decision


class Renewed(NamedTuple):
    """What the owner's activity or a purchase has changed, by the settings that applied."""

    settings: Settings
    changes: tuple[Change, ...]
    before: Standing
    after: Standing


Applied = Answered | Renewed
START = attrgetter("start")


class Track:
    """One person's ownerships in order of start; ``ids`` numbers those that start."""

    __slots__ = ("ids", "rulebooks", "standings")

    def __init__(
        self,
        rulebooks: Rulebooks,
        standings: Iterable[Standing] = (),
        ids: Iterator[int] = NO_IDS,
    ) -> None:
        self.rulebooks = rulebooks
        self.standings = list(standings)
        self.ids = ids

    @overload
    def apply(self, event: Registered) -> Answered: ...
    @overload
    def apply(self, event: FollowedUp | Bought) -> Renewed | None: ...
    def apply(self, event: Registered | FollowedUp | Bought) -> Applied | None:
        """Apply an event to the ownership of its moment, and say what that has changed.

        None where the event is of no ownership's. What was answered since then stays: no ownership
        reaches into the next. Raises RegistrationRefused where no rulebook is published.
        """
        index = bisect_right(self.standings, event.at, key=START) - 1
        latest = self.standings[index] if index >= 0 else None
        if isinstance(event, Registered):
            return self._registered(event, latest, index)
        if latest is None or not latest.runs(event.at):
            return None
        if isinstance(event, FollowedUp):
            return self._followed_up(event, latest, index)
        return self._bought(event, latest, index)

    def _registered(self, event: Registered, latest: Standing | None, index: int) -> Answered:
        claim, at = event.claim, event.at
        settings = self.rulebooks.on(at, claim.tz)
        decision = rulebook.answer(claim, Situation(latest, event.counts), settings, at)
        done: list[Change] = []
        after = None
        if latest is not None and decision.visits:
            visited = rulebook.followed_up(latest, ActivityKind.VISIT, "", settings, at)
            after = self._keep(index, visited)
            done.append(changes.renew(latest, after, at, settings.id))
        if latest is not None and decision.replaces:
            ended = changes.end(latest, at, settings.id)
            self.standings[index] = ended.after
            done.append(ended)
        if decision.starts:
            won = rulebook.started(claim, settings, at, next(self.ids))
            after = rulebook.limited(won, self._following(index))
            self.standings.insert(index + 1, after)
            done.append(changes.start(after, settings.id))
        return Answered(settings, tuple(done), latest, after, decision)

    def _followed_up(self, event: FollowedUp, owner: Standing, index: int) -> Renewed | None:
        if event.dealer != owner.dealer:
            return None
        settings = self.rulebooks.on(event.at, owner.tz)
        followed = rulebook.followed_up(
            owner, event.kind, event.outcome, settings, event.at, next_on=event.next_on
        )
        after = self._keep(index, followed)
        change = changes.renew(owner, after, event.at, settings.id)
        return Renewed(settings, (change,), owner, after)

    def _bought(self, event: Bought, owner: Standing, index: int) -> Renewed:
        settings = self.rulebooks.on(event.at, owner.tz)
        by = rulebook.sold_by(owner, event.store, event.dealer)
        bought = rulebook.bought(owner, by, settings, event.at, paid=event.paid)
        after = self._keep(index, bought)
        change = changes.renew(owner, after, event.at, settings.id, kind=EventKind.SOLD)
        return Renewed(settings, (change,), owner, after)

    def _keep(self, index: int, standing: Standing) -> Standing:
        kept = rulebook.limited(standing, self._following(index))
        self.standings[index] = kept
        return kept

    def _following(self, index: int) -> datetime | None:
        """When the ownership after this one starts."""
        return self.standings[index + 1].start if index + 1 < len(self.standings) else None
