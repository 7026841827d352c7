"""The courses of a person: all of them, one, and its beginning."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dealers.models import Role
from dealers.months import readers_day
from training import advice, learning, standings, stories
from training.models import Course

TEAM_SHOWN = 20


def standing_in(request, slug):
    visible = Course.objects.visible_to(request.user, request.membership)
    found = get_object_or_404(visible, slug=slug)
    return standings.standing(request.user, request.membership, found, at=timezone.now())


def enrolled_standing(request, slug):
    """The standing of a course that the person has begun, else 404."""
    standing = standing_in(request, slug)
    if standing.enrollment is None:
        raise Http404
    standing.enrollment.version.course = standing.course
    return standing


@require_safe
def home(request):
    now = timezone.now()
    visible = Course.objects.visible_to(request.user, request.membership)
    found = standings.standings(request.user, request.membership, visible, at=now)
    running = [item for item in found if item.state == standings.State.RUNNING]
    required = [item for item in found if item.required]
    required.sort(key=lambda item: (item.due_on is None, item.due_on, item.course.slug))
    team = learning.team(request.membership, at=now) if request.membership else []
    context = {
        "resume": max(running, key=lambda item: item.last_seen, default=None),
        "standings": found,
        "advised": advice.advised(found, request.membership, readers_day(now)),
        "required": required,
        "required_passed": sum(item.is_certified for item in required),
        "tracks": standings.tracks(found),
        "optional": [item for item in found if not item.required and not item.only_offered],
        "catalogue": [item for item in found if item.only_offered],
        "certificates": [item for item in found if item.certificate],
        "looks_after": request.actor.role == Role.REGIONAL_MANAGER,
        "team": team[:TEAM_SHOWN],
        "team_more": len(team[TEAM_SHOWN:]),
    }
    return render(request, "training/home.html", context)


@require_safe
def course(request, slug):
    standing = standing_in(request, slug)
    questions = standing.version.asked
    context = {
        "standing": standing,
        "outline": outline(standing),
        "questions": questions,
        "needed": standing.version.needed(questions),
        "stories": stories.listed(standing.course, request.actor),
    }
    return render(request, "training/course.html", context)


def outline(standing):
    """Each lesson with its address, where it may be opened, and whether it is done."""
    return [
        {
            "lesson": lesson,
            "url": reverse("training:lesson", args=[standing.course.slug, lesson.position])
            if standing.is_open(lesson)
            else "",
            "done": standing.is_done(lesson),
        }
        for lesson in standing.lessons
    ]


@require_POST
def start(request, slug):
    standing = standing_in(request, slug)
    try:
        learning.enroll(
            request.user,
            # From an old page as well, nobody loses what they are in the middle of.
            standing.newest if standing.can_renew else standing.version,
            by=request.actor,
            at=timezone.now(),
            first=standing.first if standing.enrollment is None else (),
            renew=standing.can_renew,
        )
    except learning.LearningRefused as refused:
        messages.warning(request, str(refused))
        return redirect("training:course", slug)
    upcoming = standing_in(request, slug).next_lesson
    return redirect("training:lesson", slug, upcoming.position if upcoming else 1)
