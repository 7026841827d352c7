"""One customer's page: whose they are, what happened, and what one may do about it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers import cards, sharing
from customers.choices import answering
from customers.filters import listed_as
from customers.forms.customer import CardForm, FollowUpForm, RevealForm
from customers.forms.sharing import DEFAULT, OwnLevelForm
from customers.models import Activity, ActivityKind, Customer, Ownership
from customers.ownership import activities, changes, rulebook
from customers.ownership.release import open_of
from customers.portrait import Consents, Protection, Purchases
from customers.timeline import timeline
from dealers import currencies, invitations, typed
from dealers.actor import Actor
from dealers.bounds import key
from dealers.models import PURPOSES, Membership, Role
from dealers.views import post_at_dealer


def visible(request, pk) -> tuple[Membership, Customer]:
    """The acting post and the customer, who for any other dealer does not exist."""
    membership = post_at_dealer(request)
    customers = Customer.objects.visible_to(membership).select_related("identity")
    return membership, get_object_or_404(customers, pk=pk)


@require_safe
def detail(request, pk):
    membership, customer = visible(request, pk)
    return page(request, membership, customer)


@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request, pk):
    """Record what was done; a refusal stays on the form."""
    membership, customer = visible(request, pk)
    if request.method != "POST":
        return redirect(address(request, customer))
    form = FollowUpForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        before = changes.running_of(customer, now)
        try:
            activities.record_activity(
                customer, by=Actor.of(membership), **form.cleaned_data, at=now
            )
        except activities.ActivityRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, recorded(before, changes.running_of(customer, now)))
            return redirect(address(request, customer, recorded=form.cleaned_data["kind"]))
    return page(request, membership, customer, refused=form)


def recorded(before: Ownership | None, after: Ownership | None) -> str:
    """What a follow-up has changed, for the person who recorded it."""
    if before and after and after.protected_until > before.protected_until:
        until = rulebook.last_day(after.protected_until, after.store.tz)
        return _("Recorded. The protection now runs until %(day)s.") % {
            "day": formats.date_format(until, "DATE_FORMAT")
        }
    return _("Recorded.")


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request, pk, activity):
    """Put right what one has recorded within the last day; both versions stay."""
    membership, customer = visible(request, pk)
    by, now = Actor.of(membership), timezone.now()
    recorded_before = Activity.objects.current().filter(customer=customer)
    found = get_object_or_404(
        recorded_before.select_related("customer__identity", "store"), pk=key(activity)
    )
    if not activities.may_correct(found, by, now):
        messages.warning(request, _("What you recorded can be corrected for a day."))
        return redirect(address(request, customer))
    said = {
        "kind": found.kind,
        "outcome": found.outcome,
        "note": cards.note_of(found, by=by),
        "follow_up_on": found.follow_up_on,
    }
    kept = typed.kept(request, request.path)
    form = FollowUpForm(request.POST or None, initial=said | kept)
    if request.method == "POST" and form.is_valid():
        try:
            activities.correct_activity(found, by=by, **form.cleaned_data, at=now)
        except activities.ActivityRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, _("Corrected. Both versions stay on record."))
            return redirect(address(request, customer))
    context = {
        "form": form,
        "card": cards.open_one(customer, by=by),
        "back": address(request, customer),
        "until": found.at + activities.CORRECTED_WITHIN,
        "kept": kept,
    }
    return render(request, "customers/correct.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request, pk):
    """Note who needs the number and what for; then the customer's page shows it for a while."""
    membership, customer = visible(request, pk)
    if request.method != "POST":
        return redirect(address(request, customer))
    form = RevealForm(request.POST)
    if form.is_valid():
        try:
            cards.reveal(
                customer, by=request.actor, purpose=form.cleaned_data["purpose"], at=timezone.now()
            )
        except cards.CardRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(address(request, customer))
    return page(request, membership, customer, refused=form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """Change what the card says; the number is not part of it."""
    _membership, customer = visible(request, pk)
    card = cards.open_one(customer, by=request.actor)
    fields = ("name", "wechat", "email", "notes")
    kept = typed.kept(request, request.path)
    said = {name: getattr(card, name) for name in fields}
    form = CardForm(request.POST or None, initial=said | kept)
    if request.method == "POST" and form.is_valid():
        try:
            cards.update_card(customer, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except cards.CardRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect(address(request, customer))
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "card": card, "back": address(request, customer), "kept": kept}
    return render(request, "customers/edit.html", context, status=status)


def address(request, customer: Customer, **more: str) -> str:
    """The customer's page, with the list that one came from."""
    came_from = listed_as(request.GET.get("list", ""))
    asked = ({"list": came_from} if came_from else {}) | more
    return customer.get_absolute_url() + (f"?{urlencode(asked)}" if asked else "")


def page(request, membership, customer, *, refused=None):
    """The whole page, with the form that was just refused."""
    now = timezone.now()
    actor = Actor.of(membership)
    came_from = listed_as(request.GET.get("list", ""))
    kept = typed.kept(request, reverse("customers:follow-up", args=[customer.pk]))
    doing = {"kind": did} if (did := request.GET.get("did", "")) in ActivityKind.values else {}
    form = refused if isinstance(refused, FollowUpForm) else FollowUpForm(initial=doing | kept)
    protection = Protection.of(customer, membership, now)
    owned = protection.ownership if protection and protection.runs else None
    return render(
        request,
        "customers/detail.html",
        {
            "customer": customer,
            "card": cards.open_one(customer, by=actor),
            "protection": protection,
            "entries": timeline(customer, membership, now=now),
            "consents": Consents.of(customer, membership),
            "purchases": Purchases.of(customer, membership),
            "currency": currencies.of_program(),
            "follow_up_form": form,
            "kept": kept,
            "call_form": FollowUpForm(auto_id="call_%s"),
            "purposes": PURPOSES,
            "number": cards.shown(customer, by=actor, at=now),
            "call_recorded": request.GET.get("recorded") == ActivityKind.CALL,
            "list_url": reverse("customers:list") + (f"?{came_from}" if came_from else ""),
            "keep": f"?{urlencode({'list': came_from})}" if came_from else "",
            "form": refused,
            "owns": membership.role == Role.OWNER,
            "sharing": sharing.level_of(customer, now),
            "own_level": (mine := sharing.own(customer, now)),
            "level_form": OwnLevelForm(initial={"level": DEFAULT if mine is None else mine.level}),
            "release": owned and open_of(owned),
            "parting": owned and answering.parting_of(owned),
            "leads": bool(invitations.roles_for(request.actor)),
        },
        status=422 if refused else 200,
    )
