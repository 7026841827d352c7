"""How headquarters keeps what it promises: a page for everybody, without a login."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dealers import scorecard as scores
from dealers import spreadsheets


@require_safe
@login_not_required
@cache_control(private=True, max_age=600)  # by browsers: a cache of ours would be one more to doubt
def scorecard(request):
    """The figures by month and quarter, each with what it is worked out from."""
    rows = scores.page()
    days = [each.until for row in rows for each in row.months]
    context = {
        "rows": rows,
        "begun": bool(days),
        "newest": max(days, default=None),
        "fell": any(row.fell for row in rows),
        "rooted": scores.rooted_later(rows),
    }
    return render(request, "dealers/scorecard/page.html", context)


@require_safe
@login_not_required
@cache_control(private=True, max_age=600)
def scorecard_file(_request):
    """The figures of the page as a file, to hold against a chain: see ``verify_receipt``."""
    content = spreadsheets.as_csv(scores.as_rows())
    return spreadsheets.download(content.encode(), "scorecard.csv")
