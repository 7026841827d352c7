"""What customers enter on the pages for everybody."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.cards import LONGEST
from customers.forms.numbers import PhoneForm
from customers.models import Campaign
from dealers.bounds import validate_name
from dealers.models import Region


class NamedForm(forms.Form):
    """One's own name, if one likes."""

    name = forms.CharField(
        label=pgettext_lazy("of a customer", "Name"),
        required=False,
        max_length=LONGEST["name"],
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class LeavingForm(NamedForm, PhoneForm):
    """A number with choices: nothing is ticked before, and only ``service`` has to be."""

    optional: tuple[str, ...] = ("offers",)

    @property
    def choices(self) -> list[forms.BoundField]:
        """What may be agreed to, and changes nothing."""
        return [self[name] for name in self.optional]

    @property
    def asked(self) -> dict[str, Any]:
        """What the next page carries, once this is valid."""
        return {name: self.cleaned_data[name] for name in ("name", *self.optional)}


class RegisterForm(LeavingForm):
    """Registering oneself."""

    optional = ("offers", "brand")

    service = forms.BooleanField(
        label=_("The store may contact me for service and visits"),
        error_messages={"required": _("Without this the store cannot register you.")},
    )
    offers = forms.BooleanField(label=_("The store may send me offers"), required=False)
    brand = forms.BooleanField(label=_("The brand may get my number as well"), required=False)


class AskForm(LeavingForm):
    """Asking to be called."""

    region = forms.ModelChoiceField(
        Region.objects.order_by("name"),
        label=_("Where do you live?"),
        empty_label=_("Choose the region"),
        error_messages={"required": _("Choose the region in which a store shall call you.")},
        widget=forms.Select(attrs={"class": "input"}),
    )
    service = forms.BooleanField(
        label=_("A store of the brand may have my number and call me about this"),
        error_messages={"required": _("Without this no store can call you.")},
    )
    offers = forms.BooleanField(label=_("That store may send me offers"), required=False)

    def __init__(self, *args, campaign: Campaign, **kwargs):
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        if campaign.region_id is not None:
            del self.fields["region"]

    @property
    def asked(self) -> dict[str, Any]:
        return super().asked | {"region": self.campaign.region_id or self.cleaned_data["region"].pk}


class CodeForm(forms.Form):
    """The code that was sent, and what the page carries."""

    carried = forms.CharField(widget=forms.HiddenInput, max_length=4000)
    code = forms.CharField(
        label=_("Code from the short message"),
        max_length=20,
        error_messages={"required": _("Enter the 6 digits of the short message.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


class CorrectionForm(NamedForm):
    """What a person puts right on a card of their own; the number is another matter."""

    wechat = forms.CharField(
        label=_("WeChat id"), required=False, max_length=LONGEST["wechat"],
        validators=[validate_name],
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=LONGEST["email"],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
