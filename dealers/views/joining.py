"""How an invited person joins."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dealers import accounts, invitations, site
from dealers.forms import JoinForm
from dealers.models import Invitation, User


@never_cache
@login_not_required
def join(request, token, proof=""):
    """Accept an invitation: as a new person, or with the account one has.

    ``proof`` is there in the mailed link only; without it a person asks for that mail.
    """
    invitation = get_object_or_404(
        Invitation.objects.select_related("store", "dealer", "region", "invited_by"), token=token
    )
    context = {
        "invitation": invitation,
        "closed": invitations.why_closed(invitation, timezone.now()),
        "proved": invitations.proves(invitation, proof),
    }
    if context["closed"]:
        return render(request, "dealers/join_closed.html", context, status=410)
    if request.user.is_authenticated:
        return join_signed_in(request, proof, context)
    if not context["proved"]:
        return ask_for_mail(request, context)
    if User.objects.filter(email=invitation.email).exists():
        return render(request, "dealers/join_sign_in.html", context)
    return join_as_new(request, proof, context)


def join_as_new(request, proof, context):
    invitation = context["invitation"]
    form = JoinForm(
        request.POST or None,
        email=invitation.email,
        initial={"name": invitation.name, "language": request.LANGUAGE_CODE},
    )
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.join(
                invitation.token, proof, **form.cleaned_data, by=request.actor, at=timezone.now()
            )
        except invitations.InvitationRefused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)
        messages.success(request, _("Welcome to the dealer portal."))
        # Who has just chosen the password need not show it again to confirm the number.
        record_authentication(request, user, method="password", reauthenticated=True)
        there = reverse("account_change_phone") if user.phone else "/"
        return perform_login(request, user, email_verification="none", redirect_url=there)
    return render(request, "dealers/join.html", context | {"form": form})


def join_signed_in(request, proof, context):
    invitation = context["invitation"]
    if request.user.email.lower() != invitation.email:
        return render(request, "dealers/join_other.html", context)
    elsewhere = invitations.is_elsewhere(invitation, request.user)
    if elsewhere and not context["proved"]:
        return ask_for_mail(request, context)
    # A code by mail opens the account as well; the password may still be somebody else's.
    context["confirm"] = elsewhere and not accounts.showed_a_secret(request)
    if request.method == "POST" and not context["confirm"]:
        try:
            membership, dropped = invitations.accept(
                invitation.token, proof, by=request.actor, at=timezone.now(),
                session=request.session.session_key,
            )  # fmt: skip
        except invitations.InvitationRefused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)
        request.session["membership"] = membership.pk
        messages.success(request, " ".join([_("Welcome to your new post."), *dropped]))
        return redirect("home")
    return render(request, "dealers/join_accept.html", context)


def ask_for_mail(request, context):
    """Whoever came by the sender's link proves the address by the mail that is sent there."""
    if request.method == "POST":
        token = context["invitation"].token
        try:
            invitations.mail_again(token, at=timezone.now(), site=site.address(request))
        except invitations.InvitationRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("The mail is on its way."))
        return redirect("dealers:join", token=token)
    return render(request, "dealers/join_mail.html", context)
