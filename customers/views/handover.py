"""Handing customers over inside a store, also when somebody leaves it or gets another post."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from customers import cards, portfolio
from customers.filters import narrowed
from customers.forms.handover import ChangePostForm, FollowerForm
from customers.models import Ownership
from customers.ownership import handover
from customers.tables import rows_of
from dealers import people
from dealers.bounds import key
from dealers.models import Membership
from dealers.views.staff import leads


def _sent(request):
    """What a form was sent with, be it empty; None where nothing was sent."""
    return request.POST if request.method == "POST" else None


def hand_over(request):
    """The customers that a list's address names, each to choose, and who follows them up."""
    membership, now = leads(request), timezone.now()
    narrow, rows = narrowed(request.GET, membership, now, timezone.localdate())
    rows = rows.running(now)
    if one := request.GET.get("one", ""):
        rows = Ownership.objects.visible_to(membership).running(now).filter(pk=key(one))
    form = FollowerForm(_sent(request), posts=handover.followers(request.actor, now))
    chosen = {key(each) for each in request.POST.getlist("chosen")[: handover.AT_ONCE]}
    if request.method == "POST" and form.is_valid():
        try:
            batch = handover.hand_over(chosen, form.cleaned_data["to"], by=request.actor, at=now)
        except handover.HandoverRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("customers:handed-over", batch)
    count = rows.count()
    shown = portfolio.ordered(rows, narrow.current)[: handover.AT_ONCE]
    context = {
        "form": form,
        "rows": rows_of(shown, by=request.actor, at=now),
        "chosen": chosen,
        "count": count,
        "shown": min(count, handover.AT_ONCE),
        "several_stores": not membership.is_store_post,
    }
    status = 422 if form.is_bound else 200
    return render(request, "customers/hand_over.html", context, status=status)


def _batch(request, batch) -> handover.Batch:
    leads(request)
    found = handover.batch_of(batch, request.actor)
    if found is None:
        raise Http404
    return found


@require_safe
def handed_over(request, batch):
    """Who follows up whom after a handover, and the way back for a day."""
    found = _batch(request, batch)
    now = timezone.now()
    people = [line.ownership.customer for line in found.rows]
    rows = list(zip(cards.open(people, by=request.actor), found.rows, strict=True))
    context = {"batch": found, "rows": rows, "undoable": found.undoable(request.actor, now)}
    return render(request, "customers/handed_over.html", context)


@require_POST
def undo(request, batch):
    """Take a handover back."""
    _batch(request, batch)
    try:
        back = handover.undo(batch, by=request.actor, at=timezone.now())
    except handover.HandoverRefused as refused:
        messages.error(request, str(refused))
        return redirect("customers:handed-over", batch)
    messages.success(request, _("Taken back: it is as it was before."))
    return redirect("customers:handed-over", back)


def _colleague(request, pk) -> Membership:
    """A running post of one's staff that one may end or change; for all others there is none."""
    posts = Membership.objects.staff_of(leads(request)).with_scope().select_related("user")
    membership = get_object_or_404(posts, pk=pk)
    if membership.user_id == request.user.pk or not people.may_end(membership, by=request.actor):
        raise Http404
    return membership


def _followers(request, membership, now) -> list[Membership]:
    """Who can follow up the customers of somebody who leaves: who works there, and the owner."""
    return [
        post
        for post in handover.followers(request.actor, now)
        if post.user_id != membership.user_id and post.store_id in {None, membership.store_id}
    ]


def leave(request, pk):
    """Ask, then end a person's post and hand over the customers."""
    membership, now = _colleague(request, pk), timezone.now()
    count = handover.followed_by(membership.user, membership.store, request.actor, now).count()
    posts = _followers(request, membership, now)
    form = FollowerForm(_sent(request), posts=posts) if count else None
    if request.method == "POST" and (form is None or form.is_valid()):
        to = form.cleaned_data["to"] if form else None
        try:
            count = handover.leave(membership, to, by=request.actor, at=now)
        except (handover.HandoverRefused, people.PeopleRefused) as refused:
            messages.error(request, str(refused))
        else:
            said = _("%(name)s no longer works here and is signed out.")
            messages.success(request, said % {"name": membership.user})
            if to:
                messages.success(request, handed(count, to))
        return redirect("dealers:staff")
    context = {"post": membership, "count": count, "form": form}
    return render(
        request, "customers/leave.html", context, status=422 if form and form.errors else 200
    )


def handed(count: int, to: Membership) -> str:
    """What became of the customers, in a sentence."""
    return ngettext(
        "%(name)s follows up %(count)d customer from now on.",
        "%(name)s follows up %(count)d customers from now on.",
        count,
    ) % {"name": to.user, "count": count}


def change(request, pk):
    """Another role or store from a day on; the customers stay with their store."""
    membership, now = _colleague(request, pk), timezone.now()
    count = handover.followed_by(membership.user, membership.store, request.actor, now).count()
    initial = {
        "role": membership.role,
        "store": membership.store,
        "on": timezone.localdate(),
    }
    data = _sent(request)
    form = ChangePostForm(data, by=request.actor, initial=initial)
    posts = _followers(request, membership, now)
    follower = FollowerForm(data, posts=posts)
    follower.fields["to"].required = False
    if request.method == "POST" and form.is_valid() and follower.is_valid():
        moves = form.cleaned_data["store"] != membership.store
        if moves and count and not follower.data.get("to"):
            follower.add_error("to", _("Choose who follows up the customers of this store."))
        else:
            try:
                made = handover.change_post(
                    membership,
                    **form.cleaned_data,
                    to=follower.cleaned_data["to"],
                    by=request.actor,
                    at=now,
                )
            except (handover.HandoverRefused, people.PeopleRefused) as refused:
                form.add_error(None, str(refused))
            else:
                said = _("%(name)s is %(role)s at %(place)s from %(day)s.")
                messages.success(
                    request,
                    said
                    % {
                        "name": made.user,
                        "role": made.get_role_display(),
                        "place": made.scope,
                        "day": form.cleaned_data["on"].isoformat(),
                    },
                )
                return redirect("dealers:staff")
    context = {"post": membership, "count": count, "form": form, "follower": follower}
    failed = form.errors or follower.errors
    return render(request, "customers/change_post.html", context, status=422 if failed else 200)
