"""How an invited person joins."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dealers import invitations
from dealers.forms import JoinForm
from dealers.models import Invitation, User


@never_cache
@login_not_required
def join(request, token):
    """Accept an invitation: as a new person, or with the account one has."""
    invitation = get_object_or_404(
        Invitation.objects.select_related("store", "dealer", "region", "invited_by"), token=token
    )
    now = timezone.now()
    context = {"invitation": invitation, "closed": invitations.why_closed(invitation, now)}
    if context["closed"]:
        return render(request, "dealers/join_closed.html", context, status=410)
    if request.user.is_authenticated:
        return join_signed_in(request, context)
    if User.objects.filter(email=invitation.email).exists():
        return render(request, "dealers/join_sign_in.html", context)

    form = JoinForm(
        request.POST or None,
        email=invitation.email,
        initial={"name": invitation.name, "language": request.LANGUAGE_CODE},
    )
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.join(token, **form.cleaned_data, by=request.actor, at=now)
        except invitations.InvitationRefused as refused:
            messages.error(request, str(refused))
            return redirect("dealers:join", token=token)
        messages.success(request, _("Welcome to the dealer portal."))
        return perform_login(request, user, email_verification="none", redirect_url="/")
    return render(request, "dealers/join.html", context | {"form": form})


def join_signed_in(request, context):
    invitation = context["invitation"]
    if request.user.email.lower() != invitation.email:
        return render(request, "dealers/join_other.html", context)
    if request.method == "POST":
        try:
            membership = invitations.accept(invitation.token, by=request.actor, at=timezone.now())
        except invitations.InvitationRefused as refused:
            messages.error(request, str(refused))
            return redirect("dealers:join", token=invitation.token)
        request.session["membership"] = membership.pk
        messages.success(request, _("Welcome to your new post."))
        return redirect("home")
    return render(request, "dealers/join_accept.html", context)
