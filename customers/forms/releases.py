"""Why a customer is let go."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import ReleaseReason


class ReleaseForm(forms.Form):
    """Why a store lets a customer go."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=ReleaseReason.choices, widget=forms.RadioSelect
    )
