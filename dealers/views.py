"""A person's own account, and the people of a dealer."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealers.models import Membership


@require_POST
def switch(request):
    """Act in another of one's current posts."""
    posts = Membership.objects.filter(user=request.user).current(timezone.now())
    chosen = request.POST.get("membership", "")
    membership = get_object_or_404(posts, pk=int(chosen) if chosen.isdecimal() else 0)
    request.session["membership"] = membership.pk
    return redirect("home")


def me(request):
    """The person's own page."""
    return render(request, "dealers/me.html")
