"""What every template may use: icons, amounts, dates, masked numbers, fields."""

from decimal import Decimal
from functools import cache

from django import template
from django.conf import settings
from django.forms import widgets
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from config.templatetags.icons import ICONS
from dealers import typed
from dealers.demo_logins import LOGINS, PASSWORD
from dealers.phones import dialled, grouped
from dealers.words import (
    NONE,
    aside,
    distance,
    listed,
    local_date,
    mask_phone,
    money,
    percent,
    said_of,
    store_time,
    time_left,
)

register = template.Library()


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


for _filter in (
    aside,
    listed,
    said_of,
    money,
    percent,
    mask_phone,
    store_time,
    local_date,
    time_left,
    distance,
    dialled,
    grouped,
):
    register.filter(_filter)


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


@register.inclusion_tag("partials/chips.html")
def chips(bound):
    """A choice of a few, each one tap, with its label and errors."""
    return {"field": bound}


@register.inclusion_tag("partials/stepper.html")
def stepper(now: int, *names: str):
    """What is done one after the other, by name; ``now``: which of them it is, from 1 on."""
    return {"now": now, "names": names}


@register.filter
def anchor(bound) -> str:
    """What a link to a field leads to: its control, of a choice the first one."""
    widget = bound.field.widget
    several = isinstance(widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if several else bound.id_for_label or bound.auto_id


@register.inclusion_tag("partials/typed_by.html", takes_context=True)
def typed_by(context):
    """In a form: who types into it, so that it is not lost with a session or the network.

    ``kept`` in the context: it was filled with what was typed before signing in again.
    """
    return {"mark": typed.mark(context["user"]), "kept": context.get("kept")}


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
    """In demo mode, one button per role; nothing elsewhere."""
    return {
        "logins": LOGINS if settings.PORTAL_DEMO else (),
        "password": PASSWORD,
        "csrf_token": context["csrf_token"],
        "redirect_field": context.get("redirect_field", ""),
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
