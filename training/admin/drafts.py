"""What belongs to a course version can be written while it is a draft, in an order of its own."""

import re
from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.admin.base import FILE_WIDGETS, Widgets
from dealers.publication import written
from training.authoring import order
from training.models import Choice, CourseVersion, Question

MOVES = {"up": -1, "down": 1}


class DraftOnlyInline:
    """Parts of a version can be written while it is a draft."""

    formfield_overrides: ClassVar[Widgets] = FILE_WIDGETS

    def _may(self, parent):
        return parent is None or not _version_of(parent).is_published

    def has_add_permission(self, request, obj=None):
        return self._may(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._may(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(obj) and super().has_delete_permission(request, obj)


class NumberedInline(DraftOnlyInline):
    """Parts that number themselves: ``place``, read only, moves one of them up or down."""

    def get_queryset(self, request):
        # What it takes to say whether a part is a draft's.
        version = "question__version" if self.model is Choice else "version"
        return super().get_queryset(request).select_related(version)

    @admin.display(description=gettext_lazy("position"))
    def place(self, part):
        if part.pk is None:
            return _("at the end")
        if _version_of(part).is_published:
            return part.position
        kind = part._meta.model_name
        words = {"up": _("Move %s up"), "down": _("Move %s down")}
        # The key Enter presses the first button of a page: the first part up, which moves nothing.
        buttons = [
            format_html(
                '<button class="button move" name="_move" value="{}-{}-{}" aria-label="{}">{}'
                "</button>",
                *(kind, part.pk, way, words[way] % part, sign),
            )
            for way, sign in (("up", "↑"), ("down", "↓"))
        ]
        return format_html("{} {} {}", part.position, *buttons)


class NumberingAdmin:
    """Numbers the parts on its page as they are saved, and names who wrote their version."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not change or form.changed_data or any(each.has_changed() for each in formsets):
            version = _version_of(form.instance)
            version.save(update_fields=written(version, by=request.actor, at=timezone.now()))

    def save_formset(self, request, form, formset, change):
        if not hasattr(formset.model, "position"):
            super().save_formset(request, form, formset, change)
            return
        parts = _parts(formset.model, form.instance)
        rows = formset.save(commit=False)
        for gone in formset.deleted_objects:
            gone.delete()
        for row in rows:
            if row.position is None:
                row.position = order.behind(parts)
            row.save()
        order.renumber(parts)


def moved(request: HttpRequest, whole, *models) -> str:
    """Move the part that a button names, one of ``models``; where on the page it then is."""
    kind, _dash, rest = request.POST.get("_move", "").partition("-")
    pk, _dash, way = rest.partition("-")
    for model in models:
        if kind == model._meta.model_name and way in MOVES and re.fullmatch("[0-9]{1,18}", pk):
            order.move(_parts(model, whole), int(pk), MOVES[way])
            return f"#{kind}s-group"
    return ""


def _parts(model, whole):
    name = "question" if isinstance(whole, Question) else "version"
    return model.objects.filter(**{name: whole})


def _version_of(part):
    match part:
        case CourseVersion():
            return part
        case Choice():
            return part.question.version
    return part.version


def version_url(version):
    """The page of a version, where its questions are."""
    return reverse("admin:training_courseversion_change", args=[version.pk]) + "#questions-group"


def new_question_url(version):
    """The page on which the next question of a version is written."""
    return f"{reverse('admin:training_question_add')}?version={version.pk}"


def draft_named(request: HttpRequest) -> CourseVersion | None:
    """The draft that the address of a new question names."""
    named = request.GET.get("version", "")
    if not (named.isascii() and named.isdecimal() and len(named) < 10):
        return None
    return CourseVersion.objects.drafts().filter(pk=named).first()
