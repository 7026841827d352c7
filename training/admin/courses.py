"""Courses, with their versions and who must take them."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pypinyin import lazy_pinyin

from dealers.admin import PortalAdmin, WithPickers
from training import authoring, effect
from training.admin.parcels import ParcelsIn
from training.forms import OnceFormSet
from training.models import Assignment, Course, CourseVersion


class AssignmentInline(WithPickers, admin.TabularInline):
    model = Assignment
    formset = OnceFormSet
    extra = 0
    fields = (
        *("role", "region", "store", "joined_from", "joined_until"),
        *("required", "due_days", "assigned_at"),
    )
    autocomplete_fields = ("region", "store")

    def get_queryset(self, request):
        # Steps of a track are written there.
        return super().get_queryset(request).filter(track__isnull=True)


class VersionInline(admin.TabularInline):
    model = CourseVersion
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ("number", "published_at", "published_by", "pass_percent")

    def has_add_permission(self, request, obj):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("course", "published_by")


class CourseForm(forms.ModelForm):
    """A course; its address is made of its name where none is given."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if address := self.fields.get("slug"):
            address.required = False
            address.help_text = _("Empty: made of the name.")

    def clean_first(self):
        """Courses to pass first wait for none themselves: longer ways are tracks."""
        first = self.cleaned_data["first"]
        for course in first:
            if course == self.instance or course.first.exists():
                raise forms.ValidationError(
                    _("“%(course)s” waits for another course itself. Write a track instead.")
                    % {"course": course}
                )
        if first and self.instance.pk and self.instance.then.exists():
            raise forms.ValidationError(
                _("Another course waits for this one. Write a track instead.")
            )
        return first

    def clean(self):
        cleaned = super().clean()
        if "slug" in self.fields and cleaned.get("slug") == "":
            name = cleaned.get("title_en") or " ".join(lazy_pinyin(cleaned.get("title", "")))
            cleaned["slug"] = slugify(name)[:50].strip("-") or "course"
        return cleaned


@admin.register(Course)
class CourseAdmin(ParcelsIn, PortalAdmin):
    form = CourseForm
    list_display = ("title", "title_en", "slug", "published_number", "has_draft")
    search_fields = ("title", "title_en", "slug")
    autocomplete_fields = ("first",)
    change_form_template = "admin/training/course/change_form.html"
    inlines = (AssignmentInline, VersionInline)
    actions = ("begin_version",)

    def get_queryset(self, request):
        versions = CourseVersion.objects.filter(course=OuterRef("pk"))
        newest = versions.published().order_by("-number").values("number")[:1]
        return (
            super()
            .get_queryset(request)
            .annotate(published_number=Subquery(newest), has_draft=Exists(versions.drafts()))
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "figure":
            known = [(code, figure.name) for code, figure in effect.figures().items()]
            return forms.ChoiceField(
                label=db_field.verbose_name,
                choices=[("", "–"), *known],
                required=False,
                help_text=db_field.help_text,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self):
        page = self.admin_site.admin_view(self.effect)
        return [
            path("<int:pk>/effect/", page, name="training_course_effect"),
            *super().get_urls(),
        ]

    def effect(self, request, pk):
        """Whether the course works: who passed it, what is hard in it, what changed in stores."""
        course = get_object_or_404(Course, pk=pk)
        if not self.has_view_permission(request, course):
            raise PermissionDenied
        found = effect.of_course(course, at=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            **(effect.in_points(found) if found else {}),
            "opts": self.opts,
            "course": course,
            "title": _("Does it work?"),
            "completion": effect.completion(course),
            "hardest": effect.hardest(course),
            "figure": effect.figures().get(course.figure),
            "effect": found,
            "rules": effect,
        }
        return render(request, "admin/training/course/effect.html", context)

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("title_en",)}

    def get_readonly_fields(self, request, obj=None):
        # Links to the course and its certificates name the address.
        return ("slug",) if obj else ()

    def get_inlines(self, request, obj):
        return self.inlines if obj else (AssignmentInline,)

    def has_delete_permission(self, request, obj=None):
        published = obj is not None and obj.versions.published().exists()
        return not published and super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            authoring.new_version(obj, by=request.actor, at=timezone.now())

    def response_add(self, request, obj, post_url_continue=None):
        """To the draft of its first version: its lessons are what comes next."""
        response = super().response_add(request, obj, post_url_continue)
        if {"_addanother", "_popup"} & set(request.POST):
            return response
        draft = obj.versions.drafts().get()
        return redirect("admin:training_courseversion_change", draft.pk)

    @admin.display(description=gettext_lazy("published version"), empty_value="–")
    def published_number(self, course):
        return course.published_number

    @admin.display(description=gettext_lazy("draft open"), boolean=True)
    def has_draft(self, course):
        return course.has_draft

    @admin.action(description=gettext_lazy("Begin a new version"), permissions=["change"])
    def begin_version(self, request, queryset):
        begin = partial(authoring.new_version, by=request.actor, at=timezone.now())
        self.act_on_each(
            request, queryset, begin, refused=authoring.NewVersionRefused,
            log=gettext_noop("Began a new version."), done=_("%s: a draft is begun."),
        )  # fmt: skip
