"""The agreement's versions, from draft to publication, and which dealer has answered them how."""

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import publication
from dealers.admin.base import ReadOnlyAdmin
from dealers.admin.publishing import WHO_AND_WHEN, PutForwardAdmin, Reading
from dealers.agreements import publishing
from dealers.models import AgreementAnswer, AgreementVersion
from dealers.words import sentences


@admin.register(AgreementVersion)
class AgreementVersionAdmin(PutForwardAdmin):
    list_display = ("name", "title", "starts_on", "required", "published_at", "signed_by")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "required")
    search_fields = ("name", "title", "title_en")
    checked = gettext_lazy("No other version starts on that day, and no day that is over changes.")
    way = publishing.WAY
    of_published = ("signed_by", *WHO_AND_WHEN)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "starts_on"),
                    ("title", "title_en"),
                    ("required", "notice_days"),
                ),
                "description": gettext_lazy(
                    "It binds both sides, in both languages. Once published it never changes;"
                    " owners are told, and sign it themselves: nobody signs for a dealer."
                ),
            },
        ),
        (
            gettext_lazy("Duties of both sides"),
            {"fields": (("hq_duties", "hq_duties_en"), ("dealer_duties", "dealer_duties_en"))},
        ),
        (
            gettext_lazy("Full text"),
            {
                "fields": (("text", "text_en"),),
                "description": gettext_lazy("Markdown: ## heading, **bold**, - one point."),
            },
        ),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_signatures()

    @admin.display(description=gettext_lazy("signed by dealers"))
    def signed_by(self, version):
        if not version.published_at:
            return "–"
        words = {"signed": version.signatures, "all": version.dealers}
        return _("%(signed)s of %(all)s") % words

    def publish_draft(self, draft, by, at):
        return publishing.publish(draft, by=by, at=at)

    def reading(self, draft):
        before = publishing.before(draft.starts_on)
        said = publishing.parts(draft)
        words = {"first": date_format(draft.starts_on, "DATE_FORMAT")}
        return Reading(
            time=sentences(_("Offered to every dealer from %(first)s on.") % words),
            parts=list(said.values()),
            before=_("Compared with “%(name)s”.") % {"name": before} if before else "",
            changes=publication.changes(publishing.parts(before) if before else {}, said),
        )


@admin.register(AgreementAnswer)
class AgreementAnswerAdmin(ReadOnlyAdmin):
    """Which dealer has signed which version, and which has said no. Owners alone add to it."""

    list_display = ("dealer", "version", "signed", "name", "at", "second_factor")
    list_filter = ("signed", "version", "dealer__region")
    list_select_related = ("dealer", "version")
    search_fields = ("dealer__code", "dealer__name")
    search_exactly = True
    ordering = ("-at", "-id")
    sortable_by = ()
    fields = (
        "dealer", "version", "signed", "name", "by", "at", "language", "second_factor", "sha256",
    )  # fmt: skip
