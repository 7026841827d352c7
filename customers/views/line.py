"""Standing in line for a customer whom another store has, from the receipt."""

from collections.abc import Callable

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import Registration
from customers.ownership import line
from dealers.views import post_at_dealer


@require_POST
def stand(request, receipt):
    """Have the store stand in line by a receipt."""
    return _done(request, receipt, line.stand, _("You stand in line."))


@require_POST
def leave(request, receipt):
    """Leave the line."""
    return _done(request, receipt, line.leave, _("You have left the line."))


def _done(request, receipt: str, do: Callable, said: str):
    visible = Registration.objects.visible_to(post_at_dealer(request))
    found = get_object_or_404(visible.select_related("identity"), receipt=receipt)
    try:
        do(found, by=request.actor, at=timezone.now())
    except line.LineRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, said)
    return redirect(found)
