"""A campaign's page for everybody, where people without a store ask to be called."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from customers.dispatch import page
from customers.forms.public import AskForm
from customers.models import Campaign, Retention
from customers.rights.inbox import PageClosed
from customers.rights.proofs import Proof
from customers.views import proving
from dealers import sms
from dealers.signin import devices, tries


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, link):
    """Number and choices, then the code; the answer is the same to everybody."""
    now = timezone.now()
    try:
        campaign = page.opened(link, at=now)
    except PageClosed as closed:
        return render(request, "customers/public/closed.html", {"said": str(closed)}, status=410)
    if not sms.available():
        return render(request, "customers/public/closed.html", {"no_codes": True}, status=503)
    if "carried" in request.POST:
        return put_down(request, campaign, link, now)
    form = AskForm(request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            carried = page.ask(
                campaign,
                phone,
                form.asked,
                place=devices.of_place(f"campaign {campaign.pk}"),
                door=devices.door(request, None, phone),
                at=now,
            )
        except tries.TooManyTries as refused:
            form.add_error(None, str(refused))
        else:
            return proving.code_page(request, carried, phone, campaign=campaign)
    status = 422 if form.errors else 200
    context = {"form": form, "campaign": campaign, "months": Retention.current().idle_months}
    return render(request, "customers/public/ask.html", context, status=status)


def put_down(request, campaign: Campaign, link: str, now):
    """The code: it proves the number, and what was left is put down."""

    def left(proof: Proof) -> str:
        page.put_down(campaign, proof, at=now)
        return reverse("customers:campaign-done", args=[link])

    return proving.confirm(request, left, of=page.of(campaign), campaign=campaign, at=now)


@never_cache
@login_not_required
@require_safe
def done(request, link):
    """What was written down, who gets it and how one sees it."""
    try:
        campaign = page.opened(link, at=timezone.now())
    except PageClosed as closed:
        return render(request, "customers/public/closed.html", {"said": str(closed)}, status=410)
    return render(request, "customers/public/asked.html", {"campaign": campaign})
