"""Mobile numbers of the countries that stores serve, and another one of a customer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.phones import PhoneNotValid, normalise

HOME = "86"
COUNTRIES = {HOME: "CN", "852": "HK", "853": "MO", "886": "TW"}


def served_number(typed: str, region: str = COUNTRIES[HOME]) -> str:
    """The number of a customer in E.164, of the countries that stores serve.

    Raises ValidationError.
    """
    try:
        number = normalise(typed, region)
    except PhoneNotValid as problem:
        raise forms.ValidationError(str(problem)) from None
    if not number.startswith(tuple(f"+{code}" for code in COUNTRIES)):
        codes = ", ".join(f"+{code}" for code in COUNTRIES)
        raise forms.ValidationError(
            _("Stores register mobile numbers with %(codes)s.") % {"codes": codes}
        )
    return number


class PhoneForm(forms.Form):
    """A mobile number; the code of its country stands beside it."""

    country = forms.ChoiceField(
        label=_("Country or region code"),
        choices=[(code, f"+{code}") for code in COUNTRIES],
        widget=forms.Select(attrs={"class": "cc"}),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=40,
        error_messages={"required": _("Enter the mobile number.")},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}
        ),
    )

    def clean_phone(self) -> str:
        """The number in E.164; the code beside the field counts unless it was typed with one."""
        region = COUNTRIES[self.cleaned_data.get("country", HOME)]
        return served_number(self.cleaned_data["phone"], region)


class NumberForm(forms.Form):
    """The number that a customer has now."""

    phone = forms.CharField(
        label=_("The new number"),
        max_length=40,
        error_messages={"required": _("Enter the mobile number.")},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self) -> str:
        return served_number(self.cleaned_data["phone"])
