"""At which level customers are shared with the brand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.models import Level

LEVELS = [(level.value, f"L{level.value}") for level in Level]
DEFAULT = "default"
MISSING = {
    "required": _("Choose one of the levels."),
    "invalid_choice": _("Choose one of the levels."),
}


class LevelForm(forms.Form):
    """The level of all customers of whom nothing else was chosen."""

    level = forms.TypedChoiceField(
        label=_("Level"), choices=LEVELS, coerce=int, widget=forms.RadioSelect,
        error_messages=MISSING,
    )  # fmt: skip


class OwnLevelForm(forms.Form):
    """The level of one customer; nothing: as all others."""

    level = forms.TypedChoiceField(
        label=_("The brand sees of this customer"),
        choices=[(DEFAULT, _("as of all others")), *((each.value, each.label) for each in Level)],
        coerce=lambda said: None if said == DEFAULT else int(said),
        error_messages=MISSING,
    )
