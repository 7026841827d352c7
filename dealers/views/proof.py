"""What an owner holds against the brand: the chain, receipts, roots, and what checks them."""

from datetime import date
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from dealers import spreadsheets
from dealers.models import DailyRoot, SigningKey
from dealers.receipts import holding, signing, stamping, verify_receipt, verifying
from dealers.views import post_of_owner

NEWEST = 5000  # receipts in a file; the last one proves all before it
SHOWN = 60  # roots on a page
VERIFIER = "verify_receipt.py"


@require_safe
def proof(request):
    """How far the dealer's chain is signed, and what its owner takes away."""
    membership = post_of_owner(request)
    context = {
        "state": holding.state(membership.dealer_id, timezone.now()),
        "keys": SigningKey.objects.all(),
        "verifier": VERIFIER,
    }
    return render(request, "dealers/proof/proof.html", context)


@require_POST
def take_chain(request):
    """Have the worker make the file of the chain."""
    post_of_owner(request)
    export = holding.ask_for_chain(by=request.actor, at=timezone.now())
    return redirect("dealers:export", export.pk)


@require_safe
def receipts(request):
    """The dealer's receipts, the newest first, with the key."""
    dealer_id = post_of_owner(request).dealer_id
    return _text(holding.receipt_lines(dealer_id, NEWEST), f"receipts-{timezone.localdate()}.txt")


@require_safe
def paths(request):
    """All roots, and where the dealer's own chain stands in each."""
    dealer_id = post_of_owner(request).dealer_id
    return _text(holding.root_lines(dealer_id), f"roots-{timezone.localdate()}.txt")


@require_safe
@login_not_required
def roots(request):
    """The roots of the last days, for everybody."""
    found = list(DailyRoot.objects.all()[: SHOWN + 1])
    context = {
        "roots": holding.with_gaps(found, timezone.now())[:SHOWN],
        "keys": SigningKey.objects.all(),
        "verifier": VERIFIER,
    }
    return render(request, "dealers/proof/roots.html", context)


@require_safe
@login_not_required
def roots_file(_request):
    """All roots with the key."""
    return _text([*signing.key_lines(), *_roots()], "roots.txt")


@require_safe
@login_not_required
def stamp(_request, day):
    """The time stamp of the root of a day, as the authority answered."""
    found = _stamp(day)
    return spreadsheets.download(found.content, found.file_name)


@require_safe
@login_not_required
def stamp_certificates(_request, day):
    """The certificates by which the portal checked that stamp."""
    found = _stamp(day)
    return spreadsheets.download(found.certificates, found.certificates_name)


def _stamp(day):
    try:
        found = stamping.stamp_of(date.fromisoformat(day))
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


@require_safe
@login_not_required
def verifier(_request):
    """The program that checks all of it, to run offline."""
    return spreadsheets.download(Path(verify_receipt.__file__).read_bytes(), VERIFIER)


@require_safe
@login_not_required
def verify(request):
    """The same as a page, whose files never leave the reader's device."""
    return csp_override(verifying.policy())(_verify)(request)


def _verify(_request):
    return HttpResponse(verifying.page())


def _roots():
    return (each.line for each in DailyRoot.objects.all())


def _text(lines, name):
    return spreadsheets.download("".join(f"{line}\n" for line in lines), name)
