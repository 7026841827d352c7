"""Fields of the admin whose choice is looked up among many rows."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import Field


class OfKeys:
    """Shows what was picked; what is no key names nothing, and cannot be looked up either."""

    def optgroups(self, name, value, attr=None):
        widget: Any = self
        key = widget.field.target_field
        keys = [each for each in value if _fits(key, each)]
        return super().optgroups(name, keys, attr)


class Picker(OfKeys, AutocompleteSelect):
    """Of one row."""


class PickerOfSeveral(OfKeys, AutocompleteSelectMultiple):
    """Of rows that are pointed at."""


class WithPickers:
    """Pages and rows of the admin whose pickers bear whatever is sent as a choice."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        site: Any = self
        if db_field.name in site.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Picker(db_field, site.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        site: Any = self
        if db_field.name in site.get_autocomplete_fields(request):
            kwargs.setdefault("widget", PickerOfSeveral(db_field, site.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def _fits(field: Field, value: Any) -> bool:
    try:
        field.to_python(value)
    except ValidationError:
        return False
    return True
