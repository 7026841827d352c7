"""Proving a number on the pages for everybody: a code is entered, the browser keeps the proof."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from customers.forms.public import CodeForm
from customers.rights import proofs
from customers.rights.proofs import Proof
from dealers.signin import devices, tries

COOKIE = "own-data"
SHOWN_FOR = timedelta(minutes=30)  # since the code was typed


def code_page(request, carried: str, phone: str, **head):
    """The page that asks for the code which was sent to ``phone``.

    ``head``: the store or the campaign whose page asks; nothing on the person's own.
    """
    return _code_page(request, CodeForm(initial={"carried": carried}), phone, head)


def confirm(
    request,
    then: Callable[[Proof], str],
    *,
    of: str = "",
    at: datetime,
    **head,
):
    """To where ``then`` leads with the proof, if the code is right; else its page again.

    ``of``: the page that asked; empty for the person's own. ``head``: as of ``code_page``.
    """
    form = CodeForm(request.POST)
    form.is_valid()
    carried = form.cleaned_data.get("carried", "")
    try:
        asked = proofs.opened(carried, at=at, of=of)
    except proofs.ProofRefused as refused:
        messages.warning(request, str(refused))
        return redirect(request.path)
    if form.is_valid():
        typed, door = form.cleaned_data["code"], devices.door(request, None, f"code {asked.number}")
        try:
            proof = proofs.confirm(carried, typed, of=of, door=door, at=at)
        except (tries.TooManyTries, proofs.ProofRefused) as refused:
            form.add_error("code", str(refused))
        else:
            return _remember(redirect(then(proof)), proof, at)
    return _code_page(request, form, asked.phone, head)


def _code_page(request, form: CodeForm, phone: str, head):
    context = {"form": form, "phone": phone, **head}
    status = 422 if form.is_bound else 200
    return render(request, "customers/public/code.html", context, status=status)


def _remember(response, proof: Proof, now: datetime):
    """Let whoever proved a number look at what is kept about it for half an hour."""
    response.set_cookie(
        COOKIE,
        proofs.kept(proof, until=now + SHOWN_FOR),
        max_age=SHOWN_FOR,
        path=reverse("customers:own"),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def forget(response):
    """Let this browser prove nothing any more."""
    response.delete_cookie(COOKIE, path=reverse("customers:own"), samesite="Lax")
    return response


def proof_of(request) -> Proof | None:
    """What this browser proved lately."""
    return proofs.proved(request.COOKIES.get(COOKIE, ""), at=timezone.now())
