"""Charts as template tags: what they show is said in words beside every drawing."""

from django import template

from incentives.charts import Band, Bump, Pace, Trend, spark

register = template.Library()


@register.inclusion_tag("incentives/charts/trend.html")
def trend_chart(trend: Trend, label: str):
    """Columns over months; ``label`` says them in words."""
    return {"trend": trend, "label": label}


@register.inclusion_tag("incentives/charts/pace.html")
def pace_chart(pace: Pace, label: str):
    """A person's days beside their own average."""
    return {"pace": pace, "label": label}


@register.inclusion_tag("incentives/charts/band.html")
def band_chart(band: Band, label: str):
    """Where one's own unit stands in its cohort."""
    return {"band": band, "label": label}


@register.inclusion_tag("incentives/charts/bump.html")
def bump_chart(bump: Bump, label: str):
    """Places over the months."""
    return {"bump": bump, "label": label}


@register.inclusion_tag("incentives/charts/spark.html")
def spark_line(values, *, falling: bool = False):
    """A small line beside a figure that says the same in words; hidden from screen readers."""
    return {"points": spark(values), "falling": falling}
