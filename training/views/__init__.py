"""Pages of people who learn, and the public check of certificates."""

from django.http import Http404
from django.utils import timezone

from dealers.views import refusals_said
from training.sessions import SessionRefused, kudos


def in_network(request):
    """For who has no post, and is not at headquarters, stories and sessions do not exist."""
    if not request.actor.in_network:
        raise Http404


def take_thanks(request, thing):
    """Have somebody thank for a story or a session, or take that back."""
    with refusals_said(request, SessionRefused):
        if request.POST.get("do") == "back":
            kudos.take_back(thing, by=request.actor)
        else:
            kudos.thank(thing, by=request.actor, at=timezone.now())


def kept_private(response):
    # What is taken off the pages, or replaced under its address, is not to stay in a browser.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
