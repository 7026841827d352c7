"""What a draft of a plan would have given: asked for, watched, read, a dealer line by line."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers.actor import Actor
from dealers.models import Dealer
from dealers.publication import PublicationRefused
from incentives.forms.whatif import SpanForm
from incentives.models import PlanVersion, Program, Replay
from incentives.plans import simulations, versions, whatif
from incentives.plans.findings import component_names, findings, of_dealer, together

WHATIF = "incentives_planversion_whatif"
DEALER = "incentives_planversion_whatif_dealer"
LINES = 100  # of a dealer on a page


class WhatIfPages:
    """The pages of a version's simulation, for its admin."""

    def get_urls(self):
        site: Any = self
        view = site.admin_site.admin_view
        return [
            path("<int:object_id>/whatif/", view(self.whatif), name=WHATIF),
            path("<int:object_id>/whatif/<str:code>/", view(self.whatif_dealer), name=DEALER),
            *super().get_urls(),
        ]

    def whatif(self, request, object_id):
        """What was found, and the form that has closed months replayed."""
        site: Any = self
        version = get_object_or_404(site.get_queryset(request), pk=object_id)
        if not site.has_view_permission(request, version):
            raise PermissionDenied
        may_ask = site.has_change_permission(request, version)
        form, problems = SpanForm(request.POST or None), []
        if request.method == "POST":
            if not may_ask:
                raise PermissionDenied
            if form.is_valid():
                try:
                    versions.simulate(
                        version, form.cleaned_data["months"],
                        by=Actor.hq(request.user), at=timezone.now(),
                    )  # fmt: skip
                except PublicationRefused as refused:
                    problems = refused.sentences
                else:
                    site.log_change(request, version, gettext_noop("Simulated."))
                    asked = _("The months are being replayed. Nothing is written to the books.")
                    site.message_user(request, asked, messages.SUCCESS)
                    return redirect(f"admin:{WHATIF}", version.pk)
        return TemplateResponse(
            request,
            "admin/incentives/planversion/whatif.html",
            {
                **site.admin_site.each_context(request),
                "title": _("What-if: %s") % version,
                "opts": site.opts,
                "version": version,
                "form": form if may_ask and form.fields["first"].choices else None,
                "may_ask": may_ask,
                "problems": problems,
                "currency": Program.current().currency,
                **standing(version),
            },
        )

    def whatif_dealer(self, request, object_id, code):
        """One dealer line by line: what was booked, and what the version gives."""
        site: Any = self
        version = get_object_or_404(site.get_queryset(request), pk=object_id)
        if not site.has_view_permission(request, version):
            raise PermissionDenied
        replay = get_object_or_404(Replay.objects.filter(announced=False), pk=_finished(version))
        dealer = get_object_or_404(Dealer, code=code)
        names = component_names(version)
        amounts = of_dealer(replay, dealer, names)
        lines = whatif.lines_of(replay, dealer)
        page = Paginator(lines, LINES).get_page(request.GET.get("p"))
        return TemplateResponse(
            request,
            "admin/incentives/planversion/whatif_dealer.html",
            {
                **site.admin_site.each_context(request),
                "title": dealer.name,
                "opts": site.opts,
                "version": version,
                "dealer": dealer,
                "amounts": amounts,
                "total": together(pair for _month, _name, pair in amounts),
                "page": page,
                "lines": [(line, names.get(line.code, line.code)) for line in page],
                "currency": Program.current().currency,
            },
        )


def _finished(version: PlanVersion) -> int | None:
    replay = simulations.of(version)
    return replay.pk if replay else None


def standing(version: PlanVersion) -> dict[str, Any]:
    """How far a version's simulation is, and what it has found."""
    replay = simulations.latest(version)
    if replay is None:
        return {"replay": None}
    if replay.finished_at is None:
        gave_up = simulations.gave_up(replay)
        return {
            "replay": replay,
            "under_way": not gave_up,
            "gave_up": gave_up,
            "done": simulations.progress(replay),
            "steps": simulations.steps(replay),
        }
    currency = Program.current().currency
    return {"replay": replay, "findings": findings(replay, currency), "currency": currency}
