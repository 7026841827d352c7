"""What announced terms would have given the dealer: the owner's to see, before they apply."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incentives.earnings import announced
from incentives.models import Program
from incentives.views.earnings import dealer_of

LINES = 100  # on a page


@require_safe
def terms(request, plan):
    """The last closed months by the terms that start next, against what was booked."""
    dealer = dealer_of(request)
    found = announced.detail(dealer, plan, timezone.localdate())
    if found is None:
        raise Http404
    page = Paginator(found.lines, LINES).get_page(request.GET.get("page"))
    return render(
        request,
        "incentives/earnings/announced.html",
        {
            "found": found,
            "announced": found.announced,
            "version": found.announced.version,
            "plan": found.announced.version.plan,
            "total": found.announced.total,
            "page": page,
            "currency": Program.current().currency,
        },
    )
