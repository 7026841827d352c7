"""Who must take a course, and how people take it: to look at, not to edit."""

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.admin import PortalAdmin, ReadOnlyAdmin, WithPickers
from dealers.words import listed
from training import quiz
from training.forms import AssignmentForm, OnceFormSet
from training.models import (
    Assignment,
    Attempt,
    Certificate,
    Enrollment,
    Irregularity,
    PackageAttempt,
    Progress,
    Track,
)


@admin.register(Assignment)
class AssignmentAdmin(PortalAdmin):
    form = AssignmentForm
    list_display = ("course", "role", "region", "store", "required", "due_days", "assigned_at")
    list_filter = ("role", "required", "track")
    list_select_related = ("course", "region", "store")
    search_fields = ("course__title", "course__title_en")
    autocomplete_fields = ("course", "region", "store")
    fields = (
        "course",
        "role",
        ("region", "store"),
        ("joined_from", "joined_until"),
        ("required", "due_days"),
        "assigned_at",
    )

    def _may(self, assignment):
        return assignment is None or assignment.track_id is None

    def has_change_permission(self, request, obj=None):
        # A step of a track is written there.
        return self._may(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(obj) and super().has_delete_permission(request, obj)


class StepForm(forms.ModelForm):
    """A step of a track; its place is a number that the author sets."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = True


class StepInline(WithPickers, admin.TabularInline):
    model = Assignment
    form = StepForm
    formset = OnceFormSet
    fk_name = "track"
    extra = 3
    ordering = ("position",)
    fields = ("position", "course", "required", "due_days", "assigned_at")
    autocomplete_fields = ("course",)
    verbose_name = gettext_lazy("step")
    verbose_name_plural = gettext_lazy("steps, in their order")


@admin.register(Track)
class TrackAdmin(PortalAdmin):
    """The way of a role: its courses, each open once the required ones before it are passed."""

    list_display = ("title", "title_en", "role", "onboarding", "courses")
    list_filter = ("role",)
    search_fields = ("title", "title_en")
    fields = (("title", "title_en"), ("role", "onboarding"))
    inlines = (StepInline,)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(step_count=Count("steps"))

    def get_readonly_fields(self, request, obj=None):
        return ("role",) if obj else ()

    def save_formset(self, request, form, formset, change):
        if formset.model is Assignment:
            for each in formset.forms:
                each.instance.role = form.instance.role
        super().save_formset(request, form, formset, change)

    @admin.display(description=gettext_lazy("courses"))
    def courses(self, track):
        return track.step_count


class ProgressInline(admin.TabularInline):
    model = Progress
    extra = 0
    can_delete = False
    fields = readonly_fields = ("lesson", "opened_at", "done_at", "seconds")

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("lesson", "enrollment__user")


class PassedFilter(admin.SimpleListFilter):
    title = gettext_lazy("passed")
    parameter_name = "passed"

    def lookups(self, request, model_admin):
        return (("yes", _("Yes")), ("no", _("No")))

    def queryset(self, request, queryset):
        match self.value():
            case "yes":
                return queryset.filter(passed_at__isnull=False)
            case "no":
                return queryset.filter(passed_at__isnull=True)
        return queryset


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnlyAdmin):
    list_display = ("user", "version", "started_at", "passed_at")
    list_filter = (PassedFilter, "version__course")
    list_select_related = ("user", "version__course")
    search_fields = ("user__email", "user__phone", "user__name")
    search_exactly = True
    ordering = ("-pk",)
    inlines = (ProgressInline,)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("enrollment", "number", "started_at", "submitted_at", "correct", "passed")
    list_filter = ("passed", "enrollment__version__course")
    list_select_related = ("enrollment__user", "enrollment__version__course")
    search_fields = ("enrollment__user__email", "enrollment__user__phone", "enrollment__user__name")
    search_exactly = True
    ordering = ("-pk",)
    fields = (
        "enrollment", "number", "started_at", "submitted_at", "answered", "correct", "questions",
        "passed",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("answers"))
    def answered(self, attempt):
        """Each question in the order in which it was asked, with what was chosen."""
        return format_html_join(
            "", "<div>{}. {}<br>{} {}</div>",
            (
                (
                    each.number, each.question.local_text,
                    _("Right:") if each.right else _("Wrong:"),
                    listed(each.said) or _("no answer"),
                )
                for each in quiz.questions(attempt)
            ),
        ) or "–"  # fmt: skip


@admin.register(PackageAttempt)
class PackageAttemptAdmin(ReadOnlyAdmin):
    """What packages reported of whom: their word, which anybody's script can give as well."""

    list_display = (
        "enrollment", "lesson", "part", "number", "begun_at", "claim", "score", "reported_at",
        "completed_at",
    )  # fmt: skip
    list_filter = ("claim", "enrollment__version__course")
    list_select_related = ("enrollment__user", "enrollment__version__course", "lesson")
    search_fields = ("enrollment__user__email", "enrollment__user__phone", "enrollment__user__name")
    search_exactly = True
    ordering = ("-pk",)
    fields = (
        "enrollment", "lesson", "part", "number", "begun_at", "opening", "claim", "score",
        "seconds", "reported_at", "completed_at", "ended_at",
    )  # fmt: skip


@admin.register(Irregularity)
class IrregularityAdmin(ReadOnlyAdmin):
    """What was refused to whom: many of one kind are worth a question."""

    list_display = ("enrollment", "kind", "count", "first_at", "last_at")
    list_filter = ("kind", "enrollment__version__course")
    list_select_related = ("enrollment__user", "enrollment__version__course")
    search_fields = ("enrollment__user__email", "enrollment__user__phone", "enrollment__user__name")
    search_exactly = True


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("code", "holder", "course", "issued_at", "valid_until")
    list_filter = ("enrollment__version__course",)
    list_select_related = ("enrollment__version__course",)
    search_fields = ("code", "enrollment__user__email", "enrollment__user__name")
    search_exactly = True

    @admin.display(description=gettext_lazy("course"))
    def course(self, certificate):
        return certificate.enrollment.version.course
