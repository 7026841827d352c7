"""The questions of a version's quiz, with their answers."""

from django.contrib import admin

from dealers.admin import PortalAdmin
from training.admin.drafts import DraftOnlyInline
from training.forms import QuestionForm
from training.models import Choice, Lesson, Question


class ChoiceInline(DraftOnlyInline, admin.TabularInline):
    model = Choice
    extra = 0


@admin.register(Question)
class QuestionAdmin(PortalAdmin):
    form = QuestionForm
    list_display = ("text", "version", "position", "kind")
    list_filter = ("kind", "version__course")
    list_select_related = ("version__course",)
    search_fields = ("text", "text_en")
    readonly_fields = ("version",)
    fields = (
        "version",
        ("position", "kind"),
        ("text", "text_en"),
        ("feedback", "feedback_en"),
        "lesson",
    )
    inlines = (ChoiceInline,)

    def has_add_permission(self, request):
        return False  # questions begin at their version

    def has_change_permission(self, request, obj=None):
        draft = obj is None or not obj.version.is_published
        return draft and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        draft = obj is not None and not obj.version.is_published
        return draft and super().has_delete_permission(request, obj)

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if obj and "lesson" in form.base_fields:
            form.base_fields["lesson"].queryset = Lesson.objects.filter(version=obj.version)
        return form
