"""What regional managers note of stores, for headquarters to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from dealers.admin import ReadOnlyAdmin
from incentives.models import CoachingNote


@admin.register(CoachingNote)
class CoachingNoteAdmin(ReadOnlyAdmin):
    list_display = ("at", "store", "by", "to_do", "aim", "check_on", "came")
    list_filter = ("aim", "outcome__came")
    list_select_related = ("store", "by", "outcome")
    search_fields = ("store__code", "store__name")
    search_exactly = True
    ordering = ("-at",)
    fields = (
        "at", "store", "dealer", "by", "saw", "why", "to_do", "aim", "before", "check_on", "came",
        "said", "after",
    )  # fmt: skip

    @admin.display(description=_("what came of it"))
    def came(self, note):
        return note.outcome.get_came_display() if hasattr(note, "outcome") else "–"

    @admin.display(description=_("in words"))
    def said(self, note):
        return note.outcome.said if hasattr(note, "outcome") else "–"

    @admin.display(description=_("figure after"))
    def after(self, note):
        made = getattr(note, "outcome", None)
        return "–" if made is None or made.after is None else made.after
