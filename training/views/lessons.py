"""Reading a lesson, its files and pictures."""

import re
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dealers.spreadsheets import download
from training import files, learning, practice_tasks, stories
from training.content import lesson_content, package_parts, texts
from training.forms import PlaceForm
from training.models import (
    Irregularity,
    IrregularityKind,
    Lesson,
    LessonKind,
    PackageAttempt,
    Picture,
)
from training.scorm import sandbox
from training.views.courses import enrolled_standing, outline, standing_in

TICK = re.compile("[0-9]{1,3}")


@require_safe
def lesson(request, slug, position):
    standing = standing_in(request, slug)
    if standing.enrollment is None:
        messages.info(request, _("Begin the course first."))
        return redirect("training:course", slug)
    shown = get_object_or_404(Lesson, version=standing.version, position=position)
    try:
        progress = learning.open_lesson(
            standing.enrollment, shown, by=request.actor, at=timezone.now()
        )
    except learning.LessonAhead as ahead:
        return _back(request, standing, ahead)
    questions = standing.version.asked
    context = {
        "standing": standing,
        "outline": outline(standing),
        "done": standing.is_done(shown),
        "last": position == len(standing.lessons),
        "previous": position - 1,
        "questions": questions,
        "needed": standing.version.needed(questions),
        "place_url": reverse("training:place", args=[slug, position]),
        "ticked": progress.ticked,
        "doing": practice_tasks.of_lesson(
            shown, request.membership, since=standing.enrollment.started_at, at=timezone.now()
        ),
        "stories": stories.listed(standing.course, request.actor),
        **lesson_content(shown, progress.seconds),
    }
    if shown.kind != LessonKind.SCORM:
        return render(request, "training/lesson.html", context)
    attempts = PackageAttempt.objects.of(standing.enrollment, shown).order_by("number")
    last = {attempt.part: attempt for attempt in attempts}
    context["package"] = replace(context["package"], parts=package_parts(shown, last))
    return sandbox.let_play(request, render(request, "training/lesson.html", context))


def _note(standing, kind):
    Irregularity.objects.note(standing.enrollment, kind, at=timezone.now())


def _back(request, standing, ahead):
    """To the lesson that comes first, for who opened a later one by its address."""
    _note(standing, IrregularityKind.AHEAD)
    messages.warning(request, str(ahead))
    return redirect("training:lesson", standing.course.slug, ahead.lesson.position)


def _ticked(request):
    """The places of the lines that are ticked off."""
    return [int(place) for place in request.POST.getlist("tick") if TICK.fullmatch(place)]


@require_POST
def finish(request, slug, position):
    standing = enrolled_standing(request, slug)
    shown = get_object_or_404(Lesson, version=standing.version, position=position)
    try:
        if shown.kind == LessonKind.CHECK:
            learning.tick(standing.enrollment, shown, _ticked(request), by=request.actor)
        following = learning.finish_lesson(
            standing.enrollment, shown, by=request.actor, at=timezone.now()
        )
    except learning.LessonAhead as ahead:
        return _back(request, standing, ahead)
    except learning.LearningRefused as refused:
        if isinstance(refused, learning.TooSoon):
            _note(standing, IrregularityKind.HURRIED)
        messages.warning(request, str(refused))
        return redirect("training:lesson", slug, position)
    if following is None:
        return redirect("training:quiz", slug)
    return redirect("training:lesson", slug, following.position)


@require_POST
def place(request, slug, position):
    standing = enrolled_standing(request, slug)
    shown = get_object_or_404(Lesson, version=standing.version, position=position)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    seconds = form.cleaned_data["seconds"]
    learning.watched(standing.enrollment, shown, seconds=seconds, by=request.actor)
    return HttpResponse(status=204)


@require_safe
def text(request, slug):
    """The texts of the lessons that are open, as one file to be read where there is no network."""
    standing = enrolled_standing(request, slug)
    opened = [lesson.pk for lesson in standing.lessons if standing.is_open(lesson)]
    lessons = Lesson.objects.filter(pk__in=opened).order_by("position")
    context = {"standing": standing, "texts": texts(lessons), "at": timezone.now()}
    return download(render_to_string("training/text.html", context, request), f"{slug}.html")


@require_safe
def lesson_file(request, pk, part):
    if part not in {"video", "captions", "captions_en", "file"}:
        raise Http404
    shown = get_object_or_404(Lesson.objects.visible_to(request.user), pk=pk)
    stored = getattr(shown, part)
    if not stored:
        raise Http404
    return files.answer(request, stored, attachment=part == "file")


@require_safe
def picture(request, pk, name):
    shown = get_object_or_404(Picture.objects.visible_to(request.user), pk=pk, name=name)
    return files.answer(request, shown.image)
