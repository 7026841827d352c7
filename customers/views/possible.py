"""Possibly the same person: two cards of one's own beside each other, and the answer."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import cards
from customers.models import Act, ActKind
from customers.ownership import possible, reviewing
from dealers.bounds import key
from dealers.views import refusals_said
from dealers.views.staff import leads


@require_safe
def pairs(request):
    """What somebody who answers for a store has to decide, the next deadline first."""
    membership = leads(request)
    found = possible.of_dealer(membership.dealer, membership.store_id)
    rows = [_row(act, request.actor) for act in found[:MOST]]
    return render(request, "customers/possible.html", {"rows": rows, "now": timezone.now()})


MOST = 50


def _row(act: Act, by) -> dict:
    made = possible.registration_of(act)
    card = cards.open_one(made.customer, by=by)
    number = cards.number_of(made.customer, by=by)
    others = possible.like(act.dealer_id, number, card.name)
    return {"act": act, "made": made, "card": card, "others": cards.open(others, by=by)}


@require_POST
def decide(request, act):
    """The same person, or somebody else."""
    membership = leads(request)
    mine = Act.objects.filter(dealer=membership.dealer_id).select_related("identity")
    opened = get_object_or_404(mine, pk=key(act), kind=ActKind.POSSIBLE)
    answer = request.POST.get("answer", "")
    if answer not in {"same", "different"}:
        messages.error(request, _("Say whether it is the same person."))
        return redirect("customers:possible")
    with refusals_said(request, reviewing.ReviewRefused):
        reviewing.decide(opened, same=answer == "same", by=request.actor, at=timezone.now())
        messages.success(request, _("Decided. The receipt says what came of it."))
    return redirect("customers:possible")
