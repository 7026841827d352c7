"""What every template may use: icons, amounts, dates, masked numbers, fields."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

import phonenumbers
from django import template
from django.conf import settings
from django.forms import widgets
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from config.templatetags.icons import ICONS
from dealers.demo_logins import LOGINS, PASSWORD

register = template.Library()

MINUS = "\u2212"  # a hyphen is too short beside digits
NONE = "–"


def in_english() -> bool:
    return (get_language() or settings.LANGUAGE_CODE).startswith("en")


@register.simple_tag
@cache
def icon(name: str) -> str:
    """An outline icon; hidden from screen readers, so words must stand beside it."""
    body = ICONS[name]
    return mark_safe(  # noqa: S308 our own drawings
        f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{body}</svg>'
    )


@register.simple_tag
def bar(percent, kind: str = "") -> str:
    """A bar filled to ``percent`` (0 to 100). ``kind``: ok, bad, gold, tall or several of them.

    Decoration: the figure must be written beside it.
    """
    width = min(max(Decimal(percent or 0), Decimal(0)), Decimal(100))
    width = width.quantize(Decimal("0.1")).normalize()
    return format_html(
        '<svg class="bar {}" aria-hidden="true"><rect width="{}%" height="100%" rx="4"/></svg>',
        kind,
        f"{width:f}",
    )


def decimals(amount: Decimal, places: int) -> str:
    """Digits with thousands separators, rounded half up, without a sign."""
    step = Decimal(1).scaleb(-places)
    return f"{abs(amount).quantize(step, ROUND_HALF_UP):,f}"


def sign(amount: Decimal, places: int) -> str:
    """A minus unless the amount rounds to zero."""
    step = Decimal(1).scaleb(-places)
    return MINUS if amount.quantize(step, ROUND_HALF_UP) < 0 else ""


@register.filter
def money(amount, currency: str = "CNY") -> str:
    """An amount with its currency: ¥12,174.40 for Chinese readers, CNY 12,174.40 for English."""
    if amount is None or amount == "":
        return NONE
    amount = Decimal(amount)
    mark = "¥" if currency == "CNY" and not in_english() else f"{currency}\u00a0"
    return f"{sign(amount, 2)}{mark}{decimals(amount, 2)}"


@register.filter
def percent(share, places: int = 2) -> str:
    """A share of one as percent, at most ``places`` decimals: 0.065 is 6.5%."""
    if share is None or share == "":
        return NONE
    value = Decimal(share) * 100
    digits = decimals(value, places)
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{sign(value, places)}{digits}%"


@register.filter
def mask_phone(number: str | None) -> str:
    """An E.164 number without its middle: +8613800138000 is 138****8000."""
    if not number:
        return NONE
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "****" + number[-4:]
    national = phonenumbers.national_significant_number(parsed)
    shown = national[:3] if len(national) >= 10 else national[:2]
    prefix = "" if parsed.country_code == 86 else f"+{parsed.country_code} "
    return f"{prefix}{shown}****{national[-4:]}"


def zone(place) -> dt.tzinfo:
    """The time zone of a store, of a zone's name, or of the person who reads."""
    if not place:
        return timezone.get_current_timezone()
    if isinstance(place, str):
        return ZoneInfo(place)
    return getattr(place, "tz", place)


@register.filter
def store_time(moment: dt.datetime | None, place=None) -> str:
    """A moment on the clock of ``place`` (a store or zone), else on the reader's own."""
    if moment is None:
        return NONE
    local = moment.astimezone(zone(place))
    return format_html(
        '<time datetime="{}">{}</time>',
        moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        formats.date_format(local, "DATETIME_FORMAT"),
    )


@register.filter
def local_date(moment: dt.datetime | dt.date | None, place=None) -> str:
    """A day; of a moment, the day it was at ``place`` (a store or zone), else at the reader's."""
    if moment is None:
        return NONE
    day = moment.astimezone(zone(place)).date() if isinstance(moment, dt.datetime) else moment
    return format_html(
        '<time datetime="{}">{}</time>', day.isoformat(), formats.date_format(day, "DATE_FORMAT")
    )


@register.inclusion_tag("partials/field.html")
def field(bound, hint: str = "", label: str = ""):
    """A form's field with label, control, hint and errors, as the style sheet wants them.

    ``hint`` and ``label`` replace those of the form.
    """
    widget = bound.field.widget
    kind = "field"
    if isinstance(widget, widgets.CheckboxInput):
        kind = "check"
    elif isinstance(widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple):
        kind = "choices"
    return {
        "field": bound,
        "kind": kind,
        "hint": hint or bound.help_text,
        "label": label or bound.label,
    }


@register.inclusion_tag("partials/fields.html")
def fields(form):
    """All fields of a form, hidden ones first."""
    return {"form": form}


@register.filter
def control(bound):
    """The control alone, with the class of a text field where it is one."""
    widget = bound.field.widget
    plain = isinstance(
        widget, widgets.CheckboxInput | widgets.RadioSelect | widgets.CheckboxSelectMultiple
    )
    attributes = {} if plain else {"class": f"input {widget.attrs.get('class', '')}".strip()}
    return bound.as_widget(attrs=attributes)


@register.inclusion_tag("partials/error_summary.html")
def error_summary(*forms):
    """What is wrong with the form, each error a link to its field; gets the focus."""
    return {"forms": [form for form in forms if form is not None and form.errors]}


@register.inclusion_tag("partials/empty.html")
def empty(title, text="", *, icon="info", kind="", url="", action="", primary=False):
    """An empty state: why there is nothing, and the one thing to do about it."""
    return {
        "title": title,
        "text": text,
        "icon": icon,
        "kind": kind,
        "url": url,
        "action": action,
        "primary": primary,
    }


@register.simple_tag(takes_context=True)
def page_of(context, number) -> str:
    """The address of another page of this list, with its filters kept."""
    query = context["request"].GET.copy()
    query["page"] = number
    return f"?{query.urlencode()}"


@register.inclusion_tag("partials/demo_logins.html", takes_context=True)
def demo_logins(context):
    """In demo mode, one button a role; nothing elsewhere."""
    return {
        "logins": LOGINS if settings.PORTAL_DEMO else (),
        "password": PASSWORD,
        "csrf_token": context["csrf_token"],
    }


@register.filter
def device(user_agent: str) -> str:
    """The browser and system a person would recognise, from what the browser says of itself."""
    systems = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS X": "Mac",
        "Linux": "Linux",
    }
    browsers = {
        "MicroMessenger": "WeChat",
        "Edg": "Edge",
        "Firefox": "Firefox",
        "Chrome": "Chrome",
        "Safari": "Safari",
    }
    found = [
        next((name for mark, name in names.items() if mark in user_agent), "")
        for names in (browsers, systems)
    ]
    return " · ".join(filter(None, found)) or user_agent[:40] or NONE
