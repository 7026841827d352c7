"""A person's own account and posts."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealers.bounds import key
from dealers.forms import NameForm
from dealers.models import Membership


def me(request):
    """Name, ways to sign in, devices and posts."""
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("dealers:me")
    return render(request, "dealers/me.html", {"form": form})


@require_POST
def switch(request):
    """Act in another of one's current posts."""
    posts = Membership.objects.filter(user=request.user).current(timezone.now())
    chosen = request.POST.get("membership", "")
    membership = get_object_or_404(posts, pk=key(chosen))
    request.session["membership"] = membership.pk
    return redirect("home")
