"""The stores of a dealer, closing one of them, and how far a closing is: its owner's pages."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.closings import everything, plan, words
from customers.closings.plan import ClosingRefused
from customers.forms.closings import CloseStoreForm
from customers.models import Closing, ClosingKind, StepKind
from dealers.models import Store
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_of_owner, refusals_said


@require_safe
def stores(request):
    """The dealer's stores: which are open, which close when, which have closed."""
    membership, now = post_of_owner(request), timezone.now()
    standing = Closing.objects.visible_to(membership).standing()
    closings = {each.store_id: each for each in standing}
    found = list(membership.dealer.stores.order_by("code"))
    for store in found:
        store.closing = closings.get(store.pk) or closings.get(None)
        store.has_closed = store.is_closed(now)
    open_ones = sum(store.closed_at is None for store in found)
    context = {"stores": found, "several_open": open_ones > 1, "dealer_closing": closings.get(None)}
    return render(request, "customers/closings/stores.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def close_store(request, store):
    """Ask when a store closes, why, and which one goes on with its customers."""
    membership, now = post_of_owner(request), timezone.now()
    closing = get_object_or_404(Store, dealer=membership.dealer_id, code=store, closed_at=None)
    sent = request.POST if request.method == "POST" else None
    form = CloseStoreForm(sent, store=closing, at=now)
    if request.method == "POST" and form.is_valid():
        try:
            made = plan.close_store(closing, **form.cleaned_data, by=request.actor, at=now)
        except ClosingRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(made)
    owned = membership.dealer.ownerships.running(now).filter(store=closing).count()
    context = {"form": form, "store": closing, "owned": owned, "alone": not form.sisters}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "customers/closings/close_store.html", context, status=status)


def _closing(request, pk) -> Closing:
    found = Closing.objects.visible_to(post_of_owner(request))
    return get_object_or_404(found.select_related("store", "to", "dealer", "by"), pk=pk)


@require_safe
def closing(request, pk):
    """The checklist: what happens, when, how far it is, and what can be taken back."""
    found, now = _closing(request, pk), timezone.now()
    files = everything.FILES if everything.may_take(found) else {}
    is_store = found.kind == ClosingKind.STORE
    context = {
        "closing": found,
        "is_store": is_store,
        "lines": words.lines(found, now),
        "owned": plan.owned_by(found, now),
        "effective": found.due_at <= now,
        "may_take_back": is_store and found.may_be_taken_back(now),
        "place": plan.place_of(found),
        "files": [(what, file.title) for what, file in files.items()],
        "taken": found.steps.filter(kind=StepKind.TAKEN, done_at__isnull=False).exists(),
    }
    return render(request, "customers/closings/closing.html", context)


@require_POST
def take_back(request, pk):
    """Have the store stay open after all."""
    found = _closing(request, pk)
    with refusals_said(request, ClosingRefused):
        plan.take_back(found, by=request.actor, at=timezone.now())
        messages.success(request, _("Taken back: it is as it was before."))
    return redirect(found)


@require_POST
@fresh_secret()
def take(request, pk, what):
    """Have one of the files made that hold everything of the dealer."""
    found = _closing(request, pk)
    if what not in everything.FILES or not everything.may_take(found):
        raise Http404
    return redirect(everything.ask(found, what, by=request.actor, at=timezone.now()))


@require_POST
def taken(request, pk):
    """The owner says that everything is downloaded."""
    found = _closing(request, pk)
    if not everything.may_take(found):
        raise Http404
    everything.taken(found, by=request.actor, at=timezone.now())
    return redirect(found)
