"""A campaign's page for everybody, where people without a store ask to be called."""

from functools import partial

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from customers.dispatch import page
from customers.forms.public import AskForm
from customers.views.public import for_everybody, leave
from dealers.signin import devices


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, link):
    """Number and choices, then the code."""
    now = timezone.now()
    campaign = page.opened(link, at=now)
    return leave(
        request,
        AskForm(request.POST or None, campaign=campaign),
        "customers/public/ask.html",
        of=page.of(campaign),
        ask=partial(page.ask, campaign, place=devices.of_place(f"campaign {campaign.pk}")),
        put_down=partial(page.put_down, campaign),
        done=reverse("customers:campaign-done", args=[link]),
        at=now,
        campaign=campaign,
    )


@for_everybody
@require_safe
def done(request, link):
    """What was written down, who gets it and how one sees it."""
    context = {"campaign": page.opened(link, at=timezone.now())}
    return render(request, "customers/public/asked.html", context)
