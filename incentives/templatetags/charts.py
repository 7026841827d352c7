"""Charts as template tags: what a drawing shows, its text alternative says in words."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dealers.words import money, percent
from incentives.desk.charts import Band, Bump, Pace, Steps, Trend, spark
from incentives.templatetags.figures import counted, number

register = template.Library()


@register.simple_tag
def figure(value, kind, currency) -> str:
    """A value of a chart in words. ``kind``: money, count, points or share."""
    if kind == "money":
        return money(value, currency)
    if kind == "points":
        return counted(value)
    return percent(value, 1) if kind == "share" else number(value)


@register.inclusion_tag("incentives/desk/charts/trend.html")
def trend_chart(trend: Trend, title, kind="count", currency="CNY"):
    """Columns over months. ``kind``: money, count or share."""
    said = [f"{each.name} {figure(each.value, kind, currency)}" for each in trend.columns]
    label = title + pgettext("list", ": ") + pgettext("list", ", ").join(said)
    return {"trend": trend, "label": label, "kind": kind, "currency": currency}


@register.inclusion_tag("incentives/desk/charts/pace.html")
def pace_chart(pace: Pace, title):
    """A person's days beside their own average."""
    return {"pace": pace, "title": title}


@register.inclusion_tag("incentives/desk/charts/band.html")
def band_chart(band: Band, title, mine, kind="count", currency="CNY"):
    """Where one's own unit, called ``mine``, stands. ``kind`` as for ``figure``."""
    marks = {
        _("Lower quarter"): band.lower,
        _("Median"): band.median,
        _("Upper quarter"): band.upper,
    }
    said = [f"{name} {figure(mark.value, kind, currency)}" for name, mark in marks.items()]
    label = title + pgettext("list", ": ") + pgettext("list", ", ").join(said)
    label += f"{pgettext('list', '; ')}{mine} {figure(band.mine.value, kind, currency)}"
    return {"band": band, "label": label, "mine": mine, "kind": kind, "currency": currency}


@register.inclusion_tag("incentives/desk/charts/bump.html")
def bump_chart(bump: Bump, title):
    """Places over the months."""
    said = [
        trace.label + pgettext("list", ": ") + pgettext("list", ", ").join(map(str, trace.places))
        for trace in reversed(bump.traces)
    ]
    label = title + pgettext("list", ": ") + pgettext("list", "; ").join(said)
    return {"bump": bump, "label": label}


@register.inclusion_tag("incentives/desk/charts/steps.html")
def steps_chart(steps: Steps, title):
    """How far people got, in bars."""
    said = [
        f"{each.name} {figure(each.count, 'count', '')} {figure(each.share, 'share', '')}"
        for each in steps.steps
    ]
    label = title + pgettext("list", ": ") + pgettext("list", "; ").join(said)
    return {"steps": steps, "label": label}


@register.inclusion_tag("incentives/desk/charts/spark.html")
def spark_line(values, *, falling=False, label=""):
    """A small line beside a figure that says the same in words; hidden from screen readers.

    On paper, where one reader goes from drawing to drawing, ``label`` says what it shows.
    """
    return {"points": spark(values), "falling": falling, "label": label}
