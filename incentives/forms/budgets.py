"""The budget of a plan, as headquarters enters it."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import months
from dealers.forms.base import MadeForm
from incentives.budgets import setting
from incentives.budgets.setting import BudgetRefused
from incentives.models import PlanBudget


class MonthField(forms.Field):
    """A month, written like 2026-10 or picked; its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-10", "maxlength": 7})

    def to_python(self, value) -> date | None:
        if value in self.empty_values:
            return None
        try:
            return months.parse(str(value).strip())
        except ValueError:
            raise ValidationError(_("Write the month like 2026-10.")) from None


class BudgetForm(MadeForm):
    """What a plan is to cost in which months; the domain says what stands against it."""

    first = MonthField(label=gettext_lazy("First month"))
    last = MonthField(label=gettext_lazy("Last month, included"))
    refusal = BudgetRefused

    class Meta:
        model = PlanBudget
        fields = ("plan", "amount")
        help_texts = {
            "amount": gettext_lazy("For all these months together. It cuts nothing."),
        }

    def make(self, said, at):
        terms = (said["plan"], said["first"], said["last"], said["amount"])
        return setting.set_budget(*terms, by=self.by, at=at)
