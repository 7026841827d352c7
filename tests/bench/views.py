"""What the portal's own pages are measured against."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from customers import portfolio
from customers.tables import rows_of


@login_not_required
def hello(request):
    """The least that this server can answer, behind the same middleware as every page."""
    return HttpResponse("hello", content_type="text/plain")


def plain(request):
    """The first rows of the list of customers in a bare table, without shell, filters, counts."""
    now = timezone.now()
    rows = portfolio.listed(request.membership, "all", "", now, timezone.localdate())
    page = portfolio.page(rows, "all", None)
    return render(
        request, "bench-plain.html", {"rows": rows_of(page.ownerships, by=request.actor, at=now)}
    )
