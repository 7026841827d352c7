"""How an invited person joins."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dealers import accounts, invitations, site
from dealers.forms.people import CodeForm, JoinForm, NumberForm
from dealers.models import Invitation
from dealers.signin import numbers, tries
from dealers.views import refusals_said
from dealers.words import sentences


@never_cache
@login_not_required
def join(request, token, proof=""):
    """Accept an invitation: as a new person, or with the account one has.

    ``proof`` is there only in the link that was sent to the person's address or number; without it
    they ask for that mail, or confirm the number by a code.
    """
    try:
        invitation = invitations.of_token(token)
    except Invitation.DoesNotExist:
        raise Http404 from None
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
        return ask_for_proof(request, context)
    if invitations.account_of(invitation):
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
        confirmed = user.phone is None or user.phone_verified
        there = "/" if confirmed else reverse("account_change_phone")
        return perform_login(request, user, email_verification="none", redirect_url=there)
    return render(request, "dealers/join.html", context | {"form": form})


def join_signed_in(request, proof, context):
    invitation = context["invitation"]
    if not invitation.address:
        return ask_for_proof(request, context)
    if not invitations.is_for(invitation, request.user):
        return render(request, "dealers/join_other.html", context)
    elsewhere = invitations.is_elsewhere(invitation, request.user)
    if elsewhere and not context["proved"]:
        return ask_for_proof(request, context)
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
        messages.success(request, sentences(_("Welcome to your new post."), *dropped))
        return redirect("home")
    return render(request, "dealers/join_accept.html", context)


def ask_for_proof(request, context):
    """Who came by the sender's link, or its QR code, shows that the address or number is theirs."""
    return (ask_for_mail if context["invitation"].email else ask_for_number)(request, context)


def ask_for_mail(request, context):
    """The address is proved by the mail that is sent there."""
    if request.method == "POST":
        token = context["invitation"].token
        with refusals_said(request, invitations.InvitationRefused):
            invitations.send_again(token, at=timezone.now(), site=site.address(request))
            messages.success(request, _("The mail is on its way."))
        return redirect("dealers:join", token=token)
    return render(request, "dealers/join_mail.html", context)


def ask_for_number(request, context):
    """The number is proved by a code that is sent there; it leads on to the page with the proof."""
    now, invitation = timezone.now(), context["invitation"]
    asked = numbers.asked(request, at=now)
    number_form, code_form, there = NumberForm(initial={"phone": asked}), CodeForm(), None
    if request.method == "POST" and "code" in request.POST and asked:
        code_form = CodeForm(request.POST)
        there = _confirmed(request, code_form, invitation, now)
    elif request.method == "POST":
        number_form = NumberForm({"phone": invitation.phone or request.POST.get("phone", "")})
        there = _code_sent(request, number_form, invitation, now)
    if there is not None:
        return there
    context |= {"asked": asked, "number_form": number_form, "code_form": code_form}
    return render(request, "dealers/join_number.html", context)


def _confirmed(request, form, invitation, now):
    """Where the code leads on; None where it is not right, which the form then says."""
    if not form.is_valid():
        return None
    try:
        phone = numbers.confirm(request, form.cleaned_data["code"])
        claimed = invitations.claim(invitation.token, phone, at=now)
    except ValidationError as wrong:
        form.add_error("code", wrong)
        return None
    except invitations.InvitationRefused as refused:
        messages.error(request, str(refused))
        return redirect("dealers:join", token=invitation.token)
    return redirect("dealers:join", claimed.token, invitations.proof(claimed))


def _code_sent(request, form, invitation, now):
    """The page that asks for the code; None where none was sent, and the form then says why."""
    if not form.is_valid():
        return None
    try:
        numbers.send(request, form.cleaned_data["phone"], at=now)
    except tries.TooManyTries as refused:
        form.add_error(None, str(refused))
        return None
    return redirect("dealers:join", token=invitation.token)
