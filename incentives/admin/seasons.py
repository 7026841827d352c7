"""Seasons: named spans of months over which boards count."""

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers import months
from dealers.admin import MadeByFormAdmin, PortalAdmin
from dealers.months import previous_month
from incentives.boards import seasons
from incentives.forms.seasons import SeasonForm
from incentives.models import Board, Length, Season


@admin.register(Season)
class SeasonAdmin(MadeByFormAdmin):
    form = SeasonForm
    list_display = ("__str__", "months", "state")
    ordering = ("-starts_on",)
    sortable_by = ()
    asked = ("name", "name_en", "first", "last")
    shown = ("name", "name_en", "months", "state", "set_by", "set_at")

    def has_delete_permission(self, request, obj=None):
        may = PortalAdmin.has_delete_permission(self, request, obj)
        return may and obj is not None and seasons.may_delete(obj, timezone.localdate())

    def get_queryset(self, request):
        frozen = Board.objects.frozen().filter(
            length=Length.SEASON, starts_on=OuterRef("starts_on")
        )
        return super().get_queryset(request).annotate(frozen=Exists(frozen))

    @admin.display(description=_("months"))
    def months(self, season):
        return f"{months.key(season.starts_on)} – {months.key(previous_month(season.ends_on))}"

    @admin.display(description=_("state"))
    def state(self, season):
        today = timezone.localdate()
        if season.frozen:
            return _("Frozen")
        if season.ends_on <= today:
            return _("Over, not frozen yet")
        return _("Runs") if season.starts_on <= today else _("To come")
