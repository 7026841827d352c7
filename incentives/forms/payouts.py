"""Where an owner wants to be paid, and the file with the bank's answer."""

import re
import unicodedata

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.bounds import validate_name
from incentives.payouts.accounts import Details

NUMBER = re.compile(r"[0-9A-Z]{6,34}")  # a card, an account or an IBAN
MOST_BYTES = 5_000_000


class BankAccountForm(forms.Form):
    """A bank account; the number twice, because a mistyped one pays somebody else."""

    holder = forms.CharField(
        label=gettext_lazy("Account holder"),
        max_length=100,
        validators=[validate_name],
        help_text=gettext_lazy("As the bank has it: the company or the person."),
    )
    bank = forms.CharField(
        label=gettext_lazy("Bank and branch"), max_length=100, validators=[validate_name]
    )
    number = forms.CharField(
        label=gettext_lazy("Account number"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    again = forms.CharField(
        label=gettext_lazy("Account number once more"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_number(self) -> str:
        return _number(self.cleaned_data["number"])

    def clean_again(self) -> str:
        return _number(self.cleaned_data["again"])

    def clean(self):
        super().clean()
        number, again = self.cleaned_data.get("number"), self.cleaned_data.get("again")
        if number and again and number != again:
            self.add_error("again", _("The two numbers differ. Type the number again."))
        return self.cleaned_data

    @property
    def details(self) -> Details:
        """What was typed, once it is valid."""
        data = self.cleaned_data
        return Details(data["holder"], data["bank"], data["number"])


def _number(typed: str) -> str:
    """The number without spaces and dashes. Raises ValidationError."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    plain = "".join(sign for sign in plain if not (sign.isspace() or sign in "-–—"))
    if not NUMBER.fullmatch(plain):
        raise forms.ValidationError(
            _("Write 6 to 34 digits, or letters and digits, as on the card or contract.")
        )
    return plain


class BankAnswerForm(forms.Form):
    """The file that the bank sent back."""

    file = forms.FileField(
        label=gettext_lazy("The bank's answer (CSV)"),
        help_text=gettext_lazy("Columns: reference, state (paid or failed), date, reason."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file
