"""The seasons that headquarters defines, and which of them a day lies in."""

from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from dealers import months
from dealers.actor import Actor
from dealers.database import broken_constraint
from incentives.models import Run, Season

LONGEST = 12  # months
# A season is defined, or a closing looks for those that its month ends: one after the other.
_LOCK = 0x73656173


class SeasonRefused(Exception):
    """The message is written for the person at headquarters who defines it."""


def take_turn() -> None:
    """Wait until no season is defined and no month's boards are frozen by anybody else.

    Until the transaction ends none is: else a season whose last month is being closed would never
    be frozen, as neither sees the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def define(name: str, name_en: str, first: date, last: date, *, by: Actor, at: datetime) -> Season:
    """Define a season from the month ``first`` to the month ``last``, both included.

    The months are their first days. Its boards are frozen when the last one is closed.
    Raises SeasonRefused.
    """
    if last < first:
        raise SeasonRefused(_("The last month is before the first one."))
    if months.add_months(first, LONGEST) <= last:
        raise SeasonRefused(
            _("A season is of %(count)d months at the longest.") % {"count": LONGEST}
        )
    take_turn()
    if Run.objects.filter(month__gte=last).exists():
        raise SeasonRefused(_("Its last month is closed already: nothing would freeze its boards."))
    try:
        with transaction.atomic():
            return Season.objects.create(
                name=name, name_en=name_en, starts_on=first, ends_on=months.next_month(last),
                set_by=by.person, set_at=at,
            )  # fmt: skip
    except IntegrityError as problem:
        if broken_constraint(problem) != "season_one_at_a_time":
            raise
        raise SeasonRefused(_("Another season has some of these months.")) from None


def may_delete(season: Season, today: date) -> bool:
    """Whether a season has not begun: nobody has a place in it yet."""
    return today < season.starts_on


def until(day: date) -> Season | None:
    """The season that a day lies in, or the last one before it."""
    return Season.objects.filter(starts_on__lte=day).order_by("-starts_on").first()


def ending(day: date) -> Season | None:
    """The season of which a day is the first after it."""
    return Season.objects.filter(ends_on=day).first()


def find(starts_on: date) -> Season | None:
    """The season that begins on a day."""
    return Season.objects.filter(starts_on=starts_on).first()


def following(starts_on: date) -> date | None:
    """The first day of the season after the one that begins on a day."""
    later = Season.objects.filter(starts_on__gt=starts_on).order_by("starts_on")
    return later.values_list("starts_on", flat=True).first()
