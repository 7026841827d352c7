"""What one order brought, and why: the owner's to see, from the timeline and by its number."""

from types import SimpleNamespace

from django.db.models import Sum
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers import cards
from customers.models import Customer, Order
from customers.orders import words
from dealers.actor import Actor
from incentives.earnings import order as earned
from incentives.explanation import terms
from incentives.explanation.orders import Outcome
from incentives.views.earnings import dealer_of
from incentives.views.gates import opened_by

# How the tag of what has become of an order looks.
TONES = {
    Outcome.PAID: "ok",
    Outcome.ESTIMATED: "warn",
    Outcome.COUNTS: "warn",
    Outcome.HELD: "bad",
    Outcome.NOTHING: "",
}


@require_safe
def order(request, order):
    """An order with what each component makes of it, and why the others bring nothing."""
    dealer, now = dealer_of(request), timezone.now()
    seen = Order.objects.visible_to(request.membership)
    sold = seen.select_related("store", "sale__store").prefetch_related("attributions__store")
    found = get_object_or_404(sold, pk=order)
    answer = earned.about(dealer, found, now)
    return render(
        request,
        "incentives/earnings/order.html",
        {
            "order": found,
            "answer": answer,
            "named": words.name(found, dealer.pk),
            "place": words.place(found, dealer.pk),
            "at_store": found.store if found.store and found.store.dealer_id == dealer.pk else None,
            "card": card_of(request, found),
            "sale": found.sale if found.sale and seen.filter(pk=found.sale_id).exists() else None,
            "returns": seen.filter(sale=found).order_by("ordered_at"),
            "returned": found.returns.aggregate(net=Sum("net"))["net"],
            "plans": [plan_of(each, found) for each in answer.plans],
            "currency": answer.currency,
        },
    )


def card_of(request, order):
    """The buyer's card at the reader's own dealer; None without one."""
    mine = Customer.objects.visible_to(request.membership).filter(identity=order.identity_id or 0)
    customer = mine.select_related("identity").first()
    return customer and cards.open_one(customer, by=Actor.of(request.membership))


def plan_of(found, order):
    """What a plan makes of the order, each line with the address of its reasons."""
    return SimpleNamespace(
        of=found,
        applied=terms.applied(found.version) if found.version else "",
        components=[
            SimpleNamespace(
                name=each.component.local_name,
                answer=each.answer,
                tone=TONES[each.answer.outcome],
                gate=opened_by(each.answer.closed_gate, each.component),
                urls=[address(found, each.component, line, order) for line in each.lines],
            )
            for each in found.components
        ],
    )


def address(found, component, line, order):
    """Where the reasons of a line are."""
    code = component.result_code(adjustment=line.adjustment)
    return reverse("incentives:line", args=[line.month, f"{found.plan.code}.{code}", order.pk])
