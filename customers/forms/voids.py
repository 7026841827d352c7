"""Why a registration was a mistake."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import VoidReason

# Who registered undoes, and who answers leads returns them, each on a page of its own.
ELSEWHERE = (VoidReason.UNDONE, VoidReason.RETURNED, VoidReason.FRAUD)


class VoidForm(forms.Form):
    """Why a registration was a mistake."""

    reason = forms.ChoiceField(
        label=_("Why was it a mistake"),
        choices=[it for it in VoidReason.choices if it[0] not in ELSEWHERE],
        widget=forms.RadioSelect,
        error_messages={
            key: _("Choose why it was a mistake.") for key in ("required", "invalid_choice")
        },
    )
