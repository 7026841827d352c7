"""Who cannot register until headquarters has looked: why, and the button that lets them go on."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.ownership import limits
from customers.ownership.limits import Pause
from dealers import people
from dealers.actor import Actor
from dealers.bounds import key
from dealers.models import Membership, Role


@dataclass(frozen=True, slots=True)
class Row:
    """A pause with whom it is about; the post is the one that a review is noted at."""

    pause: Pause
    post: Membership


def page(admin, request):
    """All pauses with their reason; a press lets one go on."""
    if not request.user.has_perm("dealers.view_membership"):
        raise PermissionDenied
    now = timezone.now()
    rows = _rows(limits.pauses(now), now)
    may = request.user.has_perm("dealers.change_membership")
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        wanted = key(request.POST.get("post", ""))
        post = next((row.post for row in rows if row.post.pk == wanted), None)
        if post is None:
            raise Http404
        people.let_register_again(post, by=Actor.hq(request.user), at=now)
        admin.log_change(request, post, gettext_noop("Reviewed the registrations."))
        admin.message_user(
            request, _("Registrations until now no longer count towards the pause."), "success"
        )
        return redirect("admin:customers_registration_paused")
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Paused registrations"),
        "opts": admin.opts,
        "rows": rows,
        "window": limits.CONFLICT_WINDOW,
        "may": may,
    }
    return TemplateResponse(request, "admin/customers/registration/paused.html", context)


def _rows(pauses: list[Pause], now) -> list[Row]:
    """Each with a post: of the person, or at the dealer whose files it is about.

    The owner's, where the dealer has one; any other lets its files go on as well.
    """
    posts = Membership.objects.current(now).filter(dealer__in={each.dealer for each in pauses})
    found = list(posts.select_related("user", "store", "dealer").order_by("pk"))
    of_people = {post.user_id: post for post in found}
    of_dealers = {post.dealer_id: post for post in found}
    of_dealers |= {post.dealer_id: post for post in found if post.role == Role.OWNER}
    rows = []
    for each in pauses:
        post = of_people.get(each.user) if each.user else of_dealers.get(each.dealer)
        if post is not None:
            rows.append(Row(each, post))
    return rows
