"""The name under which a view of the table of stores is kept."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.bounds import validate_name


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Name of the view"), max_length=40, validators=[validate_name])
