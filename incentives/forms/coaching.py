"""What a regional manager notes of a store, and later what came of it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.bounds import validate_moment
from dealers.forms.base import OneLine
from incentives.desk.coaching import Words
from incentives.models import Aim, Came
from incentives.models.coaching import LONGEST


class NoteForm(forms.Form):
    """A note of four lines, which the store reads as they stand."""

    saw = OneLine(
        label=_("What I saw"),
        max_length=LONGEST,
        help_text=_("A fact, not a judgement: what, when, how often."),
        error_messages={"required": _("Write what you saw.")},
    )
    why = OneLine(
        label=_("Why it is so"),
        max_length=LONGEST,
        help_text=_("As the store explained it."),
        error_messages={"required": _("Write why it is so.")},
    )
    to_do = OneLine(
        label=_("One thing to do"),
        max_length=LONGEST,
        help_text=_("One only: who does what by when."),
        error_messages={"required": _("Write the one thing to do.")},
    )
    aim = forms.ChoiceField(
        label=_("The figure that it moves"), choices=Aim.choices, widget=forms.RadioSelect
    )
    check_on = forms.DateField(
        label=_("Looked at again on"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day like 2026-12-31.")},
    )

    @property
    def words(self) -> Words:
        """What was entered, once it is valid."""
        told = self.cleaned_data
        return Words(told["saw"], told["why"], told["to_do"], Aim(told["aim"]), told["check_on"])


class CheckForm(forms.Form):
    """What came of a note."""

    came = forms.ChoiceField(
        label=_("What came of it"),
        choices=Came.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what came of it.")},
    )
    said = OneLine(
        label=_("In words"),
        max_length=LONGEST,
        required=False,
        help_text=_("The store reads this as well."),
    )
