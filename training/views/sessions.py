"""Sharing sessions: what comes, taking a place, being there, asking, thanking, listening again."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dealers import markdown, site
from dealers.models import Role
from dealers.spreadsheets import download
from dealers.views import post_of_owner, refusals_said
from training import files
from training.forms.sessions import AnswerForm, AskForm, CodeForm
from training.models import Seat, SharingSession
from training.sessions import (
    SessionRefused,
    attendance,
    calendar_file,
    kudos,
    planning,
    questions,
    seats,
)
from training.views import in_network, kept_private, take_thanks

SHOWN = 50


def _found(request, session):
    in_network(request)
    # Without its host, whose name a reader of another dealer does not see: the row would be gone.
    rows = SharingSession.objects.select_related("store", "dealer", "story")
    return get_object_or_404(rows, pk=session)


def listed(found, by):
    """Sessions for a list: with who tells, how many places are left, and one's own place."""
    found = list(found)
    taken = seats.counts(found)
    own = {
        seat.session_id: seat
        for seat in Seat.objects.kept().filter(user=by.user_id, session__in=found)
    }
    return [
        {
            "session": session,
            "name": planning.name_of(session, by),
            "left": max(0, session.capacity - taken[session.pk][0]),
            "seat": own.get(session.pk),
            "hosts": session.host_id == by.user_id,
        }
        for session in found
    ]


@require_safe
def index(request):
    """What comes, and what can be listened to again."""
    in_network(request)
    now = timezone.now()
    rows = SharingSession.objects.select_related("store", "dealer")
    context = {
        "coming": listed(rows.coming(now)[:SHOWN], request.actor),
        "past": listed(rows.past(now)[:SHOWN], request.actor),
        "looks_after": request.actor.role == Role.REGIONAL_MANAGER,
    }
    return render(request, "training/sessions/list.html", context)


@require_safe
def session(request, session):
    """One session, with everything that can be done there now."""
    return _page(request, _found(request, session))


def _page(request, found, status=200, **forms):
    now, by = timezone.now(), request.actor
    seat = seats.own(found, by)
    taken, waiting = seats.counts([found])[found.pk]
    hosts = attendance.hosts(found, by)
    thanks, thanked = kudos.given(found, by)
    over = now > found.ends_at
    context = {
        "session": found,
        "name": planning.name_of(found, by),
        "host_name": planning.host_of(found, by),
        "sections": markdown.sections(found.local_about, {}),
        "seat": seat,
        "ahead": seats.ahead(seat) if seat and not seat.placed_at else 0,
        "taken": taken,
        "waiting": waiting,
        "left": max(0, found.capacity - taken),
        "hosts": hosts,
        "knows_link": attendance.knows_link(found, seat, by),
        "begun": now >= found.starts_at,
        "over": over,
        "open": attendance.is_open(found, now),
        "may_come": by.in_network,
        "story": planning.story_of(found, by),
        "questions": questions.of(found, by),
        "may_ask": bool(seat) and questions.are_taken(found, now),
        "thanks": thanks,
        "thanked": thanked,
        "may_thank": kudos.may_thank(found, by=by, at=now),
        "recording_bytes": files.size_of(found.recording) if found.recording else None,
        "names": planning.decides_name(found, by),
        "code_form": CodeForm(),
        "ask_form": AskForm(),
        **forms,
    }
    return render(request, "training/sessions/session.html", context, status=status)


@require_POST
def register(request, session):
    """Take a place with one tap, or the next one in line."""
    found, by = _found(request, session), request.actor
    with refusals_said(request, SessionRefused):
        seat = seats.register(found, by=by, at=timezone.now())
        if seat.placed_at:
            messages.success(request, _("You have a place. You are reminded the day before."))
        else:
            messages.info(
                request, _("All places are taken. You are told when one is free for you.")
            )
    return redirect("training:session", found.pk)


@require_POST
def leave(request, session):
    """Give the place up for others."""
    found = _found(request, session)
    with refusals_said(request, SessionRefused):
        seats.leave(found, by=request.actor, at=timezone.now())
        messages.success(request, _("Given up. Whoever waits first has the place now."))
    return redirect("training:session", found.pk)


@require_POST
def attend(request, session):
    """Be counted by the code in front of everybody."""
    found = _found(request, session)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            attendance.attend(found, form.cleaned_data["code"], by=request.actor, at=timezone.now())
        except SessionRefused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("You are counted as being there."))
            return redirect("training:session", found.pk)
    return _page(request, found, status=422, code_form=form)


@require_POST
def ask(request, session):
    """Ask something, with or without the name."""
    found = _found(request, session)
    form = AskForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            questions.ask(
                found,
                data["text"],
                anonymous=data["anonymous"],
                by=request.actor,
                at=timezone.now(),
            )
        except SessionRefused as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("Asked. The answer will stand below it."))
            return redirect("training:session", found.pk)
    return _page(request, found, status=422, ask_form=form)


@require_POST
def answer(request, session, question):
    """The host answers a question."""
    found = _hosted(request, session)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["answer"][0])
        return redirect("training:session_host", found.pk)
    with refusals_said(request, SessionRefused):
        questions.answer(
            found, question, form.cleaned_data["answer"], by=request.actor, at=timezone.now()
        )
    return redirect("training:session_host", found.pk)


@require_POST
def thank(request, session):
    """Thank, or take the thanks back."""
    found = _found(request, session)
    take_thanks(request, found)
    return redirect("training:session", found.pk)


@require_POST
def name(request, session):
    """The owner agrees to be named at a session, or takes it back."""
    post_of_owner(request)
    found = _found(request, session)
    if not planning.decides_name(found, request.actor):
        raise Http404
    agreed = request.POST.get("agree") == "yes"
    said = _("Your name stands there now.") if agreed else _("Your name stands there no more.")
    with refusals_said(request, SessionRefused):
        planning.name(found, agreed, by=request.actor, at=timezone.now())
        messages.success(request, said)
    return redirect("training:session", found.pk)


@require_safe
def calendar(request, session):
    """The session for one's own calendar; its link only for who has a place."""
    found, by = _found(request, session), request.actor
    knows = attendance.knows_link(found, seats.own(found, by), by)
    where = [found.place, found.link if knows else ""]
    page = site.address(request) + reverse("training:session", args=[found.pk])
    content = calendar_file.written(
        found, url=page, location=" ".join(filter(None, where)), at=timezone.now()
    )
    response = download(content, f"session-{found.pk}.ics")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def recording(request, session):
    found = _found(request, session)
    if not found.recording or found.is_cancelled:
        raise Http404
    return kept_private(files.answer(request, found.recording))


def _hosted(request, session):
    found = _found(request, session)
    if not attendance.hosts(found, request.actor):
        raise Http404
    return found


@require_safe
def host(request, session):
    """For the host: who has a place, who is there, the questions with who asks."""
    found, now = _hosted(request, session), timezone.now()
    guests = seats.guests(found)
    context = {
        "session": found,
        "guests": guests,
        "there": sum(seat.attended_at is not None for seat in guests),
        "placed": sum(seat.placed_at is not None for seat in guests),
        "questions": questions.of(found, request.actor),
        "open": attendance.is_open(found, now),
        "code": attendance.shown_code(found, by=request.actor, at=now),
    }
    return render(request, "training/sessions/host.html", context)


@require_POST
def show_code(request, session):
    """Show the code that counts now, or make the next."""
    found = _hosted(request, session)
    with refusals_said(request, SessionRefused):
        attendance.show_code(found, by=request.actor, at=timezone.now())
    return redirect("training:session_host", found.pk)


@require_safe
def who_came(request):
    """For a regional manager: who of the region's stores was at which session."""
    if request.actor.role != Role.REGIONAL_MANAGER or request.membership is None:
        raise Http404
    context = {"came": attendance.of_region(request.membership.region_id, timezone.now())}
    return render(request, "training/sessions/who_came.html", context)
