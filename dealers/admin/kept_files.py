"""Stored files on what the admin only shows: a link to the page that answers, or the name alone.

Django links the address of the storage, which nothing answers.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.db.models import FileField, Model
from django.utils.html import format_html

KeptAt = Callable[[Any, str], str]  # of a row and its column, the address of the file; "" for none


def tell(form: AdminForm, model: type[Model]) -> None:
    """Have a form of the admin name the files that it only shows.

    Its page, or that of its rows, says by ``kept_at`` where each of them is read.
    """
    columns = [each for each in model._meta.fields if isinstance(each, FileField)]
    found = [each for each in columns if each.name in form.readonly_fields]
    if not found:
        return
    kept_at: KeptAt = getattr(form.model_admin, "kept_at", lambda _row, _column: "")
    shown = {each.name: _shown(each, kept_at) for each in found}
    readonly: list[Any] = [*form.readonly_fields, *shown.values()]
    form.readonly_fields = readonly
    form.fieldsets = [
        (title, {**options, "fields": [_with(shown, each) for each in options["fields"]]})
        for title, options in form.fieldsets
    ]


def _with(shown: dict[str, Callable], field: Any) -> Any:
    """A field of a form's line, or several of them, with what is shown instead."""
    if isinstance(field, list | tuple):
        return [_with(shown, each) for each in field]
    return shown.get(field, field)


def _shown(column: FileField, kept_at: KeptAt) -> Callable[[Model], str]:
    def told(row: Model) -> str:
        file = getattr(row, column.name)
        if not file:
            return "–"
        where = kept_at(row, column.name)
        return format_html('<a href="{}">{}</a>', where, file.name) if where else file.name

    told.__name__ = column.name
    told.short_description = column.verbose_name  # type: ignore[attr-defined]
    return told


class TellingFormSet(InlineAdminFormSet):
    """Rows below a form of the admin, which name the files that they only show."""

    @classmethod
    def of(cls, rows: InlineAdminFormSet) -> "TellingFormSet":
        """These rows."""
        telling = cls.__new__(cls)
        vars(telling).update(vars(rows))
        return telling

    def __iter__(self):
        for form in super().__iter__():
            tell(form, self.opts.model)
            yield form
