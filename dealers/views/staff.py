"""The people of a dealer or store, and whom they invite."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dealers import exports, invitations, paper, people, site, spreadsheets
from dealers.forms.people import InviteForm
from dealers.models import Invitation, Membership
from dealers.signin.second_factor import fresh_secret
from dealers.views import refusals_said
from dealers.views.stores import needs_store
from dealers.words import mask_phone, zone


def leads(request) -> Membership:
    """The post in which this person looks after staff; for all others the page does not exist."""
    if request.membership is None or not invitations.roles_for(request.actor):
        raise Http404
    return request.membership


@fresh_secret(exports.takes_file)
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
    posts = posts.filter(ends_at__lte=now) if former else posts.held(now)
    posts = list(posts)
    stores = {post.store.code: post.store for post in posts if post.store}
    if store := request.GET.get("store", ""):
        posts = [post for post in posts if post.store and post.store.code == store]
        if store not in stores and acting.store_id is None:  # chosen on the other list
            stores |= {one.code: one for one in acting.dealer.stores.filter(code=store)}
    for membership in posts:
        membership.may_end = membership.user_id != request.user.pk and people.may_end(
            membership, by=request.actor
        )
    if kind := exports.kind_asked(request.GET):
        content = spreadsheets.made(sheet_rows(posts), kind)
        return spreadsheets.download(content, f"staff.{kind}")
    narrowed = ({"view": "former"} if former else {}) | ({"store": store} if store else {})
    open_invitations = list(Invitation.objects.open(now).staff_of(acting).with_scope())
    if open_invitations:
        open_invitations = invitations.still_given(open_invitations, now)
    for invitation in open_invitations:
        invitation.may_consent = invitations.may_consent(invitation, by=request.actor)
        invitation.own = invitations.may_give(request.actor, invitations.Post.of(invitation))
    context = {
        "posts": posts,
        "former": former,
        "now": now,
        "exports": [
            (name, f"?{urlencode(narrowed | {'export': kind})}")
            for kind, name in spreadsheets.NAMES.items()
        ],
        "store": store,
        "stores": list(stores.values()),
        "invitations": open_invitations,
    }
    return render(request, "dealers/staff.html", context)


def sheet_rows(posts):
    """The list as rows of a file, a header before them."""
    yield [
        _("Name"), _("E-mail"), _("Mobile number"), _("Role"), _("Place of work"), _("From"),
        _("To"),
    ]  # fmt: skip
    for post in posts:
        yield [
            post.user.name,
            post.user.email or "",
            mask_phone(post.user.phone) if post.user.phone else "",
            post.get_role_display(),
            str(post.scope),
            *(
                at and timezone.localdate(at, zone(post.store))
                for at in (post.starts_at, post.ends_at)
            ),
        ]


@needs_store
def invite(request):
    """Invite a person to a store; the page of the invitation follows."""
    leads(request)
    form = InviteForm(request.POST or None, by=request.actor)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invitation = invitations.invite(
                **data["address"],
                name=data["name"],
                role=data["role"],
                scope=data["store"],
                by=request.actor,
                at=timezone.now(),
                site=site.address(request),
            )
        except invitations.InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            if invitation.address:
                messages.success(
                    request,
                    _("The invitation for %(name)s is on its way.") % {"name": data["name"]},
                )
            return redirect("dealers:invitation", invitation.pk)
    return render(request, "dealers/invite.html", {"form": form})


def own_invitation(request, pk) -> Invitation:
    """An invitation to a post that this person may give; for all others there is none."""
    found = Invitation.objects.staff_of(leads(request)).with_scope().select_related("invited_by")
    invitation = get_object_or_404(found, pk=pk)
    if not invitations.may_give(request.actor, invitations.Post.of(invitation)):
        raise Http404
    return invitation


@never_cache
def invitation(request, pk):
    """The link of an invitation, to copy and to scan, as long as it is open."""
    shown, now = own_invitation(request, pk), timezone.now()
    link = invitations.link(shown, site.address(request))
    context = {
        "invitation": shown,
        "closed": invitations.why_closed(shown, now),
        "link": link,
        "qr_code": paper.qr_code(link),
    }
    return render(request, "dealers/invitation.html", context)


@require_POST
def resend(request, pk):
    """Send the link of an open invitation once more."""
    with refusals_said(request, invitations.InvitationRefused):
        invitations.resend(
            own_invitation(request, pk),
            by=request.actor,
            at=timezone.now(),
            site=site.address(request),
        )
        messages.success(request, _("The link is on its way again, valid for another 7 days."))
    return redirect("dealers:invitation", pk)


@require_POST
def revoke(request, pk):
    """Withdraw an open invitation of one's own staff."""
    invitation = get_object_or_404(Invitation.objects.staff_of(leads(request)), pk=pk)
    with refusals_said(request, invitations.InvitationRefused):
        invitations.revoke(invitation, by=request.actor, at=timezone.now())
        messages.success(request, _("The invitation was withdrawn. Its link no longer works."))
    return redirect("dealers:staff")


@require_POST
def consent(request, pk):
    """Agree that headquarters has another owner join."""
    invitation = get_object_or_404(Invitation.objects.staff_of(leads(request)), pk=pk)
    with refusals_said(request, invitations.InvitationRefused):
        invitations.consent(
            invitation, by=request.actor, at=timezone.now(), site=site.address(request)
        )
        messages.success(
            request, _("The invitation for %(name)s is on its way.") % {"name": invitation.name}
        )
    return redirect("dealers:staff")
