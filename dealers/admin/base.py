"""What the lists and pages of all apps have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, FileField, ImageField
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404
from django.shortcuts import redirect

from dealers.actor import Actor
from dealers.admin import kept_files
from dealers.admin.acting import Acting
from dealers.admin.long_lists import LongList
from dealers.admin.pickers import WithPickers
from dealers.admin.taking import TakenAway
from dealers.forms.base import KeptFile
from dealers.words import said_of

Widgets = Mapping[type[Field], Mapping[str, Any]]  # of a model's fields, by their kind
FILE_WIDGETS: Widgets = {kind: {"widget": KeptFile} for kind in (FileField, ImageField)}


def _read(field: Field, text: str) -> Any:
    """The value that a form would take this text for; raises what forms and parsers raise."""
    as_typed = field.formfield()
    if as_typed is None:
        return text
    value = as_typed.clean(text)
    field.run_validators(value)
    return value


class PortalAdmin(WithPickers, LongList, TakenAway, Acting):
    """Rows as headquarters sees and changes them: what is not shown cannot be found out either."""

    formfield_overrides = FILE_WIDGETS
    view_on_site = False  # a dealer's page of it is nobody else's

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # What is missing is answered like what one may not see, or ids could be tried out.
        raise Http404

    def lookup_allowed(self, lookup, value, request):
        # An address can ask for any column, and the rows that are found would tell one that no page
        # shows, character by character.
        try:
            column = self.opts.get_field(lookup.partition(LOOKUP_SEP)[0])
        except FieldDoesNotExist:
            visible = True  # the list says that there is none
        else:
            visible = column.name in self.visible_columns(request)
        return visible and super().lookup_allowed(lookup, value, request)

    def visible_columns(self, request) -> set[Any]:
        """The names of what the list and the pages of its rows show, and what it is filtered by."""
        filters: Any = self.get_list_filter(request)
        names = [each[0] if isinstance(each, tuple) else each for each in filters]
        asked = [each if isinstance(each, str) else each.parameter_name for each in names]
        return {
            self.opts.pk.name,
            *self.get_list_display(request),
            *(each.partition(LOOKUP_SEP)[0] for each in asked),
            *flatten_fieldsets(self.get_fieldsets(request)),
            *flatten(self.fields or ()),
        }

    def kept_at(self, row, column) -> str:
        """The page that answers with a stored file of a row; where none does, it is only named."""
        return ""

    def render_change_form(self, request, context, *args, **kwargs):
        kept_files.tell(context["adminform"], self.model)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_inline_formsets(self, *args, **kwargs):
        rows = super().get_inline_formsets(*args, **kwargs)
        return [kept_files.TellingFormSet.of(each) for each in rows]

    def get_changeform_initial_data(self, request):
        # What an address proposes for a new row is text. A widget may need the value that is meant
        # by it, a moment for one, and what its field cannot read is not proposed at all.
        initial = super().get_changeform_initial_data(request)
        for field in self.opts.concrete_fields:
            if field.is_relation or field.name not in initial:
                continue
            try:
                initial[field.name] = _read(field, initial[field.name])
            except (ValidationError, ValueError, RecursionError):
                del initial[field.name]
        return initial

    def log_change(self, request, obj, message):
        # A page that is saved as it was changes nothing.
        return super().log_change(request, obj, message) if message else None

    def history_view(self, request, object_id, extra_context=None):
        response = super().history_view(request, object_id, extra_context)
        for entry in response.context_data["action_list"]:
            entry.change_message = said_of(entry)
        return response


class ReadOnlyAdmin(PortalAdmin):
    """Look, don't edit: a correction is made where the rules are."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NeverDeletedAdmin(PortalAdmin):
    """Rows that others refer to for ever."""

    def has_delete_permission(self, request, obj=None):
        return False


class OneRowAdmin(NeverDeletedAdmin):
    """A row of settings, made once: whoever would add another one is led to it.

    Not by a permission, which every page of the admin would ask the database for.
    """

    def add_view(self, request, form_url="", extra_context=None):
        there = self.get_queryset(request).first()
        if there is None:
            return super().add_view(request, form_url, extra_context)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", there.pk)


class MadeByFormAdmin(NeverDeletedAdmin):
    """Rows that a form has the domain make, where a refusal still has a place to stand.

    The form does so as ``by``, its attribute. Afterwards they are to look at, as ``shown``.
    """

    asked: Sequence[str] = ()  # the fields of the form
    shown: Sequence[str] = ()

    def get_fields(self, request, obj=None):
        return self.asked if obj is None else self.shown

    def get_inlines(self, request, obj):
        return () if obj is None else self.inlines

    def has_change_permission(self, request, obj=None):
        return False

    def visible_columns(self, request):
        return super().visible_columns(request) | {*self.shown}

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = Actor.hq(request.user)
        return form

    def save_model(self, request, obj, form, change):
        """Made already, by the form."""


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to the one above, to look at by whoever may look at that one."""

    extra = 0
    can_delete = False
    view_on_site = False

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
