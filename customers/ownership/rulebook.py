"""The ownership rulebook: a claim, what is known, the settings and a moment give an answer.

Pure: no database, no clock.
"""

from copy import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from customers.models import ActivityKind, Answer, Channel, Outcome, Rule, SoldBy
from customers.ownership.settings import Settings
from dealers.months import midnight

CONTACTS = frozenset(
    {
        ActivityKind.VISIT,
        ActivityKind.CALL,
        ActivityKind.QUOTE,
        ActivityKind.DEPOSIT,
        ActivityKind.SERVICE,
    }
)


# Sales by these prolong; one elsewhere never does.
PROLONGING = frozenset({SoldBy.OWN, SoldBy.SISTER, SoldBy.ONLINE})
# Registrations that the customer stood behind, unlike the rows of a file.
LIVE = frozenset({Channel.CAPTURE, Channel.CONFIRMED, Channel.PAGE, "public"})
# How a call ended that nobody was reached by.
IN_VAIN = frozenset({Outcome.NO_ANSWER, Outcome.WRONG_NUMBER})
# The shortest time: so long runs what was taken back, without any protection.
MOMENT = timedelta(microseconds=1)

Changed = dict[str, Any]  # the fields of a standing that become something else


class Standing(NamedTuple):
    """The facts of one ownership: ``[start, end)``, grace included."""

    id: int
    dealer: int
    store: int
    tz: ZoneInfo  # of the owner's store, whose days count
    staff: int | None
    channel: str
    start: datetime
    protected_until: datetime
    end: datetime
    last_activity_at: datetime
    contact_due_at: datetime | None = None  # None: the first contact is no duty
    contacted_at: datetime | None = None
    sold_at: datetime | None = None
    renewed_on: date | None = None
    follow_up_on: date | None = None
    release_at: datetime | None = None  # when it ends, if nobody contacted the customer by then
    extensions: int = 0  # how often it was extended on request
    silence_was_yes: bool = False  # once: nobody answered a request in time
    pause: "Pause | None" = None  # since nobody follows the customer up
    frozen: bool = False  # its dealer closed: nothing moves its end any more
    over: bool = False  # it was ended before its time, so what is told later moves nothing
    since: datetime | None = None  # its dealer's start, where a sister store had it before

    @property
    def sold(self) -> bool:
        return self.sold_at is not None

    @property
    def duty_met(self) -> bool:
        """Whether the owner contacted the customer in time; always, where there is no duty."""
        return self.contact_due_at is None or (
            self.contacted_at is not None and self.contacted_at <= self.contact_due_at
        )

    @property
    def began(self) -> datetime:
        """When its dealer got the customer, at whichever of its stores."""
        return self.since or self.start

    @property
    def reach(self) -> tuple[datetime, datetime, date]:
        """How far it goes, to compare what rulebooks make of it; the later renewal breaks a tie."""
        return self.end, self.protected_until, self.renewed_on or date.min

    def runs(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class Pause(NamedTuple):
    """A protection that waits for somebody to follow the customer up, and how long it may."""

    since: date
    days: int
    protected_until: datetime  # the end that the pause, if it lasts so long, leads to
    end: datetime


class Claim(NamedTuple):
    """A store that registers a customer, and who does it there.

    ``contact_hours``: in which it has to contact the customer of a lead that it accepts, or lose
    them; None: the rulebook says.
    """

    dealer: int
    store: int
    tz: ZoneInfo
    channel: str
    staff: int | None = None
    contact_hours: int | None = None


class Counts(NamedTuple):
    """Open protected customers without a sale, which the caps are about."""

    person: int = 0
    store: int = 0

    def above_a_cap(self, settings: Settings) -> bool:
        person, store = settings.person_cap, settings.store_cap
        return (person is not None and self.person >= person) or (
            store is not None and self.store >= store
        )


NOTHING_OPEN = Counts()


class Offer(NamedTuple):
    """Headquarters offers a customer to a store, which answers before the deadline."""

    claim: Claim
    deadline: datetime

    def stands(self, moment: datetime) -> bool:
        return moment < self.deadline


class Dispute(NamedTuple):
    """A case about a customer, who stays with this dealer, or with nobody, until it is closed."""

    dealer: int
    since: datetime

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment

    def keeps_from(self, claim: Claim, moment: datetime) -> bool:
        return self.holds(moment) and self.dealer != claim.dealer


class Situation(NamedTuple):
    """What is known when a claim is answered, whatever rule asks for it."""

    standing: Standing | None = None  # the latest ownership, running or not
    counts: Counts = NOTHING_OPEN
    offer: Offer | None = None  # the latest one that nobody answered
    dispute: Dispute | None = None  # the case that runs
    possible: bool = False  # somebody else on file may be the same person


class Decision(NamedTuple):
    """The answer to a claim, the rule that gave it, and what it does to ownership.

    ``starts``: a new ownership; ``visits``: the running one of the claim's own dealer; at most one
    of them. ``replaces``: the running one of another dealer ends at this moment.
    """

    answer: Answer
    rule: Rule
    starts: bool = False
    visits: bool = False
    replaces: bool = False


def answer(claim: Claim, situation: Situation, settings: Settings, moment: datetime) -> Decision:
    """Answer a registration received at ``moment``: the first rule that fits decides."""
    standing, replaces = situation.standing, False
    elsewhere = situation.dispute is not None and situation.dispute.keeps_from(claim, moment)
    if standing is not None and standing.runs(moment):
        if standing.dealer == claim.dealer:
            rule = Rule.R1 if standing.store == claim.store else Rule.R2
            return Decision(Answer.YOURS_ALREADY, rule, visits=True)
        replaces = _live_beats_import(claim, standing, moment)
        elsewhere = elsewhere or not replaces
    if elsewhere:
        return Decision(Answer.PROTECTED, Rule.R3)
    offer = situation.offer
    if offer is not None and offer.stands(moment) and offer.claim.store != claim.store:
        return Decision(Answer.HELD, Rule.R4)
    if situation.possible:
        return Decision(Answer.REVIEW, Rule.R5)
    if situation.counts.above_a_cap(settings):
        return Decision(Answer.WAITING, Rule.CAP)
    rule = Rule.R6 if standing else Rule.R7
    return Decision(Answer.YOURS, rule, starts=True, replaces=replaces)


def started(
    claim: Claim, settings: Settings, moment: datetime, ownership: int, level: int = 0
) -> Standing:
    """The ownership that a claim wins at ``moment``, with the duty to contact the customer.

    ``level``: at which its dealer shares the customer with the brand then; what it chooses later
    changes nothing of what runs.
    Of a past that is loaded nobody is let go for want of a contact: its files hold no calls.
    """
    due = first_contact_due(moment, settings)
    until, end = _ends(moment, first_protection(settings, level), settings, claim.tz)
    days = settings.release_after_days if due is not None else None
    release = None if days is None else moment + timedelta(days=days)
    if claim.contact_hours is not None:
        due = release = moment + timedelta(hours=claim.contact_hours)
    if claim.channel == Channel.HISTORY:
        release = None
    return Standing(
        id=ownership,
        dealer=claim.dealer,
        store=claim.store,
        tz=claim.tz,
        staff=claim.staff,
        channel=claim.channel,
        start=moment,
        protected_until=until,
        end=end,
        last_activity_at=moment,
        contact_due_at=due,
        follow_up_on=None if due is None else local_day(due, claim.tz),
        release_at=release,
    )


def first_protection(settings: Settings, level: int) -> int:
    """How many days an ownership protects that starts at a level of sharing."""
    return settings.protection_days + (settings.sharing_days[level] if settings.sharing_days else 0)


def _live_beats_import(claim: Claim, standing: Standing, moment: datetime) -> bool:
    """A bulk import never beats a live registration of the same day."""
    return (
        standing.channel == Channel.IMPORT
        and claim.channel in LIVE
        and local_day(standing.start, standing.tz) == local_day(moment, standing.tz)
    )


def reaches(kind: str, outcome: str) -> bool:
    """Whether an activity is contact with the customer: no note or message, no call in vain.

    A call whose outcome nobody told is none.
    """
    return (
        kind in CONTACTS and outcome not in IN_VAIN and (kind != ActivityKind.CALL or outcome != "")
    )


def qualifies(kind: str, outcome: str, settings: Settings) -> bool:
    """Whether an activity prolongs the protection."""
    return (
        settings.activity_renews_days is not None
        and reaches(kind, outcome)
        and (kind != ActivityKind.VISIT or settings.visit_qualifies)
    )


def _renewal_by_activity(
    standing: Standing, kind: str, outcome: str, settings: Settings, moment: datetime
) -> Changed:
    """A qualifying activity of the owner prolongs, once per day; without a sale not for ever."""
    days = settings.activity_renews_days
    if days is None or standing.frozen or not standing.runs(moment):
        return {}
    if not qualifies(kind, outcome, settings):
        return {}
    today = local_day(moment, standing.tz)
    if standing.renewed_on == today:
        return {}
    later = _later(standing, moment, days, settings, sold=standing.sold)
    # Where a pause leads further it is written down too: of that days may be taken back.
    if not later and (standing.pause is None or (standing.renewed_on or today) > today):
        return {}
    return {**later, "renewed_on": today}


def followed_up(
    standing: Standing,
    kind: str,
    outcome: str,
    settings: Settings,
    moment: datetime,
    *,
    next_on: date | None = None,
) -> Standing:
    """The owner's standing after an activity at ``moment``, the next one agreed for ``next_on``."""
    return replace(
        standing,
        **_renewal_by_activity(standing, kind, outcome, settings, moment),
        contacted_at=first_contact(standing, kind, outcome, moment),
        last_activity_at=max(standing.last_activity_at, moment),
        follow_up_on=next_on or open_follow_up(standing, kind, outcome, moment),
    )


def first_contact(standing: Standing, kind: str, outcome: str, moment: datetime) -> datetime | None:
    """When the customer was contacted first, if this activity is it or came after it."""
    if standing.contacted_at is None and reaches(kind, outcome):
        return moment
    return standing.contacted_at


def open_follow_up(standing: Standing, kind: str, outcome: str, moment: datetime) -> date | None:
    """The follow-up that is still to be done: contact settles one that is due.

    The first contact is what a new customer's follow-up is for, however early.
    """
    due = standing.follow_up_on
    if due is None or not reaches(kind, outcome):
        return due
    settled = standing.contacted_at is None or due <= local_day(moment, standing.tz)
    return None if settled else due


def sold_by(standing: Standing, store: int | None, dealer: int | None) -> SoldBy:
    """Where a sale was made (``store`` None: online), seen from the customer's owner."""
    if store is None:
        return SoldBy.ONLINE
    if store == standing.store:
        return SoldBy.OWN
    return SoldBy.SISTER if dealer == standing.dealer else SoldBy.OTHER


def bought(
    standing: Standing, by: SoldBy, settings: Settings, moment: datetime, *, paid: bool = True
) -> Standing:
    """The owner's standing after a sale at ``moment``, wherever it was made."""
    return replace(
        standing,
        **_renewal_by_sale(standing, by, settings, moment, paid=paid),
        last_activity_at=max(standing.last_activity_at, moment),
    )


def _renewal_by_sale(
    standing: Standing, by: SoldBy, settings: Settings, moment: datetime, *, paid: bool
) -> Changed:
    """A paid sale by the owner, a sister store or online prolongs; one elsewhere never does."""
    if not paid or by not in PROLONGING or not standing.runs(moment):
        return {}
    days, sold = settings.sale_renews_days, {"sold_at": max(standing.sold_at or moment, moment)}
    if days is None or standing.frozen:
        return sold
    return sold | _later(standing, moment, days, settings, sold=True)


def prolonged(standing: Standing, moment: datetime, days: int, settings: Settings) -> Standing:
    """The standing with its end moved to ``days`` after ``moment``, if that is later."""
    return replace(standing, **_later(standing, moment, days, settings, sold=standing.sold))


def _later(
    standing: Standing, moment: datetime, days: int, settings: Settings, *, sold: bool
) -> Changed:
    if standing.over:
        return {}
    until, end = _ends(moment, days, settings, standing.tz)
    longest = settings.max_days_without_sale
    if longest is not None and not sold:
        last, last_end = _ends(standing.began, longest, settings, standing.tz)
        until, end = min(until, last), min(end, last_end)
    if until <= standing.protected_until and end <= standing.end:
        return {}
    return {
        "protected_until": max(until, standing.protected_until),
        "end": max(end, standing.end),
    }


def _ends(
    moment: datetime, days: int, settings: Settings, tz: ZoneInfo
) -> tuple[datetime, datetime]:
    """Until when ``days`` after ``moment`` protect, and the end of the grace after that."""
    until = protection_end(moment, days, tz)
    grace = settings.grace_days
    return until, protection_end(moment, days + grace, tz) if grace else until


def first_contact_due(start: datetime, settings: Settings) -> datetime | None:
    """Until when the owner has to contact the customer; None where there is no duty.

    By the rulebook that answered the registration: a later one changes no running duty.
    """
    hours = settings.first_contact_hours
    return None if hours is None else start + timedelta(hours=hours)


def limited(standing: Standing, following: datetime | None) -> Standing:
    """The standing, ended where the next ownership starts: no answer given is taken back."""
    if following is None or standing.end <= following:
        return standing
    return replace(
        standing, end=following, protected_until=min(standing.protected_until, following)
    )


def protection_end(moment: datetime, days: int, tz: ZoneInfo) -> datetime:
    """End of the local day that is ``days`` after the day of ``moment``, as the UTC instant.

    90 days from an act on 1 January end when 1 April does; half-open, so that instant is outside.
    """
    return day_start(local_day(moment, tz) + timedelta(days=days + 1), tz)


def local_day(moment: datetime, tz: ZoneInfo) -> date:
    return moment.astimezone(tz).date()


@lru_cache(maxsize=4096)
def day_start(day: date, tz: ZoneInfo) -> datetime:
    """The instant at which a local day begins, also where clocks change at midnight."""
    return midnight(day, tz).astimezone(UTC)


def last_day(protected_until: datetime, tz: ZoneInfo) -> date:
    """The last local day that a protection includes: what "protected until" says."""
    return local_day(protected_until - timedelta(microseconds=1), tz)
