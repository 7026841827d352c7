"""Disputes as headquarters looks at them and decides."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import exhibits
from dealers.actor import Actor
from dealers.admin import ReadOnlyAdmin, ReadOnlyInline
from dealers.signin import second_factor
from dealers.words import NONE, exact_money
from incentives.admin.books import rate_of
from incentives.disputes import deciding, reading, timeline
from incentives.disputes.deadlines import DisputeRefused
from incentives.disputes.telling import MAY_DECIDE
from incentives.earnings.results import share_of
from incentives.forms.rulings import RulingForm
from incentives.models import Dispute, DisputeEvent, DisputeRuling


def _returns(line):
    """What came back of the sale that a line is about."""
    return line.order.returns.order_by("ordered_at", "pk") if line.order_id else ()


class WaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("stage")
    parameter_name = "stage"

    def lookups(self, request, model_admin):
        return [("waiting", _("Wait for a decision")), ("late", _("Late"))]

    def queryset(self, request, queryset):
        now = timezone.now()
        match self.value():
            case "waiting":
                return queryset.open_at(now)
            case "late":
                late = [
                    each.pk
                    for each in queryset.open_at(now)
                    if timeline.Course.of(each, now).stage(now) == timeline.Stage.ESCALATED
                ]
                return queryset.filter(pk__in=late)
        return queryset


class EventInline(ReadOnlyInline):
    model = DisputeEvent
    fields = ("step", "instance", "at", "decide_by", "by")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")


class RulingInline(ReadOnlyInline):
    model = DisputeRuling
    fields = ("number", "instance", "outcome", "adjustment", "reason", "by", "at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by", "adjustment")


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("code", "dealer", "kind", "stage", "opened_at", "due")
    list_filter = (WaitingFilter, "kind")
    list_select_related = ("dealer", "statement")
    search_fields = ("code", "dealer__code", "dealer__name")
    search_exactly = True
    search_help_text = gettext_lazy(
        "Number or code of a dealer written in full, or a part of its name."
    )
    ordering = ("-opened_at", "-id")
    sortable_by = ()
    inlines = (EventInline, RulingInline)
    fields = (
        "code", "dealer", "statement", "line", "kind", "comes_to", "should_be", "stage",
        "opened_at", "by", "acknowledge_by", "due", "decision",
    )  # fmt: skip
    readonly_fields = ("comes_to", "should_be", "stage", "due", "decision")

    def get_fields(self, request, obj=None):
        return self.fields if request.user.has_perm(MAY_DECIDE) else self.fields[:-1]

    def get_queryset(self, request):
        return super().get_queryset(request).with_moments()

    def _course(self, dispute):
        now = timezone.now()
        return timeline.Course.of(dispute, now), now

    @admin.display(description=gettext_lazy("stage"))
    def stage(self, dispute):
        course, now = self._course(dispute)
        return course.stage(now).label

    @admin.display(description=gettext_lazy("decision until"))
    def due(self, dispute):
        due = timezone.localtime(self._course(dispute)[0].due_at)
        return date_format(due, "SHORT_DATETIME_FORMAT")

    def _money(self, dispute, amount):
        return NONE if amount is None else exact_money(amount, dispute.statement.currency)

    @admin.display(description=gettext_lazy("comes to"))
    def comes_to(self, dispute):
        return self._money(dispute, dispute.line.amount)

    @admin.display(description=gettext_lazy("should be"))
    def should_be(self, dispute):
        return self._money(dispute, dispute.expected)

    @admin.display(description=gettext_lazy("decision"))
    def decision(self, dispute):
        address = reverse("admin:incentives_dispute_decide", args=[dispute.pk])
        return format_html('<a href="{}">{}</a>', address, _("Read what was shown, and decide"))

    def get_urls(self):
        return [
            path(
                "<uuid:pk>/decide/",
                self.admin_site.admin_view(self.decide),
                name="incentives_dispute_decide",
            ),
            path(
                "<uuid:pk>/files/<int:number>/",
                self.admin_site.admin_view(self.file),
                name="incentives_dispute_file",
            ),
            *super().get_urls(),
        ]

    def _found(self, request, pk):
        if not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(
            "dealer", "statement", "line__result__component__version__plan", "by"
        )
        return get_object_or_404(rows, pk=pk)

    def decide(self, request, pk):
        """What the dealer said and showed, how the line comes about, and the decision."""
        found = self._found(request, pk)
        now, by = timezone.now(), Actor.hq(request.user)
        form = RulingForm(
            request.POST if "outcome" in request.POST or "decide" in request.POST else None
        )
        if request.method == "POST":
            try:
                if "begin" in request.POST:
                    deciding.acknowledge(found, by=by, at=now)
                    self.message_user(request, _("The dealer is told that you check it."))
                    return redirect(request.path)
                if form.is_valid():
                    if form.decision.amount and not second_factor.is_fresh(request):
                        return second_factor.ask_again(request)
                    ruling = deciding.decide(found, form.decision, by=by, at=now)
                    self.message_user(request, self._said(ruling))
                    return redirect("admin:incentives_dispute_change", pk)
            except DisputeRefused as refused:
                form = form if form.is_bound else RulingForm({})
                form.add_error(None, str(refused))
        standing = timeline.standing(found, now)
        currency = found.statement.currency
        return TemplateResponse(
            request,
            "admin/incentives/dispute/decide.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Dispute %(code)s") % {"code": found.code},
                "opts": self.opts,
                "dispute": found,
                "standing": standing,
                "currency": currency,
                "given": deciding.given(found),
                "whole": deciding.whole(found),
                "returns": _returns(found.line),
                "rate": rate_of(found.line),
                "why": share_of(found.line.result).explain(currency),
                "shown": reading.shown(found, by=by, at=now),
                "form": form if standing.stage.holds else None,
                "begins": standing.course.may_acknowledge,
                "waiting": found.rulings.waiting().select_related("adjustment").first(),
            },
        )

    def _said(self, ruling):
        if ruling.adjustment is not None and ruling.adjustment.needs_two:
            return _("Decided. The amount waits for a second person, and the dealer with it.")
        return _("Decided, and the dealer is told.")

    def file(self, request, pk, number):
        """A file that the dealer has shown."""
        found = reading.file(
            self._found(request, pk), number, by=Actor.hq(request.user), at=timezone.now()
        )
        if found is None:
            raise Http404
        return exhibits.sent(*found)
