"""What a store says about a lead."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import DeclineReason, JunkReason, StaysReason


class DeclineForm(forms.Form):
    """Why a store cannot take a lead."""

    reason = forms.ChoiceField(
        label=_("Why not"), choices=DeclineReason.choices, widget=forms.RadioSelect
    )


class JunkForm(forms.Form):
    """What is wrong with a lead."""

    junk = forms.ChoiceField(
        label=_("What is wrong with it"), choices=JunkReason.choices, widget=forms.RadioSelect
    )


class StaysForm(forms.Form):
    """Why returned leads stay with their stores; that a customer has bought is known without it."""

    because = forms.ChoiceField(
        label=_("Why it stays"),
        choices=[each for each in StaysReason.choices if each[0] != StaysReason.BOUGHT],
        help_text=_("The store reads it."),
    )
