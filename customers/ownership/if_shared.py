"""What a dealer's last months would have been, had it shared its customers at another level.

Pure. Registrations, follow-ups, sales and letting go are told anew, once as they were and once for
each level, under the rulebooks as they were: a level changes for how many days a first protection
runs, and through that which later sales count for whom. What people decided beside the rules, such
as rulings, choices and more time, is not told anew. From where it, or what is on file, parts from
the rules, nothing more is compared about that customer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from customers.models import Answer, Channel, Holder
from customers.orders.attribution import Decision, attribute
from customers.ownership.hindsight import Asked, Past, told_of
from customers.ownership.levels import Chosen, Network
from customers.ownership.rulebook import last_day, local_day
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Answered, Applied, Bought, FollowedUp
from dealers.models import Level

Holding = tuple[str, int, int, Decimal, str]  # holder, dealer, store, share, and where it was sold


class Sale(NamedTuple):
    """A sale, what of it counts for whom on file, and whether the dealer may read of it."""

    order: UUID
    bought: Bought
    net: Decimal
    on_file: frozenset[Holding]
    readable: bool

    @property
    def at(self) -> datetime:
        return self.bought.at


class Part(NamedTuple):
    """What of a sale counts for the dealer, as its owner or as who sold it.

    Of the protection that an owner's part rests on: the day on which it began, at the latest that
    of the sale, and whether it began with a lead of headquarters.
    """

    holder: str
    share: Decimal
    sold_by: str
    counts_on: date  # the calendar day at the owner's store
    tz: ZoneInfo  # of that store
    owned_on: date | None
    of_lead: bool


class Got(NamedTuple):
    """What a registration of the dealer was answered, and the days of the protection it starts."""

    answer: str
    days: int | None  # None: no new protection


class SaleAnew(NamedTuple):
    """What of a sale counts for the dealer: as it was, and at each level; None: nothing."""

    sale: Sale
    was: Part | None
    levels: tuple[Part | None, ...]


class AskedAnew(NamedTuple):
    """What a registration of the dealer was answered: as it was, and at each level."""

    asked: Asked
    was: Got
    levels: tuple[Got, ...]


class LeftOut(NamedTuple):
    """A sale or a registration of the dealer about which nothing can be compared."""

    event: Asked | Sale


Event = tuple[int, Asked | FollowedUp | Sale]  # of whom, and what
Found = SaleAnew | AskedAnew | LeftOut


def networks(
    chosen: Iterable[tuple[int | None, Chosen]], dealer: int, since: datetime
) -> list[Network]:
    """The levels as they were chosen, and as if the dealer had chosen each one at ``since``.

    For all its customers, and nothing else since; what it chose for single ones stays. ``chosen``:
    for whom (None: for all) and what, in order of time.
    """
    rows = list(chosen)
    kept = [
        (person, each)
        for person, each in rows
        if person is not None or each.dealer != dealer or each.at < since
    ]
    found = [Network.of_all(rows)]
    for level in Level:
        anew = Network.of_all(kept)
        anew.add(None, Chosen(dealer, level.value, since))
        found.append(anew)
    return found


def tell(
    events: Iterable[Event],
    rulebooks: Rulebooks,
    levels: Sequence[Network],
    *,
    dealer: int,
    since: datetime,
    beside: Mapping[int, datetime],
    show: Callable[[int], object] = lambda _done: None,
) -> Iterator[Found]:
    """Each sale and each registration of the dealer from ``since`` on, by each of the networks.

    ``levels``: as they were first. ``beside``: since when about whom something was decided that
    the rules do not lead to. At no level anything happens of which the dealer's own sales and
    registrations would then tell it, though it may not read of it.
    """
    pasts = [Past(rulebooks, (), each) for each in levels]
    parted = dict(beside)
    for done, (person, event) in enumerate(events, 1):
        what = event.bought if isinstance(event, Sale) else event
        applied = [
            None if level and _tells(event, person, past, dealer) else past.take(person, what)
            for level, past in enumerate(pasts)
        ]
        if not isinstance(event, FollowedUp):
            if not _is_as_on_file(event, applied[0]):
                parted[person] = min(parted.get(person, event.at), event.at)
            if event.at >= since and _concerns(event, dealer):
                left = person in parted and parted[person] <= event.at
                yield LeftOut(event) if left else _anew(event, applied, dealer)
        show(done)


def _tells(event: Asked | FollowedUp | Sale, person: int, past: Past, dealer: int) -> bool:
    """Whether the dealer could tell from what follows at a level that something happened.

    Such as a sale it may not read of, which would prolong what it has, and what another dealer
    asked for in vain, which would win there.
    """
    if isinstance(event, Sale):
        return not event.readable and past.owner(person, event.at) == dealer
    if isinstance(event, FollowedUp) or event.claim.dealer == dealer:
        return False
    return event.told is None or event.told.answer not in {Answer.YOURS, Answer.YOURS_ALREADY}


def _concerns(event: Asked | Sale, dealer: int) -> bool:
    return event.readable if isinstance(event, Sale) else event.claim.dealer == dealer


def _is_as_on_file(event: Asked | Sale, applied: Applied | None) -> bool:
    """Whether the rules in force lead to what is on file."""
    if isinstance(event, Sale):
        decision = _decision(event, applied)
        return event.on_file == (frozenset() if decision is None else _holdings(decision))
    return isinstance(applied, Answered) and told_of(applied) == event.told


def _anew(event: Asked | Sale, applied: Sequence[Applied | None], dealer: int) -> Found:
    if isinstance(event, Sale):
        parts = [_part(event, each, dealer) for each in applied]
        return SaleAnew(event, parts[0], tuple(parts[1:]))
    got = [_got(event, each) for each in applied if isinstance(each, Answered)]
    return AskedAnew(event, got[0], tuple(got[1:]))


def _decision(sale: Sale, applied: Applied | None) -> Decision | None:
    """For whom a sale counts: the owner before it; None: for nobody."""
    if applied is None or applied.before is None:
        return None
    bought = sale.bought
    return attribute(applied.before, applied.settings, bought.store, bought.dealer, bought.at)


def _holdings(decision: Decision) -> frozenset[Holding]:
    return frozenset(
        (each.holder.value, each.dealer, each.store, each.share, decision.sold_by.value)
        for each in decision.shares
    )


def _part(sale: Sale, applied: Applied | None, dealer: int) -> Part | None:
    decision = _decision(sale, applied)
    owner = None if applied is None else applied.before
    if decision is None or owner is None:
        return None
    by, day = decision.sold_by.value, decision.counts_on
    for each in decision.shares:
        if each.dealer == dealer and each.share:
            owns = each.holder == Holder.OWNER
            owned_on = min(local_day(owner.began, owner.tz), day) if owns else None
            of_lead = owns and owner.channel == Channel.DISPATCH
            return Part(each.holder.value, each.share, by, day, decision.tz, owned_on, of_lead)
    return None


def _got(asked: Asked, answered: Answered) -> Got:
    after = answered.after
    if after is None or not answered.decision.starts:
        return Got(answered.decision.answer, None)
    last = last_day(after.protected_until, after.tz)
    return Got(answered.decision.answer, (last - local_day(asked.at, after.tz)).days)
