"""Cases as their sides see them: what they said, what the rules propose, what was decided."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import erased
from customers.cases import deciding, evidence, opening, words
from customers.cases.terms import TERMS, CaseRefused
from customers.forms.cases import AppealForm, EvidenceForm, PrecedentForm, StoryForm
from customers.models import Case, CaseSide, CaseStage, Registration
from dealers import exhibits, site
from dealers.models import FactKind
from dealers.receipts import holding
from dealers.views import post_at_dealer

SHOWN = 50
LARGEST_BODY = exhibits.LARGEST + site.LARGEST_FORM


@require_safe
def cases(request):
    """The dealer's cases: those that run, the nearest deadline first, and those that are over."""
    membership = post_at_dealer(request)
    mine = Case.objects.visible_to(membership).prefetch_related("rulings")
    running = sorted(mine.running(), key=lambda case: (case.due_at, case.code))
    closed = mine.filter(stage=CaseStage.CLOSED).order_by("-closed_at", "pk")[:SHOWN]
    letters = dict(
        CaseSide.objects.visible_to(membership)
        .filter(case__in=[*running, *closed])
        .values_list("case", "side")
    )
    rows = [
        [(case, words.summary(case, letters[case.pk])) for case in each]
        for each in (running, closed)
    ]
    return render(request, "customers/cases/list.html", {"running": rows[0], "closed": rows[1]})


@require_http_methods(["GET", "HEAD", "POST"])
def open_case(request, receipt):
    """Say that the customer of a registration, protected elsewhere, is rather one's own.

    Three pages: what it is about, what happened, and that once more to be sent; what shows it is
    brought to the case itself, which is open then.
    """
    membership = post_at_dealer(request)
    found = get_object_or_404(
        Registration.objects.visible_to(membership).select_related("store", "void"),
        receipt=receipt,
    )
    if not opening.may_open(found, request.actor):
        raise Http404
    form = StoryForm(request.POST or None)
    context = {"form": form, "registration": found, "terms": TERMS}
    if request.method != "POST":
        mine = Case.objects.visible_to(membership).running()
        if (runs := mine.filter(identity=found.identity_id).first()) is not None:
            return redirect(runs)  # also where Back leads once it is open
        # Bound it would complain of what nobody has been asked for yet.
        step = "story" if "story" in request.GET else "about"
        return render(request, f"customers/cases/open_{step}.html", context)
    if not form.is_valid() or "change" in request.POST:
        status = 422 if form.errors else 200
        return render(request, "customers/cases/open_story.html", context, status=status)
    if request.POST.get("step") != "send":
        return render(request, "customers/cases/open_check.html", context)
    try:
        made = opening.claim(
            found, story=form.cleaned_data["story"], by=request.actor, at=timezone.now()
        )
    except CaseRefused as refused:
        form.add_error(None, str(refused))
        return render(request, "customers/cases/open_check.html", context, status=422)
    messages.success(request, _("The case is open. Bring what shows it."))
    return redirect(made)


def _mine(request, pk) -> tuple[Case, CaseSide]:
    """A case of the person's dealer, with what was due of it done, and which side it is."""
    membership = post_at_dealer(request)
    found = get_object_or_404(Case.objects.visible_to(membership), pk=pk)
    now = timezone.now()
    if not request.actor.at_hq and found.due_at is not None and found.due_at <= now:
        deciding.settle_if_free(found.pk, now)
        found.refresh_from_db()
    side = CaseSide.objects.visible_to(membership)
    return found, side.select_related("store", "registration", "ownership").get(case=found)


def _page(request, case, side, *, add=None, why=None):
    now = timezone.now()
    proposal = getattr(case, "proposal", None)
    rulings = [
        (
            each,
            words.outcome(each.outcome, each.share, side.side),
            holding.receipt_of(
                FactKind.RULING, side.dealer_id, each.pk, case.code, since=each.recorded_at, at=now
            ),
        )
        for each in case.rulings.order_by("instance")
    ]
    mine = case.evidence.filter(side=side.side).select_related("by").order_by("number")
    seen = mine if not request.actor.at_hq else mine.defer("text_sealed", "file_sealed")
    of_dealer = not request.actor.at_hq
    gone = erased.was(case.identity_id)
    takes = (
        of_dealer and not gone and case.stage == CaseStage.EVIDENCE and now < case.evidence_until
    )
    appeals = of_dealer and case.stage == CaseStage.DECIDED and now < case.appeal_until
    context = {
        "case": case,
        "side": side,
        "proposal": proposal,
        "proposed": proposal and words.outcome(proposal.outcome, proposal.share, side.side),
        "rules": proposal and words.rules(proposal.rules),
        "turn": proposal and words.turn(proposal, side.side),
        "rulings": rulings,
        "evidence": [
            (each, "" if each.size or request.actor.at_hq else exhibits.text_of(each))
            for each in seen
        ],
        # What was sent too late stays on the page, with the sentence that says so.
        "add": add or (EvidenceForm() if takes else None),
        "opened": case.opened_by(side),
        "why": why or (AppealForm(wordless=gone) if appeals else None),
        "gone": gone and case.stage != CaseStage.CLOSED,
        "terms": TERMS,
    }
    wrong = any(form is not None and form.errors for form in (add, why))
    return render(request, "customers/cases/case.html", context, status=422 if wrong else 200)


@require_safe
def case(request, pk):
    """One case as its side sees it; nothing of the other side is in it."""
    return _page(request, *_mine(request, pk))


def _at_a_dealer(request):
    return request.membership is not None and request.membership.at_dealer


@site.takes(LARGEST_BODY, _at_a_dealer)
@require_POST
def add_evidence(request, pk):
    """Say or show something more."""
    found, side = _mine(request, pk)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        said = form.cleaned_data
        try:
            evidence.bring(
                found, text=said["story"], file=said["file"], by=request.actor, at=timezone.now()
            )
        except CaseRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Kept. Only whoever decides sees it."))
            return redirect(found)
    return _page(request, found, side, add=form)


@require_POST
def appeal(request, pk):
    """Say why a decision is wrong; somebody else decides anew."""
    found, side = _mine(request, pk)
    form = AppealForm(request.POST, wordless=erased.was(found.identity_id))
    if form.is_valid():
        said = form.cleaned_data.get("why", "")
        try:
            deciding.appeal(found, said, by=request.actor, at=timezone.now())
        except CaseRefused as refused:
            form.add_error("why" if "why" in form.fields else None, str(refused))
        else:
            messages.success(request, _("Your appeal is in. Somebody else decides anew."))
            return redirect(found)
    return _page(request, found, side, why=form)


@require_safe
def case_file(request, pk, number):
    """A file that one's own side has shown."""
    found, side = _mine(request, pk)
    if request.actor.at_hq:
        raise Http404
    shown = get_object_or_404(found.evidence, side=side.side, number=number, size__gt=0)
    return exhibits.sent(evidence.name_of(shown), shown.kind, exhibits.file_of(shown))


@require_safe
def precedents(request):
    """Closed cases without anybody in them, for everybody who holds a post."""
    if request.membership is None:
        raise Http404
    form = PrecedentForm(request.GET)
    rows = form.narrowed()
    context = {
        "form": form,
        "rows": [
            (each, words.outcome(each.outcome, each.share), words.rules(each.rules))
            for each in rows[:SHOWN]
        ],
        "more": rows.count() > SHOWN,
        "asked": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "customers/cases/precedents.html", context)
