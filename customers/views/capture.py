"""Registering a customer at the counter, and the receipt with the rulebook's answer."""

import uuid
from datetime import datetime
from urllib.parse import urlencode

import phonenumbers
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.views.decorators.http import require_http_methods, require_safe

from customers.cards import number_of, open_one
from customers.cases import opening
from customers.choices import asking
from customers.forms.capture import CaptureForm
from customers.forms.numbers import COUNTRIES, HOME
from customers.forms.voids import VoidForm
from customers.models import Answer, EventKind, Registration, Unconfirmed
from customers.ownership import confirming, line, rulebook, voids, words
from customers.ownership.settings import RegistrationRefused
from dealers import invitations, site, typed
from dealers.actor import Actor
from dealers.agreements import signing
from dealers.models import FactKind, Membership, Role, User
from dealers.phones import PhoneNotValid
from dealers.receipts import holding
from dealers.views import post_at_dealer
from dealers.views.stores import needs_store
from dealers.waiting import hurried

MOST_WAITING = 50  # shown on the page


@hurried
@needs_store
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request):
    """The form; what it sends is answered on a page of its own, which can be kept."""
    membership = post_at_dealer(request)
    kept = {}
    if request.method == "POST":
        form = CaptureForm(request.POST, membership=membership)
        if form.is_valid():
            try:
                made = confirming.claim(
                    form.registration(),
                    **form.card(),
                    by=Actor.signed_in(request.user, membership),
                    at=timezone.now(),
                    site=site.public_address(request),
                )
            except PhoneNotValid as problem:
                form.add_error("phone", str(problem))
            except RegistrationRefused as refused:
                form.add_error(None, str(refused))
            else:
                return redirect(made)
    else:
        kept = typed.kept(request, request.path)
        form = CaptureForm(
            membership=membership,
            initial={
                "key": uuid.uuid4(),
                "country": request.GET.get("country", HOME),
                "store": request.GET.get("store", ""),
                **corrected(request.GET.get("corrects", ""), membership),
            }
            | kept,
        )
    return render(
        request,
        "customers/capture.html",
        {
            "form": form,
            "kept": kept,
            "registered_today": registered_today(request.user),
            "unsigned": signing.needed(membership.dealer_id, timezone.now()),
            "first": signing.first(),
            "is_owner": membership.role == Role.OWNER,
            "waiting": waiting_for_customers(membership, timezone.now()),
        },
        status=422 if form.is_bound else 200,
    )


def corrected(receipt: str, membership: Membership) -> dict[str, str]:
    """What a form for the right number of a voided registration begins with."""
    found = Registration.objects.visible_to(membership).filter(void__isnull=False)
    voided = found.select_related("store", "customer").filter(receipt=receipt[:16]).first()
    if voided is None or voided.corrected_by.exists():
        return {}
    name = open_one(voided.customer, by=Actor.of(membership)).name
    return {"corrects": voided.receipt, "store": voided.store.code, "name": name}


def waiting_for_customers(membership: Membership, at: datetime) -> list[dict]:
    """What waits for its customer here, that which lapses first at the top."""
    rows = Unconfirmed.objects.visible_to(membership).open(at).select_related("store")
    found = rows.order_by("until", "pk")[:MOST_WAITING]
    return [{"row": row, **confirming.shown(row)} for row in found]


def registered_today(user: User) -> int:
    """The person's own pace: the customers they won today, as their first page counts them."""
    won = Registration.objects.valid().filter(staff=user, received_on=timezone.localdate())
    return won.count()


@require_safe
def receipt(request, receipt):
    """The answer as it was given, for those whose store or dealer it was given to."""
    membership = post_at_dealer(request)
    found = get_object_or_404(
        Registration.objects.visible_to(membership).select_related(
            "store__dealer",
            "staff",
            "customer",
            "rulebook",
            "ownership__store",
            "ownership__staff",
            "void__voided_by",
            "waiting",
            "corrects__store",
            "unconfirmed",
        ),
        receipt=receipt,
    )
    void = getattr(found, "void", None)
    card = open_one(found.customer, by=request.actor)
    local = found.received_at.astimezone(found.store.tz)
    received = formats.date_format(local, "DATETIME_FORMAT") + f"{local::%S}"
    owned = found.ownership
    until = owned and rulebook.last_day(found.protected_until, owned.store.tz)
    new = found.answer == Answer.YOURS
    visit = found.answer == Answer.YOURS_ALREADY
    asked, now = found.choices.first(), timezone.now()
    waiting = line.held(found, now) if found.answer in line.IN_LINE else None
    return render(
        request,
        "customers/receipt.html",
        {
            "registration": found,
            "card": card,
            "settings": found.rulebook,
            "sentence": words.sentence(found),
            "received": received,
            "text": words.text(found, f"{card.name} {card.phone}".strip(), received),
            "until": until,
            # As they were given: a rulebook may add days for what the dealer shares.
            "days": (until - local.date()).days if new and until else None,
            "contact_due": new and owned.contact_due_at,
            "renewed": visit and found.events.filter(kind=EventKind.RENEWED).exists(),
            "next_url": next_url(found, membership),
            "void": void,
            "may_open": opening.may_open(found, request.actor),
            "may_undo": void is None and voids.may_undo(found, request.actor, now),
            "void_form": VoidForm() if not void and voids.may_void(found, request.actor) else None,
            "asked": asked,
            "to_come": asked and asked.effective_at is not None and now < asked.effective_at,
            "may_ask": asking.may_ask(found, by=request.actor, at=now),
            "leads": bool(invitations.roles_for(request.actor)),
            "managers": managers_of(found) if found.answer == Answer.PROTECTED else [],
            "waiting": waiting,
            "place": line.place_of(waiting.registration) if waiting else None,
            "may_wait": line.may_wait(found, request.actor, now),
            "corrected_by": void and found.corrected_by.first(),
            "held": holding.receipt_of(
                FactKind.REGISTRATION,
                found.dealer_id,
                found.pk,
                found.receipt,
                since=found.recorded_at,
                at=now,
            ),
        },
    )


def managers_of(refused: Registration) -> list[User]:
    """Whom the store calls about a refusal: the managers of its region."""
    posts = Membership.objects.current(timezone.now()).managing(refused.store.dealer.region_id)
    return [post.user for post in posts.select_related("user").order_by("starts_at", "pk")]


def next_url(made: Registration, membership) -> str:
    """An empty form that keeps the country code and, for an owner, the store."""
    keep = {}
    # No number where the person was erased or a key is missing.
    number = number_of(made.customer, by=Actor.of(membership))
    code = str(phonenumbers.parse(number).country_code) if number.startswith("+") else HOME
    if code in COUNTRIES and code != HOME:
        keep["country"] = code
    if not membership.store_id:
        keep["store"] = made.store.code
    return reverse("customers:capture") + (f"?{urlencode(keep)}" if keep else "")
