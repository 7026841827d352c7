"""The questions of a version's quiz, with their answers."""

from django.contrib import admin
from django.shortcuts import redirect

from dealers.admin import PortalAdmin
from training import authoring
from training.admin.drafts import (
    NumberedInline,
    NumberingAdmin,
    draft_named,
    moved,
    new_question_url,
    version_url,
)
from training.authoring import order, quiz_file
from training.forms import QuestionForm
from training.models import Choice, Lesson, Question, QuestionKind


class ChoiceInline(NumberedInline, admin.TabularInline):
    model = Choice
    max_num = quiz_file.ANSWERS
    fields = ("place", "text", "text_en", "correct", "pair", "pair_en", "feedback", "feedback_en")
    readonly_fields = ("place",)

    def get_extra(self, request, obj=None, **kwargs):
        return 1 if obj else 4


@admin.register(Question)
class QuestionAdmin(NumberingAdmin, PortalAdmin):
    """A question with its answers on one page, which leads back to the version."""

    form = QuestionForm
    list_display = ("text", "version", "position", "kind", "use")
    list_filter = ("kind", "use", "version__course")
    list_select_related = ("version__course",)
    search_fields = ("text", "text_en")
    readonly_fields = ("version",)
    fields = (
        "version",
        ("kind", "statement"),
        "use",
        ("text", "text_en"),
        ("feedback", "feedback_en"),
        "lesson",
    )
    inlines = (ChoiceInline,)

    def get_fields(self, request, obj=None):
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        # Whether a statement is right is asked of who writes; what was published has its answers.
        return ("version", "kind", *self.fields[2:])

    def has_add_permission(self, request):
        # Questions begin at their version, which the address names.
        return draft_named(request) is not None and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        draft = obj is None or not obj.version.is_published
        return draft and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        draft = obj is not None and not obj.version.is_published
        return draft and super().has_delete_permission(request, obj)

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        version = obj.version if obj else draft_named(request)
        if "lesson" in form.base_fields:
            lessons = Lesson.objects.filter(version=version)
            form.base_fields["lesson"].queryset = lessons
            if obj is None:  # most questions are about what was written before them
                form.base_fields["lesson"].initial = lessons.order_by("position").last()
        return form

    def save_model(self, request, obj, form, change):
        if not change:
            obj.version = draft_named(request)
            obj.position = order.behind(obj.version.questions.all())
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        question, statement = form.instance, form.cleaned_data.get("statement")
        if question.kind == QuestionKind.TRUTH and statement:
            authoring.state(question, true=statement == "true")

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        order.renumber(obj.version.questions.all())

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST:
            return redirect(new_question_url(obj.version))
        return response

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        if moved(request, obj, Choice):
            return redirect("admin:training_question_change", obj.pk)
        if "_addanother" in request.POST:
            return redirect(new_question_url(obj.version))
        return response

    def response_post_save_add(self, request, obj):
        return redirect(version_url(obj.version))

    response_post_save_change = response_post_save_add
