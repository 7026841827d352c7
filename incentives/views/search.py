"""One search for everything that a person may see, at the top of every page."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers import cards, look_ups
from customers.search import whole_number
from dealers.actor import Actor
from dealers.models import Membership
from dealers.phones import PhoneNotValid
from incentives.desk.search import LONGEST, look


@require_http_methods(["GET", "HEAD", "POST"])
def search(request):
    """What was found, by kind; a single find is opened at once.

    What is typed is posted: a whole number stands in no address, those are kept by proxies and
    browsers.
    """
    membership = request.membership
    if membership is None:
        raise Http404
    if request.method == "POST":
        return redirect(_asked(request, membership, request.POST.get("q", "").strip()[:LONGEST]))
    asked = request.GET.get("q", "").strip()[:LONGEST]
    found = [] if _number(asked) else look(membership, asked)
    return render(request, "incentives/search.html", {"asked": asked, "groups": found})


def _asked(request, membership: Membership, asked: str) -> str:
    """Where a search leads."""
    found = look(membership, asked)
    urls = [hit.url for group in found for hit in group.hits]
    if urls and urls[0] and (len(urls) == 1 or _number(asked)):
        return urls[0]
    page = reverse("incentives:search")
    number = _number(asked)
    if number is None:
        return f"{page}?{urlencode({'q': asked})}" if asked else page
    if not membership.at_dealer:
        messages.info(request, _("Only a dealer's own people look up its customers."))
        return page
    try:
        card = look_ups.look_up(number, by=Actor.of(membership), at=timezone.now())
    except cards.CardRefused as refused:
        messages.warning(request, str(refused))
        return page
    if card:
        return card.get_absolute_url()
    messages.info(request, _("Nobody among your customers has this number."))
    return page


def _number(asked: str) -> str | None:
    """The whole mobile number that was typed, which no address may hold; else None."""
    try:
        return whole_number(asked)
    except PhoneNotValid:
        return None
