"""Taking a registration back: at once by who made it, later by who answers for the store."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.forms.voids import VoidForm
from customers.models import Registration, VoidReason
from customers.ownership import voids
from dealers.views import post_at_dealer


@require_POST
def undo(request, receipt):
    """Take back what one has just registered, and go on with the right number."""
    found = _visible(request, receipt)
    if _voided(request, found, VoidReason.UNDONE):
        messages.success(request, _("Undone; it counts for nothing. Now enter the right number."))
        return redirect(correcting(found))
    return redirect(found)


@require_POST
def void(request, receipt):
    """Void a registration with a reason."""
    found = _visible(request, receipt)
    form = VoidForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(form.errors["reason"]))
    elif _voided(request, found, form.cleaned_data["reason"]):
        messages.success(request, _("Voided; it counts for nothing."))
    return redirect(found)


def correcting(voided: Registration) -> str:
    """The empty form for the right number of a voided registration."""
    return f"{reverse('customers:capture')}?{urlencode({'corrects': voided.receipt})}"


def _visible(request, receipt: str) -> Registration:
    registrations = Registration.objects.visible_to(post_at_dealer(request))
    return get_object_or_404(registrations.select_related("identity"), receipt=receipt)


def _voided(request, found: Registration, reason: str) -> bool:
    """Whether the registration is void now; else a message says why not."""
    try:
        voids.void(found, reason=reason, by=request.actor, at=timezone.now())
    except voids.VoidRefused as refused:
        messages.warning(request, str(refused))
        return False
    return True
