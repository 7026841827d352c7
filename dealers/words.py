"""How amounts, shares, counts, days and masked numbers and names read."""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, gettext_lazy

from dealers import currencies

if TYPE_CHECKING:
    from django.contrib.admin.models import LogEntry

MINUS = "\u2212"  # a hyphen is too short beside digits
NONE = "–"
HIDDEN = "****"


def in_english() -> bool:
    """Whether the reader reads English."""
    return (get_language() or settings.LANGUAGE_CODE).startswith("en")


def said_of(entry: "LogEntry") -> str:
    """What the admin's history says was done: our own words are logged untranslated."""
    said = entry.get_change_message()
    return gettext(said) if said else str(entry.get_action_flag_display())


# Figures


def rounded(amount: Decimal, places: int) -> Decimal:
    """The amount to so many decimals, half up."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def figure(value: Decimal, places: int, mark: str = "") -> str:
    """A rounded number with thousands separators, ``mark`` before its digits: −¥1,406.00."""
    value = rounded(value, places)
    return f"{MINUS if value < 0 else ''}{mark}{abs(value):,f}"


def money(amount: Decimal | int | str | None, currency: str = currencies.HOME) -> str:
    """An amount with its currency and as many decimals as that has.

    ¥12,174.40 for Chinese readers, CNY 12,174.40 for English ones, JPY 12,174 for both.
    """
    if amount is None or amount == "":
        return NONE
    return figure(Decimal(amount), currencies.decimals(currency), _mark(currency))


def exact_money(amount: Decimal | int | str, currency: str) -> str:
    """An amount that keeps its further decimals, as rates and steps of a calculation need."""
    value = Decimal(amount)
    places = max(currencies.decimals(currency), _places(value))
    return figure(value, places, _mark(currency))


def percent(share: Decimal | float | str | None, places: int = 2) -> str:
    """A share of one as percent, at most ``places`` decimals: 0.065 is 6.5%."""
    if share is None or share == "":
        return NONE
    value = rounded(Decimal(share) * 100, places)
    return f"{figure(value, _places(value))}%"


def exact_percent(share: Decimal | str) -> str:
    """A rate as percent with all its decimals, of which rates have six: 0.123456 is 12.3456%."""
    return percent(share, places=4)


def sentences(*said: object) -> str:
    """Sentences one after the other: with a space in English, without one in Chinese."""
    return (" " if in_english() else "").join(str(each) for each in said if each)


def aside(text: object) -> str:
    """A remark behind a word, in the brackets of the reader's language; nothing for nothing."""
    if text is None or text == "":
        return ""
    return format_html(" ({})" if in_english() else "（{}）", text)


def listed(names: Iterable[object]) -> str:
    """Names one after the other, as the reader's language lists them: A, B or A、B."""
    return gettext(", ").join(map(str, names))


def count(number: Decimal | int | str) -> str:
    """A number without the zeros behind its last digit."""
    value = Decimal(number)
    return figure(value, _places(value))


def sign(value: Decimal | int) -> str:
    """The sign before a difference: none before nothing."""
    return "+" if value > 0 else MINUS if value < 0 else ""


def signed(difference: Decimal | int | None) -> str:
    """A difference of counts with its sign: +3."""
    return NONE if difference is None else f"{sign(difference)}{abs(difference):,.0f}"


def points(difference: Decimal | None) -> str:
    """A difference of two shares in percentage points, with its sign: +0.8 pts."""
    if difference is None:
        return NONE
    value = rounded(Decimal(difference) * 100, 1)
    return gettext("%(points)s pts") % {"points": f"{sign(value)}{abs(value)}"}


def plain(number: Decimal) -> str:
    """A number as a field takes it, without separators and needless zeros: 40.000000 is 40."""
    return f"{number.normalize():f}"


def _places(value: Decimal) -> int:
    """How many decimals a number needs."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def _mark(currency: str) -> str:
    return "¥" if currency == currencies.HOME and not in_english() else f"{currency}\u00a0"


# What outsiders see of a person


def mask_phone(number: str | None) -> str:
    """An E.164 number without its middle: 138****8000, abroad only its end: +852 ****4567."""
    if not number:
        return NONE
    if number.startswith("+86") and len(number) == 14:
        return f"{number[3:6]}{HIDDEN}{number[-4:]}"
    try:
        country = phonenumbers.parse(number).country_code
    except phonenumbers.NumberParseException:
        return HIDDEN + number[-4:]
    return f"+{country} {HIDDEN}{number[-4:]}"


def mask_name(name: str) -> str:
    """The first letter of each word of a name, the rest as stars: 李*, A*** S****."""
    return " ".join(word[0] + "*" * max(1, len(word) - 1) for word in name.split())


# Days and moments


def zone(place: object) -> dt.tzinfo:
    """The time zone of a store, of a zone's name, or of the person who reads."""
    if not place:
        return timezone.get_current_timezone()
    if isinstance(place, str):
        return ZoneInfo(place)
    return cast("dt.tzinfo", getattr(place, "tz", place))


def store_time(moment: dt.datetime | None, place: object = None) -> str:
    """A moment on the clock of ``place`` (a store or zone), else on the reader's own."""
    if moment is None:
        return NONE
    return format_html(
        '<time datetime="{}">{}</time>',
        moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        plain_time(moment, place),
    )


def plain_time(moment: dt.datetime, place: object = None) -> str:
    """The same without a tag: for short messages and mails."""
    return formats.date_format(moment.astimezone(zone(place)), "DATETIME_FORMAT")


def local_date(moment: dt.datetime | dt.date | None, place: object = None) -> str:
    """A day; of a moment, the day it was at ``place`` (a store or zone), else at the reader's."""
    if moment is None:
        return NONE
    day = moment.astimezone(zone(place)).date() if isinstance(moment, dt.datetime) else moment
    return format_html(
        '<time datetime="{}">{}</time>', day.isoformat(), formats.date_format(day, "DATE_FORMAT")
    )


# How ``time_left`` is said, by the largest part; a page may count on with the same words.
TIME_LEFT = {
    "days": gettext_lazy("%(days)d d %(hours)d h"),
    "hours": gettext_lazy("%(hours)d h %(minutes)d min"),
    "minutes": gettext_lazy("%(minutes)d min"),
    "seconds": gettext_lazy("%(seconds)d s"),
}


def time_left(left: dt.timedelta) -> str:
    """How long something still takes: 3 h 5 min, 18 min; nothing once it is over."""
    minutes = max(0, int(left.total_seconds())) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    largest = "days" if days else "hours" if hours else "minutes"
    return str(TIME_LEFT[largest]) % {"days": days, "hours": hours, "minutes": minutes}


def distance(metres: int | None) -> str:
    """A way through the air: 2.1 km, 850 m."""
    if metres is None:
        return NONE
    if metres < 1000:
        return f"{metres} m"
    return f"{metres / 1000:.1f} km"
