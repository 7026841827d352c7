"""A person's own account and posts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dealers import contacts, people
from dealers.actor import HQ
from dealers.bounds import key
from dealers.forms.people import NameForm
from dealers.models import ContactChange, Membership


def me(request):
    """Name, ways to sign in, devices and posts."""
    now = timezone.now()
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            people.rename(request.user, form.cleaned_data["name"], by=request.actor, at=now)
        except people.PeopleRefused as refused:
            messages.warning(request, str(refused))
        else:
            messages.success(request, _("Saved."))
        return redirect("dealers:me")
    context = {"form": form, "name_stays": people.why_not_renamed(request.user, now)}
    return render(request, "dealers/me.html", context)


@require_POST
def switch(request):
    """Act in another of one's current posts, or at headquarters."""
    posts = Membership.objects.filter(user=request.user).current(timezone.now())
    chosen = request.POST.get("membership", "")
    if chosen == HQ and request.user.is_staff:
        request.session["membership"] = HQ
        return redirect("home")
    membership = get_object_or_404(posts, pk=key(chosen))
    request.session["membership"] = membership.pk
    return redirect("home")


@never_cache
@login_not_required
def undo_contact(request, signed):
    """Ask, then take back that an account's e-mail address or number was changed."""
    try:
        change = contacts.of_link(signed)
    except ContactChange.DoesNotExist:
        raise Http404 from None
    now = timezone.now()
    context = {"change": change, "closed": contacts.why_closed(change, now), "done": False}
    if request.method == "POST" and not context["closed"]:
        try:
            contacts.undo(change, by=request.actor, at=now)
        except contacts.ContactRefused as refused:
            context["closed"] = str(refused)
        else:
            context["done"] = True
    return render(request, "dealers/undo_contact.html", context)
