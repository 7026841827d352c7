"""A request for a longer protection, and its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ExtensionForm(forms.Form):
    """Why a protection should run longer."""

    note = forms.CharField(
        label=_("What speaks for it"),
        help_text=_("What was done, agreed or ordered, and when. No name, no number of theirs."),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "input", "rows": 4}),
        error_messages={"required": _("Write what speaks for it.")},
    )


class AnswerForm(forms.Form):
    """Whether a protection runs longer, and why not."""

    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    note = forms.CharField(max_length=500, required=False)


class WhyNotForm(forms.Form):
    """Why a protection does not run longer."""

    note = forms.CharField(
        label=_("Why not"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
        error_messages={"required": _("Say why not: the store reads it.")},
    )
