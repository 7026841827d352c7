"""What the store's and the campaign's page for everybody share: a number is left, and proved."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from customers.forms.public import LeavingForm
from customers.models import Retention
from customers.rights.inbox import PageClosed
from customers.rights.proofs import Proof
from customers.views import proving
from dealers import sms
from dealers.signin import devices, tries


def for_everybody(view):
    """A view that needs no login; its page says why where an address opens none any more."""

    @never_cache
    @login_not_required
    @wraps(view)
    def opened(request, **address):
        try:
            return view(request, **address)
        except PageClosed as closed:
            return _closed(request, 410, said=str(closed))

    return opened


def leave(
    request,
    form: LeavingForm,
    template: str,
    *,
    of: str,
    ask: Callable[..., str],
    put_down: Callable[..., None],
    done: str,
    at: datetime,
    **head,
):
    """Number and choices, then the code; the answer is the same to everybody.

    ``of``: the page, by what a code knows it. Its ``ask`` sends the code and its ``put_down`` keeps
    what was left, which leads to the address ``done``. ``head``: as of ``proving.code_page``.
    """

    def left(proof: Proof) -> str:
        put_down(proof, at=at)
        return done

    if not sms.available():
        return _closed(request, 503, no_codes=True)
    if "carried" in request.POST:
        return proving.confirm(request, left, of=of, at=at, **head)
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            carried = ask(phone, form.asked, door=devices.door(request, None, phone), at=at)
        except tries.TooManyTries as refused:
            form.add_error(None, str(refused))
        else:
            return proving.code_page(request, carried, phone, **head)
    context = {"form": form, "months": Retention.current().idle_months, **head}
    return render(request, template, context, status=422 if form.errors else 200)


def _closed(request, status: int, **why):
    return render(request, "customers/public/closed.html", why, status=status)
