"""The package of a lesson: opened and reported on by the lesson's page, and its files."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST, require_safe

from dealers.words import plain_time
from training import learning
from training.forms import PartForm, ReportForm
from training.models import Lesson
from training.scorm import attempts, elements, package, passes, sandbox, tokens
from training.views.courses import enrolled_standing


def _said(sentence, status=409, **more):
    return JsonResponse({"said": str(sentence), **more}, status=status)


def _lesson(request, slug, position):
    """The standing of who holds a post, and the lesson; without a package it is refused later."""
    standing = enrolled_standing(request, slug)
    if request.membership is None:
        raise Http404
    return standing, get_object_or_404(Lesson, version=standing.version, position=position)


@require_POST
def begin(request, slug, position):
    """Open the package: where its page lies, and what its frame is told."""
    standing, lesson = _lesson(request, slug, position)
    now = timezone.now()
    form = PartForm(request.POST)
    if not form.is_valid():
        return _said(_("The package has no such part."), 422)
    part = form.cleaned_data["part"]
    try:
        manifest = package.of_lesson(lesson, part)
        attempt = attempts.begin(standing.enrollment, lesson, part=part, by=request.actor, at=now)
    except (package.PackageRefused, learning.LearningRefused) as refused:
        return _said(refused)
    attempt.enrollment = standing.enrollment
    token = tokens.give(tokens.Pass(request.user.pk, lesson.pk), at=now)
    return JsonResponse(
        {
            "opening": attempt.opening,
            **sandbox.frame(request, token, manifest, attempts.state(attempt, manifest)),
        }
    )


@require_POST
def report(request, slug, position):
    """Keep what the package reports, and say what was understood."""
    standing, lesson = _lesson(request, slug, position)
    try:
        attempts.take_turn(standing.enrollment, lesson)
    except attempts.TooMany as refused:
        return _said(refused, 429, again=True)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _said(_("The package said something that is no report; it was not kept."), 422)
    now = timezone.now()
    told = attempts.Report(**form.cleaned_data)
    try:
        manifest = package.of_lesson(lesson, told.part)
        kept = attempts.report(
            standing.enrollment, lesson, manifest, told, by=request.actor, at=now
        )
    except elements.ClaimRefused:
        return _said(_("The package said something that is no report; it was not kept."), 422)
    except attempts.Replayed as refused:
        return _said(refused, stale=True)
    except (attempts.ReportRefused, package.PackageRefused) as refused:
        return _said(refused, over=True)
    return _said(
        _("Kept at %(time)s. The package reports: %(claim)s.")
        % {"time": plain_time(now), "claim": kept.get_claim_display()},
        200,
        claim=str(kept.get_claim_display()),
    )


@login_not_required
@xframe_options_exempt
@require_safe
def package_api(request, token):
    """The interface that the package's pages find on their window."""
    if passes.lesson_of(token, at=timezone.now()) is None:
        raise Http404
    return sandbox.interface(request, token)


@login_not_required
@xframe_options_exempt
@require_safe
def package_file(request, token, name):
    """A file of a package, for whom the address was made."""
    lesson = passes.lesson_of(token, at=timezone.now())
    if lesson is None:
        raise Http404
    return sandbox.answer(request, token, lesson, name)
