"""Terms of dispatch, from draft to publication."""

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.dispatch import editor, terms
from customers.models import DispatchTerms
from dealers import publication
from dealers.admin import PutForwardAdmin, Reading
from dealers.words import sentences


@admin.register(DispatchTerms)
class DispatchTermsAdmin(PutForwardAdmin):
    list_display = ("name", "starts_on", "contact_hours", "hops", "junk_percent", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    autocomplete_fields = ("online_region",)
    checked = gettext_lazy("No other terms start on that day, and no day that has begun changes.")
    way = editor.WAY
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "starts_on"),
                "description": gettext_lazy("What was offered keeps the terms of its moment."),
            },
        ),
        (gettext_lazy("Deadlines"), {"fields": ("answer_hours", "contact_hours", "hops")}),
        (
            gettext_lazy("Order of the stores"),
            {
                "fields": (
                    "certified_only", "bands", "counted_days", "conversion_bands", "mature_least",
                    "mature_after_days", "mature_until_days",
                ),
                "description": gettext_lazy("Weights and capacities stand beside each store."),
            },
        ),
        (gettext_lazy("Returned leads"), {"fields": ("junk_hours", "junk_percent")}),
        (gettext_lazy("Online orders"), {"fields": ("online_region",)}),
    )  # fmt: skip

    def publish_draft(self, draft, by, at):
        return editor.publish(draft, by=by, at=at)

    def reading(self, draft):
        before, following = terms.before(draft.starts_on), terms.after(draft.starts_on)
        said, usual = editor.parts(draft), editor.parts(before or DispatchTerms())
        words = {"first": date_format(draft.starts_on, "DATE_FORMAT"), "name": str(following)}
        time = _("Apply to what is offered from %(first)s on") % words
        if following is not None:
            time += " · " + _("until “%(name)s” take over") % words
        return Reading(
            time=sentences(time + "."),
            parts=list(said.values()),
            before=_("Compared with “%(name)s”.") % {"name": before}
            if before
            else _("Compared with what applies while nothing is published."),
            changes=publication.changes(usual, said),
        )
