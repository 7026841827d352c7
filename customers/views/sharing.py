"""What the owner lets the brand see, of all customers and of one, and what it brings."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers import sharing
from customers.forms.sharing import LevelForm, OwnLevelForm
from customers.models import Customer
from dealers import emergencies
from dealers import sharing as dealers_sharing
from dealers.models import Level, Role
from dealers.sharing import SharingRefused
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_of_owner

LATEST = 50  # of what was chosen, and of emergencies


def _raises(request) -> bool:
    """Whether a form would show the brand more than now, which wants a fresh secret."""
    membership, level = request.membership, request.POST.get("level", "")
    if request.method != "POST" or membership is None or membership.role != Role.OWNER:
        return False
    now = dealers_sharing.default(membership.dealer_id, timezone.now())
    return level in {str(each.value) for each in Level} and int(level) > now


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_secret(_raises)
def settings(request):
    """The level for all customers, what each brings, who chose what, and emergencies."""
    membership, now = post_of_owner(request), timezone.now()
    form = LevelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            chosen = dealers_sharing.choose(
                Level(form.cleaned_data["level"]), by=request.actor, at=now
            )
        except SharingRefused as refused:
            form.add_error(None, str(refused))
        else:
            said = _(
                "From now on your customers are shared at L%(level)d. Nobody lost any protection."
            )
            messages.success(request, said % {"level": chosen.level})
            return redirect("customers:sharing")
    context = {
        "form": form,
        "choices": sharing.choices(membership.dealer_id, now),
        "counts": sharing.counts(membership.dealer_id),
        "level": dealers_sharing.default(membership.dealer_id, now),
        "chosen": dealers_sharing.chosen(membership.dealer_id)[:LATEST],
        "single": sharing.single(membership.dealer_id)[:LATEST],
        "published": emergencies.published(now),
        "emergencies": emergencies.at_dealer(membership.dealer_id)[:LATEST],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "customers/sharing/settings.html", context, status=status)


@require_POST
def share(request, pk):
    """One customer at a level of their own, or as the default says again."""
    membership = post_of_owner(request)
    customer = get_object_or_404(Customer.objects.visible_to(membership), pk=pk)
    form = OwnLevelForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose one of the levels."))
        return redirect(customer.get_absolute_url() + "#sharing")
    try:
        sharing.choose_for(
            customer, form.cleaned_data["level"], by=request.actor, at=timezone.now()
        )
    except SharingRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The brand sees this customer as you chose, from now on."))
    return redirect(customer.get_absolute_url() + "#sharing")
