"""Charts as template tags: what a drawing shows, its text alternative says in words."""

from django import template

from incentives.desk.charts import Band, Bump, Pace, Trend, spark

register = template.Library()


@register.inclusion_tag("incentives/desk/charts/trend.html")
def trend_chart(trend: Trend, title, kind="count", currency="CNY"):
    """Columns over months. ``kind``: money, count or share."""
    return {"trend": trend, "title": title, "kind": kind, "currency": currency}


@register.inclusion_tag("incentives/desk/charts/pace.html")
def pace_chart(pace: Pace, title):
    """A person's days beside their own average."""
    return {"pace": pace, "title": title}


@register.inclusion_tag("incentives/desk/charts/band.html")
def band_chart(band: Band, title, mine, kind="count", currency="CNY"):
    """Where one's own unit, called ``mine``, stands. ``kind``: money, count or share."""
    return {"band": band, "title": title, "mine": mine, "kind": kind, "currency": currency}


@register.inclusion_tag("incentives/desk/charts/bump.html")
def bump_chart(bump: Bump, title):
    """Places over the months."""
    return {"bump": bump, "title": title}


@register.inclusion_tag("incentives/desk/charts/spark.html")
def spark_line(values, *, falling=False):
    """A small line beside a figure that says the same in words; hidden from screen readers."""
    return {"points": spark(values), "falling": falling}
