"""The weeks, months, quarters and seasons of boards: a length and the day that it starts on.

Weeks are those of ISO 8601, Monday to Sunday: the first of a year has its first Thursday. Seasons
are on file, and there may be none on a day.
"""

import re
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dealers import months
from dealers.bounds import EARLIEST, LATEST
from dealers.months import add_months
from incentives.boards import seasons
from incentives.models import Length
from incentives.models.boards import after

PATTERN = r"[0-9]{4}-(?:[0-9]{2}|W[0-9]{2}|Q[1-4]|S[0-9]{2})"


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def start(length: str, day: date) -> date:
    """The first day of the week, month or quarter that a day lies in."""
    if length == Length.WEEK:
        return monday(day)
    first = day.replace(day=1)
    return add_months(first, -((first.month - 1) % 3)) if length == Length.QUARTER else first


def before(length: str, starts_on: date) -> date:
    """The first day of the week, month or quarter before; of a season see ``earlier``."""
    return start(length, starts_on - timedelta(days=1))


def until(length: str, day: date) -> date | None:
    """``start``, or of seasons the last that had begun on the day."""
    if length != Length.SEASON:
        return start(length, day)
    season = seasons.until(day)
    return season.starts_on if season else None


def earlier(length: str, starts_on: date) -> date | None:
    """``before``, or the first day of the season before, if there was one."""
    return until(length, starts_on - timedelta(days=1))


def later(length: str, starts_on: date) -> date | None:
    """The first day of the week, month, quarter or season after, if there is such a season."""
    return seasons.following(starts_on) if length == Length.SEASON else after(length, starts_on)


def exists(length: str, starts_on: date) -> bool:
    """Whether there is such a time: a season has to be on file."""
    return length != Length.SEASON or seasons.find(starts_on) is not None


def last(length: str, starts_on: date, count: int) -> list[date]:
    """So many starts up to this one, oldest first; of seasons as many as there are."""
    found = [starts_on]
    while len(found) < count and (one_before := earlier(length, found[0])):
        found.insert(0, one_before)
    return found


def parse(text: str) -> tuple[Length, date]:
    """What ``key`` wrote. Raises ValueError for a time that there is not."""
    if not re.fullmatch(PATTERN, text):
        raise ValueError(text)
    year, rest = int(text[:4]), text[5:]
    if not EARLIEST.year <= year < LATEST.year:
        raise ValueError(text)
    match rest[0]:
        case "W":
            return Length.WEEK, date.fromisocalendar(year, int(rest[1:]), 1)
        case "Q":
            return Length.QUARTER, date(year, 3 * int(rest[1:]) - 2, 1)
        case "S":
            return Length.SEASON, date(year, int(rest[1:]), 1)
    return Length.MONTH, months.parse(text)


def key(length: str, starts_on: date) -> str:
    """As addresses write it: 2026-W53, 2026-10, 2026-Q4, 2026-S10 for a season from October on."""
    if length == Length.WEEK:
        year, week, _day = starts_on.isocalendar()
        return f"{year}-W{week:02}"
    if length == Length.QUARTER:
        return f"{starts_on.year}-Q{(starts_on.month + 2) // 3}"
    if length == Length.SEASON:
        return f"{starts_on.year}-S{starts_on.month:02}"
    return months.key(starts_on)


def name(length: str, starts_on: date) -> str:
    """For the reader: week and season with their days, 2026年第4季度, October 2026."""
    if length == Length.SEASON:
        season = seasons.find(starts_on)
        return _("%(season)s, %(first)s to %(last)s") % {
            "season": season or key(length, starts_on),
            "first": months.name(starts_on),
            "last": months.name(months.previous_month(season.ends_on if season else starts_on)),
        }
    if length == Length.WEEK:
        year, week, _day = starts_on.isocalendar()
        return _("Week %(week)d of %(year)d, %(first)s to %(last)s") % {
            "week": week,
            "year": year,
            "first": date_format(starts_on, "SHORT_DATE_FORMAT"),
            "last": date_format(after(length, starts_on) - timedelta(days=1), "SHORT_DATE_FORMAT"),
        }
    if length == Length.QUARTER:
        return _("Quarter %(quarter)d of %(year)d") % {
            "quarter": (starts_on.month + 2) // 3,
            "year": starts_on.year,
        }
    return months.name(starts_on)


def short_name(length: str, starts_on: date) -> str:
    """Under a chart: W43, Oct, Q4."""
    return months.short_name(starts_on) if length == Length.MONTH else key(length, starts_on)[5:]
