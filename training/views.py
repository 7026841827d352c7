"""Pages of people who learn, and the public check of certificates."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training import certification, files, learning, markdown
from training import quiz as quizzes
from training.forms import AnswerForm, PlaceForm
from training.models import Certificate, Course, Lesson, Picture

TEAM_SHOWN = 20


@dataclass(frozen=True)
class Film:
    """The video of a lesson with what the player needs."""

    url: str
    bytes: int
    seconds: int
    captions: str
    captions_en: str

    @property
    def place(self):
        return learning.clock(self.seconds)


def illustrations(version):
    """The pictures that the texts of ``version`` may show, by name."""
    return {
        picture.name: markdown.Illustration(
            url=reverse("training:picture", args=[picture.pk, picture.name]),
            alt=picture.local_alt,
            width=picture.image.width,
            height=picture.image.height,
        )
        for picture in Picture.objects.filter(version=version)
    }


def lesson_content(lesson, seconds=0):
    """What one lesson shows, for learners and for HQ's preview."""

    def url(part):
        return reverse("training:file", args=[lesson.pk, part]) if getattr(lesson, part) else ""

    film = None
    if lesson.video:
        film = Film(
            url=url("video"),
            bytes=lesson.video.size,
            seconds=seconds,
            captions=url("captions"),
            captions_en=url("captions_en"),
        )
    return {
        "lesson": lesson,
        "sections": markdown.sections(lesson.local_body, illustrations(lesson.version_id)),
        "film": film,
        "file_url": url("file"),
    }


def _standing(request, slug):
    visible = Course.objects.visible_to(request.user, request.membership)
    found = get_object_or_404(visible, slug=slug)
    return learning.standing(request.user, request.membership, found, at=timezone.now())


def _enrolled(request, slug):
    """The standing of a course that the person has begun, else 404."""
    standing = _standing(request, slug)
    if standing.enrollment is None:
        raise Http404
    standing.enrollment.version.course = standing.course
    return standing


@require_safe
def home(request):
    now = timezone.now()
    visible = Course.objects.visible_to(request.user, request.membership)
    standings = learning.standings(request.user, request.membership, visible, at=now)
    running = [item for item in standings if item.state == learning.State.RUNNING]
    required = [item for item in standings if item.required]
    required.sort(key=lambda item: (item.due_on is None, item.due_on, item.course.slug))
    team = learning.team(request.membership, at=now) if request.membership else []
    context = {
        "resume": max(running, key=lambda item: item.last_seen, default=None),
        "standings": standings,
        "required": required,
        "required_passed": sum(item.state == learning.State.PASSED for item in required),
        "optional": [item for item in standings if not item.required],
        "certificates": [item for item in standings if item.certificate],
        "team": team[:TEAM_SHOWN],
        "team_more": len(team[TEAM_SHOWN:]),
    }
    return render(request, "training/home.html", context)


@require_safe
def course(request, slug):
    standing = _standing(request, slug)
    questions = standing.version.questions.count()
    context = {
        "standing": standing,
        "outline": _outline(standing),
        "questions": questions,
        "needed": standing.version.needed(questions),
    }
    return render(request, "training/course.html", context)


def _outline(standing):
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
    standing = _standing(request, slug)
    learning.enroll(request.user, standing.version, at=timezone.now())
    upcoming = standing.next_lesson
    return redirect("training:lesson", slug, upcoming.position if upcoming else 1)


@require_safe
def lesson(request, slug, position):
    standing = _standing(request, slug)
    if standing.enrollment is None:
        messages.info(request, _("Begin the course first."))
        return redirect("training:course", slug)
    shown = get_object_or_404(Lesson, version=standing.version, position=position)
    try:
        progress = learning.open_lesson(standing.enrollment, shown, at=timezone.now())
    except learning.LessonAhead as ahead:
        messages.warning(request, str(ahead))
        return redirect("training:lesson", slug, ahead.lesson.position)
    questions = standing.version.questions.count()
    context = {
        "standing": standing,
        "outline": _outline(standing),
        "done": standing.is_done(shown),
        "last": position == len(standing.lessons),
        "previous": position - 1,
        "questions": questions,
        "needed": standing.version.needed(questions),
        "place_url": reverse("training:place", args=[slug, position]),
        **lesson_content(shown, progress.seconds),
    }
    return render(request, "training/lesson.html", context)


@require_POST
def finish(request, slug, position):
    standing = _enrolled(request, slug)
    shown = get_object_or_404(Lesson, version=standing.version, position=position)
    try:
        following = learning.finish_lesson(standing.enrollment, shown, at=timezone.now())
    except learning.LessonAhead as ahead:
        messages.warning(request, str(ahead))
        return redirect("training:lesson", slug, ahead.lesson.position)
    except learning.LearningRefused as refused:
        messages.warning(request, str(refused))
        return redirect("training:lesson", slug, position)
    if following is None:
        return redirect("training:quiz", slug)
    return redirect("training:lesson", slug, following.position)


@require_POST
def place(request, slug, position):
    standing = _enrolled(request, slug)
    shown = get_object_or_404(Lesson, version=standing.version, position=position)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    learning.watched(standing.enrollment, shown, seconds=form.cleaned_data["seconds"])
    return HttpResponse(status=204)


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


@require_safe
def quiz(request, slug):
    now = timezone.now()
    standing = _enrolled(request, slug)
    enrollment = standing.enrollment
    running = quizzes.open_attempt(enrollment)
    questions = standing.version.questions.count()
    context = {
        "standing": standing,
        "attempt": running,
        "refusal": "" if running else quizzes.why_not(enrollment, at=now),
        "questions": questions,
        "needed": standing.version.needed(questions),
        "attempts_left": quizzes.attempts_left(enrollment),
        "attempts": enrollment.attempts.filter(submitted_at__isnull=False),
    }
    return render(request, "training/quiz.html", context)


@require_POST
def quiz_start(request, slug):
    standing = _enrolled(request, slug)
    try:
        attempt = quizzes.start(standing.enrollment, at=timezone.now())
    except quizzes.QuizRefused as refused:
        messages.warning(request, str(refused))
        return redirect("training:quiz", slug)
    return redirect("training:question", slug, quizzes.first_open(attempt))


def _open_attempt(request, standing):
    """The attempt that a page of the quiz is about, or the redirect to where it went on."""
    running = quizzes.open_attempt(standing.enrollment)
    posted = request.POST.get("attempt")
    if running is not None and posted in {None, str(running.pk)}:
        return running, None
    slug = standing.course.slug
    if posted:
        messages.warning(request, _("This attempt is handed in already. Its result stands."))
        last = standing.enrollment.attempts.filter(submitted_at__isnull=False).last()
        if last is not None:
            return None, redirect("training:result", slug, last.number)
    return None, redirect("training:quiz", slug)


def question(request, slug, position):
    standing = _enrolled(request, slug)
    attempt, elsewhere = _open_attempt(request, standing)
    if elsewhere:
        return elsewhere
    items = quizzes.questions(attempt)
    item = next((item for item in items if item.question.position == position), None)
    if item is None:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None, item=item)
    if form.is_bound and form.is_valid():
        try:
            quizzes.answer(attempt, item.question, form.chosen())
        except quizzes.QuizRefused as refused:
            form.add_error(None, str(refused))
        else:
            if position < len(items):
                return redirect("training:question", slug, position + 1)
            return redirect("training:review", slug)
    context = {
        "standing": standing,
        "attempt": attempt,
        "items": items,
        "item": item,
        "form": form,
        "position": position,
        "previous": position - 1,
        "last": position == len(items),
        "all_answered": all(other.chosen for other in items),
    }
    return render(request, "training/question.html", context, status=422 if form.errors else 200)


@require_safe
def review(request, slug):
    standing = _enrolled(request, slug)
    attempt, elsewhere = _open_attempt(request, standing)
    if elsewhere:
        return elsewhere
    items = quizzes.questions(attempt)
    context = {
        "standing": standing,
        "attempt": attempt,
        "items": items,
        "missing": sum(not item.chosen for item in items),
        "needed": standing.version.needed(len(items)),
    }
    return render(request, "training/review.html", context)


@require_POST
def submit(request, slug):
    standing = _enrolled(request, slug)
    attempt, elsewhere = _open_attempt(request, standing)
    if elsewhere:
        return elsewhere
    try:
        attempt = quizzes.submit(attempt, at=timezone.now())
    except quizzes.AttemptClosed as closed:
        messages.warning(request, str(closed))
    except quizzes.QuizRefused as refused:
        messages.warning(request, str(refused))
        return redirect("training:review", slug)
    return redirect("training:result", slug, attempt.number)


@require_safe
def result(request, slug, number):
    now = timezone.now()
    standing = _enrolled(request, slug)
    handed_in = standing.enrollment.attempts.filter(submitted_at__isnull=False)
    attempt = get_object_or_404(handed_in, number=number)
    attempt.enrollment = standing.enrollment
    wrong = [item for item in quizzes.questions(attempt) if not item.right]
    needed = standing.version.needed(attempt.questions)
    retry_at = quizzes.retry_at(standing.enrollment)
    context = {
        "standing": standing,
        "attempt": attempt,
        "needed": needed,
        "short": needed - attempt.correct,
        "wrong": wrong,
        "read_again": next((item.question.lesson for item in wrong if item.question.lesson), None),
        "certificate": standing.certificate,
        "refusal": quizzes.why_not(standing.enrollment, at=now),
        "retry_at": retry_at if retry_at and retry_at > now else None,
        "attempts_left": quizzes.attempts_left(standing.enrollment),
    }
    return render(request, "training/result.html", context)


def _own_certificate(request, code):
    rows = Certificate.objects.visible_to(request.user).select_related(
        "enrollment__version__course"
    )
    return get_object_or_404(rows, code=code)


def _check_url(request, held):
    return request.build_absolute_uri(reverse("training:verify", args=[held.code]))


@require_safe
def certificate(request, code):
    held = _own_certificate(request, code)
    context = certification.paper(held, check_url=_check_url(request, held))
    return render(request, "training/certificate.html", context)


@require_safe
def certificate_pdf(request, code):
    held = _own_certificate(request, code)
    pdf = certification.render_pdf(held, check_url=_check_url(request, held))
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{held.code}.pdf"'
    return response


@login_not_required
@require_safe
def verify(request, code=""):
    """Whoever holds a certificate may check it; every unknown code gets the same words."""
    now = timezone.now()
    code = certification.normalized(code or request.GET.get("code", ""))
    facts = certification.public_facts(code, at=now) if code else None
    context = {"code": code, "facts": facts, "now": now}
    return render(
        request, "training/verify.html", context, status=404 if code and not facts else 200
    )
