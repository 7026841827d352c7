"""The ownership rulebook: a claim, what is known, the settings and a moment give an answer.

Pure: no database, no clock. Rules R4 (held for an offer) and R5 (a possible match) have their place
in ``answer`` between R3 and R6.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from customers.models import (
    ActivityKind,
    Channel,
    Outcome,
    Rule,
    SoldBy,
)
from customers.models import Answer as Kind
from customers.ownership.settings import Settings

CONTACTS = frozenset(
    {
        ActivityKind.VISIT,
        ActivityKind.CALL,
        ActivityKind.QUOTE,
        ActivityKind.DEPOSIT,
        ActivityKind.SERVICE,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts of an identity's latest ownership: ``[start, end)``, grace included."""

    dealer: int
    store: int
    tz: ZoneInfo  # of the owner's store, whose days count
    channel: str
    start: datetime
    protected_until: datetime
    end: datetime
    sold: bool = False
    renewed_on: date | None = None
    contacted_at: datetime | None = None

    def runs(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Claim:
    """A store that registers a customer."""

    dealer: int
    store: int
    tz: ZoneInfo
    channel: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Open protected customers without a sale, which the caps are about."""

    person: int = 0
    store: int = 0

    def above_a_cap(self, settings: Settings) -> bool:
        person, store = settings.person_cap, settings.store_cap
        return (person is not None and self.person >= person) or (
            store is not None and self.store >= store
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rulebook says to a claim.

    ``standing`` is the dealer's own ownership after the answer, None where another store has the
    customer. ``renews``: an own one was prolonged. ``replaces``: a running one ends at this moment.
    """

    kind: Kind
    rule: Rule
    standing: Standing | None = None
    renews: bool = False
    replaces: bool = False

    @property
    def protected_until(self) -> datetime | None:
        return self.standing.protected_until if self.standing else None

    @property
    def end(self) -> datetime | None:
        return self.standing.end if self.standing else None


def answer(
    claim: Claim,
    standing: Standing | None,
    settings: Settings,
    moment: datetime,
    counts: Counts | None = None,
) -> Answer:
    """Answer a registration received at ``moment``; ``standing``: the latest ownership, if any."""
    replaces = False
    if standing is not None and standing.runs(moment):
        if standing.dealer == claim.dealer:
            visited = renew_by_activity(standing, ActivityKind.VISIT, "", settings, moment)
            visited = contacted(visited, ActivityKind.VISIT, "", moment)
            return Answer(
                Kind.YOURS_ALREADY,
                Rule.R1 if standing.store == claim.store else Rule.R2,
                visited,
                renews=visited.end != standing.end
                or visited.protected_until != standing.protected_until,
            )
        replaces = _live_beats_import(claim, standing, moment)
        if not replaces:
            return Answer(Kind.PROTECTED, Rule.R3)
    if counts is not None and counts.above_a_cap(settings):
        return Answer(Kind.WAITING, Rule.CAP)
    return Answer(
        Kind.YOURS,
        Rule.R6 if standing else Rule.R7,
        Standing(
            dealer=claim.dealer,
            store=claim.store,
            tz=claim.tz,
            channel=claim.channel,
            start=moment,
            protected_until=protection_end(moment, settings.protection_days, claim.tz),
            end=protection_end(moment, settings.protection_days + settings.grace_days, claim.tz),
        ),
        replaces=replaces,
    )


def _live_beats_import(claim: Claim, standing: Standing, moment: datetime) -> bool:
    """A bulk import never beats a live registration of the same day."""
    return (
        standing.channel == Channel.IMPORT
        and claim.channel == Channel.CAPTURE
        and local_day(standing.start, standing.tz) == local_day(moment, standing.tz)
    )


def reaches(kind: str, outcome: str) -> bool:
    """Whether an activity is contact with the customer: not a note, a message or a dead line."""
    return kind in CONTACTS and outcome != Outcome.NO_ANSWER


def qualifies(kind: str, outcome: str, settings: Settings) -> bool:
    """Whether an activity prolongs the protection."""
    return (
        settings.activity_renews_days is not None
        and reaches(kind, outcome)
        and (kind != ActivityKind.VISIT or settings.visit_qualifies)
    )


def renew_by_activity(
    standing: Standing, kind: str, outcome: str, settings: Settings, moment: datetime
) -> Standing:
    """The owner's qualifying activity prolongs, at most once a day; without a sale not for ever."""
    days = settings.activity_renews_days
    if days is None or not standing.runs(moment) or not qualifies(kind, outcome, settings):
        return standing
    today = local_day(moment, standing.tz)
    if standing.renewed_on == today:
        return standing
    renewed = prolonged(standing, moment, days, settings)
    return standing if renewed is standing else replace(renewed, renewed_on=today)


def renew_by_sale(
    standing: Standing, sold_by: str, settings: Settings, moment: datetime, *, paid: bool = True
) -> Standing:
    """A paid sale by the owner, a sister store or online prolongs; one elsewhere never does."""
    if sold_by not in (SoldBy.OWN, SoldBy.SISTER, SoldBy.ONLINE) or not standing.runs(moment):
        return standing
    if not paid:
        return standing
    sold = standing if standing.sold else replace(standing, sold=True)
    if settings.sale_renews_days is None:
        return sold
    return prolonged(sold, moment, settings.sale_renews_days, settings)


def prolonged(standing: Standing, moment: datetime, days: int, settings: Settings) -> Standing:
    """The standing with its end moved to ``days`` after ``moment``, if that is later."""
    until = protection_end(moment, days, standing.tz)
    end = protection_end(moment, days + settings.grace_days, standing.tz)
    longest = settings.max_days_without_sale
    if longest is not None and not standing.sold:
        until = min(until, protection_end(standing.start, longest, standing.tz))
        end = min(end, protection_end(standing.start, longest + settings.grace_days, standing.tz))
    if until <= standing.protected_until and end <= standing.end:
        return standing
    return replace(
        standing,
        protected_until=max(until, standing.protected_until),
        end=max(end, standing.end),
    )


def contacted(standing: Standing, kind: str, outcome: str, moment: datetime) -> Standing:
    """The standing with its first contact, if this activity is it."""
    if standing.contacted_at is not None or not reaches(kind, outcome):
        return standing
    return replace(standing, contacted_at=moment)


def duty_met(start: datetime, contacted_at: datetime | None, settings: Settings) -> bool:
    """Whether the owner contacted the customer in time; always, where the duty is switched off."""
    due = first_contact_due(start, settings)
    return due is None or (contacted_at is not None and contacted_at <= due)


def first_contact_due(start: datetime, settings: Settings) -> datetime | None:
    """Until when the owner has to have contacted the customer; None where there is no duty."""
    hours = settings.first_contact_hours
    return None if hours is None else start + timedelta(hours=hours)


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
    return datetime.combine(day, time.min, tz).astimezone(UTC)


def last_day(protected_until: datetime, tz: ZoneInfo) -> date:
    """The last local day that a protection includes: what "protected until" says."""
    return local_day(protected_until - timedelta(microseconds=1), tz)
