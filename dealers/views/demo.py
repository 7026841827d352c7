"""What demo mode would have sent."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dealers.sending import demo_outbox


@login_not_required
@require_safe
def outbox(request):
    """Mail and short messages of the demo, newest first; elsewhere there is no such page."""
    if not settings.PORTAL_DEMO:
        raise Http404
    return render(request, "dealers/demo_outbox.html", {"outbox": list(demo_outbox.messages())})
