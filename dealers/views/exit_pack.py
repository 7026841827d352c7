"""Everything that the dealer owns, in one file: what is in it, those there are, and a new one."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dealers import exports
from dealers.exit_pack import asking, parts
from dealers.keys import rotation
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_of_owner


@require_safe
def page(request):
    """What the pack holds, and the packs that are there or being made."""
    membership = post_of_owner(request)
    context = {
        "destroyed_at": rotation.destroyed_at(membership.dealer.pk),
        "tables": parts.tables(),
        "documents": parts.documents(),
        "packs": [
            (pack, pack.asked_at + exports.KEPT) for pack in asking.made_lately(by=request.actor)
        ],
    }
    return render(request, "dealers/exit_pack.html", context)


@require_POST
@fresh_secret()
def make(request):
    """Have the worker make a pack."""
    post_of_owner(request)
    return redirect(asking.ask(by=request.actor, at=timezone.now()))
