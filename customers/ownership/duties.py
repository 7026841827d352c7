"""What an owner has to do until when, and what happens by itself if it does not.

Pure: what is due depends on nothing but the moment that is asked about.
"""

from collections.abc import Callable, Iterable
from copy import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from customers.models import Channel
from customers.ownership.rulebook import (
    Claim,
    Pause,
    Standing,
    day_start,
    last_day,
    local_day,
    prolonged,
    protection_end,
)
from customers.ownership.settings import Rulebooks, Settings

HANDED_ON_WITHIN = 7  # days in which who leads a store gives the customers of who left to others
FROZEN_FOR = 90  # days after a dealer closed
ANSWERED_WITHIN = 2  # working days, for a request and for a possible match


class Request(NamedTuple):
    """The owner asked for more time, and is answered by ``due``.

    ``grace``: the days that the protection had then, none of which a later rulebook takes away;
    None where nobody wrote them down: then the rulebook of the answer says.
    """

    due: datetime
    grace: int | None


def release_due(standing: Standing) -> datetime | None:
    """When the customer is released, since nobody contacted them; None where that is not due.

    Who bought was served: a sale releases nobody.
    """
    due = standing.release_at
    if due is None or standing.contacted_at is not None or standing.sold or standing.frozen:
        return None
    return due if due < standing.end else None


def contact_is_late(standing: Standing, moment: datetime) -> bool:
    """Whether the owner is warned at ``moment`` that the first contact is overdue."""
    due = standing.contact_due_at
    late = due is not None and standing.contacted_at is None and moment >= due
    return late and standing.runs(moment)


def warned(standing: Standing, settings: Settings, moment: datetime) -> tuple[int, ...]:
    """Of the warnings before the end, the days of those that are out at ``moment``.

    A warning is out from the beginning of the local day that is so many days before the last one.
    What began later than that is not warned of.
    """
    if standing.frozen or not standing.start <= moment < standing.protected_until:
        return ()
    until, tz = standing.protected_until, standing.tz
    return tuple(
        days
        for days in settings.warning_days
        if standing.start <= warning_at(until, days, tz) <= moment
    )


def warning_at(protected_until: datetime, days: int, tz: ZoneInfo) -> datetime:
    """When the warning is out that comes so many days before the last day of a protection."""
    return day_start(last_day(protected_until, tz) - timedelta(days=days), tz)


def extended(
    standing: Standing, settings: Settings, _moment: datetime, _grace: int | None
) -> Standing:
    """The standing after its owner's request was granted: so many days more."""
    until = last_day(standing.protected_until, standing.tz)
    days, grace = settings.extension_days, settings.grace_days
    protected = day_start(until + timedelta(days=days + 1), standing.tz)
    end = day_start(until + timedelta(days=days + grace + 1), standing.tz)
    return replace(
        standing,
        protected_until=max(standing.protected_until, protected),
        end=max(standing.end, end),
        extensions=standing.extensions + 1,
    )


def extendable(standing: Standing, rulebooks: Rulebooks, moment: datetime) -> bool:
    """Whether a protection can be extended once more, while it runs."""
    terms = rulebooks.since(standing.began, moment, standing.tz)
    return not standing.frozen and bool(extending(standing, terms))


def extending(standing: Standing, terms: Iterable[Settings]) -> list[Settings]:
    """Of a protection's rulebooks those by which it can be extended once more.

    One that is used up promises no more days, however many another one still allows.
    """
    return [each for each in terms if standing.extensions < each.extensions]


def days_of_grace(standing: Standing) -> int:
    """How many days of grace a standing has, whichever rulebook gave them."""
    tz = standing.tz
    return (last_day(standing.end, tz) - last_day(standing.protected_until, tz)).days


def not_extended(
    standing: Standing, settings: Settings, moment: datetime, grace: int | None
) -> Standing:
    """The standing after its owner's request was declined: it ends as it would have, or now."""
    days = settings.grace_days if grace is None else grace
    last = last_day(standing.protected_until, standing.tz)
    end = max(day_start(last + timedelta(days=days + 1), standing.tz), moment)
    # The end while it waits for somebody is this one too, from which those days are taken back.
    pause = standing.pause and replace(standing.pause, end=end)
    return replace(standing, end=end, pause=pause)


def kept_until(standing: Standing, moment: datetime) -> Standing:
    """The standing, running until ``moment`` at least: while a request waits for its answer."""
    return replace(standing, end=max(standing.end, moment))


def paused(standing: Standing, moment: datetime) -> Standing:
    """The standing after who followed the customer up has left: it waits for somebody else.

    So does the release for want of a first contact, which nobody in particular could make.
    """
    if standing.frozen or standing.pause is not None:
        return replace(standing, staff=None)
    until, end = _moved(standing, HANDED_ON_WITHIN)
    pause = Pause(local_day(moment, standing.tz), HANDED_ON_WITHIN, until, end)
    return replace(
        standing,
        staff=None,
        protected_until=until,
        end=end,
        pause=pause,
        release_at=_release_moved(standing, HANDED_ON_WITHIN),
    )


def resumed(
    standing: Standing, staff: int | None, moment: datetime, rulebooks: Rulebooks
) -> Standing:
    """The standing once somebody follows the customer up: it waited for the days until then.

    What a visit or a sale promised meanwhile is kept, also where the pause led further.
    """
    pause, after = standing.pause, replace(waited(standing, moment), staff=staff)
    if pause is None:
        return after
    renewed, sold = after.renewed_on, after.sold_at
    if renewed is not None and renewed >= pause.since:
        at = day_start(renewed, after.tz)
        after = _kept(after, at, rulebooks, attrgetter("activity_renews_days"))
    if sold is not None and local_day(sold, after.tz) >= pause.since:
        after = _kept(after, sold, rulebooks, attrgetter("sale_renews_days"))
    return after


def _kept(
    standing: Standing, at: datetime, rulebooks: Rulebooks, days: Callable[[Settings], int | None]
) -> Standing:
    """The standing prolonged at ``at`` by the one of its rulebooks that is best for its owner."""
    kept = [
        standing if (more := days(each)) is None else prolonged(standing, at, more, each)
        for each in rulebooks.since(standing.began, at, standing.tz)
    ]
    return max(kept, key=attrgetter("reach"))


def waited(standing: Standing, moment: datetime) -> Standing:
    """The standing without the days of its pause that it does not need any more.

    For the first contact the last day counts as well: whoever has to make it has no less time left
    than was left when the pause began.
    """
    pause = standing.pause
    if pause is None:
        return standing
    days = (local_day(moment, standing.tz) - pause.since).days
    needed, stood = min(days, pause.days), min(days + 1, pause.days)
    until, end = _moved(standing, needed - pause.days)
    # What was renewed meanwhile ends later than the pause led to, and stays so.
    if standing.protected_until != pause.protected_until:
        until, end = standing.protected_until, standing.end
    elif standing.end != pause.end:
        end = standing.end
    return replace(
        standing,
        protected_until=until,
        end=end,
        pause=None,
        release_at=_release_moved(standing, stood - pause.days),
    )


def frozen(standing: Standing, moment: datetime) -> Standing:
    """The standing after its dealer closed: for so long nobody else gets the customer."""
    end = protection_end(moment, FROZEN_FOR, standing.tz)
    return replace(standing, protected_until=end, end=end, frozen=True, pause=None)


def moved(standing: Standing, to: Claim, moment: datetime, ownership: int) -> Standing:
    """The ownership that a sister store goes on with, protected to the end of its own day."""

    def end_of_day(moment: datetime) -> datetime:
        # Of the day that the one store was told, or of the one that it is by then at the other.
        last = max(last_day(moment, standing.tz), last_day(moment, to.tz))
        return day_start(last + timedelta(days=1), to.tz)

    until, end = end_of_day(standing.protected_until), end_of_day(standing.end)
    return replace(
        standing,
        id=ownership,
        store=to.store,
        tz=to.tz,
        staff=to.staff,
        start=moment,
        since=standing.began,
        protected_until=until,
        end=end,
        pause=None,
    )


def _moved(standing: Standing, days: int) -> tuple[datetime, datetime]:
    until, end = (
        day_start(local_day(each, standing.tz) + timedelta(days=days), standing.tz)
        for each in (standing.protected_until, standing.end)
    )
    return until, end


def _release_moved(standing: Standing, days: int) -> datetime | None:
    """When the customer is released without contact, at the same time of day so many days later.

    That of a lead stays: the store promised the call, whoever works there makes it.
    """
    release, tz = standing.release_at, standing.tz
    if release is None or standing.channel == Channel.DISPATCH:
        return release
    return (release.astimezone(tz) + timedelta(days=days)).astimezone(UTC)
