"""Cases as whoever decides sees them: A and B, and nobody's name."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.cases import blind, deciding, words
from customers.cases.terms import CaseRefused
from customers.forms.cases import DecisionForm
from customers.models import Case
from dealers import exhibits
from dealers.views import post_over_region


def _waiting(request):
    """The cases that wait for this person."""
    post_over_region(request)
    return Case.objects.to_review_by(request.user)


@require_safe
def reviews(request):
    """What waits for a decision, the nearest deadline first."""
    rows = sorted(_waiting(request), key=lambda case: (case.due_at, case.code))
    return render(request, "customers/cases/reviews.html", {"cases": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def review(request, pk):
    """A case with what both sides have shown, to decide about."""
    found = get_object_or_404(_waiting(request), pk=pk)
    now = timezone.now()
    if found.due_at is not None and found.due_at <= now:
        said = _("The time to decide is over: the proposal takes effect.")
        try:
            if request.method == "POST":
                deciding.came_too_late(found.pk, by=request.actor, at=now)
            else:
                deciding.settle_if_free(found.pk, now)
        except CaseRefused as refused:
            said = str(refused)
        messages.warning(request, said)
        return redirect("customers:reviews")
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            deciding.decide(
                found,
                outcome=said["outcome"],
                share=form.share,
                reason=said["reason"],
                by=request.actor,
                at=now,
            )
        except CaseRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Decided. Both sides are told, with your reason."))
            return redirect("customers:reviews")
    seen = blind.of(found, by=request.actor, at=now)
    proposal = seen.proposal
    context = {
        "case": found,
        "seen": seen,
        "form": form,
        "proposed": words.outcome(proposal.outcome, proposal.share),
        "rules": words.rules(proposal.rules),
        "turn": words.turn(proposal),
        "moments": [(each, words.evidence(each.strength)) for each in seen.moments],
        "before": seen.before and words.outcome(seen.before.outcome, seen.before.share),
    }
    return render(
        request, "customers/cases/review.html", context, status=422 if form.errors else 200
    )


@require_POST
def step_aside(request, pk):
    """Have somebody else decide."""
    found = get_object_or_404(_waiting(request), pk=pk)
    try:
        deciding.step_aside(found, by=request.actor, at=timezone.now())
    except CaseRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Somebody else decides about this case."))
    return redirect("customers:reviews")


@require_safe
def review_file(request, pk, evidence):
    """A file of a case that waits for this person."""
    found = get_object_or_404(_waiting(request), pk=pk)
    shown = blind.file(found, evidence, by=request.actor, at=timezone.now())
    if shown is None:
        raise Http404
    return exhibits.sent(*shown)
