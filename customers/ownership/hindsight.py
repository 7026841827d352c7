"""What other rules would have answered: two folds over the same events, side by side.

Pure. Registrations, follow-ups, sales and letting go are told anew; what people decided beside the
rules, such as rulings, choices and more time, is not, and neither is the line. Where the rules in
force do not lead to the answer that was given, there is nothing to compare.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import NamedTuple

from customers.bulk.replay import Replay
from customers.models import Answer
from customers.ownership import duties
from customers.ownership.levels import Network
from customers.ownership.rulebook import Claim, Standing
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Answered, Applied, Bought, FollowedUp, Registered

OWNS = 2
PLACES = {Answer.YOURS: OWNS, Answer.YOURS_ALREADY: OWNS, Answer.PROTECTED: 0}  # else in between
BETTER, WORSE, SAME = "better", "worse", ""


class Told(NamedTuple):
    """What a registration is answered."""

    answer: str
    rule: str
    until: datetime | None


class Asked(NamedTuple):
    """A registration and what it was answered, if that is to be compared."""

    number: int
    claim: Claim
    at: datetime
    told: Told | None


class Compared(NamedTuple):
    """One registration by both rules.

    ``claimant``: whether the other rules are better for who registered; ``owner``: the other dealer
    whose protection they let stand or not, and whether that is better for it.
    """

    asked: Asked
    before: Told
    after: Told
    claimant: str
    owner: int | None
    for_owner: str

    @property
    def changes(self) -> bool:
        return (self.before.answer, self.before.until) != (self.after.answer, self.after.until)


Event = tuple[int, Asked | FollowedUp | Bought]  # of whom, and what


class Past:
    """What rules make of the events: each in order of time."""

    def __init__(
        self, rulebooks: Rulebooks, others: Iterable[Standing], levels: Network | None = None
    ) -> None:
        self.replay = Replay(rulebooks, count(1))
        if levels is not None:
            self.replay.levels = levels
        self.due: list[tuple[datetime, int]] = []
        for standing in others:  # who hold places under the caps, and are not asked about
            self.replay.count(standing._replace(id=-standing.id), standing.start)

    def take(self, person: int, event: Asked | FollowedUp | Bought) -> Applied | None:
        """What an event is answered or has changed; None where it is of no ownership's."""
        self._pass_time(event.at)
        if not isinstance(event, Asked):
            return self.replay.apply(person, event)
        counts = self.replay.counts(event.claim, event.at)
        answered = self.replay.apply(person, Registered(event.claim, event.at, counts))
        latest = answered.after
        due = duties.release_due(latest) if latest is not None else None
        if due is not None:
            heapq.heappush(self.due, (due, person))
        return answered

    def owner(self, person: int, at: datetime) -> int | None:
        """The dealer that has a person; ``at`` is not before what was taken last."""
        self._pass_time(at)
        owner = self.replay.running(person, at)
        return None if owner is None else owner.dealer

    def _pass_time(self, until: datetime) -> None:
        while self.due and self.due[0][0] <= until:
            moment, whose = heapq.heappop(self.due)
            self.replay.pass_time(whose, moment)


def compare(
    events: Iterable[Event],
    in_force: Rulebooks,
    other: Rulebooks,
    others: Iterable[Standing] = (),
    *,
    levels: Network | None = None,
    show: Callable[[int], object] = lambda _done: None,
) -> Iterator[Compared | Asked]:
    """Each registration to be compared by both rules; as it was asked where nothing compares."""
    standing = list(others)
    now, then = Past(in_force, standing, levels), Past(other, standing, levels)
    for done, (person, event) in enumerate(events, 1):
        before, after = now.take(person, event), then.take(person, event)
        if (
            isinstance(event, Asked)
            and event.told is not None
            and isinstance(before, Answered)
            and isinstance(after, Answered)
        ):
            same = told_of(before) == event.told
            yield _compared(event, before, after) if same else event
        show(done)


def told_of(answered: Answered) -> Told:
    """What an answer says."""
    after = answered.after
    decision = answered.decision
    return Told(decision.answer, decision.rule, after.protected_until if after else None)


def _compared(asked: Asked, before: Answered, after: Answered) -> Compared:
    was, would = told_of(before), told_of(after)
    first, second = (PLACES.get(Answer(each.answer), 1) for each in (was, would))
    claimant = SAME
    if first != second:
        claimant = BETTER if second > first else WORSE
    elif was.until is not None and would.until is not None and was.until != would.until:
        claimant = BETTER if would.until > was.until else WORSE
    owner, for_owner = None, SAME
    if first < second and (owner := _other(asked, before)) is not None:
        for_owner = WORSE
    elif first > second and (owner := _other(asked, after)) is not None:
        for_owner = BETTER
    return Compared(asked, was, would, claimant, owner, for_owner)


def _other(asked: Asked, answered: Answered) -> int | None:
    """The other dealer whose protection decided."""
    owner = answered.before
    if owner is None or not owner.runs(asked.at) or owner.dealer == asked.claim.dealer:
        return None
    return owner.dealer
