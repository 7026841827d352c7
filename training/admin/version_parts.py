"""What a course version is made of, as its page shows it: lessons, pictures and questions."""

from django import forms
from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from training import practice_tasks
from training.admin.drafts import DraftOnlyInline, NumberedInline
from training.answers import ARRANGED, Answered
from training.forms import LessonForm
from training.models import Lesson, Picture, Question


def _markdown_help():
    return render_to_string("admin/training/markdown.html")


def _package_help():
    return render_to_string("admin/training/package.html")


class LessonInline(NumberedInline, admin.StackedInline):
    model = Lesson
    extra = 0
    form = LessonForm
    readonly_fields = ("place",)
    fieldsets = (
        (None, {"fields": (("place", "kind", "minutes"), ("title", "title_en"))}),
        (
            gettext_lazy("Text"),
            {"fields": (("body", "body_en"),), "description": lazy(_markdown_help, str)()},
        ),
        (
            gettext_lazy("Video and file"),
            {
                "fields": ("video", "captions", "captions_en", "file"),
                "classes": ("collapse",),
                "description": gettext_lazy(
                    "A video needs captions (.vtt): shops are loud, and not everybody hears."
                ),
            },
        ),
        (
            gettext_lazy("SCORM package"),
            {
                "fields": ("package",),
                "classes": ("collapse",),
                "description": lazy(_package_help, str)(),
            },
        ),
        (
            gettext_lazy("Practice task and checklist"),
            {"fields": (("task", "target"), ("checks", "checks_en")), "classes": ("collapse",)},
        ),
    )

    def kept_at(self, row, column):
        # A package is played, in the preview; nobody is handed its ZIP file.
        return "" if column == "package" else reverse("training:file", args=[row.pk, column])

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "task":
            tasks = [(code, task.name) for code, task in practice_tasks.known().items()]
            return forms.ChoiceField(
                label=db_field.verbose_name,
                choices=[("", "–"), *tasks],
                required=False,
                help_text=db_field.help_text,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class PictureInline(DraftOnlyInline, admin.TabularInline):
    model = Picture
    extra = 0

    def kept_at(self, row, column):
        return reverse("training:picture", args=[row.pk, row.name])


class QuestionInline(NumberedInline, admin.TabularInline):
    """The questions as they are; each is written on a page of its own that leads back here."""

    model = Question
    extra = 0
    fields = readonly_fields = ("place", "question", "kind", "use", "answers")
    verbose_name_plural = gettext_lazy("quiz questions")

    def has_add_permission(self, request, obj=None):
        return False  # by the button of the version, which saves the page first

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("choices")

    @admin.display(description=gettext_lazy("question"))
    def question(self, question):
        page = reverse("admin:training_question_change", args=[question.pk])
        return format_html('<a href="{}">{}</a>', page, question.local_text)

    @admin.display(description=gettext_lazy("answers"))
    def answers(self, question):
        if question.kind in ARRANGED:
            return " · ".join(Answered(1, question, list(question.choices.all()), []).told)
        return " · ".join(
            f"{'✓ ' if choice.correct else ''}{choice.local_text}"
            for choice in question.choices.all()
        )
