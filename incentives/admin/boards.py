"""Cohorts with a preview of their groups, and frozen boards."""

from django.contrib import admin
from django.db import transaction
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.admin import PortalAdmin, ReadOnlyAdmin
from incentives.boards import cohorts
from incentives.forms.boards import CohortForm
from incentives.models import Board, Cohort, Ranking
from incentives.rewards import promised

FEW = 20  # units; below, a place says little and an average gives its members away


@admin.register(Cohort)
class CohortAdmin(PortalAdmin):
    list_display = ("code", "name", "unit", "position")
    list_filter = ("unit",)
    ordering = ("unit", "position", "code")
    search_fields = ("code", "name")
    filter_horizontal = ("regions",)
    form = CohortForm
    change_form_template = "admin/incentives/cohort/change_form.html"

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        context = dict(extra_context or {})
        cohort = self.get_object(request, object_id) if object_id else None
        if cohort:
            context["groups"] = groups(cohort.unit)
        return super().changeform_view(request, object_id, form_url, context)

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or not promised.to_cohort(obj, timezone.now()))

    def response_add(self, request, obj, post_url_continue=None):
        return self.preview(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self.preview(request, obj) or super().response_change(request, obj)

    def preview(self, request, cohort: Cohort) -> TemplateResponse | None:
        """The groups as they would be; what was saved for it is taken back."""
        if "_preview" not in request.POST:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview"),
            "opts": self.opts,
            "groups": groups(cohort.unit),
            "fields": [
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name not in {"_preview", "csrfmiddlewaretoken"}
            ],
        }
        # Of the savepoint around this change; within it nothing can be asked for any more.
        transaction.set_rollback(True)
        return TemplateResponse(request, "admin/incentives/cohort/preview.html", context)


def groups(unit: str) -> list[tuple[str, list[str], bool]]:
    """Each cohort's name, its units, and whether they are too few; last those left over."""
    found = cohorts.groups(unit, timezone.now())
    named = [
        (str(cohort), found.get(cohort.code, []))
        for cohort in Cohort.objects.filter(unit=unit).order_by("position", "code")
    ]
    left = found.get("other", [])
    return [
        *((name, units, len(units) < FEW) for name, units in named),
        *([(_("In no group"), left, True)] if left else []),
    ]


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin):
    list_display = ("starts_on", "length", "metric", "unit", "frozen_at", "counted_at", "drift")
    list_filter = ("length", "metric", "unit")
    ordering = ("-starts_on", "metric", "unit")
    fields = (
        "starts_on", "length", "metric", "unit", "frozen_at", "known_until", "counted_at",
        "whole_at", "drift", "compared",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("cohorts"))
    def compared(self, board):
        kept = cohorts.sentences(board)
        return format_html_join("", "<div>{}</div>", ((each,) for each in kept)) or "–"


@admin.register(Ranking)
class RankingAdmin(ReadOnlyAdmin):
    list_display = ("board", "cohort", "place", "value", "rank", "of")
    list_filter = ("board__starts_on", "board__metric", "board__unit")
    list_select_related = ("board", "store", "dealer", "region")
    search_fields = ("store__code", "store__name", "dealer__code", "dealer__name")
    search_exactly = True
    search_help_text = gettext_lazy(
        "Code written in full, or a part of the name of a store or dealer."
    )
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request):
        # What people reach is between them and their store.
        return super().get_queryset(request).filter(post=None)

    @admin.display(description=gettext_lazy("store or dealer"))
    def place(self, ranking):
        return ranking.store or ranking.dealer or ranking.region
