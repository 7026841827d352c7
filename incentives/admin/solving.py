"""Which rate of a version spends a given budget: the page that asks and answers."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers.words import exact_money, exact_percent, money
from incentives.forms.whatif import SolveForm
from incentives.models import Program
from incentives.plans import solve
from incentives.plans.findings import component_names

SOLVE = "incentives_planversion_solve"


class SolvePage:
    """The page that looks for a rate, for the admin of versions."""

    def get_urls(self):
        site: Any = self
        view = site.admin_site.admin_view(self.solve)
        return [
            path("<int:object_id>/solve/", view, name=SOLVE),
            *super().get_urls(),
        ]

    def solve(self, request, object_id):
        """Ask for a rate, and read what was found."""
        site: Any = self
        version = get_object_or_404(site.get_queryset(request), pk=object_id)
        if not site.has_change_permission(request, version):
            raise PermissionDenied
        form = SolveForm(version, request.POST or None)
        if request.method == "POST" and form.is_valid():
            row = form.rows[form.cleaned_data["row"]]
            solve.ask(
                row,
                form.cleaned_data["months"],
                form.cleaned_data["budget"],
                by=request.actor,
                at=timezone.now(),
            )
            asked = _("The rate is being looked for. Nothing is written to the books.")
            site.message_user(request, asked, messages.SUCCESS)
            return redirect(f"admin:{SOLVE}", version.pk)
        answer = solve.answer(version)
        return TemplateResponse(
            request,
            "admin/incentives/planversion/solve.html",
            {
                **site.admin_site.each_context(request),
                "title": _("Solve: %s") % version,
                "opts": site.opts,
                "version": version,
                "form": form if form.fields["first"].choices and form.rows else None,
                "failed": answer is not None and answer["state"] == "failed",
                "under_way": answer is not None and answer["state"] == "asked",
                "said": said(answer, component_names(version))
                if answer and answer["state"] == "found"
                else [],
            },
        )


def said(answer: dict[str, Any], names: dict[str, str]) -> list[str]:
    """What was found, in sentences; ``names`` of the components by their codes."""
    found: solve.Solution = answer["solution"]
    currency = Program.current().currency

    def rate(value) -> str:
        return exact_percent(value) if answer["share"] else exact_money(value, currency)

    words = {
        "component": names.get(answer["component"], answer["component"]),
        "first": f"{min(answer['months']):%Y-%m}",
        "last": f"{max(answer['months']):%Y-%m}",
        "budget": money(found.budget, currency),
        "spent": money(found.spent, currency),
    }
    if found.rate is None:
        return [
            _(
                "No rate of %(component)s keeps within %(budget)s: even at none the plan spends"
                " %(spent)s from %(first)s to %(last)s."
            )
            % words
        ]
    words["rate"] = rate(found.rate)
    if found.exact:
        return [
            _("%(rate)s of %(component)s spends exactly %(budget)s from %(first)s to %(last)s.")
            % words
        ]
    if found.above is None:
        return [
            _(
                "No rate of %(component)s spends %(budget)s: even at %(rate)s, the highest that was"
                " tried, it is %(spent)s from %(first)s to %(last)s."
            )
            % words
        ]
    words |= {"above": rate(found.above), "spent_above": money(found.spent_above, currency)}
    return [
        _("%(rate)s of %(component)s spends %(spent)s from %(first)s to %(last)s.") % words,
        _("No rate spends exactly %(budget)s: the next, %(above)s, spends %(spent_above)s.")
        % words,
    ]
