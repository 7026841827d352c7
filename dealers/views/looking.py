"""The end of a look at a dealer's pages."""

from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dealers import looking


@require_POST
def stop(request):
    """Back to headquarters' own pages."""
    found = request.session.pop(looking.KEY, None)
    return redirect("admin:dealers_dealer_change", found["dealer"]) if found else redirect("home")
