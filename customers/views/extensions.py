"""Asking for more time for a protection, and the region's answer."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import cards
from customers.forms.extensions import AnswerForm, ExtensionForm
from customers.models import Act, ActKind
from customers.ownership import changes, extensions
from customers.ownership.rulebook import last_day
from customers.views.customer import visible
from dealers import typed
from dealers.bounds import key
from dealers.models import Membership
from dealers.views import post_over_region

MOST = 100


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, pk):
    """Ask for more time for a customer's protection."""
    _membership, customer = visible(request, pk)
    now = timezone.now()
    owned = changes.running_of(customer, now)
    if owned is None or not extensions.may_ask(owned, now):
        messages.warning(request, _("More time cannot be asked for this customer now."))
        return redirect(customer)
    kept = typed.kept(request, request.path)
    form = ExtensionForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            extensions.ask(customer, form.cleaned_data["note"], by=request.actor, at=now)
        except extensions.ExtensionRefused as refused:
            form.add_error("note", str(refused))
        else:
            messages.success(request, _("Asked. Until the answer the protection runs."))
            return redirect(customer)
    context = {
        "form": form,
        "card": cards.open_one(customer, by=request.actor),
        "customer": customer,
        "more": extensions.promised(owned, now),
        "until": last_day(owned.protected_until, owned.store.tz),
        "first": not owned.silence_was_yes,
        "kept": kept,
    }
    return render(request, "customers/extend.html", context, status=422 if form.errors else 200)


@require_safe
def queue(request):
    """The requests of the region that wait for an answer, the nearest deadline first."""
    return _queue(request, post_over_region(request))


@require_POST
def answer(request, act):
    """Give more time, or not."""
    membership = post_over_region(request)
    found = get_object_or_404(_asked(membership).select_related("identity"), pk=key(act))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _queue(request, membership, refused=_("Choose an answer, in 500 characters."))
    try:
        extensions.answer(
            found,
            granted=form.cleaned_data["answer"] == "yes",
            note=form.cleaned_data["note"],
            by=request.actor,
            at=timezone.now(),
        )
    except extensions.ExtensionRefused as refused:
        return _queue(request, membership, refused=str(refused))
    messages.success(request, _("Answered."))
    return redirect("customers:extensions")


def _queue(request, membership: Membership, refused: str = ""):
    rows = _asked(membership).open().select_related("store", "ownership")
    found = list(rows.order_by("due_at", "pk")[:MOST])
    for row in found:
        row.until = last_day(row.ownership.protected_until, row.store.tz)
    context = {"asked": found, "refused": refused}
    status = 422 if refused else 200
    return render(request, "customers/extensions.html", context, status=status)


def _asked(membership: Membership):
    return Act.objects.filter(kind=ActKind.ASKED, dealer__region=membership.region_id)
