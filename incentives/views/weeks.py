"""A week in figures, as its mail has it."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dealers import notices
from incentives.boards import times
from incentives.desk import week
from incentives.desk.charts import Trend
from incentives.models import Length

# So long as the notice that leads here, which is told when the week is over.
KEPT = notices.KEPT + week.WEEK


@require_safe
def page(request, monday):
    """The figures of a week that is over, of the post that somebody acts in."""
    length, starts_on = monday
    today = timezone.localdate()
    there = today - KEPT <= starts_on <= times.monday(today) - week.WEEK
    if request.membership is None or length != Length.WEEK or not there:
        raise Http404
    found = week.read(request.membership, starts_on, timezone.now())
    return render(
        request,
        "incentives/desk/week.html",
        {
            "week": found,
            "name": times.name(length, starts_on),
            "chart": Trend.of(found.weeks),
        },
    )
