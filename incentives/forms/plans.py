"""How headquarters types the terms of a plan."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from itertools import count, takewhile
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import SoldBy
from dealers.words import exact_percent, plain
from incentives.models import SHARES, Component, Gate, PlanVersion, Program
from incentives.models.amounts import LARGEST_GIVEN, LARGEST_RATE
from incentives.plans import terms, versions


class RatesWidget(forms.Widget):
    """A small table of "from" and "rate", with empty rows for more."""

    def value_from_datadict(self, data, files, name):  # noqa: ARG002
        rows = [
            (data.get(f"{name}-{row}-from", "").strip(), data.get(f"{name}-{row}-rate", "").strip())
            for row in takewhile(lambda row: f"{name}-{row}-rate" in data, count())
        ]
        return [row for row in rows if any(row)]

    def value_omitted_from_data(self, data, files, name):  # noqa: ARG002
        return f"{name}-0-rate" not in data

    def render(self, name, value, attrs=None, renderer=None):  # noqa: ARG002
        rows = list(value or [])
        rows += [("", "")] * max(2, 4 - len(rows))
        described = (attrs or {}).get("aria-describedby", "")
        return render_to_string(
            "admin/incentives/rates.html",
            {"name": name, "rows": list(enumerate(rows)), "described": described},
        )

    def id_for_label(self, id_):  # noqa: ARG002
        return ""

    def use_required_attribute(self, initial):  # noqa: ARG002
        return False


class RatesField(forms.Field):
    """Rate rows as ``(from, rate, written as a share)``, in order of "from"."""

    widget = RatesWidget

    def clean(self, value):
        rows, problems = [], []
        for number, row in enumerate(value or [], 1):
            try:
                rows.append(self._row(number, *row))
            except ValidationError as problem:
                problems += problem.messages
        if problems:
            raise ValidationError(problems)
        if not rows:
            raise ValidationError(_("Write at least one rate."))
        return sorted(rows)

    def _row(self, number: int, start: str, rate: str) -> tuple[Decimal, Decimal, bool]:
        if not rate:
            raise ValidationError(_("Row %(row)d has no rate.") % {"row": number})
        share = rate.endswith(("%", "％"))
        try:
            begins = amount(start or "0")
            value = amount(rate.rstrip("%％").strip())
        except InvalidOperation:
            raise ValidationError(
                _("Row %(row)d: write numbers, such as 100000 and 3%%.") % {"row": number}
            ) from None
        value = value / 100 if share else value
        if begins < 0 or value < 0:
            raise ValidationError(_("Row %(row)d: nothing here is negative.") % {"row": number})
        if begins > LARGEST_GIVEN or value >= LARGEST_RATE or value != round(value, 6):
            raise ValidationError(
                _("Row %(row)d: too many digits; a rate has up to six decimals.") % {"row": number}
            )
        return begins, value, share

    def has_changed(self, initial, data):
        try:
            return self.clean(initial) != self.clean(data)
        except ValidationError:
            return list(initial or []) != list(data or [])


_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)


def amount(text: str) -> Decimal:
    """A number as typed, with or without separators; without exponent. Raises InvalidOperation.

    Signs and digits may be as wide as Chinese characters, as an input method writes them. A comma
    parts thousands alone: 1,5 is no number, where some mean one and a half.
    """
    digits = unicodedata.normalize("NFKC", text).replace("¥", "")
    if not _NUMBER.fullmatch(digits):
        raise InvalidOperation
    return Decimal(digits.replace(",", ""))


class AmountField(forms.DecimalField):
    """An amount as it is written in money, without exponent."""

    def to_python(self, value):
        try:
            return None if value in self.empty_values else amount(str(value).strip())
        except InvalidOperation:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class ComponentForm(forms.ModelForm):
    """A component with its rates; what the base is follows from the kind."""

    rates = RatesField(
        label=gettext_lazy("rates"),
        help_text=gettext_lazy(
            "A share as 3%, an amount as 15. Tiers begin at 0; each ends where the next one begins,"
            " and that boundary belongs to the next. A bonus is an amount from a sum of the month"
            " on. A share by age begins on day 0, and “from” is a number of days. Other kinds take"
            " one row."
        ),
    )
    places = forms.MultipleChoiceField(
        label=gettext_lazy("places"),
        choices=[choice for choice in SoldBy.choices if choice[0] != SoldBy.NONE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Where the sale happened, seen from the owner. Empty: anywhere."),
    )

    gates = forms.MultipleChoiceField(
        label=gettext_lazy("only where"),
        choices=Gate,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy(
            "Asked at the moment of the sale or registration. What comes before it is so is paid"
            " nothing, and is not made up for later."
        ),
    )

    class Meta:
        model = Component
        fields = (
            "position", "code", "name", "name_en", "event", "places", "to", "kind",
            "rate_above_one", "by_share", "pays_zero", "of_leads", "gates", "agreement_from",
            "period_cap", "clawback", "clawback_days", "return_window_days",
        )  # fmt: skip
        field_classes: ClassVar = {"period_cap": AmountField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            show = exact_percent if self.instance.kind in SHARES else plain
            self.initial["rates"] = [
                (plain(row.starts_at), show(row.rate)) for row in self.instance.rows.all()
            ]

    def clean(self):
        super().clean()
        kind = self.cleaned_data.get("kind")
        if kind:
            self.instance.base = terms.base_of(kind)
        rates = self.cleaned_data.get("rates") or []
        if kind and kind not in SHARES and any(share for _start, _rate, share in rates):
            self.add_error("rates", _("This kind pays an amount, not a share."))
        if kind and rates:
            rows = [(start, rate) for start, rate, _share in rates]
            self.cleaned_data["rates"] = terms.from_zero(kind, rows)
        return self.cleaned_data

    def clean_gates(self):
        """Ticked as they were they stay in their order: the first closed one is named."""
        ticked = self.cleaned_data["gates"]
        kept = self.instance.gates
        return kept if set(kept) == set(ticked) else ticked

    def validate_constraints(self):
        """The formset says it in sentences, once it knows when the version applies."""


class ComponentFormSet(forms.BaseInlineFormSet):
    """The components of a version; none may be saved with gaps, overlaps or what does not fit."""

    def clean(self):
        super().clean()
        for form in self.forms:
            typed = getattr(form, "cleaned_data", {})
            if (not form.has_changed() and not form.instance.pk) or typed.get("DELETE"):
                continue
            if not self.instance.starts_on or {"kind", "event", "rates"} - typed.keys():
                continue
            problems = terms.check(
                form.instance,
                typed["rates"],
                starts_on=self.instance.starts_on,
                ends_on=self.instance.ends_on,
                currency=Program.current().currency,
            )
            for problem in problems:
                form.add_error("rates", problem)


class PlanVersionForm(forms.ModelForm):
    """When a version applies; a draft can only be saved for a time that is free."""

    class Meta:
        model = PlanVersion
        fields = ("plan", "starts_on", "ends_on", "notice_days")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Whether it was simulated as it came: what is saved may no longer be.
        self.was_simulated = self.instance.tested_at is not None

    def clean(self):
        super().clean()
        starts_on = self.cleaned_data.get("starts_on")
        plan = self.cleaned_data.get("plan") or getattr(self.instance, "plan", None)
        if starts_on and plan:
            wanted = PlanVersion(
                pk=self.instance.pk,
                plan=plan,
                starts_on=starts_on,
                ends_on=self.cleaned_data.get("ends_on"),
            )
            for problem in versions.check_time(wanted):
                self.add_error("starts_on", problem)
        return self.cleaned_data
