"""How many codes are sent and how many wrong tries are heard, for each door and over the network.

Passwords, codes to sign in, to set a new password and to prove an address, and second factors are
counted together. After a few, each next one has to wait twice as long as the one before.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.actor import Actor, acting
from dealers.door import opened
from dealers.models import SignInTry, TryKind, User
from dealers.signin.devices import Door
from dealers.watch import of_guessing

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LONGEST = timedelta(hours=1)
KEPT = timedelta(days=8)
# Of two who come at once, the one whose clock was read first may get its turn last.
SLACK = timedelta(minutes=5)
# Strangers of one network address who are heard at the same time: a password takes a tenth of a
# second, and an office that signs in would wait for each other. By so many its limit may be passed.
AT_ONCE = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a door may be used: ``free`` times at once, then after waits that double."""

    free: int
    wait: timedelta
    a_day: int
    from_one_origin: int  # strangers together, within an hour


LIMITS = {
    TryKind.SENT: Limit(2, timedelta(seconds=30), 10, 60),
    TryKind.WRONG: Limit(5, timedelta(seconds=30), 20, 60),
    # Customers have no account: what they ask for counts by itself.
    TryKind.ASKED: Limit(2, timedelta(seconds=30), 10, 60),
    TryKind.MISSED: Limit(5, timedelta(seconds=30), 20, 60),
}
OF_THE_NETWORK = (TryKind.SENT, TryKind.WRONG)  # which many at once raise the alarm
ALARM = 200  # wrong tries, or codes sent, by strangers within an hour over the whole network
ALARM_PERCENT = 5  # of the people with an account, where that is more


class TooManyTries(Exception):
    """The message is written for the person at the door; ``until`` is when the next one counts."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


def check(door: Door, kind: TryKind, at: datetime, limit: Limit | None = None) -> None:
    """Take the door's turn until the transaction ends. Raises TooManyTries.

    ``limit`` is that of the kind, unless the door is another one than a person's.

    Whoever comes to the same account meanwhile waits, so that a hundred at once count as a hundred.
    """
    with opened():
        until = _until(door, kind, at, limit or LIMITS[kind])
    if until > at:
        raise TooManyTries(_sentence(kind, until - at, known=not door.origin), until)


def _until(door: Door, kind: TryKind, at: datetime, limit: Limit) -> datetime:
    """Take the door's turn; from when on the next try counts."""
    _take_turn(door)
    until = at
    past = list(
        SignInTry.objects.filter(account=door.account, at__range=(at - DAY, at + SLACK))
        .exclude(kind=TryKind.ALARM)
        .values_list("kind", "at")
    )
    used = [when for what, when in past if what == kind]
    entered = max((when for what, when in past if what == TryKind.PASSED), default=at - DAY)
    streak = [when for when in used if when > entered]
    if len(streak) >= limit.free:
        doubled = limit.wait * 2 ** (len(streak) - limit.free)
        until = max(until, streak[-1] + min(doubled, LONGEST))
    if len(used) >= limit.a_day:
        until = max(until, used[-limit.a_day] + DAY)
    if door.origin:
        near = SignInTry.objects.filter(
            origin=door.origin, kind=kind, at__range=(at - HOUR, at + SLACK)
        )
        times = list(near.order_by("-at").values_list("at", flat=True)[: limit.from_one_origin])
        if len(times) == limit.from_one_origin:
            until = max(until, times[-1] + HOUR)
    return until


def record(door: Door, kind: TryKind, at: datetime) -> None:
    """Count one, and raise the alarm where strangers try too much over the whole network."""
    with opened():
        SignInTry.objects.create(kind=kind, account=door.account, origin=door.origin, at=at)
        if door.origin and kind in OF_THE_NETWORK:
            _watch_network(kind, at)


def alarms(at: datetime) -> int:
    """How many alarms the last day had; one an hour at most."""
    with opened():
        past = SignInTry.objects.filter(kind=TryKind.ALARM, at__range=(at - DAY, at + SLACK))
        return past.count()


def sweep(at: datetime) -> int:
    """Forget what no limit looks at any more; how many tries that were."""
    return SignInTry.objects.filter(at__lt=at - KEPT).delete()[0]


def _watch_network(kind: TryKind, at: datetime) -> None:
    last_hour = SignInTry.objects.filter(at__range=(at - HOUR, at + SLACK))
    count = last_hour.filter(kind=kind).exclude(origin="").count()
    if count < ALARM or last_hour.filter(kind=TryKind.ALARM).exists():
        return
    with acting(Actor.worker("watch sign-ins")):
        everybody = User.objects.filter(is_active=True).count()
    if count < everybody * ALARM_PERCENT // 100:
        return
    SignInTry.objects.create(kind=TryKind.ALARM, at=at)
    logger.error("Somebody may be guessing: %s of kind %r within an hour.", count, str(kind))
    of_guessing(count, at)


def _take_turn(door: Door) -> None:
    # Always the account before the origin, so that two never wait for each other.
    turns = [_key(door.account)]
    if door.origin:
        turns.append(_key(door.origin) ^ _key(door.account) % AT_ONCE)
    with connection.cursor() as cursor:
        for turn in turns:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn])


def _key(digest: str) -> int:
    return int.from_bytes(bytes.fromhex(digest[:16]), signed=True)


def _sentence(kind: TryKind, wait: timedelta, *, known: bool) -> str:
    minutes = -(-int(wait.total_seconds()) // 60) or 1
    hours = -(-minutes // 60)
    if minutes <= 90:
        when = ngettext("in %d minute", "in %d minutes", minutes) % minutes
    else:
        when = ngettext("in %d hour", "in %d hours", hours) % hours
    if kind in (TryKind.SENT, TryKind.ASKED):
        return _("No more codes for now. Ask for the next one %(when)s.") % {"when": when}
    if known or kind == TryKind.MISSED:
        return _("Too many wrong tries. Try again %(when)s.") % {"when": when}
    return _(
        "Too many wrong tries. Try again %(when)s, or on a device that you have used before."
    ) % {"when": when}
