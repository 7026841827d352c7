"""What a person was told, and how they want to be told."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dealers import notices as told
from dealers.forms.people import NoticesForm
from dealers.models import Notice, NoticeLevel

PER_PAGE = 40
UNREAD = "unread"
FILTERS = {"": gettext_lazy("All"), UNREAD: gettext_lazy("Unread"), **dict(NoticeLevel.choices)}


def notices(request):
    """The newest notices under their levels; all of them, unread ones, or those of one level."""
    shown = request.GET.get("show", "")
    found = Notice.objects.of(request.user)
    if shown == UNREAD:
        found = found.unread()
    elif shown in NoticeLevel.values:
        found = found.filter(level=shown)
    else:
        shown = ""
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(notice, told.WAYS[notice.kind]) for notice in page]
    context = {
        "page": page,
        "levels": [
            (level, [row for row in rows if row[0].level == level])
            for level in NoticeLevel
            if any(row[0].level == level for row in rows)
        ],
        "filters": FILTERS.items(),
        "shown": shown,
    }
    return render(request, "dealers/notices.html", context)


def notice(request, pk):
    """Lead to what a notice is about; it is read from now on."""
    found = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    told.read(found, by=request.actor, at=timezone.now())
    ours = url_has_allowed_host_and_scheme(found.to, allowed_hosts=None)
    return redirect(found.to if ours else "dealers:notices")


@require_POST
def read_all(request):
    """Note that somebody has seen all there is."""
    told.read(by=request.actor, at=timezone.now())
    return redirect("dealers:notices")


def ways(request):
    """Choose, for each kind, whether a copy comes and by which way."""
    form = NoticesForm(request.POST or None, by=request.user, at=timezone.now())
    if request.method == "POST" and form.is_valid():
        at_night = form.cleaned_data["leads_at_night"]
        told.choose(form.copies, leads_at_night=at_night, by=request.actor)
        messages.success(request, _("Saved."))
        return redirect("dealers:notice-ways")
    return render(request, "dealers/notice_ways.html", {"form": form})
