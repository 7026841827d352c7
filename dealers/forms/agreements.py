"""What an owner says to an agreement."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.bounds import validate_name


class SignForm(forms.Form):
    """An owner signs a version of the agreement, of which they have read these very words."""

    name = forms.CharField(
        label=_("Your full name"),
        max_length=80,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As the legal representative, or whoever may sign for the company."),
    )
    read = forms.BooleanField(
        label=_("I have read all of it and sign for the company"),
        error_messages={"required": _("Read it and tick the box, or leave it unsigned.")},
    )
