"""A board of several figures, as headquarters enters it."""

from django.utils.translation import gettext_lazy as _

from dealers.forms.base import MadeForm
from incentives.boards import combined
from incentives.boards.combined import CombinedRefused
from incentives.forms.budgets import MonthField
from incentives.models import CombinedBoard
from incentives.models.combined import WEIGHTED

MADE_OF = ("code", "name", "name_en", "unit", *(metric.value for metric in WEIGHTED))


class CombinedForm(MadeForm):
    """Its names, weights and months; the domain says what stands against it."""

    first = MonthField(
        label=_("First month"),
        help_text=_("This month or a later one. What it is made of never changes."),
    )
    last = MonthField(
        label=_("Last month, included"), required=False, help_text=_("Empty: until it is ended.")
    )
    refusal = CombinedRefused

    class Meta:
        model = CombinedBoard
        fields = MADE_OF

    def make(self, said, at):
        board = CombinedBoard(**{name: said[name] for name in MADE_OF})
        return combined.define(board, said["first"], said["last"], by=self.by, at=at)
