"""Coaching: what a regional manager notes of stores, and what those stores read of it."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dealers.models import Role
from dealers.views import post_over_region, refusals_said
from dealers.views.staff import leads
from incentives.desk import coaching, region
from incentives.desk.coaching import CoachingRefused
from incentives.forms.coaching import CheckForm, NoteForm
from incentives.models import Aim, Came, Program

SHOWN = 50


def _lists(notes, at):
    """The notes that are open, the nearest day first, and the newest of the others."""
    open_ones = notes.open().order_by("check_on", "pk")
    past = notes.exclude(outcome=None).order_by("-outcome__at")[:SHOWN]
    return {
        "open": coaching.shown(open_ones, at),
        "past": coaching.shown(past, at),
        "currency": Program.current().currency,
    }


@require_safe
def notes(request):
    """The notes of the region."""
    found = coaching.notes_of(post_over_region(request))
    return render(request, "incentives/coaching/list.html", _lists(found, timezone.now()))


@require_safe
def coached(request):
    """What the regional manager wrote to the own store, or to the stores of an owner."""
    membership = leads(request)
    context = _lists(coaching.notes_of(membership), timezone.now())
    context["several"] = membership.role == Role.OWNER
    return render(request, "incentives/coaching/coached.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request, code):
    """Note one thing to do for a store."""
    visible = region.visible_stores(post_over_region(request)).select_related("dealer")
    store, now = get_object_or_404(visible, code=code), timezone.now()
    today = coaching.local_day(store, now)
    form = NoteForm(
        request.POST if request.method == "POST" else None,
        initial={
            "aim": request.GET.get("aim", Aim.REGISTRATIONS),
            "check_on": today + timedelta(days=coaching.LATER),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            note = coaching.write(store, form.words, by=request.actor, at=now)
        except CoachingRefused as refused:
            form.add_error("check_on", str(refused))
        else:
            messages.success(
                request, _("Noted. The store's manager and its owner read it as it stands.")
            )
            return redirect("incentives:coaching-note", note=note.pk)
    figures = [
        (aim.label, value, coaching.KINDS[aim])
        for aim, value in coaching.figures(store, now).items()
    ]
    context = {
        "store": store,
        "form": form,
        "figures": figures,
        "earliest": today + timedelta(days=coaching.SHORTEST),
        "latest": today + timedelta(days=coaching.LONGEST),
        "currency": Program.current().currency,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "incentives/coaching/write.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def note(request, note):
    """One note, and what came of it."""
    found = coaching.notes_of(post_over_region(request)).filter(pk=note).first()
    if found is None:
        raise Http404
    now = timezone.now()
    (shown,) = coaching.shown([found], now)
    form = None
    if shown.outcome is None:
        form = CheckForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form is None:
            messages.error(request, _("Somebody has noted already what came of it."))
            return redirect("incentives:coaching-note", note=found.pk)
        if form.is_valid():
            told = form.cleaned_data
            with refusals_said(request, CoachingRefused):
                coaching.check(found, Came(told["came"]), told["said"], by=request.actor, at=now)
                messages.success(request, _("Noted. The store is told."))
            return redirect("incentives:coaching-note", note=found.pk)
    context = {
        "each": shown,
        "note": found,
        "form": form,
        "today_figure": coaching.figure(found.store, Aim(found.aim), now) if form else None,
        "currency": Program.current().currency,
    }
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "incentives/coaching/note.html", context, status=status)
