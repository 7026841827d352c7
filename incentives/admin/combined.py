"""Boards of several figures with their weights, as headquarters defines them."""

from functools import partial

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext

from dealers import months
from dealers.admin import MadeByFormAdmin, PortalAdmin
from dealers.months import previous_month
from incentives.boards import combined
from incentives.boards.combined import CombinedRefused
from incentives.forms.combined import CombinedForm
from incentives.models import CombinedBoard
from incentives.models.combined import WEIGHTED


@admin.register(CombinedBoard)
class CombinedBoardAdmin(MadeByFormAdmin):
    form = CombinedForm
    list_display = ("__str__", "code", "unit", "weighed", "months")
    list_filter = ("unit",)
    ordering = ("-starts_on", "code")
    sortable_by = ()
    actions = ("end",)
    asked = (
        *("code", "name", "name_en", "unit"),
        *(metric.value for metric in WEIGHTED),
        *("first", "last"),
    )
    shown = ("code", "name", "name_en", "unit", "weighed", "months", "set_by", "set_at")

    def has_delete_permission(self, request, obj=None):
        may = PortalAdmin.has_delete_permission(self, request, obj)
        return may and obj is not None and combined.may_delete(obj, timezone.localdate())

    def has_end_permission(self, request):
        return PortalAdmin.has_change_permission(self, request)

    @admin.display(description=gettext_lazy("weights"))
    def weighed(self, board):
        named = (f"{metric.label} {weight}%" for metric, weight in board.weights.items())
        return pgettext("list", ", ").join(named)

    @admin.display(description=gettext_lazy("months"))
    def months(self, board):
        last = months.key(previous_month(board.ends_on)) if board.ends_on else ""
        return f"{months.key(board.starts_on)} – {last}"

    @admin.action(
        permissions=["end"],
        description=gettext_lazy("End with this month"),
    )
    def end(self, request, queryset):
        question = _("End these boards with this month? What they were stays on their pages.")
        if page := self.ask_first(request, queryset, question):
            return page
        self.act_on_each(
            request,
            queryset,
            partial(combined.end, by=request.actor, at=timezone.now()),
            refused=CombinedRefused,
            log=gettext_noop("Ended with its month."),
            done=_("%s ends with this month."),
        )
        return None
