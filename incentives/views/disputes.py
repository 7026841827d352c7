"""Disputes as a dealer's owner opens and follows them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dealers import exhibits, site
from dealers.models import Role
from incentives.disputes import deciding, holding, opening, showing, timeline
from incentives.disputes.deadlines import TERMS, DisputeRefused, open_through
from incentives.earnings import addresses
from incentives.earnings.detail import line_detail
from incentives.forms.disputes import AgainForm, FactsForm, KindForm, SendForm
from incentives.models import Dispute
from incentives.views import earnings, months

LARGEST_BODY = TERMS.files * exhibits.LARGEST + site.LARGEST_FORM


def _is_owner(request):
    return request.membership is not None and request.membership.role == Role.OWNER


@require_safe
def disputes(request):
    """The dealer's disputes: those that wait for a decision, then those that were decided."""
    dealer = earnings.dealer_of(request)
    found = timeline.of_dealer(dealer, timezone.now())
    return render(
        request,
        "incentives/disputes/list.html",
        {
            "waiting": [each for each in found if each.stage.holds],
            "decided": [each for each in found if not each.stage.holds],
        },
    )


@site.takes(LARGEST_BODY, _is_owner)
@require_http_methods(["GET", "HEAD", "POST"])
def open_dispute(request, month, code, event):
    """Three pages: what is wrong with the line, what happened, and all of it to be sent."""
    dealer = earnings.dealer_of(request)
    months.in_range(month, earnings.latest())
    now = timezone.now()
    detail = line_detail(dealer, month, code, event, now, by=request.actor)
    if detail is None:
        raise Http404
    booked = opening.booked_line(dealer, detail.line, detail.run) if detail.run else None
    statement = opening.statement_of(booked) if booked else None
    context = {
        "detail": detail,
        "line": detail.line,
        "currency": detail.currency,
        "back": reverse("incentives:line", args=[month, code, event]),
        "refused": opening.obstacle(booked, statement, now)
        if booked
        else _("A line can be disputed once its month is closed and its statement issued."),
        "terms": TERMS,
        "until": open_through(statement) if statement else None,
        "holds": opening.would_hold(booked, statement, now) if statement else None,
        "brought": holding.is_brought(statement) if statement else False,
        "wordless": showing.wordless(booked) if booked else False,
    }
    if context["refused"]:
        status = 422 if request.method == "POST" else 200
        return render(request, "incentives/disputes/refused.html", context, status=status)
    if "change" in request.POST:
        facts = FactsForm(request.POST, wordless=context["wordless"])
        return _facts(request, context, facts, request.POST.get("kind", ""))
    if request.method == "POST" and request.POST.get("step") == "send":
        return _send(request, booked, context, now)
    if request.method == "POST":
        return _check(request, booked, context)
    return _ask(request, context)


def _ask(request, context):
    """The first page, or with a kind the second."""
    form = KindForm(request.GET if "kind" in request.GET else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        page = "incentives/disputes/kind.html"
        return render(request, page, {**context, "form": form}, status=status)
    facts = FactsForm(initial={"kind": form.cleaned_data["kind"]}, wordless=context["wordless"])
    return _facts(request, context, facts, form.cleaned_data["kind"])


def _facts(request, context, form, kind):
    labels = dict(KindForm.base_fields["kind"].choices)
    return render(
        request,
        "incentives/disputes/facts.html",
        {**context, "form": form, "kind": kind, "kind_label": labels.get(kind, "")},
        status=422 if form.errors else 200,
    )


def _check(request, booked, context, form=None):
    """The third page: what was said, to be read once more and sent with what shows it."""
    facts = FactsForm(request.POST, wordless=context["wordless"])
    if facts.is_valid():
        try:
            opening.check_expected(booked, facts.said.expected, context["currency"])
        except DisputeRefused as refused:
            facts.add_error("expected", str(refused))
    if not facts.is_valid():
        return _facts(request, context, facts, request.POST.get("kind", ""))
    said = facts.said
    labels = dict(KindForm.base_fields["kind"].choices)
    return render(
        request,
        "incentives/disputes/check.html",
        {
            **context,
            "form": form or SendForm(initial={**facts.cleaned_data}),
            "said": said,
            "kind_label": labels[said.kind],
        },
        status=422 if form is not None and form.errors else 200,
    )


def _send(request, booked, context, now):
    form = SendForm(request.POST, request.FILES, wordless=context["wordless"])
    if form.is_valid():
        try:
            made = opening.open_dispute(
                booked, form.said, form.cleaned_data["files"], by=request.actor, at=now
            )
        except DisputeRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Your dispute is received."))
            return redirect(made)
    return _check(request, booked, context, form)


def _mine(request, pk):
    """A dispute of the owner's dealer, with its moments."""
    earnings.dealer_of(request)
    mine = Dispute.objects.visible_to(request.membership).with_moments()
    return get_object_or_404(
        mine.select_related(
            "statement", "line__result__run", "line__result__component__version__plan", "dealer"
        ),
        pk=pk,
    )


def _page(request, dispute, again=None):
    standing = timeline.standing(dispute, timezone.now())
    shown = dispute.exhibits.select_related("by").order_by("number")
    if request.actor.at_hq:
        shown = shown.defer("text_sealed", "file_sealed")
    may_reopen = standing.may_reopen and not request.actor.at_hq
    wordless = may_reopen and showing.wordless(dispute.line)
    return render(
        request,
        "incentives/disputes/dispute.html",
        {
            "dispute": dispute,
            "standing": standing,
            "currency": dispute.statement.currency,
            "line_url": addresses.of_line(dispute.line),
            "exhibits": [
                (each, "" if each.size or request.actor.at_hq else exhibits.text_of(each))
                for each in shown
            ],
            "again": again or (AgainForm(wordless=wordless) if may_reopen else None),
            "terms": TERMS,
        },
        status=422 if again is not None and again.errors else 200,
    )


@require_safe
def dispute(request, pk):
    """One dispute: where it stands, what was said, and what was decided."""
    return _page(request, _mine(request, pk))


@site.takes(LARGEST_BODY, _is_owner)
@require_POST
def reopen(request, pk):
    """Say why a decision is wrong; another person decides."""
    found = _mine(request, pk)
    wordless = showing.wordless(found.line)
    form = AgainForm(request.POST, request.FILES, wordless=wordless)
    if form.is_valid():
        try:
            deciding.reopen(
                found, form.cleaned_data["text"], form.cleaned_data["files"],
                by=request.actor, at=timezone.now(),
            )  # fmt: skip
        except DisputeRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("It is open once more. Another person decides."))
            return redirect(found)
    return _page(request, found, again=form)


@require_safe
def exhibit(request, pk, number):
    """A file that the dealer has shown."""
    found = _mine(request, pk)
    if request.actor.at_hq:
        raise Http404
    shown = get_object_or_404(found.exhibits, number=number, size__gt=0)
    return exhibits.sent(showing.name_of(shown, found), shown.kind, exhibits.file_of(shown))
