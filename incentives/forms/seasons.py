"""A season, as headquarters enters it."""

from django.utils.translation import gettext_lazy as _

from dealers.forms.base import MadeForm
from incentives.boards import seasons
from incentives.boards.seasons import SeasonRefused
from incentives.forms.budgets import MonthField
from incentives.models import Season


class SeasonForm(MadeForm):
    """Its names and its months; the domain says what stands against it."""

    first = MonthField(label=_("First month"))
    last = MonthField(
        label=_("Last month, included"),
        help_text=_(
            "When this month is closed the season's boards are frozen. A season never changes;"
            " until its first day it can be deleted."
        ),
    )
    refusal = SeasonRefused

    class Meta:
        model = Season
        fields = ("name", "name_en")

    def make(self, said, at):
        terms = (said["name"], said["name_en"], said["first"], said["last"])
        return seasons.define(*terms, by=self.by, at=at)
