"""What the owner's last months would have been at each level of sharing."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dealers import exports, spreadsheets
from dealers import sharing as levels
from dealers.signin.second_factor import fresh_secret
from incentives.if_shared import asking
from incentives.if_shared.shown import Shown
from incentives.models import Program
from incentives.views.earnings import SHEETS, dealer_of

SHOWN = 40  # lines; the file has all


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_secret(exports.takes_file)
def page(request):
    """Ask for it, see how far it is, and read what was found."""
    dealer, now = dealer_of(request), timezone.now()
    if request.method == "POST":
        before = asking.latest(dealer.pk)
        if asking.ask(by=request.actor, at=now) == before:
            messages.info(request, _("It is asked at most once an hour: here is the last one."))
        return redirect("incentives:if-shared")
    trial = asking.latest(dealer.pk)
    shown = None if trial is None or trial.finished_at is None else Shown.of(trial)
    if shown is not None and (kind := exports.kind_asked(request.GET)):
        content = spreadsheets.made(shown.sheet(), kind)
        return spreadsheets.download(content, f"if-shared-{trial.asked_at:%Y-%m-%d}.{kind}")
    again_from = None if trial is None else asking.may_ask_from(trial)
    context = {
        "trial": trial,
        "shown": shown,
        "gave_up": trial is not None and asking.gave_up(trial),
        "again_from": again_from,
        "may_ask": again_from is None or now >= again_from,
        "lines": [] if shown is None else list(shown.lines(SHOWN)),
        "differing": 0 if shown is None else shown.differing,
        "most": SHOWN,
        "level": levels.default(dealer.pk, now),
        "currency": Program.current().currency,
        "exports": SHEETS,
    }
    return render(request, "incentives/if_shared/page.html", context)
