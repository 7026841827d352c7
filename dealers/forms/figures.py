"""Figures as people type them: shares in percent, and several numbers in one field."""

from decimal import Decimal, DecimalException
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dealers.words import exact_percent


class PercentField(forms.DecimalField):
    """A share typed in percent: 30 and 30% are 0.3. Shows a Decimal as 30%."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Write a percentage, such as 30%.")}

    def prepare_value(self, value: Any) -> Any:
        return exact_percent(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        typed = str(value).strip().rstrip("%％").strip() if value is not None else ""
        percent = super().to_python(typed)
        try:
            share = None if percent is None else percent / 100
        except DecimalException:  # 1E999999999 and sNaN are numbers until one reckons with them
            share = Decimal("NaN")
        if share is not None and not share.is_finite():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return share


COMMAS = str.maketrans("，、；;", ",,,,")  # what Chinese keyboards and habits write instead


class NumbersField(SimpleArrayField):
    """Numbers with commas of any kind between them: 30, 7, 1."""

    default_error_messages = {"item_invalid": _("Number %(nth)s:")}

    def __init__(self, base_field: forms.Field, **options: Any) -> None:
        options["help_text"] = options.get("help_text") or _(
            "Numbers with commas between them, such as 30, 7, 1."
        )
        super().__init__(base_field, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.translate(COMMAS) if isinstance(value, str) else value)
