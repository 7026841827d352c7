"""Answering a quiz, handing it in, and its result."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training import quiz as quizzes
from training.forms import AnswerForm
from training.models import Irregularity, IrregularityKind
from training.views.courses import enrolled_standing


@require_safe
def quiz(request, slug):
    now = timezone.now()
    standing = enrolled_standing(request, slug)
    enrollment = standing.enrollment
    running = quizzes.open_attempt(enrollment)
    if running is not None and quizzes.hand_in_late(running, by=request.actor, at=now):
        return _over(request, standing, running)
    questions = standing.version.asked
    context = {
        "standing": standing,
        "attempt": running,
        "refusal": "" if running else quizzes.why_not(enrollment, at=now),
        "questions": questions,
        "needed": standing.version.needed(questions),
        "attempts_left": quizzes.attempts_left(enrollment),
        "attempts": enrollment.attempts.filter(submitted_at__isnull=False),
        "practice": running is None and _may_practise(standing),
    }
    return render(request, "training/quiz.html", context)


def _may_practise(standing):
    """Whether there are questions to try before the quiz, and the lessons are read."""
    return (
        standing.next_lesson is None
        and standing.version.questions.of_practice().order_by("position").exists()
    )


def practice(request, slug, position):
    """A question to try: the answer is judged at once, and nothing is kept or counted."""
    standing = enrolled_standing(request, slug)
    if not _may_practise(standing):
        messages.info(request, _("First finish the lessons."))
        return redirect("training:course", slug)
    if quizzes.open_attempt(standing.enrollment) is not None:
        messages.warning(request, _("First hand in the quiz: practice tells what is right."))
        return redirect("training:quiz", slug)
    items = quizzes.practice(standing.enrollment)
    if not 1 <= position <= len(items):
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None, item=items[position - 1])
    judged = None
    if form.is_bound and form.is_valid():
        try:
            judged = quizzes.judged(items[position - 1], form.chosen())
        except quizzes.QuizRefused as refused:
            form.add_error(None, str(refused))
    context = {
        "standing": standing,
        "items": items,
        "item": judged or items[position - 1],
        "judged": judged,
        "form": form,
        "position": position,
        "next": position + 1 if position < len(items) else None,
    }
    return render(request, "training/practice.html", context, status=422 if form.errors else 200)


@require_POST
def quiz_start(request, slug):
    standing = enrolled_standing(request, slug)
    try:
        attempt = quizzes.start(standing.enrollment, by=request.actor, at=timezone.now())
    except quizzes.QuizRefused as refused:
        _note(standing, refused)
        messages.warning(request, str(refused))
        return redirect("training:quiz", slug)
    return redirect("training:question", slug, quizzes.first_open(attempt))


# What is refused and counted, for headquarters to see.
KINDS = {
    quizzes.NotYet: IrregularityKind.AHEAD,
    quizzes.Hurried: IrregularityKind.HURRIED,
    quizzes.AttemptClosed: IrregularityKind.REPLAYED,
    quizzes.TimeOver: IrregularityKind.LATE,
}


def _note(standing, refused):
    kind = KINDS.get(type(refused))
    if kind is not None:
        Irregularity.objects.note(standing.enrollment, kind, at=timezone.now())


def _over(request, standing, attempt):
    """To the result of an attempt that was handed in just now, because its time is over."""
    messages.warning(request, _("The time is over: what you answered by then was handed in."))
    return redirect("training:result", standing.course.slug, attempt.number)


def _open_attempt(request, standing):
    """The attempt that a page of the quiz is about, or the redirect to where it went on."""
    running = quizzes.open_attempt(standing.enrollment)
    late = running and quizzes.hand_in_late(running, by=request.actor, at=timezone.now())
    if late:
        if request.method == "POST":
            _note(standing, quizzes.TimeOver())
        return None, _over(request, standing, running)
    posted = request.POST.get("attempt")
    if running is not None and posted in {None, str(running.pk)}:
        return running, None
    slug = standing.course.slug
    if posted:
        _note(standing, quizzes.AttemptClosed())
        messages.warning(request, _("This attempt is handed in already. Its result stands."))
        last = standing.enrollment.attempts.filter(submitted_at__isnull=False).last()
        if last is not None:
            return None, redirect("training:result", slug, last.number)
    return None, redirect("training:quiz", slug)


def question(request, slug, position):
    standing = enrolled_standing(request, slug)
    attempt, elsewhere = _open_attempt(request, standing)
    if elsewhere:
        return elsewhere
    items = quizzes.questions(attempt)
    item = next((item for item in items if item.number == position), None)
    if item is None:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None, item=item)
    if form.is_bound and form.is_valid():
        try:
            quizzes.answer(
                attempt, item.question, form.chosen(), by=request.actor, at=timezone.now()
            )
        except quizzes.QuizRefused as refused:
            _note(standing, refused)
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
    standing = enrolled_standing(request, slug)
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
    standing = enrolled_standing(request, slug)
    attempt, elsewhere = _open_attempt(request, standing)
    if elsewhere:
        return elsewhere
    try:
        attempt = quizzes.submit(attempt, by=request.actor, at=timezone.now())
    except quizzes.AttemptClosed as closed:
        _note(standing, closed)
        messages.warning(request, str(closed))
    except quizzes.QuizRefused as refused:
        _note(standing, refused)
        messages.warning(request, str(refused))
        return redirect("training:review", slug)
    return redirect("training:result", slug, attempt.number)


@require_safe
def result(request, slug, number):
    now = timezone.now()
    standing = enrolled_standing(request, slug)
    handed_in = standing.enrollment.attempts.filter(submitted_at__isnull=False)
    attempt = get_object_or_404(handed_in, number=number)
    attempt.enrollment = standing.enrollment
    wrong = [item for item in quizzes.questions(attempt) if not item.right]
    lessons = [item.question.lesson for item in wrong if item.question.lesson]
    needed = standing.version.needed(attempt.questions)
    retry_at = quizzes.retry_at(standing.enrollment)
    context = {
        "standing": standing,
        "attempt": attempt,
        "needed": needed,
        "short": needed - attempt.correct,
        "wrong": wrong,
        # The answers are told to who has passed: until then they are in the lessons.
        "told": standing.enrollment.passed_at is not None,
        # Where no question names its lesson, they begin again with the first.
        "read_again": lessons[0] if lessons else standing.version.lessons.first(),
        "certificate": standing.certificate,
        "refusal": quizzes.why_not(standing.enrollment, at=now),
        "retry_at": retry_at if retry_at and retry_at > now else None,
        "attempts_left": quizzes.attempts_left(standing.enrollment),
    }
    return render(request, "training/result.html", context)
