"""Letting a customer go, and keeping them after all."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers import cards
from customers.forms.releases import ReleaseForm
from customers.ownership import changes
from customers.ownership import release as releasing
from customers.ownership.release import ReleaseRefused
from customers.views.customer import visible
from dealers.views import refusals_said
from dealers.views.staff import leads


def _owned(request, pk, now):
    """The customer and what runs; for who does not answer for the store there is neither."""
    leads(request)
    _membership, customer = visible(request, pk)
    owned = changes.running_of(customer, now)
    if owned is None or not releasing.may_release(owned, request.actor):
        raise Http404
    return customer, owned


@require_http_methods(["GET", "HEAD", "POST"])
def release(request, pk):
    """Ask why, and say what becomes of the customer; a day later it is done."""
    now = timezone.now()
    customer, owned = _owned(request, pk, now)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            releasing.release(customer, form.cleaned_data["reason"], by=request.actor, at=now)
        except ReleaseRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(customer)
    context = {
        "form": form,
        "customer": customer,
        "card": cards.open_one(customer, by=request.actor),
        "owned": owned,
        "effective_at": now + releasing.TOLD_BEFORE,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "customers/release.html", context, status=status)


@require_POST
def take_back(request, pk):
    """Keep the customer after all."""
    now = timezone.now()
    customer, owned = _owned(request, pk, now)
    made = releasing.open_of(owned)
    if made is not None:
        with refusals_said(request, ReleaseRefused):
            releasing.take_back(made, by=request.actor, at=now)
            messages.success(request, _("Taken back: it is as it was before."))
    return redirect(customer)
