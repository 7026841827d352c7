"""The first page: each role lands on its own."""

from django.shortcuts import redirect, render

from dealers.models import Role


def home(request):
    """The home page of the current post; people at headquarters land in the admin."""
    membership = request.membership
    if membership is None:
        if request.user.is_staff:
            return redirect("admin:index")
        return render(request, "home/nobody.html")
    if membership.role == Role.REGIONAL_MANAGER:
        return redirect("incentives:region")
    return render(request, "home/start.html")
