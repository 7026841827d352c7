"""One customer's page: whose they are, what happened, and what one may do about it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import cards
from customers.cards import Card
from customers.forms import CardForm, FollowUpForm, RevealForm
from customers.models import Customer, Ownership
from customers.ownership import activities, changes, rulebook
from customers.portrait import Consents, Protection, Purchases
from customers.timeline import timeline
from customers.views import post_at_dealer
from dealers import currencies, invitations
from dealers.actor import Actor
from dealers.models import Membership


def visible(request, pk) -> tuple[Membership, Customer]:
    """The acting post and the customer, who for any other dealer does not exist."""
    membership = post_at_dealer(request)
    customers = Customer.objects.visible_to(membership).select_related("identity")
    return membership, get_object_or_404(customers, pk=pk)


@require_safe
def detail(request, pk):
    membership, customer = visible(request, pk)
    return page(request, membership, customer)


@require_POST
def follow_up(request, pk):
    """Record what was done; a refusal stays on the form."""
    membership, customer = visible(request, pk)
    form = FollowUpForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        before = changes.running_of(customer, now)
        try:
            activities.record_activity(
                customer, by=Actor.of(membership), **form.cleaned_data, at=now
            )
        except activities.ActivityRefused as refused:
            form.add_error(None, str(refused))
        else:
            after = changes.running_of(customer, now)
            messages.success(request, recorded(before, after))
            return redirect(customer)
    return page(request, membership, customer, follow_up_form=form)


def recorded(before: Ownership | None, after: Ownership | None) -> str:
    """What a follow-up has changed, for the person who recorded it."""
    if before and after and after.protected_until > before.protected_until:
        until = rulebook.last_day(after.protected_until, after.store.tz)
        return _("Recorded. The protection now runs until %(day)s.") % {
            "day": formats.date_format(until, "DATE_FORMAT")
        }
    return _("Recorded.")


@require_POST
def reveal(request, pk):
    """Show the number once, on this answer only, after noting who needs it and what for."""
    membership, customer = visible(request, pk)
    form = RevealForm(request.POST)
    number = ""
    if form.is_valid():
        try:
            number = cards.reveal(
                customer, by=request.actor, purpose=form.words(), at=timezone.now()
            )
        except cards.CardRefused as refused:
            form.add_error(None, str(refused))
    response = page(request, membership, customer, reveal_form=form, number=number)
    response["Cache-Control"] = "no-store, private"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """Change what the card says; the number is not part of it."""
    _membership, customer = visible(request, pk)
    card = Card.of(customer)
    fields = ("name", "wechat", "email", "notes")
    form = CardForm(request.POST or None, initial={name: getattr(card, name) for name in fields})
    if request.method == "POST" and form.is_valid():
        try:
            cards.update_card(customer, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except cards.CardRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect(customer)
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "card": card, "customer": customer}
    return render(request, "customers/edit.html", context, status=status)


def page(request, membership, customer, *, follow_up_form=None, reveal_form=None, number=""):
    """The whole page, with the form that was just refused or the number that was just shown."""
    refused = next((form for form in (follow_up_form, reveal_form) if form and form.errors), None)
    return render(
        request,
        "customers/detail.html",
        {
            "customer": customer,
            "card": Card.of(customer),
            "protection": Protection.of(customer, membership, timezone.now()),
            "entries": timeline(customer, membership),
            "consents": Consents.of(customer, membership),
            "purchases": Purchases.of(customer, membership),
            "currency": currencies.of_program(),
            "follow_up_form": follow_up_form or FollowUpForm(),
            "reveal_form": reveal_form or RevealForm(),
            "number": number,
            "form": refused,
            "leads": bool(invitations.roles_for(request.actor)),
        },
        status=422 if refused else 200,
    )
