"""The ownership rulebook: a claim, what is known, the settings and a moment give an answer.

Pure but for ``in_force``, which reads the published rulebooks: no clock, no writing. Rules R4 (held
for an offer) and R5 (a possible match) have their place in ``answer`` between R3 and R6.
"""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from customers.models import (
    ActivityKind,
    Case,
    Channel,
    Outcome,
    Registration,
    Rule,
    Rulebook,
)
from customers.models import Answer as Kind

CONTACTS = frozenset(
    {
        ActivityKind.VISIT,
        ActivityKind.CALL,
        ActivityKind.QUOTE,
        ActivityKind.DEPOSIT,
        ActivityKind.SERVICE,
    }
)
CONFLICT_WINDOW = 50  # a person's last registrations, of which a share may be protected elsewhere


class RegistrationRefused(Exception):
    """Not registered; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one rulebook; None switches a rule off."""

    id: int
    starts_on: date
    protection_days: int
    activity_renews_days: int | None
    visit_qualifies: bool
    sale_renews_days: int | None
    max_days_without_sale: int | None
    grace_days: int
    first_contact_hours: int | None
    person_cap: int | None
    store_cap: int | None
    person_daily_limit: int | None
    person_minute_limit: int | None
    store_daily_limit: int | None
    conflict_percent: int | None
    owner_share: Decimal

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Settings":
        values = {field.name: getattr(rulebook, field.name) for field in fields(cls)}
        return cls(**values | {"owner_share": Decimal(values["owner_share"])})


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


def renew_by_sale(standing: Standing, case: str, settings: Settings, moment: datetime) -> Standing:
    """A sale by the owner, a sister store or online prolongs; one elsewhere never does."""
    if case not in (Case.OWN, Case.SISTER, Case.ONLINE) or not standing.runs(moment):
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


SENTENCES = {
    Rule.R1: _lazy(
        "Your store already has this customer (%(name)s follows up). Protected until %(until)s."
        " This visit is recorded."
    ),
    Rule.R2: _lazy(
        "Another store of your dealer has this customer. Protected until %(until)s. This visit is"
        " recorded."
    ),
    Rule.R3: _lazy(
        "This customer already has a store. Ownership has not changed and no registration reward"
        " is added. To protect customers and stores, we do not show which one."
    ),
    Rule.R6: _lazy(
        "Registered. This customer is yours, protected until %(until)s. Store and online purchases"
        " in that time are credited to you under your plan."
    ),
    Rule.CAP: _lazy(
        "Recorded, and waiting: there are more open protected customers than the cap allows."
        " Customers with a sale do not count."
    ),
}
SENTENCES[Rule.R7] = SENTENCES[Rule.R6]
NOBODY_FOLLOWS_UP = _lazy(
    "Your store already has this customer. Protected until %(until)s. This visit is recorded."
)


def sentence(registration: Registration) -> str:
    """The answer in the words of the reader's language.

    Reads the registration's ownership with its store and staff; join them for a list.
    """
    text = SENTENCES.get(Rule(registration.rule), registration.get_answer_display())
    owned = registration.ownership
    if owned is None or registration.protected_until is None:
        return str(text)
    if registration.rule == Rule.R1 and owned.staff is None:
        text = NOBODY_FOLLOWS_UP
    until = last_day(registration.protected_until, owned.store.tz)
    return str(text) % {
        "until": formats.date_format(until, "DATE_FORMAT"),
        "name": owned.staff or "",
    }


def choose(published: list[Settings], day: date) -> Settings:
    """Of the published rulebooks the latest that applies on ``day``, else the earliest of all."""
    if not published:
        raise RegistrationRefused(_("No rulebook is published yet. Please ask HQ to publish one."))
    started = [settings for settings in published if settings.starts_on <= day]
    if started:
        return max(started, key=lambda settings: settings.starts_on)
    return min(published, key=lambda settings: settings.starts_on)


def in_force(day: date) -> Settings:
    """The settings that apply to an act on a store's local ``day``. Raises RegistrationRefused."""
    return choose(published_settings(), day)


def published_settings() -> list[Settings]:
    """The settings of all published rulebooks."""
    rulebooks: QuerySet[Rulebook] = Rulebook.objects.published()
    return [Settings.of(rulebook) for rulebook in rulebooks]
