"""A report on one page, as a PDF: of one's own store or dealer, of a store of one's region."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dealers import months, spreadsheets
from dealers.site import public_address
from dealers.views import post_at_dealer, post_over_region
from incentives.boards import members
from incentives.boards.kinds import Kind
from incentives.boards.metrics import FIGURES
from incentives.desk import paper, region, report
from incentives.models import Length
from incentives.views import asked as asking


@require_safe
def of_board(request, time, metric):
    """The page of a month's board, with the figures beside it, on paper."""
    post = post_at_dealer(request)
    asked = asking.board(request, time, metric)
    mine = members.of_post(post)
    member = mine[asking.chosen(asked.unit, mine)]
    wanted = asked.length == Length.MONTH and asked.kind == Kind.ALL
    if not wanted or not asking.exists(asked, members.unit_of(member), post):
        raise Http404
    return _pdf(request, member, asked.metric, asked.starts_on, asked.address())


@require_safe
def of_store(request, code):
    """The report of a store of the region in the month that runs."""
    stores = region.visible_stores(post_over_region(request)).select_related("dealer")
    member = get_object_or_404(stores, code=code)
    month = timezone.localdate().replace(day=1)
    page = reverse("incentives:region-store", args=[member.code])
    return _pdf(request, member, next(iter(FIGURES)), month, page)


def _pdf(request, member, metric, month, page):
    read = report.read(
        member,
        metric,
        month,
        post=request.membership,
        now=timezone.now(),
        today=timezone.localdate(),
    )
    pdf, _pages = paper.render(read, public_address(request) + page)
    return spreadsheets.download(pdf, f"report-{member.code}-{months.key(month)}.pdf")
