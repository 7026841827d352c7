"""What customers enter on the pages for everybody."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.cards import LONGEST
from customers.forms.numbers import PhoneForm
from dealers.bounds import validate_name


class RegisterForm(PhoneForm):
    """Registering oneself: nothing is ticked before, and only the first has to be."""

    name = forms.CharField(
        label=pgettext_lazy("of a customer", "Name"),
        required=False,
        max_length=LONGEST["name"],
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    service = forms.BooleanField(
        label=_("The store may contact me for service and visits"),
        error_messages={"required": _("Without this the store cannot register you.")},
    )
    offers = forms.BooleanField(label=_("The store may send me offers"), required=False)
    brand = forms.BooleanField(label=_("The brand may get my number as well"), required=False)


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


class CorrectionForm(forms.Form):
    """What a person puts right on a card of their own; the number is another matter."""

    name = forms.CharField(
        label=pgettext_lazy("of a customer", "Name"),
        required=False,
        max_length=LONGEST["name"],
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    wechat = forms.CharField(
        label=_("WeChat id"), required=False, max_length=LONGEST["wechat"],
        validators=[validate_name],
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=LONGEST["email"],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
