"""What people enter on a customer's page: a follow-up, the card, a purpose."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.cards import LONGEST
from customers.models import ActivityKind, Outcome
from dealers.bounds import validate_moment, validate_name
from dealers.models import PURPOSES


class FollowUpForm(forms.Form):
    """What was done with a customer, how it went and what comes next."""

    SOON = ((1, _("Tomorrow")), (3, _("In 3 days")), (7, _("In a week")))

    kind = forms.ChoiceField(
        label=_("What did you do"),
        choices=ActivityKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you did.")},
    )
    outcome = forms.ChoiceField(
        label=_("How did it go"),
        required=False,
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        help_text=_("Needed for a call."),
    )
    soon = forms.TypedChoiceField(
        label=_("Next follow-up"),
        required=False,
        choices=SOON,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    follow_up_on = forms.DateField(
        label=_("or on another day"),
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter the day like 2026-10-31.")},
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict:
        """A day that was written counts before one that was tapped."""
        said = super().clean() or {}
        soon = said.pop("soon", None)
        if soon and not said.get("follow_up_on"):
            said["follow_up_on"] = timezone.localdate() + timedelta(days=soon)
        return said


class CardForm(forms.Form):
    """What a card says about a person; the number is the identity and stays."""

    name = forms.CharField(
        label=pgettext_lazy("of a customer", "Name"),
        required=False,
        max_length=LONGEST["name"],
        validators=[validate_name],
    )
    wechat = forms.CharField(
        label=_("WeChat id"),
        required=False,
        max_length=LONGEST["wechat"],
        validators=[validate_name],
    )
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=LONGEST["email"])
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=LONGEST["notes"],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needs, address, what to remember. Only your dealer can read it."),
    )


class RevealForm(forms.Form):
    """Why somebody needs the full number; it goes into the access log."""

    purpose = forms.ChoiceField(
        label=_("What do you need the number for"),
        choices=PURPOSES,
        error_messages={"required": _("Say what you need the number for.")},
    )
