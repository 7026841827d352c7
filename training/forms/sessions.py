"""What people type at a sharing session."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.forms.base import OneLine
from training.models.sessions import LONGEST, LONGEST_ANSWER


class CodeForm(forms.Form):
    """The code in front of everybody."""

    code = forms.CharField(
        label=_("Code in front of you"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Type the six digits that the host shows.")},
    )


class AskForm(forms.Form):
    """A question, with the name for the host or without."""

    text = OneLine(
        label=_("Question"),
        max_length=LONGEST,
        help_text=_("Everybody reads it, without your name. No names and numbers of customers."),
        error_messages={"required": _("Write your question.")},
    )
    anonymous = forms.BooleanField(
        label=_(
            "Without my name: not even the host sees it, and it is not kept with the question."
        ),
        required=False,
    )


class AnswerForm(forms.Form):
    """What the host says to a question."""

    answer = forms.CharField(
        label=pgettext_lazy("sharing session", "Answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the answer.")},
    )
