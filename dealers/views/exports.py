"""Files that the worker makes: how far they are, and to fetch. For who asked, in that post."""

from django.apps import apps
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from dealers import exports, quotas, spreadsheets
from dealers.actor import Actor, acting
from dealers.models import Export, ExportState
from dealers.signin.second_factor import fresh_secret


def _asked(request, pk):
    """A file, and as whom the person asked for it: in a post that they still hold, or at
    headquarters; whichever of them they act in now.
    """
    asked_as = [Actor.of(post) for post in request.memberships]
    if request.user.is_staff:
        asked_as.append(Actor.hq(request.user))
    for by in asked_as:
        if by.membership is None:
            files = Export.objects.at_headquarters(request.user)
        else:
            files = Export.objects.visible_to([by.membership])
        with acting(by):
            if found := files.filter(pk=pk).select_related("membership", "by").first():
                return found, by
    raise Http404


def _still_listed(request, export):
    """Whether who asked for a list of headquarters may see that list now."""
    pages = admin.site.get_model_admin(apps.get_model(export.arguments["model"]))
    return pages.has_view_or_change_permission(request)


@require_safe
def export(request, pk):
    """How far a file is; the page looks again by itself until it is there."""
    found, _by = _asked(request, pk)
    expires_at = found.asked_at + exports.KEPT
    return render(request, "dealers/export.html", {"export": found, "expires_at": expires_at})


@require_GET
@fresh_secret()
def file(request, pk):
    """The file, once the access log says who took it."""
    found, by = _asked(request, pk)
    if found.state != ExportState.DONE:
        raise Http404
    if found.membership is None and not _still_listed(request, found):
        raise Http404
    try:
        with acting(by):
            content = exports.fetch(found, by=by, at=timezone.now())
    except quotas.QuotaReached as reached:
        messages.warning(request, str(reached))
        return redirect(found)
    return spreadsheets.download(content, found.name)
