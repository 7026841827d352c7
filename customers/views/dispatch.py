"""Leads that the brand offers to a store: to answer, to call, to return, and why they came."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers.dispatch import calls, choices, contacts, fairness, junk, offers, pulled
from customers.dispatch.offers import DispatchRefused
from customers.forms.dispatch import DeclineForm, JunkForm
from customers.forms.stores import StoreForm
from customers.models import Campaign, Candidate, JunkState, Lead, Offer, OfferAnswer
from dealers import months
from dealers.models import Membership, Store
from dealers.months import first_day, midnight, next_month, previous_month
from dealers.views import post_at_dealer, post_over_region
from dealers.words import TIME_LEFT, mask_name

AT_RISK = 0.2  # of the time is left
DONE = 50  # of the latest
TONES = {
    "ok": pgettext_lazy("a lead", "On time"),
    "warn": pgettext_lazy("a lead", "Soon over"),
    "bad": pgettext_lazy("a lead", "Overdue"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """An offer as the inbox shows it."""

    offer: Offer
    name: str  # masked until the store accepts
    metres: int | None
    since: datetime  # when the time until ``due_at`` began
    due_at: datetime
    left: timedelta

    @property
    def tone(self) -> str:
        """Of its edge: ok, warn or bad; none of what waits for nobody."""
        if not self.waits:
            return ""
        if self.left <= timedelta(0):
            return "bad"
        return "warn" if self.left < (self.due_at - self.since) * AT_RISK else "ok"

    @property
    def word(self) -> str:
        """How it stands with the time, for who sees no colours."""
        return str(TONES[self.tone])

    @property
    def waits(self) -> bool:
        """Whether somebody still has to answer, or to call."""
        if self.offer.answer == "":
            return True
        if self.offer.answer != OfferAnswer.ACCEPTED or self.offer.passed_on_at:
            return False
        if self.offer.junk_state in {JunkState.ASKED, JunkState.TAKEN}:
            return False
        return getattr(self.offer, "contacted_at", None) is None

    @classmethod
    def of(cls, offer: Offer, metres: int | None, now: datetime) -> "Card":
        """Uses ``offer.lead`` and ``offer.registration``."""
        _number, name = contacts.opened(offer.lead)
        accepted = offer.answer == OfferAnswer.ACCEPTED
        if offer.is_looked_at and offer.return_due_at:  # the store has nothing to hurry for
            due = offer.return_due_at
            return cls(offer, name, metres, now, due, due - now)
        since, due = offer.offered_at, offer.due_at
        if accepted and offer.answered_at and offer.contact_due_at:
            since, due = offer.reviewed_at or offer.answered_at, offer.contact_due_at
        shown = name if accepted else mask_name(name)
        return cls(offer, shown, metres, since, due, due - now)


def _clock(now: datetime) -> dict[str, object]:
    """What a page needs to count on by itself until its deadlines."""
    return {"now": now, "tones": TONES, "time_left": TIME_LEFT}


def _cards(rows, now) -> list[Card]:
    found = list(rows.select_related("lead", "store", "registration"))
    metres = choices.distances(found)
    return [Card.of(offer, metres.get(offer.pk), now) for offer in found]


@require_safe
def inbox(request):
    """What waits for an answer, nearest deadline first; what waits for a call; what is done."""
    membership, now = post_at_dealer(request), timezone.now()
    mine = Offer.objects.visible_to(membership)
    waiting = mine.open().filter(due_at__gt=now).order_by("due_at", "pk")
    doing = calls.uncontacted(mine).order_by("contact_due_at", "pk")
    state = request.GET.get("state", "todo")
    state = state if state in {"todo", "doing", "done"} else "todo"
    rows = waiting if state == "todo" else doing
    if state == "done":
        over = mine.exclude(pk__in=waiting.values("pk")).exclude(pk__in=doing.values("pk"))
        rows = calls.with_contact(over).order_by("-offered_at", "pk")[:DONE]
    today = timezone.localdate()
    context = {
        "state": state,
        "cards": _cards(rows, now),
        "tabs": [
            (_("To answer"), "todo", waiting.count()),
            (_("To call"), "doing", calls.to_call(mine).count()),
            (_("Done"), "done", None),
        ],
        "in_time": offers.in_time(mine, midnight(first_day(today)), now),
        **_clock(now),
        "decline": DeclineForm(),
        "several_stores": not membership.is_store_post,
        "to_take": Campaign.objects.pulled().exists(),
    }
    return render(request, "customers/dispatch/inbox.html", context)


def _offer(request, pk) -> Offer:
    membership = post_at_dealer(request)
    rows = calls.with_contact(Offer.objects.visible_to(membership))
    return get_object_or_404(rows.select_related("lead", "store", "registration"), pk=pk)


@require_safe
def offer(request, pk):
    """One lead: what is wanted, until when, what to do, and why it came to this store."""
    found, now = _offer(request, pk), timezone.now()
    metres = choices.distances([found]).get(found.pk)
    context = {
        "card": Card.of(found, metres, now),
        "offer": found,
        **_clock(now),
        "open": found.answer == "" and now < found.due_at,
        "decline": DeclineForm(),
        "junk": JunkForm() if junk.may_return(found, now) else None,
        "case_runs": junk.waits_for_case(found),
        "choice": choices.of(found.lead_id, found.hop, request.membership),
    }
    return render(request, "customers/dispatch/offer.html", context)


@require_POST
def accept(request, pk):
    """Take the lead, and show whom to call."""
    found = _offer(request, pk)
    try:
        registration = offers.accept(found, by=request.actor, at=timezone.now())
    except DispatchRefused as refused:
        messages.warning(request, str(refused))
        return redirect("customers:dispatch")
    messages.success(request, _("Accepted. Call in time; the number is on the card."))
    return redirect(registration.customer)


@require_safe
def to_take(request):
    """The leads that the reader's stores may take themselves."""
    membership = post_at_dealer(request)
    found = pulled.open_to(_stores(membership), timezone.now(), DONE + 1)
    context = {
        "cards": found[:DONE],
        "more": len(found) > DONE,
        "several_stores": not membership.is_store_post,
    }
    return render(request, "customers/dispatch/to_take.html", context)


@require_POST
def take(request, lead, store):
    """Take a lead for a store, and show whom to call."""
    here = get_object_or_404(_stores(post_at_dealer(request)), code=store)
    try:
        registration = pulled.take(lead, here, by=request.actor, at=timezone.now())
    except DispatchRefused as refused:
        messages.warning(request, str(refused))
        return redirect("customers:to-take")
    messages.success(request, _("Accepted. Call in time; the number is on the card."))
    return redirect(registration.customer)


def _stores(membership):
    found = Store.objects.of_post(membership.dealer_id, membership.store_id)
    return found.select_related("dealer").order_by("pk")


@require_POST
def decline(request, pk):
    """Say why not; the next store is asked."""
    found, form = _offer(request, pk), DeclineForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose why you cannot take it."))
        return redirect(found)
    try:
        offers.decline(found, form.cleaned_data["reason"], by=request.actor, at=timezone.now())
    except DispatchRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Declined. The next store is asked; it costs you nothing."))
    return redirect("customers:dispatch")


@require_POST
def give_back(request, pk):
    """Return a lead that is none."""
    found, form = _offer(request, pk), JunkForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose what is wrong with it."))
        return redirect(found)
    try:
        state = junk.give_back(
            found, form.cleaned_data["junk"], by=request.actor, at=timezone.now()
        )
    except DispatchRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Returned: %(state)s.") % {"state": state.label})
    return redirect(found)


@require_safe
def considered(request):
    """The leads for which a store of the dealer was weighed, offered to it or not."""
    membership = post_at_dealer(request)
    rows = Candidate.objects.filter(dealer=membership.dealer_id).select_related("store")
    if membership.is_store_post:
        rows = rows.filter(store=membership.store_id)
    return render(
        request, "customers/dispatch/considered.html", {"rows": rows.order_by("-at", "pk")[:DONE]}
    )


@require_safe
def choice(request, lead, hop):
    """Who was weighed for a lead and how; the order computed anew from what was kept."""
    membership = post_at_dealer(request)
    found = choices.of(lead, hop, membership)
    if found is None:
        raise Http404
    return render(request, "customers/dispatch/choice.html", {"choice": found})


@require_safe
def choice_data(request, lead, hop):
    """The same as a file, for whoever computes it with means of their own."""
    found = choices.of(lead, hop, post_at_dealer(request))
    if found is None:
        raise Http404
    return JsonResponse(choices.data(found), json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_safe
def fair(request):
    """What each store of the region received against its fair share, in a month."""
    membership = request.membership
    month = _month(request)
    seen, hidden = _shares(membership, month)
    this = first_day(timezone.localdate())
    context = {
        "month": month,
        "before": previous_month(month),
        "after": next_month(month) if month < this else None,
        "rows": seen,
        "hidden": hidden,
        "dealer": membership.dealer_id,
    }
    return render(request, "customers/dispatch/fairness.html", context)


@require_safe
def fair_data(request):
    """The same as a file."""
    membership = request.membership
    month = _month(request)
    seen, hidden = _shares(membership, month)
    dealer = membership.dealer_id
    stores = [
        {
            "name": row.name if dealer is None or row.dealer == dealer or row.of_brand else "",
            "of_brand": row.of_brand, "weight": row.weight, "received": row.received,
            "declined": row.declined, "missed": row.missed,
        } | ({} if hidden else {"fair": str(row.fair)})
        for row in seen
    ]  # fmt: skip
    said = {"month": months.key(month), "stores": stores}
    return JsonResponse(said, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _month(request) -> date:
    """The month that is asked for: this one, unless it is one that began."""
    this = first_day(timezone.localdate())
    try:
        return min(months.parse(request.GET.get("month", "")), this)
    except ValueError:
        return this


def _shares(membership, month):
    """The shares that are shown of a month, and whether others' are hidden."""
    region = _region_of(membership)
    rows = fairness.of_region(region, midnight(month), midnight(next_month(month)))
    seen = fairness.shown(rows, dealer=membership.dealer_id)
    return seen, len(seen) < len(rows)


def _region_of(membership: Membership | None) -> int:
    if membership is None:
        raise Http404
    region = membership.dealer.region_id if membership.dealer else membership.region_id
    if region is None:
        raise Http404
    return region


@require_safe
def queue(request):
    """The leads of the region that no store took."""
    membership = post_over_region(request)
    rows = Lead.objects.visible_to(membership).queued().order_by("queued_at", "pk")
    form = StoreForm(of={"dealer__region": membership.region_id})
    return render(request, "customers/dispatch/queue.html", {"leads": rows[:DONE], "form": form})


@require_POST
def choose(request, lead):
    """Offer a lead of the queue to a store, or to the one that the customer has."""
    membership = post_over_region(request)
    found = get_object_or_404(Lead.objects.visible_to(membership).queued(), pk=lead)
    form = StoreForm(request.POST, of={"dealer__region": membership.region_id})
    theirs = "theirs" in request.POST
    if not theirs and not form.is_valid():
        messages.warning(request, _("Choose a store of your region."))
        return redirect("customers:lead-queue")
    store = None if theirs else form.cleaned_data["store"]
    try:
        offers.choose(found, store, by=request.actor, at=timezone.now())
    except Lead.DoesNotExist:
        messages.warning(request, _("Somebody was faster."))
    except DispatchRefused as refused:
        messages.warning(request, str(refused))
    else:
        # Which one they have is between the stores.
        said = _("Offered to the customer's store.") if theirs else _("Offered to %(store)s.")
        messages.success(request, said % {"store": store})
    return redirect("customers:lead-queue")
