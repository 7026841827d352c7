"""Statements and their documents."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import access, sayings, spreadsheets
from dealers.admin import ReadOnlyAdmin
from dealers.models import AccessAction
from dealers.signin import second_factor
from dealers.words import exact_money
from incentives.models import (
    Acknowledgement,
    Program,
    Run,
    Statement,
    StatementDocument,
    StatementRelease,
)
from incentives.statements import release


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
    fields = ("number", "dealer", "run", "currency", "opening", "total", "adjusted", "set_off",
              "clawback", "payable", "closing", "closing_back", "code", "issued_at", "journal",
              "seen", "payments", "documents", "results")  # fmt: skip
    readonly_fields = ("seen", "payments", "documents", "results")

    @admin.display(description=gettext_lazy("PDF"))
    def documents(self, statement):
        languages = statement.documents.order_by("language").values_list("language", flat=True)
        links = [
            (reverse("admin:incentives_statement_pdf", args=[statement.pk, language]), language)
            for language in languages
        ]
        return format_html_join(" ", '<a href="{}">PDF ({})</a>', links) or _("Not made yet")

    @admin.display(description=gettext_lazy("seen by the owner"))
    def seen(self, statement):
        said = Acknowledgement.objects.filter(statement=statement).select_related("by").first()
        return f"{date_format(said.at, 'SHORT_DATETIME_FORMAT')} · {said.by}" if said else _("No")

    @admin.display(description=gettext_lazy("payments"))
    def payments(self, statement):
        links = [
            (
                reverse("admin:incentives_payout_change", args=[each.pk]),
                each.reference,
                each.get_state_display(),
            )
            for each in statement.payouts.order_by("pk")
        ]
        return format_html_join(", ", '<a href="{}">{}</a> {}', links) or _("None yet")

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
        return spreadsheets.download(bytes(document.pdf), f"{statement.number}.pdf")


@admin.register(StatementRelease)
class StatementReleaseAdmin(ReadOnlyAdmin):
    list_display = ("run", "released_by", "released_at")
    list_select_related = ("run", "released_by")
    ordering = ("-run__month",)
    sortable_by = ()
    change_list_template = "admin/incentives/statementrelease/change_list.html"

    def may_release(self, request) -> bool:
        may = request.user.has_perm("incentives.change_statementrelease")
        return request.actor.at_hq and may

    def changelist_view(self, request, extra_context=None):
        context = {
            "waiting": Run.objects.filter(release__isnull=True).order_by("month"),
            "may_release": self.may_release(request),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self):
        return [
            path(
                "release/<int:pk>/",
                self.admin_site.admin_view(self.release),
                name="incentives_statementrelease_release",
            ),
            *super().get_urls(),
        ]

    def release(self, request, pk):
        """Show the figures, ask, and approve a month's statements as a second person."""
        if not self.may_release(request):
            raise PermissionDenied
        run = get_object_or_404(Run.objects.select_related("closed_by"), pk=pk)
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        if request.method == "POST":
            try:
                release.release(run, by=request.actor, at=timezone.now())
            except release.ReleaseRefused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(
                    request,
                    _("The statements of %(month)s are approved; they can be paid.")
                    % {"month": run},
                    messages.SUCCESS,
                )
            return redirect("admin:incentives_statementrelease_changelist")
        figures, currency = release.totals(run), Program.current().currency
        return self.asking(
            request,
            _("Approve the statements of %(month)s") % {"month": run},
            _(
                "You approve for payment what the books and the statements of this month say. It"
                " cannot be undone; what is wrong is corrected by an adjustment."
            ),
            back=reverse("admin:incentives_statementrelease_changelist"),
            objects=[
                _("Statements: %(count)d") % {"count": figures.statements},
                _("To be paid: %(count)d, %(amount)s in all")
                % {"count": figures.to_pay, "amount": exact_money(figures.payable, currency)},
                _("Carried forward below zero: %(amount)s")
                % {"amount": exact_money(figures.carried, currency)},
                _("Closed by: %(who)s") % {"who": run.closed_by or _("the portal itself")},
                _(
                    "What was paid outside the portal would be paid once more: approve only months"
                    " that the portal is to pay."
                ),
            ],
        )
