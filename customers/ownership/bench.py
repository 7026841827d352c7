"""The test bench: a small network on which a rulebook is tried. Pure, as the rules it calls.

What comes by itself comes at its own moment, whatever is asked and whenever a job runs: before an
event everything happens that was due until then.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from customers.identity import may_be_the_same
from customers.models import Channel
from customers.ownership import limits
from customers.ownership.levels import Network
from customers.ownership.rulebook import (
    Claim,
    Counts,
    Offer,
    Standing,
    day_start,
    last_day,
    local_day,
)
from customers.ownership.settings import RegistrationRefused, Rulebooks, Settings
from customers.ownership.track import Answered, Happened, Registered, Track
from customers.ownership.waiting import Waiting
from dealers.calendar import Calendar

ONLINE = "ONLINE"
Got = dict[str, Any]
Holder = tuple[str, int]


class BenchStore(NamedTuple):
    """A store of a case."""

    dealer: str
    tz: ZoneInfo


class Refused(Exception):
    """A rule stands against what was asked; ``reason`` is its short name."""

    def __init__(self, reason: str, says: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.says = says


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is done at a moment; what it does not say is empty."""

    at: datetime
    do: str
    number: int  # its place in the case, which decides between those of one instant
    person: str = ""
    store: str = ""  # a store's code, or ONLINE for a sale
    to: str = ""
    staff: str = ""
    dealer: str = ""
    kind: str = ""
    outcome: str = ""
    channel: str = Channel.CAPTURE
    name: str = ""
    phone: str = ""
    possible: bool = False
    fraud: bool = False
    wait: bool = True
    paid: bool = True
    granted: bool | None = None
    deadline: datetime | None = None
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    percent: Decimal | None = None  # of the named store's dealer
    level: int | None = None  # of sharing


class Tried(NamedTuple):
    """A registration that was tried, which the limits are about."""

    at: datetime
    staff: str
    store: str
    answer: str


Verb = Callable[["World", Event], Got]


class World:
    """Stores, people and staff by name, at one moment after the other."""

    def __init__(
        self, rulebooks: Rulebooks, stores: Mapping[str, BenchStore], calendar: Calendar
    ) -> None:
        self.rulebooks = rulebooks
        self.stores = stores
        self.calendar = calendar
        self.now: datetime | None = None
        self.tracks: dict[str, Track] = {}
        self.ids = count(1)
        self.names: list[str] = []  # of stores, dealers and staff, by their number
        self.numbers: dict[str, int] = {}
        # By dealer each person's name and number, where they are told.
        self.known: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        self.unconfirmed: dict[str, list[Event]] = defaultdict(list)
        self.confirmed: dict[str, Got] = {}
        self.closed: set[str] = set()  # stores
        self.left: set[str] = set()  # staff
        self.claims: Counter[tuple[str, date]] = Counter()  # from the pool
        self.tried: list[Tried] = []
        self.sales: dict[str, int] = {}  # the ownership that each person bought last under
        self.splits: dict[int, Mapping[str, Decimal]] = {}  # by a ruling, of an ownership
        self.levels = Network()
        self.happened: list[Got] = []  # since the last run of the job

    # Time

    def do(self, event: Event, verb: Verb) -> Got:
        """Let time pass until an event, and give what it is answered."""
        self.settle(event.at)
        try:
            got = verb(self, event)
        except Refused as refused:
            got = {"answer": "refused", "reason": refused.reason}
            if refused.says:
                got["says"] = refused.says
        self.serve(event.at)
        return got

    def settle(self, until: datetime) -> None:
        """Everything that comes by itself until a moment, one after the other."""
        while (moment := min(self._moments(until), default=None)) is not None:
            self.now = moment
            for person, track in self.tracks.items():
                for each in track.lapse(moment):
                    self._note(person, each)
            self.serve(moment)
        self.now = until

    def _moments(self, until: datetime) -> Iterator[datetime]:
        for track in self.tracks.values():
            due = track.next_due()
            if due is not None and due <= until:
                yield due
            if track.standings:
                # What ends sets the next in line, or a place under a cap, free.
                latest = track.standings[-1]
                yield from self._to_come(until, (latest.protected_until, latest.end))
            # So does a rulebook with a higher cap, from the midnight at which it begins.
            for zone in {each.claim.tz for each in track.line}:
                starts = (day_start(each.starts_on, zone) for each in self.rulebooks.published)
                yield from self._to_come(until, starts)

    def _to_come(self, until: datetime, moments: Iterable[datetime]) -> Iterator[datetime]:
        """Those of some moments that are not over yet, up to one."""
        return (each for each in moments if (self.now is None or self.now < each) and each <= until)

    def serve(self, moment: datetime) -> None:
        """Give whoever is free to whoever is first in line and not above a cap."""
        while (turn := self._turn(moment)) is not None:
            person, waiting = turn
            self._note(person, self.tracks[person].serve(waiting, moment))

    def _turn(self, moment: datetime) -> tuple[str, Waiting] | None:
        turns = [
            (place, waiting.at, waiting.number, person, waiting)
            for person, track in self.tracks.items()
            if track.line and track.free(moment)
            for place, waiting in enumerate(track.in_turn())
        ]
        held = self._open(moment) if turns else Counter()
        # The first in line of each person, in order of receipt; a place under a cap goes likewise.
        for *_order, person, waiting in sorted(turns, key=itemgetter(slice(3))):
            settings = self.rulebooks.on(moment, waiting.claim.tz)
            if not self._counted(waiting.claim, held).above_a_cap(settings):
                return person, waiting
        return None

    def _note(self, person: str, happened: Happened) -> None:
        said: Got = {
            "person": person, "what": happened.what.value, "at": happened.at.isoformat(),
        }  # fmt: skip
        if happened.standing is not None:
            said["store"] = self.name_of(happened.standing.store)
        self.happened.append(said)

    # What the verbs are made of

    def answered(self, event: Event, claim: Claim, at: datetime) -> Got:
        registered = Registered(
            claim,
            at,
            self.counts(claim, at),
            number=event.number,
            possible=event.possible or self._possible(event),
            flagged=event.fraud,
            waits=event.wait,
        )
        answered = self.track(event.person).apply(registered)
        if at == event.at:  # what the customer confirmed was typed, and counted, before
            self.tried.append(Tried(at, event.staff, event.store, answered.decision.answer))
        return self.said(answered)

    def waits_for_customer(self, event: Event) -> None:
        """A registration that is answered once its customer has confirmed."""
        self.unconfirmed[event.person].append(event)
        self.confirmed.pop(event.person, None)
        self.tried.append(Tried(event.at, event.staff, event.store, "pending"))

    def waits_until(self, event: Event) -> datetime:
        """Until when the customer can confirm, by the rulebook of the day it was typed on."""
        settings = self.rulebooks.on(event.at, self.stores[event.store].tz)
        return event.at + timedelta(hours=settings.confirmation_hours)

    def state(self, track: Track, owner: Standing | None, at: datetime) -> str:
        if owner is not None:
            return "protected" if at < owner.protected_until else "grace"
        if track.offer is not None:
            return "held"
        if track.review is not None:
            return "review"
        return "pool" if track.standings else "none"

    def said(self, answered: Answered) -> Got:
        got: Got = {
            "rule": answered.decision.rule.value, "answer": answered.decision.answer.value,
        }  # fmt: skip
        # Where another dealer owns the customer, neither owner nor date is told.
        return got if answered.after is None else got | self.protection(answered.after)

    def protection(self, standing: Standing) -> Got:
        until = last_day(standing.protected_until, standing.tz)
        return {"owner": self.name_of(standing.store), "protected_until": until.isoformat()}

    def owned(self, event: Event) -> tuple[Track, Standing]:
        """The person's running ownership, which the event's store, if it names one, has."""
        track = self.track(event.person)
        owner = track.running(event.at)
        if owner is None:
            raise Refused("not_owned")
        if event.store and self.id_of(self.stores[event.store].dealer) != owner.dealer:
            raise Refused("not_the_owner")
        return track, owner

    def offered(self, event: Event) -> tuple[Track, Offer]:
        track = self.track(event.person)
        offer = track.offer
        if offer is None or (event.store and self.id_of(event.store) != offer.claim.store):
            raise Refused("not_offered")
        return track, offer

    def at_work(self, store: str, staff: str) -> None:
        if store in self.closed:
            raise Refused("closed")
        if staff in self.left:
            raise Refused("left")

    def leave_line(self, track: Track, store: int, sister: Claim | None) -> None:
        """A store that closed waits for nobody; a sister store takes its place."""
        if track.offer is not None and track.offer.claim.store == store:
            track.offer = None

        def of_sister(claim: Claim, to: Claim) -> Claim:
            return replace(to, staff=claim.staff, channel=claim.channel)

        review = track.review
        if review is not None and sister is not None and review.first.store == store:
            track.review = replace(review, first=of_sister(review.first, sister))
        line = []
        for each in track.line:
            if each.claim.store != store:
                line.append(each)
            elif sister is not None:  # both of their places stay: the earlier one counts
                line.append(replace(each, claim=of_sister(each.claim, sister)))
        track.line = line

    def _possible(self, event: Event) -> bool:
        """Whether somebody else on file at the same dealer may be the same person.

        Rows of a file are not looked at: nobody was in the shop who could be asked.
        """
        if not event.name or not event.phone:
            return False
        known = self.known[self.stores[event.store].dealer]
        mine = (event.name, event.phone)
        others = [told for person, told in known.items() if person != event.person]
        was_known = event.person in known
        known[event.person] = mine
        live = not was_known and event.channel != Channel.IMPORT
        return live and any(may_be_the_same(*mine, *told) for told in others)

    def counts(self, claim: Claim, at: datetime) -> Counts:
        """The open protected customers without a sale, of the claim's person and store."""
        return self._counted(claim, self._open(at))

    def _counted(self, claim: Claim, held: Counter[Holder]) -> Counts:
        person = 0 if claim.staff is None else held["staff", claim.staff]
        return Counts(person, held["store", claim.store])

    def _open(self, at: datetime) -> Counter[Holder]:
        """How many open protected customers without a sale each person and each store has."""
        held: Counter[Holder] = Counter()
        for track in self.tracks.values():
            owner = track.running(at)
            if owner is not None and not owner.sold and at < owner.protected_until:
                held["store", owner.store] += 1
                if owner.staff is not None:
                    held["staff", owner.staff] += 1
        return held

    def within_limits(self, event: Event, settings: Settings) -> None:
        """What is typed in the shop is limited, where the rulebook of the case says so."""
        if event.channel != Channel.CAPTURE:
            return
        tz = self.stores[event.store].tz
        today = local_day(event.at, tz)
        mine = [it for it in self.tried if event.staff and it.staff == event.staff]
        last = mine[-limits.CONFLICT_WINDOW :]
        minute = event.at - timedelta(minutes=1)
        tried = limits.Tried(
            sum(it.at > minute for it in mine),
            sum(local_day(it.at, tz) == today for it in mine),
            sum(it.store == event.store and local_day(it.at, tz) == today for it in self.tried),
            sum(it.answer == "protected" for it in last),
        )
        try:
            limits.check(tried, settings)
        except RegistrationRefused as refused:
            raise Refused("limit", str(refused)) from None

    def claim(self, store: str, staff: str, channel: str = Channel.CAPTURE) -> Claim:
        place = self.stores[store]
        return Claim(
            self.id_of(place.dealer),
            self.id_of(store),
            place.tz,
            channel,
            self.id_of(staff) if staff else None,
        )

    def track(self, person: str) -> Track:
        if person not in self.tracks:
            levels = self.levels.of(person)
            self.tracks[person] = Track(self.rulebooks, (), self.ids, self.calendar, levels)
        return self.tracks[person]

    def id_of(self, name: str) -> int:
        if name not in self.numbers:
            self.numbers[name] = len(self.names)
            self.names.append(name)
        return self.numbers[name]

    def name_of(self, number: int) -> str:
        return self.names[number]


def plain(shares: Mapping[str, Decimal]) -> dict[str, int | float]:
    return {
        dealer: int(share) if share == int(share) else float(share)
        for dealer, share in shares.items()
    }
