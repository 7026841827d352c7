"""How headquarters types who is compared with whom."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.models import SizeClass
from dealers.words import listed
from incentives.boards import cohorts
from incentives.models import Cohort, Unit
from incentives.rewards import promised

NAMED = {"code", "unit", "name", "name_en"}  # by what a published reward names a cohort


class CohortForm(forms.ModelForm):
    size_classes = forms.MultipleChoiceField(
        label=gettext_lazy("sizes"),
        choices=SizeClass.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Empty: all sizes. Only stores have one."),
    )

    class Meta:
        model = Cohort
        fields = (
            *("unit", "position", "code", "name", "name_en"),
            *("regions", "size_classes", "opened_from", "opened_until"),
        )

    def clean(self):
        super().clean()
        if self.cleaned_data.get("unit") == Unit.DEALER and self.cleaned_data.get("size_classes"):
            self.add_error(
                "size_classes", _("Dealers have no size: leave this empty, or compare stores.")
            )
        if self.instance.pk and NAMED & {*self.changed_data}:
            self._keep_what_was_promised()
        return self.cleaned_data

    def _keep_what_was_promised(self):
        """Who was told a cohort is rewarded by that one."""
        # As it is on file: what was typed is not in it yet.
        if programs := promised.to_cohort(self.instance, timezone.now()):
            self.add_error(
                None,
                _("Its code, unit and names stay until these rewards are settled: %(programs)s.")
                % {"programs": listed(str(program) for program in programs)},
            )

    def clean_code(self):
        if self.cleaned_data["code"] in cohorts.LEFT:
            raise ValidationError(_("This code is taken by those whom no cohort takes."))
        return self.cleaned_data["code"]
