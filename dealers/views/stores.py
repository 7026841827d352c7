"""What a page shows whose dealer has no store yet."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealers.models import Membership, Role


def needs_store(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Tell an owner without a store what is missing and who can help, instead of ``view``."""

    @wraps(view)
    def shown(request, *args: Any, **kwargs: Any) -> HttpResponse:
        post = request.membership
        if post and post.role == Role.OWNER and not post.dealer.stores.exists():
            return without_store(request)
        return view(request, *args, **kwargs)

    return shown


def without_store(request) -> HttpResponse:
    """The page that names the regional managers of the owner's region."""
    region = request.membership.dealer.region_id
    managers = Membership.objects.current(timezone.now()).managing(region)
    helpers = managers.select_related("user", "region").order_by("user__name")
    return render(request, "dealers/no_store.html", {"helpers": helpers})
