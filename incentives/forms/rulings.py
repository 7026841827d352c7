"""A decision about a dispute, as headquarters enters it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.exhibits import LONGEST_REASON
from incentives.disputes.deciding import Decision
from incentives.models import DisputeOutcome


class RulingForm(forms.Form):
    """The outcome, the amount where there is one, and the reason in words."""

    outcome = forms.ChoiceField(
        label=_("Your decision"), choices=DisputeOutcome.choices, widget=forms.RadioSelect
    )
    amount = forms.DecimalField(
        label=_("What the line gets more"),
        required=False,
        max_digits=16,
        help_text=_("With a minus: less. Leave it empty where the line stays as it is."),
    )
    reason = forms.CharField(
        label=_("The reason, for the dealer"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST_REASON}),
        help_text=_("Facts and the rule. It stands on the dealer's page and on the statement."),
    )

    @property
    def decision(self) -> Decision:
        """What a valid form decides."""
        given: dict[str, Any] = self.cleaned_data
        refused = given["outcome"] == DisputeOutcome.REFUSED and not given["amount"]
        return Decision(given["outcome"], given["reason"], None if refused else given["amount"])
