"""A person's own page: what stores keep about them, reached by a one-time code."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import cards, erasure
from customers.forms.numbers import PhoneForm
from customers.forms.public import CorrectionForm
from customers.models import ConsentPurpose
from customers.rights import own, proofs
from customers.views import proving
from dealers import currencies, sms
from dealers.signin import devices, tries
from dealers.spreadsheets import download


def leave_page():
    """Back to the first page, where nothing is known of anybody."""
    return proving.forget(redirect("customers:own"))


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request):
    """The number, then the code, then everything that is kept."""
    now, proof = timezone.now(), proving.proof_of(request)
    if request.method == "POST":
        if "carried" in request.POST:
            return proving.confirm(request, lambda _proof: "customers:own", at=now)
        return ask(request, now)
    if proof is None:
        return number_page(request, PhoneForm())
    context = {
        "person": own.person(proof.phone),
        "phone": proof.phone,
        "currency": currencies.of_program(),
    }
    return render(request, "customers/own/page.html", context)


def ask(request, now):
    form = PhoneForm(request.POST)
    if sms.available() and form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            carried = proofs.ask(phone, {}, door=devices.door(request, None, phone), at=now)
        except tries.TooManyTries as refused:
            form.add_error(None, str(refused))
        else:
            return proving.code_page(request, carried, phone)
    return number_page(request, form)


def number_page(request, form):
    context = {"form": form, "no_codes": not sms.available()}
    status = 422 if form.errors else 200
    return render(request, "customers/own/number.html", context, status=status)


def _mine(request, pk):
    """The proof and the card of its holder; without a proof the page that asks for one."""
    proof = proving.proof_of(request)
    if proof is None:
        return None, None
    card = own.mine(proof.phone, pk)
    if card is None:
        raise Http404
    return proof, card


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request, pk):
    """Put right what a store has written on the card."""
    proof, customer = _mine(request, pk)
    if proof is None:
        return redirect("customers:own")
    card = own.card(customer)
    said = {name: getattr(card, name) for name in CorrectionForm.base_fields}
    form = CorrectionForm(request.POST or None, initial=said)
    if request.method == "POST" and form.is_valid():
        try:
            own.correct(customer, form.cleaned_data, at=timezone.now())
        except cards.CardRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:own")
    status = 422 if form.errors else 200
    context = {"form": form, "dealer": customer.dealer}
    return render(request, "customers/own/correct.html", context, status=status)


@never_cache
@login_not_required
@require_POST
def decide(request, pk, purpose):
    """Agree to one use, or take that back."""
    proof, customer = _mine(request, pk)
    if proof is None:
        return redirect("customers:own")
    if purpose not in ConsentPurpose.values:
        raise Http404
    agrees = request.POST.get("agrees") == "yes"
    own.decide(customer, purpose, agrees=agrees, proof=proof, at=timezone.now())
    if agrees:
        messages.success(request, _("Noted: you agree."))
    else:
        messages.success(request, _("Noted: you took this back. The store has been told."))
    return redirect("customers:own")


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request):
    """Have everything destroyed that is known; asked once, for it cannot be undone.

    Of the number that the question was about: another one may be proved in another tab by then.
    """
    proof = proving.proof_of(request)
    if proof is None:
        return redirect("customers:own")
    if request.method == "POST":
        if request.POST.get("proof") != proof.evidence:
            messages.warning(
                request, _("Another number was entered here in the meantime: nothing is deleted.")
            )
            return redirect("customers:own")
        try:
            own.delete(proof.phone, at=timezone.now())
        except erasure.ErasureRefused as refused:
            messages.warning(request, str(refused))
            return redirect("customers:own")
        messages.success(request, _("Everything that was kept about you is deleted."))
        return leave_page()
    context = {"person": own.person(proof.phone), "proof": proof}
    return render(request, "customers/own/delete.html", context)


@never_cache
@login_not_required
@require_safe
def copy(request):
    """All of it as a file."""
    proof = proving.proof_of(request)
    if proof is None:
        return redirect("customers:own")
    text = json.dumps(own.as_data(own.person(proof.phone)), ensure_ascii=False, indent=2)
    return download(text, "my-data.json")


@never_cache
@login_not_required
@require_POST
def leave(request):  # noqa: ARG001
    """Close the page on this device."""
    return leave_page()
