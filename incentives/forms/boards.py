"""How headquarters types who is compared with whom."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.models import SizeClass
from incentives.boards import cohorts
from incentives.models import Cohort, Unit


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
        fields = ("unit", "position", "code", "name", "name_en", "regions", "size_classes")

    def clean(self):
        super().clean()
        if self.cleaned_data.get("unit") == Unit.DEALER and self.cleaned_data.get("size_classes"):
            self.add_error(
                "size_classes", _("Dealers have no size: leave this empty, or compare stores.")
            )
        return self.cleaned_data

    def clean_code(self):
        if self.cleaned_data["code"] in cohorts.LEFT:
            raise ValidationError(_("This code is taken by those whom no cohort takes."))
        return self.cleaned_data["code"]
