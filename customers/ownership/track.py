"""A person's ownerships as one event after the other changes them: the one fold of the portal.

Knows no database. The counter, follow-ups and sales apply one event to what is on file; a bulk load
applies many in order of time.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import replace
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple, overload

from customers.models import ActivityKind, Answer, EventKind, Rule
from customers.ownership import changes, duties, rulebook
from customers.ownership.changes import Change
from customers.ownership.levels import NOTHING_CHOSEN, Shared
from customers.ownership.rulebook import (
    NOTHING_OPEN,
    Claim,
    Counts,
    Decision,
    Dispute,
    Offer,
    Situation,
    Standing,
)
from customers.ownership.settings import Rulebooks, Settings
from customers.ownership.waiting import Waiting, in_turn
from dealers.calendar import WEEKENDS_OFF, Calendar


class Registered(NamedTuple):
    """A store claims the person.

    ``number`` orders those received in one instant; ``possible``: somebody else on file may be the
    same person; ``flagged``: it looks like fraud, so that silence does not decide; ``waits``: it
    stands in line where the answer is no ownership.
    """

    claim: Claim
    at: datetime
    counts: Counts = NOTHING_OPEN
    number: int = 0
    possible: bool = False
    flagged: bool = False
    waits: bool = False


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
    """What the owner's activity or a purchase has changed.

    ``settings``: those by which it is shared, if it is a sale.
    """

    settings: Settings
    changes: tuple[Change, ...]
    before: Standing
    after: Standing


Applied = Answered | Renewed
START = attrgetter("start")
SHARE = attrgetter("owner_share")


# Answers that a registration which waits stands in line with.
IN_LINE = frozenset({Answer.PROTECTED, Answer.HELD, Answer.REVIEW, Answer.WAITING})


class What(StrEnum):
    """What happens by itself once its moment has come."""

    RELEASED = "released"  # nobody contacted the customer
    LET_GO = "let_go"  # the owner has said so the day before
    LAPSED = "lapsed"  # nobody answered the offer
    EXTENDED = "extended"  # nobody answered the request: yes
    DECLINED = "declined"  # nobody answered, for the second time
    REVIEWED = "reviewed"  # nobody decided about a possible match
    SERVED = "served"  # who was first in line got the customer


class Happened(NamedTuple):
    """Something that came by itself, at its own moment, and the ownership it is about."""

    what: What
    at: datetime
    standing: Standing | None = None
    changes: tuple[Change, ...] = ()


class Review(NamedTuple):
    """A possible match that somebody looks at; without a deadline silence decides nothing."""

    first: Claim
    deadline: datetime | None


class Track:
    """One person's ownerships in order of start; ``ids`` numbers those that start.

    Beside them what is open about the person: the case, the offer, the review, the line, the
    owner's request to extend, the moment at which the owner lets go, and the levels at which
    dealers share the person with the brand.
    """

    __slots__ = (
        "calendar", "dispute", "ids", "leaves", "levels", "line", "offer", "request",
        "review", "rulebooks", "standings",
    )  # fmt: skip

    def __init__(
        self,
        rulebooks: Rulebooks,
        standings: Iterable[Standing] = (),
        ids: Iterator[int] = NO_IDS,
        calendar: Calendar = WEEKENDS_OFF,
        levels: Shared = NOTHING_CHOSEN,
    ) -> None:
        self.rulebooks = rulebooks
        self.standings = list(standings)
        self.ids = ids
        self.calendar = calendar
        self.levels = levels
        self.dispute: Dispute | None = None
        self.offer: Offer | None = None
        self.review: Review | None = None
        self.request: duties.Request | None = None
        self.leaves: datetime | None = None
        self.line: list[Waiting] = []

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
        possible = event.possible or self.review is not None
        situation = Situation(latest, event.counts, self.offer, self.dispute, possible)
        decision = rulebook.answer(claim, situation, settings, at)
        if decision.answer == Answer.REVIEW and self.review is None:
            due = self.calendar.end_of_day_after(at, duties.ANSWERED_WITHIN, claim.tz)
            self.review = Review(claim, None if event.flagged else due)
        if event.waits and decision.answer in IN_LINE:
            self._stand_in_line(Waiting(at, event.number, claim))
        done: list[Change] = []
        after = None
        if latest is not None and decision.visits:
            visited, by = _best(
                self._terms(latest, at),
                lambda terms: rulebook.followed_up(latest, ActivityKind.VISIT, "", terms, at),
            )
            after = self._keep(index, visited)
            done.append(changes.renew(latest, after, at, by))
        if latest is not None and decision.replaces:
            done.append(self._end(index, at, settings))
        if decision.starts:
            won = self._started(claim, settings, at)
            after = rulebook.limited(won, self._following(index))
            self.standings.insert(index + 1, after)
            self._owned_by(after)
            done.append(changes.start(after, settings.id))
        return Answered(settings, tuple(done), latest, after, decision)

    def _followed_up(self, event: FollowedUp, owner: Standing, index: int) -> Renewed | None:
        if event.dealer != owner.dealer:
            return None
        followed, by = _best(
            self._terms(owner, event.at),
            lambda terms: rulebook.followed_up(
                owner, event.kind, event.outcome, terms, event.at, next_on=event.next_on
            ),
        )
        after = self._keep(index, followed)
        change = changes.renew(owner, after, event.at, by)
        return Renewed(self.rulebooks.on(event.at, owner.tz), (change,), owner, after)

    def _bought(self, event: Bought, owner: Standing, index: int) -> Renewed:
        where = rulebook.sold_by(owner, event.store, event.dealer)
        own = self._terms(owner, event.at)
        bought, by = _best(
            own, lambda terms: rulebook.bought(owner, where, terms, event.at, paid=event.paid)
        )
        after = self._keep(index, bought)
        change = changes.renew(owner, after, event.at, by, kind=EventKind.SOLD)
        return Renewed(max(own, key=SHARE), (change,), owner, after)

    def _terms(self, owner: Standing, at: datetime) -> Sequence[Settings]:
        """The rulebooks of a protection that runs: those in force since it began."""
        return self.rulebooks.since(owner.began, at, owner.tz)

    def _keep(self, index: int, standing: Standing) -> Standing:
        kept = rulebook.limited(standing, self._following(index))
        self.standings[index] = kept
        return kept

    def _following(self, index: int) -> datetime | None:
        """When the ownership after this one starts."""
        return self.standings[index + 1].start if index + 1 < len(self.standings) else None

    # What somebody decides about the person, and what the owner or headquarters does.

    def running(self, moment: datetime) -> Standing | None:
        """The ownership in force, grace included."""
        index = bisect_right(self.standings, moment, key=START) - 1
        latest = self.standings[index] if index >= 0 else None
        return latest if latest is not None and latest.runs(moment) else None

    def free(self, moment: datetime) -> bool:
        """Whether nobody has the person, is offered them, has a case or has them under review."""
        if self.dispute is not None and self.dispute.holds(moment):
            return False
        offered = self.offer is not None and moment < self.offer.deadline
        return self.running(moment) is None and not offered and self.review is None

    def give(self, claim: Claim, at: datetime) -> Answered:
        """The person becomes a store's: it accepted, claimed, was chosen, or won a ruling.

        What runs ends at this moment; the store's own goes on.
        """
        settings = self.rulebooks.on(at, claim.tz)
        before = self.running(at)
        if before is not None and before.store == claim.store:
            decision = Decision(Answer.YOURS_ALREADY, Rule.R1)
            return Answered(settings, (), before, before, decision)
        rule = Rule.R6 if self.standings else Rule.R7
        done = [] if before is None else [self._end(self.standings.index(before), at, settings)]
        after = self._started(claim, settings, at)
        self.standings.append(after)
        self.offer = self.review = None
        self._owned_by(after)
        done.append(changes.start(after, settings.id))
        decision = Decision(Answer.YOURS, rule, starts=True, replaces=before is not None)
        return Answered(settings, tuple(done), before, after, decision)

    def end(self, at: datetime) -> Change | None:
        """The owner lets the person go; None where nobody owns them."""
        owner = self.running(at)
        if owner is None:
            return None
        return self._end(self.standings.index(owner), at, self.rulebooks.on(at, owner.tz))

    def void(self, at: datetime) -> Change | None:
        """What runs is taken back, as if never given; None where nobody owns the person."""
        owner = self.running(at)
        if owner is None:
            return None
        self.standings.remove(owner)
        self.request = None
        return changes.void(owner, self.rulebooks.on(at, owner.tz).id)

    def change(self, kind: EventKind, before: Standing, after: Standing, at: datetime) -> Change:
        """An ownership becomes what a duty or a pause makes of it."""
        return self._changed(kind, before, after, at, self.rulebooks.on(at, before.tz).id)

    def _changed(
        self, kind: EventKind, before: Standing, after: Standing, at: datetime, by: int
    ) -> Change:
        self.standings[self.standings.index(before)] = after
        return Change(kind, before, after, at, by)

    def move(self, owner: Standing, to: Claim, at: datetime) -> tuple[Change, Change]:
        """A sister store goes on with the person; the protection stays what it was."""
        request, leaves, settings = self.request, self.leaves, self.rulebooks.on(at, owner.tz)
        self._end(self.standings.index(owner), at, settings)
        after = duties.moved(owner, to, at, next(self.ids))
        self.standings.append(after)
        self.request, self.leaves = request, leaves  # what its dealer said stands
        return changes.move(owner, after, at, settings.id)

    def ask_to_extend(self, owner: Standing, at: datetime) -> Change | None:
        """The owner asks for more time; until the answer, or silence, the protection runs.

        None where it was asked for already; ``request`` says until when it is answered.
        """
        if self.request is not None:
            return None
        due = self.calendar.end_of_day_after(at, duties.ANSWERED_WITHIN, owner.tz)
        self.request = duties.Request(due, duties.days_of_grace(owner))
        return self.change(EventKind.ASKED, owner, duties.kept_until(owner, due), at)

    def answer_request(self, at: datetime, *, granted: bool | None) -> Change:
        """The owner's request is answered by somebody, or by silence (None), which is yes once."""
        request, self.request = self.request, None
        before = self.standings[bisect_right(self.standings, at, key=START) - 1]
        owner = before
        if granted is None:
            granted, owner = not owner.silence_was_yes, replace(owner, silence_was_yes=True)
        decide = duties.extended if granted else duties.not_extended
        kind = EventKind.EXTENDED if granted else EventKind.DECLINED
        grace = request.grace if request is not None else None
        own = self._terms(owner, at)
        if granted:  # by one that allows it, if any still does
            own = duties.extending(owner, own) or own
        after, by = _best(own, lambda terms: decide(owner, terms, at, grace))
        return self._changed(kind, before, after, at, by)

    def decide_review(self, *, granted: bool) -> None:
        """The possible match is somebody else, so that who registered is served; or it is not."""
        if self.review is not None and not granted:
            first = self.review.first
            self.line = [each for each in self.line if each.claim.store != first.store]
        self.review = None

    # What comes by itself.

    def next_due(self) -> datetime | None:
        """The next moment at which something comes by itself, whether it is past or not."""
        found = [self.leaves, self.request.due if self.request else None]
        found.append(self.offer.deadline if self.offer else None)
        found.append(self.review.deadline if self.review else None)
        if self.standings:
            found.append(duties.release_due(self.standings[-1]))
        return min((moment for moment in found if moment is not None), default=None)

    def lapse(self, moment: datetime) -> Iterator[Happened]:
        """What is due at ``moment``, done; whoever stands in line is served after that."""
        if self.request is not None and self.request.due <= moment:
            done = self.answer_request(moment, granted=None)
            what = What.EXTENDED if done.kind == EventKind.EXTENDED else What.DECLINED
            yield Happened(what, moment, done.after, (done,))
        if self.offer is not None and self.offer.deadline <= moment:
            self.offer = None
            yield Happened(What.LAPSED, moment)
        decided_by = self.review.deadline if self.review is not None else None
        if decided_by is not None and decided_by <= moment:
            self.decide_review(granted=True)
            yield Happened(What.REVIEWED, moment)
        if self.leaves is not None and self.leaves <= moment:
            self.leaves = None
            ended = self.end(moment)
            if ended is not None:
                yield Happened(What.LET_GO, moment, ended.before, (ended,))
        if self.standings:
            latest = self.standings[-1]
            due = duties.release_due(latest)
            if due is not None and due <= moment:
                settings = self.rulebooks.on(due, latest.tz)
                done = self._end(len(self.standings) - 1, due, settings)
                yield Happened(What.RELEASED, due, latest, (done,))

    def in_turn(self) -> Iterator[Waiting]:
        """Who waits for the person, in the order in which they are served."""
        return in_turn(self.line)

    def serve(self, waiting: Waiting, moment: datetime) -> Happened:
        """Whose turn has come gets the person, who is free."""
        given = self.give(waiting.claim, moment)
        return Happened(What.SERVED, moment, given.after, given.changes)

    def _started(self, claim: Claim, settings: Settings, at: datetime) -> Standing:
        level = self.levels.at(claim.dealer, at) if settings.sharing_days else 0
        return rulebook.started(claim, settings, at, next(self.ids), level)

    def _stand_in_line(self, waiting: Waiting) -> None:
        if all(each.claim.store != waiting.claim.store for each in self.line):
            self.line.append(waiting)

    def _owned_by(self, owner: Standing) -> None:
        """Nobody of the owner's dealer waits any longer, and the owner's offer is answered.

        What was said of letting the person go was said of the owner before.
        """
        if self.line:
            self.line = [each for each in self.line if each.claim.dealer != owner.dealer]
        self.offer = self.leaves = None

    def _end(self, index: int, at: datetime, settings: Settings) -> Change:
        ended = changes.end(self.standings[index], at, settings.id)
        self.standings[index] = ended.after
        self.request = self.leaves = None
        return ended


def _best(own: Sequence[Settings], decide: Callable[[Settings], Standing]) -> tuple[Standing, int]:
    """What an act makes of a protection by the rulebook that is best for its owner, and its id."""
    if len(own) == 1:
        return decide(own[0]), own[0].id
    return max(((decide(each), each.id) for each in own), key=lambda it: it[0].reach)
