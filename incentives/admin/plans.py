"""The program, and plans from draft to publication."""

from datetime import date, timedelta
from functools import cached_property

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext_lazy, gettext_noop, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import SoldBy
from dealers.admin import (
    NeverDeletedAdmin,
    PublishingAdmin,
    Reading,
    ReadOnlyInline,
)
from dealers.admin.publishing import WHO_AND_WHEN, Step, approval, taken
from dealers.months import next_month
from dealers.publication import changes
from dealers.words import exact_percent, plain, sentences
from incentives.admin.comparing import ComparePage
from incentives.admin.solving import SolvePage
from incentives.admin.whatif import WHATIF, WhatIfPages, standing
from incentives.forms.plans import ComponentForm, ComponentFormSet, PlanVersionForm
from incentives.models import SHARES, Component, Gate, Plan, PlanVersion, Program, RateRow, Run
from incentives.plans import simulations, versions
from incentives.plans.cautions import cautions
from incentives.plans.reading import ordered, parts_of, sentence_of

PUBLISHED_FIELDS = (*WHO_AND_WHEN, "simulated")


@admin.register(Program)
class ProgramAdmin(NeverDeletedAdmin):
    list_display = ("currency", "adjustment_limit")

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Program.objects.exists()

    def has_change_permission(self, request, obj=None):
        # The books are kept in it from the first closed month on.
        return super().has_change_permission(request, obj) and not Run.objects.exists()


class VersionInline(ReadOnlyInline):
    model = PlanVersion
    fields = ("number", "starts_on", "ends_on", "published_at", "published_by")
    readonly_fields = ("published_at", "published_by")
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("published_by", "plan")


@admin.register(Plan)
class PlanAdmin(NeverDeletedAdmin):
    list_display = ("code", "local_name", "direction", "in_force", "draft")
    list_filter = ("direction",)
    search_fields = ("code", "name", "name_en")
    inlines = (VersionInline,)
    change_form_template = "admin/incentives/plan/change_form.html"

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("versions", PlanVersion.objects.order_by("-number")))
        )

    def get_fields(self, request, obj=None):
        return ("code", "direction", "name", "name_en", "text", "text_en", "budget")

    def get_readonly_fields(self, request, obj=None):
        # What was booked for the plan was booked in this direction.
        return (
            ("code", "direction") if obj and any(v.published_at for v in obj.versions.all()) else ()
        )

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def response_add(self, request, obj, post_url_continue=None):
        """To its first version: a plan without terms pays nothing."""
        response = super().response_add(request, obj, post_url_continue)
        writes = request.user.has_perm("incentives.add_planversion")
        if not writes or {"_addanother", "_continue", "_popup"} & set(request.POST):
            return response
        return redirect(f"{reverse('admin:incentives_planversion_add')}?plan={obj.pk}")

    @admin.display(description=gettext_lazy("plan"))
    def local_name(self, plan):
        return plan.local_name

    @admin.display(description=gettext_lazy("in force"))
    def in_force(self, plan):
        today = timezone.localdate()
        for version in plan.versions.all():
            runs = version.starts_on <= today and (not version.ends_on or today < version.ends_on)
            if version.published_at and runs:
                return _("v%(number)d since %(day)s") % {
                    "number": version.number,
                    "day": version.starts_on.isoformat(),
                }
        return "-"

    @admin.display(description=gettext_lazy("draft"))
    def draft(self, plan):
        drafts = [version for version in plan.versions.all() if not version.published_at]
        return f"v{drafts[0].number}" if drafts else "-"

    def get_urls(self):
        return [
            path(
                "<int:object_id>/new-version/",
                self.admin_site.admin_view(self.new_version),
                name="incentives_plan_new_version",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def new_version(self, request, object_id):
        """A draft with the terms of the newest version; the open draft, if there is one."""
        if not request.user.has_perm("incentives.add_planversion"):
            raise PermissionDenied
        plan = get_object_or_404(Plan, pk=object_id)
        draft = plan.versions.drafts().order_by("-number").first()
        newest = plan.versions.order_by("-number").first()
        if draft:
            self.message_user(request, _("This plan has a draft already: here it is."))
        elif newest is None:
            address = reverse("admin:incentives_planversion_add")
            return redirect(f"{address}?plan={plan.pk}")
        else:
            draft = versions.new_version(
                newest, self.earliest(newest), by=request.actor, at=timezone.now()
            )
            self.log_change(request, plan, gettext_noop("Started a new version."))
            self.message_user(
                request,
                _("This draft has the terms of version %d. Change what shall change.")
                % newest.number,
                messages.SUCCESS,
            )
        return redirect("admin:incentives_planversion_change", draft.pk)

    def earliest(self, newest: PlanVersion) -> date:
        """The next month that is neither past, nor closed, nor before the newest version.

        As many days ahead as the version in force promised, so that there is time to publish it.
        """
        last, today = Run.objects.last_month(), timezone.localdate()
        days = [today, newest.starts_on]
        if last:
            notice = versions.notice_days(newest.plan, today)
            days += [last, today + timedelta(days=notice)]
        return next_month(max(days))


class ComponentInline(admin.StackedInline):
    model = Component
    form = ComponentForm
    formset = ComponentFormSet
    extra = 0

    def get_queryset(self, request):
        components = super().get_queryset(request).select_related("version__plan")
        return components.prefetch_related("rows")

    def get_fieldsets(self, request, obj=None):
        editable = obj is None or self.has_change_permission(request, obj)
        names = ("rates", "places", "gates"), ("rate_table", "place_names", "gate_names")
        rates, places, gates = names[0] if editable else names[1]
        fields = (
            ("code", "position"), ("name", "name_en"), ("event", "to"), places, "kind", rates,
            "rate_above_one", ("by_share", "pays_zero", "of_leads"), "period_cap", gates,
            "agreement_from", ("clawback", "clawback_days", "return_window_days"),
        )  # fmt: skip
        return [(None, {"fields": (*fields, "sentence")})]

    def get_readonly_fields(self, request, obj=None):
        return ("rate_table", "place_names", "gate_names", "sentence")

    def has_add_permission(self, request, obj):
        return not (obj and obj.published_at) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_delete_permission(request, obj)

    @cached_property
    def currency(self) -> str:
        # Inlines are made anew for each request.
        return Program.current().currency

    @admin.display(description=gettext_lazy("rates"))
    def rate_table(self, component):
        show = exact_percent if component.kind in SHARES else plain
        rows = [(plain(row.starts_at), show(row.rate)) for row in ordered(component)]
        return format_html_join(", ", "{} → {}", rows)

    @admin.display(description=gettext_lazy("places"))
    def place_names(self, component):
        return _(", ").join(str(SoldBy(place).label) for place in component.places) or _("anywhere")

    @admin.display(description=gettext_lazy("only where"))
    def gate_names(self, component):
        return _(", ").join(str(Gate(gate).label) for gate in component.gates) or "-"

    @admin.display(description=gettext_lazy("reads as"))
    def sentence(self, component):
        if component.pk is None:
            return _("Shown once it is saved.")
        sentence = in_both_languages(component, component.version.plan, self.currency)
        return format_html('<span class="readback">{}</span>', sentence)


def in_both_languages(component: Component, plan: Plan, currency: str) -> str:
    """The sentence as the reader reads it, and as those of the other language do."""
    other = "en" if (get_language() or "").startswith("zh") else "zh-hans"
    own = sentence_of(component, plan, currency)
    with override(other):
        others = sentence_of(component, plan, currency)
    return format_html('{}<br><span class="q" lang="{}">{}</span>', own, other, others)


@admin.register(PlanVersion)
class PlanVersionAdmin(WhatIfPages, SolvePage, ComparePage, PublishingAdmin):
    promises = True
    list_display = ("plan", "number", "starts_on", "ends_on", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "plan__direction")
    list_select_related = ("plan",)
    search_fields = ("plan__code", "plan__name")
    ordering = ("plan__code", "-number")
    autocomplete_fields = ("plan",)
    form = PlanVersionForm
    publish_template = "admin/incentives/planversion/publish.html"
    change_form_template = "admin/incentives/planversion/change_form.html"
    inlines = (ComponentInline,)
    checked = gettext_lazy(
        "Rates start at 0 and leave no gap; no other version applies at that time."
    )

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("plan", "starts_on", "ends_on", "notice_days")
        fields = ("plan", "number", "starts_on", "ends_on", "notice_days")
        return (*fields, *PUBLISHED_FIELDS) if obj.published_at else fields

    def get_readonly_fields(self, request, obj=None):
        return ("plan", "number", *PUBLISHED_FIELDS) if obj else ()

    @admin.display(description=gettext_lazy("what it would have changed"))
    def simulated(self, version):
        if simulations.latest(version) is None:
            return _("Not simulated: no month was closed before.")
        address = reverse(f"admin:{WHATIF}", args=[version.pk])
        return format_html('<a href="{}">{}</a>', address, _("See the simulation"))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        still = PlanVersion.objects.filter(pk=form.instance.pk, tested_at__isnull=False)
        if form.was_simulated and not still.exists():
            said = _("It was simulated before: now it is to be simulated and approved anew.")
            self.message_user(request, said, messages.WARNING)

    def save_model(self, request, obj, form, change):
        # The plan's row is the queue for its versions.
        Plan.objects.select_for_update(no_key=True).get(pk=obj.plan_id)
        if not change:
            obj.number = versions.next_number(obj.plan)
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        formset.save()
        for each in formset.forms:
            if each in formset.deleted_forms or "rates" not in each.changed_data:
                continue
            each.instance.rows.all().delete()
            RateRow.objects.bulk_create(
                RateRow(component=each.instance, starts_at=start, rate=rate)
                for start, rate in each.cleaned_data["rates"]
            )

    def problems(self, draft, at):
        return [*versions.problems(draft, at), *versions.missing(draft)]

    def problems_beside(self, draft, at):
        # Components were checked when they were saved; the page that publishes checks all.
        return versions.check_time(draft) + versions.notice(draft, at)

    def steps(self, draft, by, at):
        if not versions.relied_on():
            return []
        against = versions.problems(draft, at)
        not_yet = [] if draft.approved_at else versions.not_approvable(draft, by.user_id)
        first = [] if draft.tested_at else [_("It is not simulated yet.")]
        return [
            Step(_("Simulation"), "simulated", taken(draft, "tested"), "", first),
            approval(draft, not_yet or against),
        ]

    def take_step(self, draft, step, by, at):
        if step == "approved":
            versions.approve(draft, by=by, at=at)
        return _("It is approved.")

    def beside_steps(self, draft):
        return standing(draft) if versions.relied_on() else {}

    def warnings(self, draft):
        return cautions(draft)

    def publish_draft(self, draft, by, at):
        return versions.publish(draft, by=by, at=at)

    def reading(self, draft):
        before = versions.predecessor(draft)
        parts = parts_of(draft)
        return Reading(
            time=sentences(*_time(draft, before)),
            parts=in_two_languages(draft),
            before=_("Compared with version %(number)d, which applies from %(day)s.")
            % {"number": before.number, "day": date_format(before.starts_on, "DATE_FORMAT")}
            if before
            else "",
            changes=changes(parts_of(before), parts) if before else [],
        )


def in_two_languages(version: PlanVersion) -> list[tuple[str, str]]:
    """The name of each component, with its sentence in both languages."""
    currency = Program.current().currency
    return [
        (component.local_name, in_both_languages(component, version.plan, currency))
        for component in version.components.prefetch_related("rows")
    ]


def _time(draft: PlanVersion, before: PlanVersion | None) -> list[str]:
    """From when until when a draft would apply, and what it ends."""
    words = {"first": date_format(draft.starts_on, "DATE_FORMAT")}
    if draft.ends_on:
        words["last"] = date_format(draft.ends_on, "DATE_FORMAT")
        said = [_("Applies from %(first)s until before %(last)s.") % words]
    else:
        said = [_("Applies from %(first)s on, until a later version takes over.") % words]
    if before and before.ends_on is None:
        said.append(_("Version %(number)d ends there.") % {"number": before.number})
    return said
