"""Files that the worker makes: how far they are, and to fetch. For who asked, in that post."""

from django.apps import apps
from django.contrib import admin
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from dealers import exports, spreadsheets
from dealers.actor import Actor
from dealers.models import Export, ExportState
from dealers.signin.second_factor import fresh_secret


def _asked(request):
    """What the person asked for in a post that they still hold, or at headquarters."""
    if request.actor.at_hq and request.membership is None:
        found = Export.objects.at_headquarters(request.user)
    else:
        found = Export.objects.visible_to(request.memberships)
    return found.select_related("membership", "by")


def _still_listed(request, export):
    """Whether who asked for a list of headquarters may see that list now."""
    pages = admin.site.get_model_admin(apps.get_model(export.arguments["model"]))
    return pages.has_view_or_change_permission(request)


@require_safe
def export(request, pk):
    """How far a file is; the page looks again by itself until it is there."""
    found = get_object_or_404(_asked(request), pk=pk)
    expires_at = found.asked_at + exports.KEPT
    return render(request, "dealers/export.html", {"export": found, "expires_at": expires_at})


@require_GET
@fresh_secret()
def file(request, pk):
    """The file, once the access log says who took it."""
    found = get_object_or_404(_asked(request).filter(state=ExportState.DONE), pk=pk)
    if found.membership is None and not _still_listed(request, found):
        raise Http404
    by = Actor.of(found.membership) if found.membership else request.actor
    content = exports.fetch(found, by=by, at=timezone.now())
    return spreadsheets.download(content, found.name)
