"""How much a person and a store may register and hold, and who has to stop.

Typing numbers must not pay: what a person types at a counter is limited, and what headquarters
types into leads and orders; what a dealer brings in files pauses like it. A store's page needs no
limit of this kind: who registers there holds the number, and a search finds one's own customers
alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.cutoff import wait_for_staff
from customers.models import Channel, Lead, LeadSource, Order, Ownership
from customers.ownership.rulebook import Claim, Counts, day_start, local_day
from customers.ownership.settings import RegistrationRefused, Rulebooks, Settings
from dealers.actor import WORKER, Actor
from dealers.models import Dealer

MINUTE = timedelta(minutes=1)
CONFLICT_WINDOW = 50  # a person's last registrations, of which a share may be protected elsewhere


@dataclass(frozen=True, slots=True)
class Tried:
    """What a person and a store registered lately, counted no further than their limits."""

    person_minute: int = 0
    person_day: int = 0
    store_day: int = 0
    conflicts: int = 0  # of the person's last registrations, those protected elsewhere


def check(tried: Tried, settings: Settings) -> None:
    """Raise RegistrationRefused for whoever has reached a limit or is paused."""
    if _reached(tried.person_minute, settings.person_minute_limit):
        raise RegistrationRefused(
            _("You registered %(count)d customers in the last minute. Wait a minute, then go on.")
            % {"count": tried.person_minute}
        )
    if _reached(tried.person_day, settings.person_daily_limit):
        raise RegistrationRefused(
            _("You registered %(count)d customers today, as many as a person may. Go on tomorrow.")
            % {"count": tried.person_day}
        )
    if _reached(tried.store_day, settings.store_daily_limit):
        raise RegistrationRefused(
            _("Your store registered %(count)d customers today, as many as it may. Go on tomorrow.")
            % {"count": tried.store_day}
        )
    if too_many_conflicts(tried.conflicts, settings):
        raise RegistrationRefused(
            _(
                "Many of your last customers already had a store. Registering pauses until HQ has"
                " looked at it; please contact HQ."
            )
        )


def check_headquarters(by: Actor, at: datetime) -> None:
    """Raise RegistrationRefused for a person who types more numbers than one at a counter may.

    Whoever types one into a lead or an order learns which dealer has the customer, so the
    rulebook's limits hold for both together. Nobody is limited by whom a file or a job acts.

    Call it in the transaction that records what is typed: until it ends nobody else counts for this
    person. Waiting too long is an OperationalError: see ``busy_as``.
    """
    if by.user is None or by.role == WORKER:
        return
    wait_for_staff(by.person.pk)
    tz = timezone.get_default_timezone()
    try:
        settings = Rulebooks.on_file().on(at, tz)
    except RegistrationRefused:  # nobody has anybody yet
        return
    midnight = day_start(local_day(at, tz), tz)
    # Also what came while this one waited, and says a later moment.
    leads = Lead.objects.filter(by=by.user, source=LeadSource.HQ, received_at__lt=at + MINUTE)
    orders = Order.objects.sales().filter(recorded_by=by.user, identity__isnull=False)
    minute = at - MINUTE
    lately = leads.filter(received_at__gt=minute).count()
    lately += orders.filter(recorded_at__gt=minute).count()
    if _reached(lately, settings.person_minute_limit):
        raise RegistrationRefused(
            _("You typed %(count)d numbers in the last minute. Wait a minute, then go on.")
            % {"count": lately}
        )
    today = leads.filter(received_at__gte=midnight).count()
    today += orders.filter(recorded_at__gte=midnight).count()
    if _reached(today, settings.person_daily_limit):
        raise RegistrationRefused(
            _("You typed %(count)d numbers today, as many as a person may. Go on tomorrow.")
            % {"count": today}
        )


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit


def too_many_conflicts(conflicts: int, settings: Settings) -> bool:
    """Whether a person pauses who got so many answers "protected elsewhere" in the window."""
    percent = settings.conflict_percent
    return percent is not None and conflicts * 100 > percent * CONFLICT_WINDOW


def parameters(claim: Claim, settings: Settings | None, at: datetime) -> dict[str, Any]:
    """What a statement with ``COUNTED`` needs to know; without settings nothing is counted."""
    captured = settings if claim.channel == Channel.CAPTURE else None
    return {
        "staff": claim.staff,
        "store": claim.store,
        "at": at,
        "minute": at - timedelta(minutes=1),
        # Not what a wrong clock dated ahead; the clocks of two servers may differ by seconds.
        "latest": at + timedelta(minutes=1),
        "midnight": day_start(local_day(at, claim.tz), claim.tz),
        "person_minute": captured and captured.person_minute_limit,
        "person_day": captured and captured.person_daily_limit,
        "store_day": captured and captured.store_daily_limit,
        "window": captured and CONFLICT_WINDOW,
        "person_cap": settings and settings.person_cap,
        "store_cap": settings and settings.store_cap,
    }


def counted(row: dict[str, Any]) -> tuple[Tried, Counts]:
    """What a statement has read with ``COUNTED``."""
    return (
        Tried(*[row[name] for name in ("person_minute", "person_day", "store_day", "conflicts")]),
        Counts(row["person_open"], row["store_open"]),
    )


def open_customers(claim: Claim, moment: datetime) -> Counts:
    """What ``COUNTED`` counts as open, at a moment that may be past."""
    held = Ownership.objects.filter(
        Q(sold_at=None) | Q(sold_at__gt=moment),
        period__startswith__lte=moment,
        protected_until__gt=moment,
    )
    person = 0 if claim.staff is None else held.filter(staff=claim.staff).count()
    return Counts(person, held.filter(store=claim.store).count())


# Of a person's last registrations, how many another dealer's protection answered.
CONFLICTS = """
SELECT count(*) FILTER (WHERE answer = 'protected') FROM (
    SELECT answer FROM customers_registration
    WHERE staff_id = {person} AND channel = 'capture' AND received_at > coalesce(
        (SELECT max(reviewed_at) FROM dealers_membership WHERE user_id = {person}), '-infinity')
    ORDER BY received_at DESC LIMIT %(window)s::int8
) AS latest WHERE %(window)s::int8 IS NOT NULL"""


def _lately(whose: str, since: str, limit: str) -> str:
    return f"""(SELECT count(*) FROM (
        SELECT FROM customers_registration
        WHERE {whose} AND channel = 'capture'
            AND received_at {since}::timestamptz AND received_at <= %(latest)s::timestamptz
            AND %({limit})s::int8 IS NOT NULL
        LIMIT %({limit})s::int8) AS latest)"""  # noqa: S608 -- put together from our own text


def _open(whose: str, limit: str) -> str:
    return f"""(SELECT count(*) FROM (
        SELECT FROM customers_ownership
        WHERE {whose} AND protected_until > %(at)s::timestamptz
            AND sold_at IS NULL AND %({limit})s::int8 IS NOT NULL
        LIMIT %({limit})s::int8) AS held)"""  # noqa: S608 -- put together from our own text


_PERSON, _STORE = "staff_id = %(staff)s::int8", "store_id = %(store)s::int8"
# What the person and the store of a claim registered lately, and what they hold open, as columns of
# a statement. What has no limit is not counted, and nothing is counted beyond its limit.
COUNTED = f"""
    {_lately(_PERSON, "> %(minute)s", "person_minute")} AS person_minute,
    {_lately(_PERSON, ">= %(midnight)s", "person_day")} AS person_day,
    {_lately(_STORE, ">= %(midnight)s", "store_day")} AS store_day,
    ({CONFLICTS.format(person="%(staff)s::int8")}) AS conflicts,
    {_open(_PERSON, "person_cap")} AS person_open,
    {_open(_STORE, "store_cap")} AS store_open
"""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who cannot register until headquarters has looked, and why.

    ``user`` for a person at the counter, ``dealer`` alone for the files of a dealer.
    """

    dealer: int
    user: int | None
    conflicts: int  # of the last ones, those protected elsewhere
    percent: int  # above which it pauses


def pauses(at: datetime) -> list[Pause]:
    """All who are paused by the rulebook in force, those with most conflicts first.

    People who hold a post with a dealer, and dealers that brought files.
    """
    try:
        settings = Rulebooks.on_file().on(at, timezone.get_default_timezone())
    except RegistrationRefused:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PAUSED, {"window": CONFLICT_WINDOW, "at": at})
        return [
            Pause(dealer, user, conflicts, settings.conflict_percent or 0)
            for dealer, user, conflicts in cursor
            if too_many_conflicts(conflicts, settings)
        ]


def check_files(dealer: Dealer, at: datetime) -> None:
    """Raise RegistrationRefused for a dealer whose files brought too many customers of others."""
    settings = Rulebooks.on_file().on(at, timezone.get_default_timezone())
    with connection.cursor() as cursor:
        statement = f"SELECT ({OF_FILES.format(dealer='%(dealer)s')})"
        cursor.execute(statement, {"dealer": dealer.pk, "window": CONFLICT_WINDOW})
        (conflicts,) = cursor.fetchone()
    if too_many_conflicts(conflicts, settings):
        raise RegistrationRefused(
            _(
                "Many customers of your last files already had a store. Importing pauses until HQ"
                " has looked at it; please contact HQ."
            )
        )


# The same of what a dealer brought in files.
OF_FILES = """
SELECT count(*) FILTER (WHERE answer = 'protected') FROM (
    SELECT answer FROM customers_registration
    WHERE dealer_id = {dealer} AND channel = 'import' AND recorded_at > coalesce(
        (SELECT max(reviewed_at) FROM dealers_membership WHERE dealer_id = {dealer}), '-infinity')
    ORDER BY recorded_at DESC, id DESC LIMIT %(window)s::int8
) AS latest WHERE %(window)s::int8 IS NOT NULL"""
# Each person's last registrations come from an index; nothing reads the whole table.
PAUSED = f"""
SELECT people.dealer, people.id, counted.conflicts
FROM (
    SELECT user_id AS id, min(dealer_id) AS dealer FROM dealers_membership
    WHERE dealer_id IS NOT NULL AND (ends_at IS NULL OR ends_at > %(at)s)
    GROUP BY user_id
) AS people
CROSS JOIN LATERAL ({CONFLICTS.format(person="people.id")}) AS counted (conflicts)
WHERE counted.conflicts > 0
UNION ALL
SELECT brought.dealer, NULL, counted.conflicts
FROM (
    SELECT DISTINCT dealer_id AS dealer FROM dealers_upload
    WHERE dealer_id IS NOT NULL AND kind = 'registrations'
) AS brought
CROSS JOIN LATERAL ({OF_FILES.format(dealer="brought.dealer")}) AS counted (conflicts)
WHERE counted.conflicts > 0
ORDER BY 3 DESC, 1, 2
"""  # noqa: S608 -- put together from our own text
