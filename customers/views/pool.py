"""The pool of a dealer's former customers, and taking one out of it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import cards
from customers.forms.stores import StoreForm
from customers.models import Customer
from customers.ownership import claims
from customers.ownership.settings import Rulebooks
from dealers.views import post_at_dealer
from dealers.words import mask_name


@require_safe
def pool(request):
    """Whom the dealer had and nobody has now, masked."""
    membership, now = post_at_dealer(request), timezone.now()
    rows = claims.pooled(membership.dealer_id, membership.store, now)
    opened = cards.open([row.ownership.customer for row in rows], by=request.actor)
    stores = StoreForm(of={"dealer": membership.dealer_id})
    limit = taken = None
    if rows:
        place = membership.store or rows[0].ownership.store
        limit = Rulebooks.on_file().on(now, place.tz).pool_claims_per_day
        taken = claims.taken_today(request.user.pk, place, now)
    context = {
        "rows": [(row, mask_name(card.name), card) for row, card in zip(rows, opened, strict=True)],
        "stores": None if membership.store_id else stores,
        "limit": limit,
        "taken": taken,
    }
    return render(request, "customers/pool.html", context)


@require_POST
def claim(request, pk):
    """Take a customer out of the pool."""
    membership = post_at_dealer(request)
    cards_of_dealer = Customer.objects.filter(dealer=membership.dealer_id)
    customer = get_object_or_404(cards_of_dealer.select_related("identity"), pk=pk)
    form = StoreForm(request.POST, of={"dealer": membership.dealer_id})
    store = membership.store
    if store is None:
        if not form.is_valid():
            messages.warning(request, _("Choose the store that takes the customer."))
            return redirect("customers:pool")
        store = form.cleaned_data["store"]
    try:
        claims.claim(customer, store, by=request.actor, at=timezone.now())
    except claims.ClaimRefused as refused:
        messages.warning(request, str(refused))
        return redirect("customers:pool")
    messages.success(request, _("The customer is yours. Make the first contact in time."))
    return redirect(customer)
