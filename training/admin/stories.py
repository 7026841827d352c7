"""Stories of benchmark stores: written or looked at by headquarters, approved, taken off."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers.actor import Actor
from dealers.admin import PortalAdmin
from dealers.publication import PublicationRefused
from dealers.site import takes_files
from training import stories
from training.forms.stories import StoryForm
from training.models import Story, StoryFigure, StoryPicture
from training.models.stories import StoryState


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return StoryState.choices

    def queryset(self, request, queryset):
        state = self.value()
        return queryset.in_state(state) if state in StoryState else queryset


class PartInline(admin.TabularInline):
    """Parts that are added and taken out, never changed."""

    extra = 0
    view_on_site = False

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj=None):
        return bool(obj and not obj.is_published) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return bool(obj and not obj.is_published) and super().has_delete_permission(request, obj)


class PictureInline(PartInline):
    model = StoryPicture
    fields = ("image", "alt")
    formfield_overrides = {models.ImageField: {"form_class": forms.FileField}}

    def kept_at(self, row, column):
        return reverse("training:story_picture", args=[row.story_id, row.number])


class FigureForm(forms.ModelForm):
    """A place on a frozen board, chosen; its figures are copied from it."""

    place = forms.TypedChoiceField(label=gettext_lazy("frozen board"), coerce=int)

    class Meta:
        model = StoryFigure
        fields = ()
        labels = {"place": gettext_lazy("frozen board")}

    def has_changed(self):
        return bool(self.data.get(self.add_prefix("place")))


class FigureInline(PartInline):
    model = StoryFigure
    form = FigureForm
    fields = ("place",)

    def get_fields(self, request, obj=None):
        return ("told", "place") if self.has_add_permission(request, obj) else ("told",)

    readonly_fields = ("told",)

    def get_formset(self, request, obj=None, **kwargs):
        if not self.has_add_permission(request, obj):
            kwargs["form"] = forms.ModelForm
            return super().get_formset(request, obj, **kwargs)
        formset = super().get_formset(request, obj, **kwargs)
        offered = [(each.ranking, each.sentence) for each in stories.offered(obj)]
        formset.form.base_fields["place"].choices = [("", "–"), *offered]
        return formset

    @admin.display(description=gettext_lazy("figure"))
    def told(self, figure):
        return figure.sentence if figure.pk else "–"


@admin.register(Story)
class StoryAdmin(PortalAdmin):
    """Who wrote a story does not approve it, and nobody does before its owner agreed."""

    list_display = ("title", "dealer", "store", "state", "published_at")
    list_filter = (StateFilter,)
    list_select_related = ("dealer", "store")
    search_fields = ("title", "title_en", "dealer__code", "dealer__name")
    autocomplete_fields = ("dealer", "store", "courses")
    actions = ("approve", "withdraw")
    ordering = ("-pk",)
    fields = (
        *("dealer", "store", "title", "title_en", "body", "body_en", "video", "captions"),
        *("courses", "state", "shown_to_others", "page"),
    )
    always = ("state", "shown_to_others", "page")
    readonly_fields = always
    add_view = takes_files(PortalAdmin.add_view)
    change_view = takes_files(PortalAdmin.change_view)

    def get_form(self, request, obj=None, **kwargs):
        if obj is None or not obj.is_published:
            kwargs.setdefault("form", StoryForm)
        return super().get_form(request, obj, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return self.always
        if obj.is_published:
            return tuple(name for name in self.fields if name != "courses")
        return ("dealer", "store", *self.always)

    def kept_at(self, row, column):
        return reverse("training:story_file", args=[row.pk, column])

    def get_inlines(self, request, obj):
        return (FigureInline, PictureInline) if obj else ()

    def has_delete_permission(self, request, obj=None):
        return not (obj and obj.is_published) and super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        if not obj.is_published and (not change or set(form.changed_data) - {"courses"}):
            stories.write(obj, by=Actor.hq(request.user), at=timezone.now())

    def save_formset(self, request, form, formset, change):
        """Have the domain add and take out parts: it makes pictures anew and copies figures."""
        by, at, story = Actor.hq(request.user), timezone.now(), form.instance
        refused = []
        for part in formset.forms:
            try:
                self._save_part(part, story, by, at)
            except stories.StoryRefused as refusal:
                refused.append(str(refusal))
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        self.say(request, refused, messages.ERROR)

    def _save_part(self, part, story, by, at):
        data, kept = getattr(part, "cleaned_data", {}), part.instance.pk is not None
        picture = isinstance(part.instance, StoryPicture)
        if kept and data.get("DELETE"):
            if picture:
                stories.remove_picture(story, part.instance.number, by=by, at=at)
            else:
                stories.drop_figure(story, part.instance.pk, by=by, at=at)
        elif not kept and data.get("image"):
            stories.add_picture(story, data["image"], data["alt"], by=by, at=at)
        elif not kept and data.get("place"):
            stories.take_figure(story, data["place"], by=by, at=at)

    @admin.display(description=gettext_lazy("state"))
    def state(self, story):
        return story.state.label if story.pk else "–"

    @admin.display(description=gettext_lazy("others read as teller"))
    def shown_to_others(self, story):
        return stories.name_of(story) if story.pk and story.tested_at else "–"

    @admin.display(description=gettext_lazy("page"))
    def page(self, story):
        if story.pk is None:
            return "–"
        where = reverse("training:story", args=[story.pk])
        return format_html('<a href="{}">{}</a>', where, _("As others will read it"))

    @admin.action(permissions=["change"], description=gettext_lazy("Approve and put on the pages"))
    def approve(self, request, queryset):
        question = _("Have every store read these stories? Read them first, as others will.")
        if page := self.ask_first(request, queryset, question):
            return page
        self.act_on_each(
            request,
            queryset,
            partial(stories.approve, by=Actor.hq(request.user), at=timezone.now()),
            refused=PublicationRefused,
            log=gettext_noop("Approved and put on the pages."),
            done=_("%s is on the pages."),
        )
        return None

    @admin.action(permissions=["change"], description=gettext_lazy("Take off the pages"))
    def withdraw(self, request, queryset):
        question = _("Take these stories off all pages? They cannot be put back.")
        if page := self.ask_first(request, queryset, question):
            return page
        self.act_on_each(
            request,
            queryset,
            partial(stories.withdraw, by=Actor.hq(request.user), at=timezone.now()),
            refused=stories.StoryRefused,
            log=gettext_noop("Taken off the pages."),
            done=_("%s is off all pages."),
        )
        return None
