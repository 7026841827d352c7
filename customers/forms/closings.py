"""When a store closes, and who goes on with its customers."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.bounds import validate_moment, validate_name
from dealers.models import Store


class CloseStoreForm(forms.Form):
    """When a store closes and why, and which store of the dealer goes on with its customers."""

    to = forms.ModelChoiceField(
        Store.objects.none(),
        label=_("Who goes on with the customers"),
        empty_label=_("Choose the store"),
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"required": _("Choose the store that goes on with the customers.")},
    )
    on = forms.DateField(
        label=_("First day on which it is closed"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter the day like 2026-10-31.")},
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, validators=[validate_name],
        help_text=_("Your people and headquarters read it."),
    )  # fmt: skip

    def __init__(self, *args: Any, store: Store, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Store.objects.filter(dealer=store.dealer_id, closed_at=None)
        self.sisters = others.exclude(pk=store.pk).order_by("code")
        to = cast(forms.ModelChoiceField, self.fields["to"])
        to.queryset = self.sisters
        tomorrow = at.astimezone(store.tz).date() + timedelta(days=1)
        self.fields["on"].widget.attrs["min"] = tomorrow.isoformat()
