"""Who must take a course, and how people take it: to look at, not to edit."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.admin import PortalAdmin, ReadOnlyAdmin
from training.models import Assignment, Attempt, Certificate, Enrollment, Progress


@admin.register(Assignment)
class AssignmentAdmin(PortalAdmin):
    list_display = ("course", "role", "required", "due_days", "assigned_at")
    list_filter = ("role", "required")
    list_select_related = ("course",)
    search_fields = ("course__title", "course__title_en")
    autocomplete_fields = ("course",)


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
