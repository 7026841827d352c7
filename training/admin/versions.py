"""Course versions: written as drafts, looked at as learners will see them, and published."""

from dataclasses import replace

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dealers import markdown
from dealers.actor import Actor
from dealers.admin import PortalAdmin
from dealers.admin.publishing import authors
from dealers.bounds import key
from dealers.publication import PublicationRefused
from dealers.site import takes_files
from dealers.words import sentences
from training import authoring, certification
from training.admin.drafts import NumberingAdmin, moved, new_question_url
from training.admin.parcels import ParcelsOut
from training.admin.version_parts import LessonInline, PictureInline, QuestionInline
from training.answers import Answered
from training.content import illustrations, lesson_content, package_parts
from training.forms import AnswerForm, WithdrawalForm
from training.models import Certificate, CourseVersion, Lesson, LessonKind, Question
from training.scorm import sandbox


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return (("draft", _("Draft")), ("published", _("Published")))

    def queryset(self, request, queryset):
        match self.value():
            case "draft":
                return queryset.drafts()
            case "published":
                return queryset.published()
        return queryset


@admin.register(CourseVersion)
class CourseVersionAdmin(ParcelsOut, NumberingAdmin, PortalAdmin):
    """A draft is written here, looked at as learners will see it, and published."""

    list_display = ("course", "number", "state", "published_at", "published_by", "preview_link")
    list_display_links = ("course", "number")
    list_filter = (StateFilter,)
    list_select_related = ("course", "published_by")
    search_fields = ("course__title", "course__title_en", "course__slug")
    readonly_fields = (
        *("course", "number", "published_at", "published_by", "missing", "in_english", "written"),
    )
    fields = (
        ("course", "number"),
        ("pass_percent", "attempts", "retry_minutes"),
        ("draw", "shuffle", "time_limit"),
        "written",
        ("published_at", "published_by"),
        "missing",
        "in_english",
    )
    inlines = (LessonInline, PictureInline, QuestionInline)
    change_form_template = "admin/training/courseversion/change_form.html"

    @takes_files
    def change_view(self, request, object_id, form_url="", extra_context=None):
        # A published version may not be changed, but whoever writes courses goes on from it.
        context = {"may_write": super().has_change_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def has_add_permission(self, request):
        return False  # versions begin at their course

    def has_change_permission(self, request, obj=None):
        draft = obj is None or not obj.is_published
        return draft and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        draft = obj is not None and not obj.is_published
        return draft and super().has_delete_permission(request, obj)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("course", "published_by", "withdrawal")

    @admin.display(description=gettext_lazy("state"))
    def state(self, version):
        if version.is_withdrawn:
            return _("Withdrawn")
        return _("Published") if version.is_published else _("Draft")

    @admin.display(description=gettext_lazy("written"))
    def written(self, version):
        return authors(version) or "–"

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, version):
        return format_html('<a href="{}">{}</a>', _preview_url(version), _("Preview"))

    @admin.display(description=gettext_lazy("before publishing"))
    def missing(self, version):
        if version.is_withdrawn:
            return _("Withdrawn: %(reason)s") % {"reason": version.withdrawal.reason}
        if version.is_published:
            return _("Published. Changes need a new version.")
        return sentences(*authoring.problems(version)) or _("Ready to publish.")

    @admin.display(description=gettext_lazy("missing in English"))
    def in_english(self, version):
        return sentences(*authoring.warnings(version)) or _("Nothing.")

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        if "_question" in request.POST:
            return redirect(new_question_url(obj))
        if place := moved(request, obj, Lesson, Question):
            return redirect(reverse("admin:training_courseversion_change", args=[obj.pk]) + place)
        return response

    def get_urls(self):
        def view(function):
            return self.admin_site.admin_view(function)

        return [
            path(
                "<int:pk>/preview/",
                view(self.preview),
                name="training_courseversion_preview",
            ),
            path(
                "<int:pk>/publish/",
                view(self.publish),
                name="training_courseversion_publish",
            ),
            path(
                "<int:pk>/withdraw/",
                view(self.withdraw),
                name="training_courseversion_withdraw",
            ),
            path(
                "<int:pk>/markdown/",
                view(self.markdown),
                name="training_courseversion_markdown",
            ),
            path("<int:pk>/next/", view(self.next), name="training_courseversion_next"),
            *super().get_urls(),
        ]

    def _version(self, request, pk, *, change=False):
        version = get_object_or_404(self.get_queryset(request), pk=pk)
        # A published version may not be changed, but whoever writes courses may begin the next.
        allowed = (
            super().has_change_permission(request)
            if change
            else self.has_view_permission(request, version)
        )
        if not allowed:
            raise PermissionDenied
        return version

    def preview(self, request, pk):
        """The version as learners see it; nothing is recorded."""
        version = self._version(request, pk)
        lessons = list(version.lessons.order_by("position"))
        items = [
            Answered(number, question, list(question.choices.all()), [])
            for number, question in enumerate(
                version.questions.order_by("position").prefetch_related("choices"), start=1
            )
        ]
        base = _preview_url(version)
        context = {
            "version": version,
            "course": version.course,
            "lessons": lessons,
            "items": items,
            "base": base,
            "back": reverse("admin:training_courseversion_change", args=[version.pk]),
            "is_popup": False,
        }
        if "question" in request.GET:
            item = _at(items, request.GET["question"])
            context |= {"item": item, "form": AnswerForm(item=item)}
        elif lessons:
            shown = _at(lessons, request.GET.get("lesson", "1"))
            context |= lesson_content(shown)
            if shown.kind == LessonKind.SCORM:
                tried = sandbox.trial(request, shown, request.user, at=timezone.now())
                context["package"] = replace(
                    context["package"], trial=tried, parts=package_parts(shown)
                )
        return sandbox.let_play(request, render(request, "training/preview.html", context))

    def markdown(self, request, pk):
        """A text as learners will see it, while it is being written; nothing is kept."""
        version = self._version(request, pk)
        if request.method != "POST":
            raise Http404
        written = request.POST.get("text", "")
        sections = markdown.sections(written, illustrations(version.pk))
        return render(request, "admin/training/sections.html", {"sections": sections})

    def publish(self, request, pk):
        """Says what is missing, or asks once more and publishes."""
        version = self._version(request, pk, change=True)
        change = reverse("admin:training_courseversion_change", args=[pk])
        if request.method == "POST":
            try:
                authoring.publish(version, by=Actor.hq(request.user), at=timezone.now())
            except PublicationRefused as refused:
                for sentence in refused.sentences:
                    self.message_user(request, sentence, messages.ERROR)
            else:
                self.log_change(request, version, [{"changed": {"fields": ["published_at"]}}])
                self.message_user(
                    request, _("%(version)s is published.") % {"version": version}, messages.SUCCESS
                )
            return redirect(change)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "version": version,
            "title": _("Publish %(version)s") % {"version": version},
            "problems": authoring.problems(version),
            "warnings": authoring.warnings(version),
            "change": change,
        }
        return render(request, "admin/training/courseversion/publish.html", context)

    def withdraw(self, request, pk):
        """Asks for the reason, says what follows, and withdraws a published version."""
        version = self._version(request, pk, change=True)
        if not version.is_published or version.is_withdrawn:
            raise Http404
        change = reverse("admin:training_courseversion_change", args=[pk])
        form = WithdrawalForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                told = certification.withdraw(
                    version,
                    reason=form.cleaned_data["reason"],
                    by=Actor.hq(request.user),
                    at=timezone.now(),
                )
            except certification.CertificateRefused as refused:
                self.message_user(request, str(refused), messages.WARNING)
                return redirect(change)
            self.log_change(request, version, [{"changed": {"fields": ["withdrawal"]}}])
            self.message_user(
                request,
                ngettext("Withdrawn; %d person is told.", "Withdrawn; %d people are told.", told)
                % told,
                messages.SUCCESS,
            )
            return redirect(change)
        valid = Certificate.objects.valid(timezone.now()).filter(enrollment__version=version)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "version": version,
            "title": _("Withdraw %(version)s") % {"version": version},
            "form": form,
            "certificates": valid.count(),
            "running": version.enrollments.filter(passed_at__isnull=True).count(),
            "others": version.course.versions.in_force().exclude(pk=version.pk).exists(),
            "change": change,
        }
        status = 422 if form.errors else 200
        page = "admin/training/courseversion/withdraw.html"
        return render(request, page, context, status=status)

    def next(self, request, pk):
        """Begin the next version of the course with this one's content."""
        version = self._version(request, pk, change=True)
        if request.method != "POST":
            raise Http404
        try:
            draft = authoring.new_version(version.course, by=request.actor, at=timezone.now())
        except authoring.NewVersionRefused as refused:
            self.message_user(request, str(refused), messages.WARNING)
            return redirect("admin:training_courseversion_change", pk)
        self.log_addition(request, draft, [{"added": {}}])
        return redirect("admin:training_courseversion_change", draft.pk)


def _preview_url(version):
    return reverse("admin:training_courseversion_preview", args=[version.pk])


def _at(rows, position):
    place = key(position)
    if not 1 <= place <= len(rows):
        raise Http404
    return rows[place - 1]
