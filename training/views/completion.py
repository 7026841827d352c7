"""Who has passed the required courses, for headquarters and regional managers."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dealers.models import Region
from dealers.views import refusals_said
from training import completion as completions


def regions(request) -> list[Region]:
    """The regions whose learning this person looks after; without one the page does not exist."""
    found = [
        region
        for region in Region.objects.order_by("code")
        if completions.may_look(request.actor, region)
    ]
    if not found:
        raise Http404
    return found


def _chosen(found: list[Region], code: str) -> Region:
    if not code:
        return found[0]
    for region in found:
        if region.code == code:
            return region
    raise Http404


@require_safe
def completion(request):
    """The dealers and stores of a region, those with most to learn first."""
    found = regions(request)
    region = _chosen(found, request.GET.get("region", ""))
    lines = completions.lines(region, at=timezone.now())
    context = {
        "regions": found,
        "region": region,
        "lines": lines,
        "people": sum(line.people for line in lines),
        "complete": sum(line.complete for line in lines),
        "behind": sum(line.behind for line in lines),
        "may_remind": completions.may_remind(request.actor, region),
    }
    return render(request, "training/completion.html", context)


@require_POST
def remind(request):
    """Remind the people of a region, dealer or store who have not passed all."""
    region = _chosen(regions(request), request.POST.get("region", ""))
    with refusals_said(request, completions.ReminderRefused):
        sent, lately = completions.remind(
            region,
            dealer=request.POST.get("dealer", ""),
            store=request.POST.get("store", ""),
            by=request.actor,
            at=timezone.now(),
        )
        said = [ngettext("%d person is reminded.", "%d people are reminded.", sent) % sent]
        if lately:
            said.append(
                ngettext(
                    "%d was reminded within a week already.",
                    "%d were reminded within a week already.",
                    lately,
                )
                % lately
            )
        messages.success(request, " ".join(said))
    return redirect(f"{reverse('training:completion')}?{urlencode({'region': region.code})}")
