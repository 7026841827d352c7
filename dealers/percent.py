"""Shares as people type them."""

from decimal import Decimal
from typing import Any

from django import forms
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
        return None if percent is None else percent / 100
