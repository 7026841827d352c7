"""Many people's registrations and sales, in order of time, through the ownership rulebook.

Knows no database: it is given what is on file, then each event, and says what happened.
"""

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from customers.models import Answer, EventKind, Rule, SoldBy
from customers.orders.recording import Attribution, attribute
from customers.ownership.changes import limited
from customers.ownership.counter import first_contact_day
from customers.ownership.rulebook import Claim, Counts, Standing, answer, local_day, renew_by_sale
from customers.ownership.settings import Settings, choose


@dataclass(frozen=True, slots=True)
class Place:
    """A store, as the rules see it."""

    id: int
    dealer: int
    tz: ZoneInfo


@dataclass(slots=True, eq=False)
class Held:
    """An ownership while it is replayed."""

    id: int
    person: int
    standing: Standing
    last_activity_at: datetime
    sold_at: datetime | None = None
    follow_up_on: date | None = None
    is_new: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What a registration was answered; ``visit``: it counts as a visit of the owner's."""

    kind: Answer
    rule: Rule
    rulebook: int
    held: Held | None
    renewed: str | None  # the kind of event, if the ownership started or was prolonged

    @property
    def visit(self) -> bool:
        return self.kind == Answer.YOURS_ALREADY


@dataclass(frozen=True, slots=True)
class Sold:
    """For whom a sale counts, and whether it prolonged the ownership."""

    attribution: Attribution
    rulebook: int
    held: Held
    renewed: bool


class Rulebooks:
    """The published rulebooks, by day."""

    def __init__(self, published: list[Settings]) -> None:
        self.published = published
        self.only = published[0] if len(published) == 1 else None
        self.by_day: dict[date, Settings] = {}

    def on(self, moment: datetime, tz: ZoneInfo) -> Settings:
        if self.only is not None:
            return self.only
        day = local_day(moment, tz)
        if day not in self.by_day:
            self.by_day[day] = choose(self.published, day)
        return self.by_day[day]


class OpenCustomers:
    """How many protected customers without a sale each store has, as time goes on."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = defaultdict(int)
        self.ends: dict[int, list[tuple[datetime, int, Held]]] = defaultdict(list)

    def add(self, held: Held) -> None:
        store = held.standing.store
        self.counts[store] += 1
        heapq.heappush(self.ends[store], (held.standing.protected_until, held.id, held))

    def sold(self, held: Held) -> None:
        self.counts[held.standing.store] -= 1

    def count(self, store: int, at: datetime) -> int:
        ends = self.ends[store]
        while ends and ends[0][0] <= at:
            held = heapq.heappop(ends)[2]
            if held.standing.sold:
                continue
            if held.standing.protected_until > at:
                heapq.heappush(ends, (held.standing.protected_until, held.id, held))
            else:
                self.counts[store] -= 1
        return self.counts[store]


class Replay:
    """The people's ownerships, moved on by one event after the other."""

    def __init__(self, published: list[Settings], channel: str, ids: Iterator[int]) -> None:
        self.rulebooks = Rulebooks(published)
        self.channel = channel
        self.ids = ids
        self.capped = any(settings.store_cap is not None for settings in published)
        self.open = OpenCustomers()
        self.held: dict[int, list[Held]] = defaultdict(list)
        self.claims: dict[int, Claim] = {}

    def know(self, held: Held) -> None:
        """An ownership on file. To be given by person in order of start."""
        self.held[held.person].append(held)

    def count(self, held: Held) -> None:
        """An ownership that is open when the replay starts, of whomever."""
        if self.capped and not held.standing.sold:
            self.open.add(held)

    def register(self, person: int, place: Place, at: datetime) -> Answered:
        """Answer a registration."""
        settings = self.rulebooks.on(at, place.tz)
        claim = self.claims.get(place.id)
        if claim is None:
            claim = Claim(place.dealer, place.id, place.tz, self.channel)
            self.claims[place.id] = claim
        mine, following = self._around(person, at)
        counts = Counts(store=self.open.count(place.id, at)) if self.capped else None
        given = answer(claim, mine.standing if mine else None, settings, at, counts)
        if given.kind == Answer.YOURS_ALREADY and mine is not None and given.standing is not None:
            standing = limited(given.standing, following)
            before, mine.standing = mine.standing, standing
            renewed = _moved(before, standing)
            mine.last_activity_at = max(mine.last_activity_at, at)
            if before.contacted_at is None or (
                mine.follow_up_on is not None and mine.follow_up_on <= local_day(at, place.tz)
            ):
                mine.follow_up_on = None
            mine.changed = True
            event = EventKind.RENEWED if renewed else None
            return Answered(given.kind, given.rule, settings.id, mine, event)
        if given.standing is None:
            return Answered(given.kind, given.rule, settings.id, None, None)
        standing = limited(given.standing, following)
        started = Held(
            id=next(self.ids),
            person=person,
            standing=standing,
            last_activity_at=at,
            follow_up_on=first_contact_day(standing, settings),
            is_new=True,
            changed=True,
        )
        track = self.held[person]
        track.insert(track.index(mine) + 1 if mine else 0, started)
        if self.capped:
            self.open.add(started)
        return Answered(given.kind, given.rule, settings.id, started, EventKind.STARTED)

    def sell(
        self, person: int, place: Place | None, at: datetime, *, paid: bool = True
    ) -> Sold | None:
        """Attribute a sale at a place (None: online); None where nobody owned the customer."""
        mine, following = self._around(person, at)
        if mine is None or not mine.standing.runs(at):
            return None
        before = mine.standing
        settings = self.rulebooks.on(at, before.tz)
        given = attribute(
            place.id if place else None, place.dealer if place else None, before, settings, at
        )
        if given is None:
            return None
        after = limited(renew_by_sale(before, given.sold_by, settings, at, paid=paid), following)
        if paid and given.sold_by != SoldBy.OTHER:
            mine.sold_at = max(mine.sold_at or at, at)
        if self.capped and after.sold and not before.sold:
            self.open.sold(mine)
        mine.standing = after
        mine.last_activity_at = max(mine.last_activity_at, at)
        mine.changed = True
        return Sold(given, settings.id, mine, _moved(before, after))

    def _around(self, person: int, at: datetime) -> tuple[Held | None, datetime | None]:
        """The latest ownership that started until then, and when the next one starts."""
        track = self.held.get(person)
        if not track:
            return None, None
        if track[-1].standing.start <= at:
            return track[-1], None
        index = bisect_right(track, at, key=attrgetter("standing.start"))
        return (track[index - 1] if index else None), track[index].standing.start


def _moved(before: Standing, after: Standing) -> bool:
    return after.end != before.end or after.protected_until != before.protected_until
