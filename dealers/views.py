"""A person's own account, and the people of a dealer."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dealers import invitations, people, site, spreadsheets
from dealers.forms import InviteForm, JoinForm, NameForm
from dealers.models import Invitation, Membership, User


@require_POST
def switch(request):
    """Act in another of one's current posts."""
    posts = Membership.objects.filter(user=request.user).current(timezone.now())
    chosen = request.POST.get("membership", "")
    membership = get_object_or_404(posts, pk=int(chosen) if chosen.isdecimal() else 0)
    request.session["membership"] = membership.pk
    return redirect("home")


def me(request):
    """Name, ways to sign in, devices and posts."""
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("dealers:me")
    return render(request, "dealers/me.html", {"form": form})


def leads(request) -> Membership:
    """The post in which this person looks after staff; for all others the page does not exist."""
    membership = request.membership
    if membership is None or not invitations.roles_for(request.user, membership):
        raise Http404
    return membership


def staff(request):
    """The people of the dealer or store, with their open invitations."""
    acting, now = leads(request), timezone.now()
    former = request.GET.get("view") == "former"
    posts = (
        Membership.objects.staff_of(acting)
        .with_scope()
        .select_related("user")
        .order_by("store__code", "-role", "user__name", "pk")
    )
    posts = posts.filter(ends_at__lte=now) if former else posts.exclude(ends_at__lte=now)
    if store := request.GET.get("store", ""):
        posts = posts.filter(store__code=store)
    posts = list(posts)
    for membership in posts:
        membership.may_end = membership.user_id != request.user.pk and people.may_end(
            membership, by=request.user, acting=acting
        )
    if request.GET.get("export") == "csv":
        return staff_csv(posts)
    context = {
        "posts": posts,
        "former": former,
        "store": store,
        "stores": acting.dealer.stores.all() if acting.store_id is None else (),
        "invitations": Invitation.objects.open(now).staff_of(acting).with_scope(),
        "link": request.session.pop("invitation_link", ""),
    }
    return render(request, "dealers/staff.html", context)


def staff_csv(posts):
    """The list as a file for spreadsheets."""
    header = [_("Name"), _("E-mail"), _("Role"), _("Place of work"), _("From"), _("To")]
    rows = [
        [
            membership.user.name,
            membership.user.email,
            membership.get_role_display(),
            str(membership.scope),
            *(
                timezone.localdate(day).isoformat() if day else ""
                for day in (membership.starts_at, membership.ends_at)
            ),
        ]
        for membership in posts
    ]
    text = spreadsheets.as_csv([header, *rows])
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="staff.csv"'
    return response


def invite(request):
    """Invite a person to a store; the link is shown once afterwards."""
    acting = leads(request)
    form = InviteForm(request.POST or None, user=request.user, membership=acting)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invitation = invitations.invite(
                email=data["email"],
                name=data["name"],
                role=data["role"],
                scope=data["store"],
                by=request.user,
                membership=acting,
                at=timezone.now(),
                site=site.address(request),
            )
        except invitations.InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            request.session["invitation_link"] = invitations.link(invitation, site.address(request))
            messages.success(
                request, _("The invitation for %(name)s is on its way.") % {"name": data["name"]}
            )
            return redirect("dealers:staff")
    return render(request, "dealers/invite.html", {"form": form})


@require_POST
def revoke(request, pk):
    """Withdraw an open invitation of one's own staff."""
    invitation = get_object_or_404(Invitation.objects.staff_of(leads(request)), pk=pk)
    try:
        invitations.revoke(invitation, timezone.now())
    except invitations.InvitationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The invitation was withdrawn. Its link no longer works."))
    return redirect("dealers:staff")


def end(request, pk):
    """Ask, then end a person's post."""
    acting = leads(request)
    posts = Membership.objects.staff_of(acting).with_scope().select_related("user")
    membership = get_object_or_404(posts, pk=pk)
    if not people.may_end(membership, by=request.user, acting=acting):
        raise Http404
    if request.method == "POST":
        try:
            people.end_membership(membership, by=request.user, acting=acting, at=timezone.now())
        except people.PeopleRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(
                request,
                _("%(name)s no longer works here and is signed out.") % {"name": membership.user},
            )
        return redirect("dealers:staff")
    return render(request, "dealers/end.html", {"post": membership})


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
            user = invitations.join(token, **form.cleaned_data, at=now)
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
            membership = invitations.accept(invitation.token, request.user, timezone.now())
        except invitations.InvitationRefused as refused:
            messages.error(request, str(refused))
            return redirect("dealers:join", token=invitation.token)
        request.session["membership"] = membership.pk
        messages.success(request, _("Welcome to your new post."))
        return redirect("home")
    return render(request, "dealers/join_accept.html", context)
