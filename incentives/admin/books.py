"""Closed months, their results line by line, and the books."""

from datetime import date

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Attribution, Registration
from dealers import outbox, spreadsheets
from dealers.admin import PortalAdmin, ReadOnlyAdmin, ReadOnlyInline
from dealers.months import key as month_key
from dealers.months import next_month, parse
from dealers.signin import second_factor
from dealers.words import NONE, exact_percent, plain
from incentives.books import bookkeeping, periods, reconcile
from incentives.books.outlook import CLOSE, outlook
from incentives.earnings.results import share_of
from incentives.models import (
    SHARES,
    Account,
    AccountCode,
    Base,
    Entry,
    Journal,
    Line,
    Period,
    Program,
    Result,
    Run,
)
from incentives.templatetags.figures import pieces


def rate_of(line) -> str:
    """The rate of a line as its plan gives it: a share, or an amount for each."""
    if line.rate is None:
        return NONE
    is_share = line.result.component.kind in SHARES
    return exact_percent(line.rate) if is_share else plain(line.rate)


def base_of(component, value):
    """What is paid for, as its plan measures it: money as it is booked, or pieces."""
    return value if component.base == Base.NET else pieces(value)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("month_name", "closed_at", "closed_by", "known_until", "statement_count")
    list_select_related = ("closed_by",)
    ordering = ("-month",)
    fields = ("month_name", "closed_at", "closed_by", "known_until", "inputs_hash",
              "statement_count")  # fmt: skip
    readonly_fields = ("month_name", "statement_count")
    change_list_template = "admin/incentives/run/change_list.html"

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(issued=Count("statements"))

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def month_name(self, run):
        return month_key(run.month)

    @admin.display(description=gettext_lazy("statements"))
    def statement_count(self, run):
        address = reverse("admin:incentives_statement_changelist")
        return format_html('<a href="{}?run__id__exact={}">{}</a>', address, run.pk, run.issued)

    def may_close(self, request) -> bool:
        return request.user.has_perm("incentives.add_run")

    def changelist_view(self, request, extra_context=None):
        context = {"outlook": outlook(timezone.now()), "may_close": self.may_close(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self):
        return [
            path(
                "close/<int:year>-<int:month>/",
                self.admin_site.admin_view(self.close),
                name="incentives_run_close",
            ),
            *super().get_urls(),
        ]

    def close(self, request, year, month):
        """Ask, then have the worker close the month."""
        if not self.may_close(request):
            raise PermissionDenied
        try:
            wanted = date(year, month, 1)
        except (ValueError, OverflowError):  # no such month, or a number that no date holds
            raise Http404 from None
        due = periods.months_due(timezone.now())
        if wanted not in due[:1]:
            self.message_user(
                request, _("This month is closed already, or not yet due."), messages.WARNING
            )
            return redirect("admin:incentives_run_changelist")
        if request.method == "POST":
            outbox.add(
                CLOSE,
                *(wanted.isoformat(), request.user.pk),
                at=timezone.now(),
            )
            self.message_user(
                request,
                _("%(month)s is being closed. It appears in this list when that is done.")
                % {"month": month_key(wanted)},
                messages.SUCCESS,
            )
            return redirect("admin:incentives_run_changelist")
        return TemplateResponse(
            request,
            "admin/incentives/run/close.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Close %(month)s") % {"month": month_key(wanted)},
                "opts": self.opts,
                "orders": Attribution.objects.owners()
                .current()
                .filter(counts_on__gte=wanted, counts_on__lt=next_month(wanted))
                .count(),
                "registrations": Registration.objects.valid()
                .filter(received_on__gte=wanted, received_on__lt=next_month(wanted))
                .count(),
            },
        )


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "closed_run")
    list_select_related = ("closed_run",)
    ordering = ("-month",)


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    list_display = ("dealer", "component", "for_month", "adjustment", "count", "base_read",
                    "amount")  # fmt: skip
    list_filter = ("run", "adjustment")
    list_select_related = ("dealer", "component__version__plan", "run")
    search_fields = ("dealer__code", "dealer__name")
    search_help_text = gettext_lazy("Code of a dealer written in full, or a part of its name.")
    search_exactly = True
    ordering = ("-run_id", "id")
    sortable_by = ()
    fields = ("run", "dealer", "component", "for_month", "adjustment", "count", "base_read",
              "returned_read", "uncapped", "amount", "why", "lines_link")  # fmt: skip
    readonly_fields = ("base_read", "returned_read", "why", "lines_link")

    @admin.display(description=Result._meta.get_field("base").verbose_name)
    def base_read(self, result):
        return base_of(result.component, result.base)

    @admin.display(description=Result._meta.get_field("returned").verbose_name)
    def returned_read(self, result):
        return base_of(result.component, result.returned)

    @admin.display(description=gettext_lazy("how it comes about"))
    def why(self, result):
        """The sentence and the steps that the dealer reads, from the same stored figures."""
        reasons = share_of(result).explain(Program.current().currency)
        return render_to_string("admin/incentives/why.html", {"why": reasons})

    @admin.display(description=gettext_lazy("lines"))
    def lines_link(self, result):
        address = reverse("admin:incentives_line_changelist")
        return format_html('<a href="{}?result={}">{}</a>', address, result.pk, result.count)


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "base_read", "rate_read", "share_read", "uncapped", "amount",
                    "closed_gate")  # fmt: skip
    search_fields = ("order__external_id", "registration__receipt")
    search_help_text = gettext_lazy("Order number or receipt, written in full.")
    list_select_related = ("order", "registration", "result__component")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("result", "order", "registration", "base_read", "rate_read", "share_read", "uncapped",
              "amount", "closed_gate")  # fmt: skip
    readonly_fields = ("base_read", "rate_read", "share_read")

    @admin.display(description=gettext_lazy("event"))
    def event(self, line):
        return line.order or line.registration

    @admin.display(description=Line._meta.get_field("base").verbose_name)
    def base_read(self, line):
        return base_of(line.result.component, line.base)

    @admin.display(description=gettext_lazy("rate"))
    def rate_read(self, line):
        return rate_of(line)

    @admin.display(description=gettext_lazy("share"))
    def share_read(self, line):
        return NONE if line.share is None else exact_percent(line.share)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "kind", "holder", "dealer", "person", "plan", "currency")
    list_filter = ("kind", "holder")
    list_select_related = ("dealer", "person", "plan")
    search_fields = ("dealer__code", "dealer__name", "plan__code")
    ordering = ("id",)
    change_list_template = "admin/incentives/account/change_list.html"

    def get_urls(self):
        return [
            path(
                "zero/",
                self.admin_site.admin_view(self.zero),
                name="incentives_account_zero_view",
            ),
            *super().get_urls(),
        ]

    def zero(self, request):
        """What should be zero, with its figures and the rows that differ."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        checks = reconcile.checks()
        context = {
            **self.admin_site.each_context(request),
            "title": _("What should be zero"),
            "opts": self.opts,
            "checks": checks,
            "broken": sum(not check.holds for check in checks),
            "currency": Program.current().currency,
            "at": timezone.now(),
        }
        return TemplateResponse(request, "admin/incentives/account/zero.html", context)


@admin.register(AccountCode)
class AccountCodeAdmin(PortalAdmin):
    list_display = ("code", "name", "kind", "holder", "plan")
    list_filter = ("kind", "holder")
    list_select_related = ("plan",)
    search_fields = ("code", "name")
    ordering = ("code", "id")
    fields = ("kind", "holder", "plan", "code", "name")


class EntryInline(ReadOnlyInline):
    model = Entry
    fields = ("account", "amount")

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("account__dealer", "account__person", "account__plan")
        )


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    list_display = ("key", "period", "source", "currency", "effective_at", "recorded_at")
    list_filter = ("period", "source")
    search_fields = ("key",)
    search_exactly = True
    search_help_text = gettext_lazy("The key, written in full: close:2026-01:D0001.")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (EntryInline,)
    fields = ("key", "period", "source", "source_key", "currency", "effective_at", "recorded_at",
              "made_by", "approved_by", "reverses")  # fmt: skip

    change_list_template = "admin/incentives/journal/change_list.html"

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")

    def changelist_view(self, request, extra_context=None):
        booked = Period.objects.filter(Exists(Journal.objects.filter(period=OuterRef("pk"))))
        context = {"periods": booked.order_by("-month"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_urls(self):
        return [
            path(
                "books/",
                self.admin_site.admin_view(self.books),
                name="incentives_journal_books_view",
            ),
            *super().get_urls(),
        ]

    def books(self, request):
        """What was booked in a month, as a file for the brand's own books."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = request.GET.get("format", "csv")
        try:
            month, written = parse(request.GET.get("period", "")), bookkeeping.FORMATS[kind]
        except (ValueError, KeyError):
            raise Http404 from None
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        return spreadsheets.download(written(month), f"journals-{month_key(month)}.{kind}")
