"""Which closed months are replayed, and what is asked of a rate."""

from django import forms
from django.core.validators import DecimalValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import currencies, months
from dealers.words import exact_money, plain
from incentives.models import Kind, Program
from incentives.models.amounts import LARGEST_GIVEN
from incentives.plans import simulations


class SpanForm(forms.Form):
    """The first and the last of the closed months that a version is replayed over."""

    first = forms.ChoiceField(label=gettext_lazy("From month"))
    last = forms.ChoiceField(label=gettext_lazy("To month, included"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        closed = simulations.replayable()[: 4 * simulations.MOST]
        choices = [(months.key(month), months.name(month)) for month in closed]
        for name in ("first", "last"):
            self.fields[name].choices = choices
        self.usual = closed[: simulations.USUAL]
        if self.usual:
            self.initial.setdefault("first", months.key(self.usual[-1]))
            self.initial.setdefault("last", months.key(self.usual[0]))

    def clean(self):
        super().clean()
        if {"first", "last"} <= self.cleaned_data.keys():
            ends = (months.parse(self.cleaned_data[name]) for name in ("first", "last"))
            try:
                self.cleaned_data["months"] = simulations.span(*ends)
            except simulations.MonthsRefused as refused:
                raise forms.ValidationError(str(refused)) from None
        return self.cleaned_data


class SolveForm(SpanForm):
    """Which rate of a version is looked for, and what all of these months may cost together."""

    row = forms.ChoiceField(label=gettext_lazy("Rate that is looked for"))
    budget = forms.DecimalField(
        label=gettext_lazy("Budget of these months together"),
        min_value=0,
        max_value=LARGEST_GIVEN,
    )

    field_order = ("row", "budget", "first", "last")

    def __init__(self, version, *args, **kwargs):
        super().__init__(*args, **kwargs)
        currency = Program.current().currency
        places = DecimalValidator(None, currencies.decimals(currency))
        self.fields["budget"].validators.append(places)
        self.rows = {
            str(row.pk): row
            for component in version.components.prefetch_related("rows")
            for row in component.rows.all()
        }
        self.fields["row"].choices = [
            (key, self.said(row, currency)) for key, row in self.rows.items()
        ]
        if version.plan.budget:
            self.initial.setdefault("budget", version.plan.budget * len(self.usual))

    def said(self, row, currency):
        name = row.component.local_name
        if row.component.kind == Kind.DECAY:
            words = {"component": name, "start": plain(row.starts_at)}
            return _("%(component)s, from day %(start)s on") % words
        if not row.component.tiered:
            return name
        start = exact_money(row.starts_at, currency)
        return _("%(component)s, from %(start)s on") % {"component": name, "start": start}
