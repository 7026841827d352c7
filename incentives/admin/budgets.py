"""Budgets of plans: what was spent of them, where that leads, and their alarms."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Value
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import months, outbox, spreadsheets
from dealers.admin import MadeByFormAdmin, ReadOnlyInline
from dealers.signin import second_factor
from dealers.words import NONE, exact_money, percent
from incentives.budgets import reading, setting
from incentives.forms.budgets import BudgetForm
from incentives.models import BudgetAlarm, PlanBudget, Program


def _money(budget, amount) -> str:
    return NONE if amount is None else exact_money(amount, budget.currency)


class InForceFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("force", _("In force")), ("withdrawn", _("Withdrawn"))]

    def queryset(self, request, queryset):
        if self.value() in {"force", "withdrawn"}:
            return queryset.filter(withdrawn_at__isnull=self.value() == "force")
        return queryset


class AlarmInline(ReadOnlyInline):
    model = BudgetAlarm
    fields = ("percent", "spent", "at")


@admin.register(PlanBudget)
class PlanBudgetAdmin(MadeByFormAdmin):
    form = BudgetForm
    list_display = ("name", "months", "money", "booked", "estimated", "used", "forecast", "state")
    list_filter = (InForceFilter,)
    search_fields = ("plan__code",)
    search_exactly = True
    search_help_text = gettext_lazy("The code of a plan, written in full.")
    ordering = ("-starts_on", "-id")
    sortable_by = ()
    inlines = (AlarmInline,)
    asked = ("plan", "first", "last", "amount")
    shown = ("plan", "months", "money", "state", "set_by", "set_at", "withdrawn_by",
             "withdrawn_at")  # fmt: skip
    change_list_template = "admin/incentives/planbudget/change_list.html"
    change_form_template = "admin/incentives/planbudget/change_form.html"

    def get_queryset(self, request):
        currency = Value(Program.current().currency)
        found = super().get_queryset(request).annotate(currency=currency)
        return found.select_related("plan", "standing")

    @admin.display(description=gettext_lazy("plan"))
    def name(self, budget):
        return budget.plan.local_name

    @admin.display(description=gettext_lazy("months"))
    def months(self, budget):
        last = reading.of(budget).last
        return f"{months.key(budget.starts_on)} – {months.key(last)}"

    @admin.display(description=gettext_lazy("budget"))
    def money(self, budget):
        return _money(budget, budget.amount)

    @admin.display(description=gettext_lazy("booked"))
    def booked(self, budget):
        standing = reading.of(budget).standing
        return _money(budget, standing and standing.booked)

    @admin.display(description=gettext_lazy("estimated"))
    def estimated(self, budget):
        standing = reading.of(budget).standing
        return _money(budget, standing and standing.estimated)

    @admin.display(description=gettext_lazy("used"))
    def used(self, budget):
        return percent(reading.of(budget).used, 1)

    @admin.display(description=gettext_lazy("forecast"))
    def forecast(self, budget):
        standing = reading.of(budget).standing
        return _money(budget, standing and standing.forecast)

    @admin.display(description=gettext_lazy("state"))
    def state(self, budget):
        found = reading.of(budget)
        return format_html('<span class="pill {}">{}</span>', found.level, found.state)

    def may(self, request, verb: str) -> bool:
        return request.actor.at_hq and request.user.has_perm(f"incentives.{verb}_planbudget")

    def changelist_view(self, request, extra_context=None):
        context = {"may_count": self.may(request, "change")}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        budget = self.get_object(request, object_id)
        context = {"may_withdraw": self.may(request, "change"), "budget": budget}
        if budget is not None:
            context |= {
                "reading": reading.of(budget),
                "standing": reading.of(budget).standing,
                "currency": budget.currency,
            }
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def get_urls(self):
        def at(route, view, name):
            return path(
                route, self.admin_site.admin_view(view), name=f"incentives_planbudget_{name}"
            )

        return [
            at("count/", self.count, "count"),
            at("budgets.csv", self.file, "file"),
            at("<int:pk>/withdraw/", self.withdraw, "withdraw"),
            *super().get_urls(),
        ]

    def count(self, request):
        """Ask, then have the worker count all of them now."""
        if not self.may(request, "change"):
            raise PermissionDenied
        if request.method == "POST":
            outbox.add(setting.COUNT, at=timezone.now())
            self.message_user(
                request,
                _("The worker counts now. The new figures are on this page when it is done."),
                messages.SUCCESS,
            )
            return redirect("admin:incentives_planbudget_changelist")
        question = _(
            "All budgets are counted every night. Counting now takes as long as estimating the"
            " open month of all dealers."
        )
        return self.asking(request, _("Count now"), question)

    def file(self, request):
        """All budgets as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        rows = reading.table(self.get_queryset(request).order_by("-starts_on", "-id"))
        return spreadsheets.download(spreadsheets.as_csv(rows), "budgets.csv")

    def withdraw(self, request, pk):
        """Ask, then say that it holds no more."""
        if not self.may(request, "change"):
            raise PermissionDenied
        budget = get_object_or_404(self.get_queryset(request), pk=pk, withdrawn_at=None)
        if request.method == "POST":
            setting.withdraw(budget, by=request.actor, at=timezone.now())
            self.log_change(request, budget, gettext_noop("Withdrew the budget."))
            return redirect("admin:incentives_planbudget_change", pk)
        question = _(
            "Nobody is told of this budget any more. It stays to be seen, and another one can be"
            " set for these months."
        )
        return self.asking(request, _("Withdraw the budget"), question, objects=[budget])
