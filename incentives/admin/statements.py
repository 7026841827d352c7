"""Statements and their documents."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import access, sayings
from dealers.admin import ReadOnlyAdmin
from dealers.models import AccessAction
from incentives.models import Statement, StatementDocument


class DocumentFilter(admin.SimpleListFilter):
    title = gettext_lazy("PDF")
    parameter_name = "pdf"

    def lookups(self, request, model_admin):
        return [("missing", _("Not made yet"))]

    def queryset(self, request, queryset):
        return queryset.without_document() if self.value() == "missing" else queryset


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ("number", "dealer", "run", "total", "payable", "closing", "issued_at")
    list_filter = (DocumentFilter, "run")
    list_select_related = ("dealer", "run")
    search_fields = ("number", "dealer__code", "dealer__name", "code")
    search_exactly = True
    search_help_text = gettext_lazy(
        "Number, dealer code or verification code written in full, or a part of a dealer's name."
    )
    ordering = ("-id",)
    sortable_by = ()
    fields = ("number", "dealer", "run", "currency", "opening", "total", "payable", "closing",
              "code", "issued_at", "journal", "documents", "results")  # fmt: skip
    readonly_fields = ("documents", "results")

    @admin.display(description=gettext_lazy("PDF"))
    def documents(self, statement):
        languages = statement.documents.order_by("language").values_list("language", flat=True)
        links = [
            (reverse("admin:incentives_statement_pdf", args=[statement.pk, language]), language)
            for language in languages
        ]
        return format_html_join(" ", '<a href="{}">PDF ({})</a>', links) or _("Not made yet")

    @admin.display(description=gettext_lazy("results"))
    def results(self, statement):
        address = reverse("admin:incentives_result_changelist")
        query = f"run__id__exact={statement.run_id}&dealer__id__exact={statement.dealer_id}"
        return format_html('<a href="{}?{}">{}</a>', address, query, _("Show"))

    def get_urls(self):
        return [
            path(
                "<int:pk>/pdf/<slug:language>/",
                self.admin_site.admin_view(self.pdf),
                name="incentives_statement_pdf",
            ),
            *super().get_urls(),
        ]

    def pdf(self, request, pk, language):
        """The statement as the dealer has it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(
            StatementDocument.objects.select_related("statement__run"),
            statement=pk,
            language=language,
        )
        statement = document.statement
        results = statement.run.results.filter(dealer=statement.dealer_id)
        access.note(
            AccessAction.VIEW,
            by=request.actor,
            dealer_id=statement.dealer_id,
            fields="name (masked), order, amount",
            purpose=sayings.kept(gettext_noop("Statement %(number)s"), number=[statement.number]),
            count=results.aggregate(lines=Sum("count"))["lines"] or 0,
            at=timezone.now(),
        )
        return HttpResponse(
            bytes(document.pdf),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{statement.number}.pdf"'},
        )
