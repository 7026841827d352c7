"""What people enter about disputes: what is wrong with a line, and why a decision is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.exhibits import LONGEST
from dealers.forms.base import SeveralFiles, SeveralFilesField
from incentives.disputes.opening import Said
from incentives.disputes.showing import GONE
from incentives.models import DisputeKind

_FILES = _("Up to 5: JPEG, PNG or PDF, each at most 10 MB. Names, place and author are taken out.")


class KindForm(forms.Form):
    """The first of three taps: what is wrong."""

    kind = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=DisputeKind.choices,
        widget=forms.RadioSelect,
        initial=DisputeKind.BASE,
        error_messages={"required": _("Say what is wrong.")},
    )


class _WithText(forms.Form):
    """A text, which must be none where the line is about somebody who was erased."""

    def __init__(self, *args: Any, wordless: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if wordless:
            self.fields["text"].required = False
            self.fields["text"].help_text = GONE


class FactsForm(_WithText):
    """The second: what happened, and what it should come to."""

    kind = forms.ChoiceField(choices=DisputeKind.choices, widget=forms.HiddenInput)
    expected = forms.DecimalField(
        label=_("The amount should be"),
        required=False,
        max_digits=16,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("What the line should come to. Leave it empty if you do not know."),
    )
    text = forms.CharField(
        label=_("What happened"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST}),
        help_text=_("Write when and what. Leave out names and full numbers of customers."),
        error_messages={"required": _("Write what happened, and when.")},
    )

    @property
    def said(self) -> Said:
        """What a valid form says."""
        given = self.cleaned_data
        return Said(given["kind"], given["text"], given["expected"])


class _WithFiles(forms.Form):
    files = SeveralFilesField(  # type: ignore[assignment]  # the stubs say: what was sent
        label=_("What shows it"),
        required=False,
        widget=SeveralFiles(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
        help_text=_FILES,
    )

    def clean_files(self) -> list[Any]:
        return [file for file in self.cleaned_data["files"] if file]


class SendForm(FactsForm, _WithFiles):
    """The third: all of it once more, with what shows it, to be sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("expected", "text"):
            self.fields[name].widget = forms.HiddenInput()


class AgainForm(_WithText, _WithFiles):
    """Why a decision is wrong."""

    text = forms.CharField(
        label=_("Why the decision is wrong"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST}),
        error_messages={"required": _("Write why the decision is wrong.")},
    )
    field_order = ("text", "files")
