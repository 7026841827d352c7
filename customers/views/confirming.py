"""Waiting for a customer: the store's page of one registration, and what the customer opens."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from customers.forms.confirming import ToldCodeForm
from customers.models import CONFIRMED, ConfirmedBy, Unconfirmed
from customers.ownership import confirming
from customers.ownership.confirming import ConfirmationRefused
from customers.ownership.settings import RegistrationRefused
from customers.rights import pages
from dealers import site
from dealers.actor import Actor, acting
from dealers.paper import qr_code
from dealers.signin.tries import TooManyTries
from dealers.views import post_at_dealer, refusals_said
from dealers.waiting import hurried


@hurried
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unconfirmed(request, pk):
    """What waits for its customer; the code that they tell leads to the answer."""
    waiting, now = _mine(request, pk), timezone.now()
    if waiting.registration is not None:
        return redirect(waiting.registration)
    form = ToldCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"]
        try:
            made = confirming.by_code(waiting, typed, by=request.actor, at=now)
        except (ConfirmationRefused, RegistrationRefused, TooManyTries) as refused:
            form.add_error("code", str(refused))
        else:
            return redirect(made)
    link = pages.link(waiting.store, at=now)
    path = reverse("customers:page", args=[waiting.store.code, link.key])
    context = {
        "waiting": waiting,
        "waits": waiting.waits(now),
        "form": form,
        "may_send": waiting.sent < confirming.MOST_MESSAGES,
        "qr": qr_code(site.public_address(request) + path) if waiting.waits(now) else "",
        **confirming.shown(waiting),
    }
    status = 422 if form.errors else 200
    return render(request, "customers/unconfirmed.html", context, status=status)


@require_POST
def send_again(request, pk):
    """Send the customer a new code and the link once more."""
    waiting, where = _mine(request, pk), site.public_address(request)
    with refusals_said(request, ConfirmationRefused):
        confirming.send_again(waiting, by=request.actor, at=timezone.now(), site=where)
        messages.success(request, _("A new message is on its way. Only its code is good now."))
    return redirect(waiting)


def _mine(request, pk) -> Unconfirmed:
    found = Unconfirmed.objects.visible_to(post_at_dealer(request))
    return get_object_or_404(found.select_related("store", "registration"), pk=pk)


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, token):
    """Whether the customer agrees: the same words to everybody, whoever looks after them."""
    with acting(Actor.worker("confirm")):  # who has the link need not have an account
        try:
            waiting = confirming.of_token(token)
        except Unconfirmed.DoesNotExist:
            raise Http404 from None
        now = timezone.now()
        if request.method == "POST":
            _said(request, waiting, now)
            return redirect(request.path)
        context = {
            "waiting": waiting,
            "waits": waiting.waits(now),
            "confirmed": waiting.ended in CONFIRMED,
            "refused": waiting.ended == ConfirmedBy.REFUSED,
        }
        over = not (context["waits"] or context["confirmed"] or context["refused"])
        status = 410 if over else 200
        return render(request, "customers/public/confirm.html", context, status=status)


def _said(request, waiting: Unconfirmed, now) -> None:
    said = request.POST.get("answer", "")
    # Of what is over the page says so itself.
    with suppress(ConfirmationRefused), refusals_said(request, RegistrationRefused):
        if said == "yes":
            offers = "offers" in request.POST
            confirming.answer(waiting.pk, ConfirmedBy.LINK, at=now, offers=offers)
        elif said == "no":
            confirming.refuse(waiting.pk, at=now)
