"""What customers answer whose store has closed."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.bounds import validate_name
from dealers.models import Store
from dealers.phones import PhoneNotValid, normalise


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
