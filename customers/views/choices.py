"""The page on which a customer chooses a store, and asking them to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from customers.choices import answering, asking, elsewhere, links
from customers.choices.asking import ChoiceRefused
from customers.forms.choices import NewStoreForm
from customers.models import Choice, Registration
from dealers import site
from dealers.actor import Actor, acting
from dealers.views import post_at_dealer, refusals_said


@require_POST
def ask(request, receipt):
    """Send the customer of a registration the question which store they want."""
    found = Registration.objects.visible_to(post_at_dealer(request)).select_related("store")
    registration = get_object_or_404(found, receipt=receipt)
    with refusals_said(request, ChoiceRefused):
        asking.ask(
            registration,
            by=request.actor,
            at=timezone.now(),
            site=site.public_address(request),
            language=request.LANGUAGE_CODE,
        )
        messages.success(
            request, _("The question is on its way to the customer's phone. Nothing has changed.")
        )
    return redirect(registration)


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request, token):
    """What the store asks, the customer's answer, and taking it back until it takes effect."""
    with acting(Actor.worker("choose")):  # who has the link need not have an account
        choice = _of(token)
        now = timezone.now()
        if choice.closing_id is not None and choice.answer == "" and now < choice.expires_at:
            return _elsewhere(request, choice, now)
        if request.method == "POST":
            return _answered(request, choice, now)
        if choice.answer == "" and links.is_over(choice, now):
            return render(request, "customers/choices/over.html", {"choice": choice}, status=410)
        refusable = choice.effective_at is not None and choice.effective_at > now
        context = {
            "choice": choice,
            "refusable": refusable and choice.done_at is None and choice.refused_at is None,
        }
        return render(request, "customers/choices/choose.html", context)


def _of(token) -> Choice:
    try:
        return links.of_token(token)
    except Choice.DoesNotExist:
        raise Http404 from None


def _elsewhere(request, choice, now):
    """Where somebody whose dealer has closed wants to go."""
    sent = request.POST if request.method == "POST" else None
    form = NewStoreForm(sent, stores=elsewhere.stores_for(choice, now))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["where"] == form.NOBODY:
            elsewhere.none(choice, at=now)
            return redirect(request.path)
        try:
            store = form.stores.get(said["where"])
            elsewhere.answer(choice, store, number=said["phone"], name=said["name"], at=now)
        except ChoiceRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(request.path)
    context = {"choice": choice, "form": form}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "customers/choices/elsewhere.html", context, status=status)


def _answered(request, choice, now):
    said = request.POST.get("answer", "") if choice.closing_id is None else ""
    with refusals_said(request, ChoiceRefused):
        if said == "refuse":
            answering.refuse(choice, at=now)
        elif said in {"yes", "no"}:
            answering.answer(
                choice,
                yes=said == "yes",
                site=site.public_address(request),
                language=request.LANGUAGE_CODE,
                at=now,
            )
    return redirect(request.path)
