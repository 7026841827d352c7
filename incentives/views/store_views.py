"""Keeping a view of the table of stores, and letting it go."""

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealers.views import post_over_region, refusals_said
from incentives.desk import kept_views
from incentives.desk.kept_views import ViewRefused
from incentives.forms.store_views import ViewForm


@require_POST
def keep(request):
    """Keep the table as it stands under a name."""
    post_over_region(request)
    asked = QueryDict(request.POST.get("query", "")[: 2 * kept_views.LONGEST])
    form = ViewForm(request.POST)
    address = reverse("incentives:region-stores")
    query = kept_views.query_of(asked)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of up to 40 letters."))
        return redirect(f"{address}?{query}")
    with refusals_said(request, ViewRefused):
        made = kept_views.keep(
            form.cleaned_data["name"], asked, by=request.actor, at=timezone.now()
        )
        messages.success(request, _("Kept as “%(name)s”.") % {"name": made.name})
    return redirect(f"{address}?{query}")


@require_POST
def forget(request, kept):
    """Let a view go; the stores stay as they are."""
    post_over_region(request)
    if not kept_views.forget(kept, by=request.actor):
        raise Http404
    messages.success(request, _("The view is removed."))
    return redirect("incentives:region-stores")
