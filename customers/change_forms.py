"""What is entered where customers change hands: a store closes, one is let go, one chooses."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import ReleaseReason
from dealers.bounds import validate_moment, validate_name
from dealers.models import Store
from dealers.phones import PhoneNotValid, normalise


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


class ReleaseForm(forms.Form):
    """Why a store lets a customer go."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=ReleaseReason.choices, widget=forms.RadioSelect
    )


class NewStoreForm(forms.Form):
    """Which store a customer wants since theirs has closed, with the number that they tell it."""

    HEADQUARTERS, NOBODY = "headquarters", "nobody"
    where = forms.ChoiceField(
        label=_("Which store shall look after you?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of these."),
            "invalid_choice": _("Choose one of these."),
        },
    )
    phone = forms.CharField(
        label=_("Your mobile number"),
        max_length=24,
        required=False,
        help_text=_("The store that you choose gets it from you, here, and from nobody else."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    name = forms.CharField(
        label=_("Your name (optional)"), max_length=60, required=False,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip

    def __init__(self, *args: Any, stores: Iterable[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = {str(store.pk): store for store in stores}
        named = [(pk, store.name) for pk, store in self.stores.items()]
        where = cast(forms.ChoiceField, self.fields["where"])
        where.choices = [
            *named,
            (self.HEADQUARTERS, _("Headquarters is to find a store for me")),
            (self.NOBODY, _("None; do not write to me again")),
        ]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("where") in {None, self.NOBODY}:
            return found
        try:
            found["phone"] = normalise(found.get("phone", ""))
        except PhoneNotValid as problem:
            self.add_error("phone", str(problem))
        return found
