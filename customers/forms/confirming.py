"""What a store enters while it waits for a customer."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ToldCodeForm(forms.Form):
    """The code from the customer's short message, as they tell it."""

    code = forms.CharField(
        label=_("The code that the customer tells you"),
        max_length=20,
        error_messages={"required": _("Enter the 6 digits of the customer's short message.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
