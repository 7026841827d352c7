"""What people enter about cases: what happened, what shows it, a decision with its reason."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.cases.proposal import Strength
from customers.cases.words import EVIDENCE
from customers.models import CaseOutcome, Precedent
from dealers.bounds import validate_name
from dealers.exhibits import LONGEST

_TEXT = forms.Textarea(attrs={"rows": 6, "maxlength": LONGEST})


class StoryForm(forms.Form):
    """What a side says."""

    story = forms.CharField(
        label=_("What happened"),
        max_length=LONGEST,
        widget=_TEXT,
        help_text=_(
            "Write when and what. Leave out names and numbers: whoever decides sees A and B."
        ),
        error_messages={"required": _("Write what happened, and when.")},
    )


class EvidenceForm(forms.Form):
    """Another text, or a file."""

    story = forms.CharField(
        label=_("What happened"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}),
    )
    file = forms.FileField(
        label=_("Picture or PDF"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
        help_text=_("JPEG, PNG or PDF, at most 10 MB. Its name, place and author are taken out."),
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not found.get("story") and not found.get("file"):
            raise forms.ValidationError(_("Write something, or choose a file."))
        return found


class AppealForm(forms.Form):
    """Why a decision is wrong."""

    why = forms.CharField(
        label=_("Why the decision is wrong"),
        max_length=LONGEST,
        widget=_TEXT,
        error_messages={"required": _("Write why the decision is wrong.")},
    )

    def __init__(self, *args: Any, wordless: bool = False, **kwargs: Any) -> None:
        """``wordless``: about a customer of whom nothing more is written down."""
        super().__init__(*args, **kwargs)
        if wordless:
            del self.fields["why"]


# How a reason may begin, by what is decided.
BEGINNINGS = {
    "": _("Nothing, I write all of it"),
    "runs": _("The protection of A was running, and B has nothing stronger from before it."),
    "stronger": _("The evidence of B is the stronger by the order of evidence, and comes first."),
    "chosen": _("The customer has chosen, which is stronger than anything else."),
    "both": _("Both sides had a part in the sale, so that its money is shared."),
    "untrue": _("What was registered is not true, so that it does not count."),
}


class DecisionForm(forms.Form):
    """A decision about a case, with its reason for both sides."""

    outcome = forms.ChoiceField(
        label=_("Your decision"),
        choices=CaseOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    percent = forms.DecimalField(
        label=_("A's part of the money, in percent"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        help_text=_("Only where the money is shared. B has the rest."),
    )
    begins = forms.ChoiceField(
        label=_("The reason begins with"), required=False, choices=[*BEGINNINGS.items()]
    )
    reason = forms.CharField(
        label=_("The reason, for both sides"),
        required=False,
        max_length=850,  # with what it begins with a thousand
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": 850}),
        help_text=_("Write facts and rules, no guesses and no names."),
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        split = found.get("outcome") == CaseOutcome.SPLIT
        if split and found.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Say A's part of the money."))
        beginning = str(BEGINNINGS[key]) if (key := found.get("begins", "")) else ""
        found["reason"] = "\n".join(filter(None, [beginning, found.get("reason", "")]))
        if not found["reason"] and "reason" not in self.errors:
            self.add_error("reason", _("Write the reason: both sides read it."))
        return found

    @property
    def share(self) -> Decimal | None:
        """A's part as a share of one, where the money is shared."""
        if self.cleaned_data["outcome"] != CaseOutcome.SPLIT:
            return None
        return self.cleaned_data["percent"] / 100


class PrecedentForm(forms.Form):
    """What somebody looks for among closed cases."""

    q = forms.CharField(
        label=_("Number"), max_length=12, required=False, validators=[validate_name]
    )
    outcome = forms.ChoiceField(
        label=_("Decision"),
        required=False,
        choices=[("", _("All decisions")), *CaseOutcome.choices],
    )
    evidence = forms.TypedChoiceField(
        label=_("Strongest evidence of a side"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Whatever evidence")), *((int(it), EVIDENCE[it]) for it in Strength)],
    )

    def narrowed(self) -> QuerySet[Precedent]:
        """The precedents that fit, the newest first; all where nothing valid is asked for."""
        found = Precedent.objects.order_by("-month", "code")
        if not self.is_valid():
            return found
        asked = self.cleaned_data
        if asked["q"]:
            found = found.filter(code__icontains=asked["q"].strip())
        if asked["outcome"]:
            found = found.filter(outcome=asked["outcome"])
        if asked["evidence"]:
            found = found.filter(evidence_a=asked["evidence"]) | found.filter(
                evidence_b=asked["evidence"]
            )
        return found
